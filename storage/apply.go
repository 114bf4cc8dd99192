package storage

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/storage/event"
)

// Apply applies entries in order as one atomic write, with their indexes, and
// returns one result an entry. Entries at or below the applied index are skipped:
// their result has the frontier only. An entry with an empty command moves the
// index and nothing else. The results are a function of the entries alone. An
// error is final: the store is unusable.
func (s *Store) Apply(entries []event.Entry) ([]event.Result, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.Err(); err != nil {
		return nil, err
	}
	v := s.now.Load()
	results, err := s.apply.run(v, entries)
	if err != nil {
		return nil, s.fail.fatal(err)
	}
	if s.apply.meta.index != v.meta.index {
		s.now.Store(&view{content: v.content, meta: s.apply.meta})
	}
	return results, nil
}

// applier turns entries into one batch. It is reused from call to call.
type applier struct {
	content  *content
	batch    *pebble.Batch
	before   *meta // what is committed
	meta     meta
	kinds    kindTable
	heads    map[event.Entity]*openHead
	touched  []*openHead // all of heads
	opened   []*openHead // those that the transaction changes
	placed   []placed
	ids      map[event.ID]int  // into placed
	records  map[string]uint64 // versions of catalog records that this call has put; 0: deleted
	newest   map[string]uint64 // by prefix, of the catalog records as they are
	current  run               // of the command that is being applied
	postings []posting         // of current, for reuse
	judge    judge
	key      []byte
	value    []byte
	spares   [][]byte // memory for parts
	pace     fair.Pace
}

// openHead is a head that this call of Apply has loaded, and may have changed.
type openHead struct {
	entity  event.Entity
	head    *head // empty: no event yet
	before  *head // what a refused transaction gives back; nil: not in this one
	changed bool  // by a transaction before this one
	part    part  // of its newest block, not written yet
}

// placed is an event that this call appends.
type placed struct {
	event event.Event
	kind  kindNumber
	head  *openHead
}

// run does everything up to and including the commit and the head cache. The
// caller publishes the frontier after it.
func (a *applier) run(v *view, entries []event.Entry) ([]event.Result, error) {
	a.begin(v, entries)
	defer a.end()
	results := make([]event.Result, len(entries))
	for i := range entries {
		if err := a.entry(&entries[i], &results[i]); err != nil {
			return nil, err
		}
	}
	if a.meta.index == v.meta.index {
		return results, nil
	}
	return results, a.commit()
}

func (a *applier) begin(v *view, entries []event.Entry) {
	if a.heads == nil {
		a.heads, a.ids = make(map[event.Entity]*openHead), make(map[event.ID]int)
		a.records, a.newest = make(map[string]uint64), make(map[string]uint64)
	}
	if a.content != v.content {
		clear(a.newest)
	}
	bytes := 0
	for i := range entries {
		bytes += len(entries[i].Command)
	}
	a.content, a.before, a.meta, a.batch = v.content, &v.meta, v.meta, v.content.db.NewBatchWithSize(bytes+bytes/2)
	a.kinds.open(v.content)
	a.pace = fair.Pace{} // it has waited
}

// worked is called behind piece i of some work. Who waits meanwhile is a writer: readers hold no lock.
func (a *applier) worked(i int) {
	const pieces = 16 // between two readings of the clock; short work reads none
	if i%pieces == pieces-1 {
		a.pace.Worked()
	}
}

// end drops what the call has held; the buffers stay.
func (a *applier) end() {
	_ = a.batch.Close()
	a.batch = nil
	for _, h := range a.touched {
		a.giveSpare(h.part.records)
	}
	clear(a.heads)
	clear(a.ids)
	clear(a.records)
	clear(a.touched)
	clear(a.opened)
	clear(a.placed)
	a.touched, a.placed = a.touched[:0], a.placed[:0]
	a.judge.end()
}

func (a *applier) entry(e *event.Entry, r *event.Result) error {
	if e.Index > a.meta.index {
		if err := a.command(e, r); err != nil {
			return err
		}
		a.meta.index, a.meta.term = e.Index, e.Term
	}
	r.Sequence, r.HLC = a.meta.sequence, a.meta.hlc
	return nil
}

func (a *applier) command(e *event.Entry, r *event.Result) error {
	if len(e.Command) == 0 {
		return nil
	}
	c, err := event.DecodeCommand(e.Command)
	if err != nil {
		return damage("entry %d of term %d: %v", e.Index, e.Term, err)
	}
	since := a.meta.sequence
	if len(c.Transactions) > 0 {
		r.Transactions = make([]event.TransactionResult, len(c.Transactions))
	}
	for i := range c.Transactions {
		if r.Transactions[i], err = a.transaction(&c, &c.Transactions[i], event.Record{Version: e.Index, Since: since}); err != nil {
			return err
		}
	}
	if err := a.closeRun(); err != nil {
		return err
	}
	if c.Stamp > 0 { // whatever comes later is stamped later, so that a stamp can be closed
		a.meta.hlc = max(a.meta.hlc, c.Stamp)
	}
	if len(c.Changes) > 0 {
		r.Changes = make([]event.ChangeResult, len(c.Changes))
	}
	for i := range c.Changes {
		if r.Changes[i], err = a.change(&c.Changes[i], event.Record{Version: e.Index, Since: since}); err != nil {
			return err
		}
	}
	return nil
}

// commit writes the batch and, after it, the head cache: a head that is cached
// is never ahead of what readers can find.
func (a *applier) commit() error {
	if err := a.writeHeads(); err != nil {
		return err
	}
	if err := a.kinds.write(a); err != nil {
		return err
	}
	a.value = appendMeta(a.value[:0], &a.meta)
	if err := a.set(a.content.keys.meta(a.key[:0])); err != nil {
		return err
	}
	// Kinds go first: whoever reads a body or a head must find the kinds in it.
	a.kinds.publish(a.content)
	if err := a.batch.Commit(pebble.NoSync); err != nil {
		return err
	}
	a.content.idle.drop()
	for _, h := range a.touched {
		if h.changed {
			a.content.heads.write(h.entity, h.head)
		}
	}
	return nil
}

// writeHeads writes what is left of the blocks, and the heads that tell of them.
func (a *applier) writeHeads() error {
	for i, h := range a.touched {
		if a.worked(i); !h.changed {
			continue
		}
		if err := a.writePart(h); err != nil {
			return err
		}
		a.value = appendHead(a.value[:0], h.head)
		if err := a.set(a.content.keys.head(a.key[:0], h.entity)); err != nil {
			return err
		}
	}
	return nil
}

// set puts a.value under a key that was built in a.key.
func (a *applier) set(key []byte) error {
	a.key = key
	return a.batch.Set(key, a.value, nil)
}
