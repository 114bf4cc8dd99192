package cache_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

type sized int

func (s sized) SizeBytes() int { return int(s) }

func slot(mark event.Sequence, known cache.Known) *cache.Slot {
	return cache.NewSlot(&projection.Snapshot{State: sized(100), Watermark: mark}, [16]byte{1}, known)
}

func key(i int) cache.SlotKey {
	return cache.SlotKey{Definition: 1, Entity: event.Entity(fmt.Sprintf("entity-%06d", i))}
}

func TestOlderNeverReplacesNewer(t *testing.T) {
	s := cache.NewSlots(1 << 20)
	newer := slot(5, cache.Known{At: 10, Sequence: 7, Generation: 3})
	s.Put(key(1), newer)
	if kept, own := s.Put(key(1), slot(4, cache.Known{At: 50, Sequence: 60, Generation: 9})); kept != newer || own {
		t.Errorf("an older state was stored")
	}
	if k := newer.Known(); k != (cache.Known{At: 10, Sequence: 7, Generation: 3}) {
		t.Errorf("an older state taught the newer one %+v", k)
	}
	if kept, own := s.Put(key(1), slot(5, cache.Known{At: 8, Sequence: 9, Generation: 4})); kept != newer || own {
		t.Errorf("an equal state replaced the one that is there")
	}
	if k := newer.Known(); k != (cache.Known{At: 10, Sequence: 9, Generation: 4}) {
		t.Errorf("the slot knows %+v", k)
	}
	newest := slot(6, cache.Known{})
	if kept, own := s.Put(key(1), newest); kept != newest || !own || s.Get(key(1)) != newest {
		t.Errorf("a newer state was not stored")
	}
	other := cache.NewSlot(&projection.Snapshot{Watermark: 1}, [16]byte{2}, cache.Known{})
	if _, own := s.Put(key(1), other); !own {
		t.Errorf("a state of another lineage did not replace the old one")
	}
}

func TestConcurrentPutsKeepTheNewest(t *testing.T) {
	s := cache.NewSlots(1 << 20)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 1000 {
				s.Put(key(1), slot(event.Sequence(i*8+w), cache.Known{At: time.Duration(i)}))
			}
		})
	}
	wg.Wait()
	if got := s.Get(key(1)).Snapshot.Watermark; got != 7999 {
		t.Errorf("watermark %d, want 7999", got)
	}
}

func TestSlotsStayInTheirBound(t *testing.T) {
	s := cache.NewSlots(100_000)
	for i := range 10_000 {
		s.Put(key(i), slot(1, cache.Known{}))
		if used, bytesMax := s.Bytes(); used > bytesMax {
			t.Fatalf("%d bytes in use after %d puts", used, i)
		}
	}
	if n := s.Len(); n < 100 {
		t.Errorf("only %d slots are left", n)
	}
}

func TestScanResistance(t *testing.T) {
	s := cache.NewSlots(100_000)
	hot := 20
	for range 20 {
		for i := range hot {
			if s.Get(key(i)) == nil {
				s.Put(key(i), slot(1, cache.Known{}))
			}
		}
	}
	for i := 1000; i < 20_000; i++ {
		s.Put(key(i), slot(1, cache.Known{}))
	}
	left := 0
	for i := range hot {
		if s.Get(key(i)) != nil {
			left++
		}
	}
	if left < hot*9/10 {
		t.Errorf("a scan left %d of %d hot slots", left, hot)
	}
}

// A newer state takes the place of the older one, with its reads and its queue.
func TestReplacedSlotsStayHot(t *testing.T) {
	s := cache.NewSlots(100_000)
	const hot = 20
	for round := range 20 {
		for i := range hot {
			s.Get(key(i))
			s.Put(key(i), slot(event.Sequence(1+round), cache.Known{}))
		}
	}
	for i := 1000; i < 1200; i++ {
		s.Put(key(i), slot(1, cache.Known{}))
	}
	for i := range hot {
		if got := s.Peek(key(i)); got == nil || got.Snapshot.Watermark != 20 {
			t.Errorf("the hot slot %d is %v", i, got)
		}
	}
}

func TestSlotsHaveTheirOwnSnapshot(t *testing.T) {
	of := &projection.Snapshot{State: sized(100), Generation: 2, Watermark: 3, HLC: 4}
	of.Memo.Store(projection.NewMemo("shape", []byte("row")))
	got := cache.NewSlot(of, [16]byte{1}, cache.Known{}).Snapshot
	if got == of || got.State != of.State || got.Generation != 2 || got.Watermark != 3 || got.HLC != 4 || got.Memo.Load() != of.Memo.Load() {
		t.Errorf("of %v comes %v", of, got)
	}
}

// What left because it was not read again, and comes back soon, is of those that are.
func TestGhostsComeBack(t *testing.T) {
	s := cache.NewSlots(100_000)
	for i := range 500 {
		s.Put(key(i), slot(1, cache.Known{}))
	}
	if s.Get(key(0)) != nil {
		t.Fatal("the first slot is still there")
	}
	back := 400 // newest of those that left
	for s.Peek(key(back)) != nil {
		back--
	}
	s.Put(key(back), slot(1, cache.Known{}))
	for i := 1000; i < 1300; i++ {
		s.Put(key(i), slot(1, cache.Known{}))
	}
	if s.Peek(key(back)) == nil {
		t.Error("a slot that came back was not kept")
	}
}

// A state may be larger than a shard's part of the memory.
func TestLargeStates(t *testing.T) {
	const mib = 1 << 20
	s := cache.NewSlots(64 * mib)
	large := func() *cache.Slot {
		return cache.NewSlot(&projection.Snapshot{State: sized(10 * mib), Watermark: 2}, [16]byte{1}, cache.Known{})
	}
	replacing, another := large(), large()
	for i := range 100 {
		s.Put(key(i), slot(1, cache.Known{}))
	}
	s.Put(key(1), replacing)
	s.Put(key(200), another)
	if s.Get(key(1)) != replacing || s.Get(key(200)) != another || s.Get(key(2)) == nil {
		t.Error("states that there is room for are gone")
	}
	s.Put(key(3), cache.NewSlot(&projection.Snapshot{State: sized(40 * mib), Watermark: 3}, [16]byte{1}, cache.Known{}))
	if used, bytesMax := s.Bytes(); used > bytesMax {
		t.Errorf("%d bytes in use", used)
	}
}

// Slots without pressure are a map, and count their bytes.
func TestSlotsAreAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := cache.NewSlots(int64(rapid.SampledFrom([]int{2, 64}).Draw(t, "MiB")) << 20)
		want := map[cache.SlotKey]*cache.Slot{}
		keys := rapid.Custom(func(t *rapid.T) cache.SlotKey {
			k := key(rapid.IntRange(0, 200).Draw(t, "entity"))
			k.Definition = uint32(rapid.IntRange(1, 3).Draw(t, "definition"))
			return k
		})
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				k := keys.Draw(t, "key")
				made := cache.NewSlot(&projection.Snapshot{
					State: sized(rapid.IntRange(0, 100).Draw(t, "bytes")), Watermark: event.Sequence(rapid.IntRange(1, 5).Draw(t, "watermark")),
				}, [16]byte{1}, cache.Known{})
				if old := want[k]; old == nil || old.Snapshot.Watermark < made.Snapshot.Watermark {
					want[k] = made
				}
				if kept, own := s.Put(k, made); kept != want[k] || own != (kept == made) {
					t.Fatalf("%v keeps another slot", k)
				}
			},
			"many": func(t *rapid.T) {
				from := rapid.IntRange(1000, 2000).Draw(t, "from")
				for i := range 50 {
					k, made := key(from+i), slot(9, cache.Known{})
					if kept, own := s.Put(k, made); own {
						want[k] = kept
					}
				}
			},
			"delete": func(t *rapid.T) {
				d, n := uint32(rapid.IntRange(1, 3).Draw(t, "definition")), 0
				match := func(k cache.SlotKey) bool { return k.Definition == d }
				for k := range want {
					if match(k) {
						delete(want, k)
						n++
					}
				}
				if got := s.DeleteFunc(match); got != n {
					t.Fatalf("%d slots were deleted, not %d", got, n)
				}
			},
			"": func(t *rapid.T) {
				k := keys.Draw(t, "key")
				if s.Get(k) != want[k] || s.Len() != len(want) {
					t.Fatalf("%v: %v of %d slots", k, s.Get(k), s.Len())
				}
				bytes := int64(0)
				for k, slot := range want {
					bytes += slot.Bytes(k.Entity)
				}
				if used, _ := s.Bytes(); int64(used) != bytes {
					t.Fatalf("%d bytes are in use, not %d", used, bytes)
				}
			},
		})
	})
}

// Readers take no lock while the table grows, and shrinks, beneath them.
func TestSlotsAreFoundWhileOthersCome(t *testing.T) {
	s := cache.NewSlots(64 << 10)
	const kept, readers = 20, 4
	for range 5 { // until they are in the main queue
		for i := range kept {
			if s.Get(key(i)) == nil {
				s.Put(key(i), slot(1, cache.Known{}))
			}
		}
	}
	done := make(chan struct{})
	var reading sync.WaitGroup
	for range readers {
		reading.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				if got := s.Get(key(i % kept)); got != nil && got.Snapshot.Watermark != 1 {
					t.Errorf("entity %d has the slot of another", i%kept)
					return
				}
			}
		})
	}
	for i := range 20_000 {
		s.Put(key(1000+i), slot(2, cache.Known{}))
		if i%5000 == 0 {
			s.DeleteFunc(func(k cache.SlotKey) bool { return k.Entity > key(1000+i/2).Entity })
		}
	}
	close(done)
	reading.Wait()
}

func TestNoSlots(t *testing.T) {
	s := cache.NewSlots(-1)
	own := slot(1, cache.Known{})
	if kept, stored := s.Put(key(1), own); kept != own || stored || s.Get(key(1)) != nil || s.Len() != 0 {
		t.Errorf("slots that are off keep something")
	}
	if n := s.DeleteFunc(func(cache.SlotKey) bool { return true }); n != 0 {
		t.Errorf("deleted %d", n)
	}
}

func TestDeleteFunc(t *testing.T) {
	s := cache.NewSlots(1 << 20)
	for i := range 10 {
		s.Put(key(i), slot(1, cache.Known{}))
	}
	n := s.DeleteFunc(func(k cache.SlotKey) bool { return k.Entity < key(5).Entity })
	if n != 5 || s.Get(key(4)) != nil || s.Get(key(5)) == nil {
		t.Errorf("deleted %d", n)
	}
}

// BenchmarkSlotHit finds slots in no order and reads the beginning of their rows: with many,
// nothing of a slot is in the processor's cache.
func BenchmarkSlotHit(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 18} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, keys := cache.NewSlots(1<<30), make([]cache.SlotKey, n)
			for i := range keys {
				keys[i] = key(i)
				made := slot(1, cache.Known{})
				made.Snapshot.Memo.Store(projection.NewMemo(nil, make([]byte, 80)))
				s.Put(keys[i], made)
			}
			rand.Shuffle(n, func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
			b.ReportAllocs()
			for i, sum := 0, 0; b.Loop(); i += 1 + sum { // so that no hit begins before the last one ends
				sum += int(s.Get(keys[i&(n-1)]).Snapshot.Memo.Load().Row[0])
			}
		})
	}
}
