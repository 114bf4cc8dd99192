package cluster

import (
	"container/heap"

	"github.com/projsql/projsql/storage/event"
)

// waiter waits until a sequence is applied.
type waiter struct {
	sequence event.Sequence
	reached  chan struct{} // closed then
	at       int           // in the heap; -1 when it left
}

// waiters are ordered by sequence, so that an advance costs what it wakes.
type waiters struct{ heap waiterHeap }

func (w *waiters) add(s event.Sequence) *waiter {
	n := &waiter{sequence: s, reached: make(chan struct{})}
	heap.Push(&w.heap, n)
	return n
}

// remove forgets a waiter that gave up; one that was woken has left already.
func (w *waiters) remove(n *waiter) {
	if n.at >= 0 {
		heap.Remove(&w.heap, n.at)
	}
}

// wake wakes those that wait for s or less.
func (w *waiters) wake(s event.Sequence) {
	for len(w.heap) > 0 && w.heap[0].sequence <= s {
		close(heap.Pop(&w.heap).(*waiter).reached)
	}
}

// waiterHeap implements heap.Interface.
type waiterHeap []*waiter

func (h waiterHeap) Len() int           { return len(h) }
func (h waiterHeap) Less(i, j int) bool { return h[i].sequence < h[j].sequence }

func (h waiterHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

func (h *waiterHeap) Push(x any) {
	n := x.(*waiter)
	n.at = len(*h)
	*h = append(*h, n)
}

func (h *waiterHeap) Pop() any {
	last := len(*h) - 1
	n := (*h)[last]
	n.at = -1
	(*h)[last] = nil
	*h = (*h)[:last]
	return n
}
