package cache

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// pendingBytesMax bounds the rows that wait to be written. Who puts one more writes them.
const pendingBytesMax = 1 << 20

// pending are rows on their way to Pebble, encoded and written together a moment later: who
// puts one waits for no commit. They are not looked at before: who asks for one that may
// be on its way has them written first.
type pending struct {
	writing sync.Mutex // one writer at a time; taken before mu
	mu      sync.RWMutex
	batches []*pebble.Batch // in the order of their rows
	open    bool            // the last takes more rows
	bytes   int
	// Entities that may have a row in batches, and in what is being written:
	waiting, written *fewWords
}

// fewWords are a filter's; see absent.
type fewWords [wordsFew]uint64

func (w *fewWords) add(h entityHash) {
	i, bits := h.bits(len(w))
	w[i] |= bits
}

func (w *fewWords) has(h entityHash) bool {
	i, bits := h.bits(len(w))
	return w[i]&bits == bits
}

func newPending() *pending { return &pending{waiting: new(fewWords), written: new(fewWords)} }

// put keeps a row. first says that there was none before it, full that it is time to write.
func (p *pending) put(db *pebble.DB, h entityHash, o Owner, r *EntityRow) (first, full bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first = len(p.batches) == 0
	if !p.open {
		p.batches, p.open = append(p.batches, db.NewBatch()), true
	}
	b := p.batches[len(p.batches)-1]
	p.waiting.add(h)
	p.bytes -= b.Len()
	err = setRow(b, o, r)
	p.bytes += b.Len()
	return first, p.bytes >= pendingBytesMax, err
}

// putBatch keeps rows that are encoded, and is put of each.
func (p *pending) putBatch(b *pebble.Batch, hashes []entityHash) (first, full bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first = len(p.batches) == 0
	p.batches, p.open = append(p.batches, b), false
	for _, h := range hashes {
		p.waiting.add(h)
	}
	p.bytes += b.Len()
	return first, p.bytes >= pendingBytesMax
}

// has reports whether an entity may have a row on its way.
func (p *pending) has(h entityHash) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.waiting.has(h) || p.written.has(h)
}

// write hands all rows to Pebble. What cannot be written is lost, which is a miss.
func (p *pending) write() error {
	p.writing.Lock()
	defer p.writing.Unlock()
	batches := p.take()
	if len(batches) == 0 {
		return nil
	}
	defer p.clearWritten()
	return commit(batches)
}

func (p *pending) take() []*pebble.Batch {
	p.mu.Lock()
	defer p.mu.Unlock()
	batches := p.batches
	if len(batches) > 0 {
		p.waiting, p.written = p.written, p.waiting
		p.batches, p.open, p.bytes = nil, false, 0
	}
	return batches
}

func commit(batches []*pebble.Batch) (err error) {
	for _, b := range batches {
		if err == nil {
			err = b.Commit(pebble.NoSync)
		}
		_ = b.Close() // committed or given up
	}
	return err
}

func (p *pending) clearWritten() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.written[:])
}

// discard drops rows whose database is closed.
func (p *pending) discard() {
	p.take()
	p.clearWritten()
}
