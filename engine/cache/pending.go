package cache

import (
	"sync"
	"unsafe"

	"github.com/cockroachdb/pebble/v2"
)

// pendingBytesMax bounds the rows that wait to be written. Who puts one more writes them.
const pendingBytesMax = 1 << 20

// pending are rows on their way to Pebble, written together: a Put costs its reader a
// map entry. They are found there until they are found in Pebble.
type pending struct {
	writing sync.Mutex // one batch at a time; taken before mu
	mu      sync.RWMutex
	waiting *pendingRows
	written *pendingRows // being written, else empty
}

type pendingRows struct {
	byKey map[string]int // keys share the rows' memory
	rows  []pendingRow
	bytes int
}

type pendingRow struct{ key, value []byte }

const pendingRowBytes = 96 // of a row, beside its key and value

func newPending() *pending {
	return &pending{waiting: newPendingRows(), written: newPendingRows()}
}

func newPendingRows() *pendingRows { return &pendingRows{byKey: map[string]int{}} }

// put keeps a row, whose memory is the queue's from now on. first says that there was
// none before it, full that it is time to write.
func (p *pending) put(r pendingRow) (first, full bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.waiting
	first = len(w.rows) == 0
	w.bytes += pendingRowBytes + len(r.key) + len(r.value)
	if i, ok := w.byKey[string(r.key)]; ok {
		w.rows[i].value = r.value
	} else {
		w.byKey[unsafe.String(unsafe.SliceData(r.key), len(r.key))] = len(w.rows)
		w.rows = append(w.rows, r)
	}
	return first, w.bytes >= pendingBytesMax
}

// get returns the newest value of a key, nil if none is on its way.
func (p *pending) get(key []byte) []byte {
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, rows := range [...]*pendingRows{p.waiting, p.written} {
		if i, ok := rows.byKey[string(key)]; ok {
			return rows.rows[i].value
		}
	}
	return nil
}

// write hands all rows to Pebble. What cannot be written is lost, which is a miss.
func (p *pending) write(db *pebble.DB) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	return p.writeWaiting(db)
}

// writeBatch hands rows to Pebble that are newer than those that wait.
func (p *pending) writeBatch(db *pebble.DB, batch *pebble.Batch) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	if err := p.writeWaiting(db); err != nil {
		return err
	}
	return batch.Commit(pebble.NoSync)
}

func (p *pending) writeWaiting(db *pebble.DB) error {
	p.mu.Lock()
	p.waiting, p.written = p.written, p.waiting
	rows := p.written.rows
	p.mu.Unlock()
	if len(rows) == 0 {
		return nil
	}
	defer p.clearWritten()
	batch := db.NewBatch()
	defer batch.Close() //nolint:errcheck // committed or given up
	for i := range rows {
		if err := batch.Set(rows[i].key, rows[i].value, nil); err != nil {
			return err
		}
	}
	return batch.Commit(pebble.NoSync)
}

func (p *pending) clearWritten() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.written.byKey)
	clear(p.written.rows)
	p.written.rows, p.written.bytes = p.written.rows[:0], 0
}
