package storage

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// reader is an event.Reader at one cut.
type reader struct {
	content    *content
	cut        event.Sequence
	hlc        hlc.Timestamp // 0: not looked up
	occurredBy event.Micros
	err        error // why the cut cannot be read
}

// begin takes the content for one call; done gives it back.
func (r *reader) begin() error {
	if r.err != nil {
		return r.err
	}
	if err := r.content.fail.first(); err != nil {
		return err
	}
	if !r.content.acquire() {
		return errReplaced()
	}
	return nil
}

func (r *reader) done() { r.content.release() }

func (r *reader) fail(err error) error { return r.content.fail.read(err) }

// filtered reports whether the reader leaves out events by when they occurred.
func (r *reader) filtered() bool { return r.occurredBy != event.NoTime }

// hides reports whether an event that decodes is not in the cut.
func (r *reader) hides(e *event.Event) bool {
	return e.Sequence > r.cut || (r.filtered() && e.OccurredAt > r.occurredBy)
}

// Head returns the entity's head within the cut. A head that is cached and within
// the cut costs one map lookup. Under an OccurredBy the head is that of the events
// that are left: its generation is the highest version among them.
func (r *reader) Head(e event.Entity) (event.Head, bool, error) {
	if r.err == nil && !r.filtered() {
		if h, _ := r.content.heads.get(e); h != nil && h.Sequence <= r.cut && r.content.fail.first() == nil {
			return h.Head, true, nil
		}
	}
	if err := r.begin(); err != nil {
		return event.Head{}, false, err
	}
	defer r.done()
	h, ok, err := r.head(e)
	return h, ok, r.fail(err)
}

func (r *reader) head(e event.Entity) (event.Head, bool, error) {
	if r.filtered() {
		return r.headOfEvents(e)
	}
	newest, err := r.content.newestHead(e)
	if err != nil || newest == nil {
		return event.Head{}, false, err
	}
	return r.headWithin(e, newest)
}

// ByID returns the event with the given id; nil if there is none in the cut.
func (r *reader) ByID(id event.ID) (*event.Event, error) {
	if err := r.begin(); err != nil {
		return nil, err
	}
	defer r.done()
	e, err := r.content.byID(id)
	if err != nil || e == nil || r.hides(e) {
		return nil, r.fail(err)
	}
	return e, nil
}

// ByHLC returns the last sequence in the cut whose HLC is at most ts; 0 if there
// is none.
func (r *reader) ByHLC(ts hlc.Timestamp) (event.Sequence, error) {
	if err := r.begin(); err != nil {
		return 0, err
	}
	defer r.done()
	s, err := r.content.byHLC(ts)
	return min(s, r.cut), r.fail(err)
}

// byHLC finds the last run that begins at ts or before, and counts within it.
func (c *content) byHLC(ts hlc.Timestamp) (event.Sequence, error) {
	it, err := c.iter(tableStamp)
	if err != nil {
		return 0, err
	}
	defer it.Close()
	if !it.SeekLT(append(c.keys.stamp(nil, ts), 0)) {
		return 0, it.Error()
	}
	v, err := it.ValueAndErr()
	if err != nil {
		return 0, err
	}
	first, events, ok := readStamp(v)
	if !ok {
		return 0, damage("index of stamps")
	}
	behind := min(uint64(ts)-lastNumber(it.Key()), events-1)
	return first + event.Sequence(behind), nil
}

// Cut returns the sequence and stamp of the cut.
func (r *reader) Cut() (event.Sequence, hlc.Timestamp) {
	if r.hlc != 0 || r.cut == 0 || r.begin() != nil {
		return r.cut, r.hlc
	}
	defer r.done()
	it, err := r.content.iter(tableRun)
	if err != nil {
		_ = r.fail(err)
		return r.cut, 0
	}
	defer it.Close()
	var run run
	if err := r.content.seekRun(it, r.cut, &run); err != nil {
		_ = r.fail(err)
		return r.cut, 0
	}
	return r.cut, run.hlc + hlc.Timestamp(r.cut-run.sequence)
}

// seekRun reads the run that holds a sequence, which must be in the log.
func (c *content) seekRun(it *pebble.Iterator, s event.Sequence, into *run) error {
	if !it.SeekLT(c.keys.run(nil, s+1)) {
		if err := it.Error(); err != nil {
			return err
		}
		return damage("no run holds sequence %d", s)
	}
	if err := c.run(it, into); err != nil {
		return err
	}
	if s-into.sequence >= event.Sequence(len(into.places)) {
		return damage("no run holds sequence %d", s)
	}
	return nil
}

// run reads the run under an iterator; it shares the iterator's memory.
func (c *content) run(it *pebble.Iterator, into *run) error {
	v, err := it.ValueAndErr()
	if err != nil {
		return err
	}
	first := event.Sequence(lastNumber(it.Key()))
	if !readRun(into, first, v) {
		return damage("run of sequence %d", first)
	}
	return nil
}

// Count returns the number of events in the cut: sequences have no gaps. Under an
// OccurredBy it reads every event.
func (r *reader) Count() (uint64, error) {
	if err := r.begin(); err != nil {
		return 0, err
	}
	defer r.done()
	if !r.filtered() {
		return uint64(r.cut), nil
	}
	n, err := r.countEvents()
	return n, r.fail(err)
}
