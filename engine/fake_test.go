package engine_test

import (
	"encoding/binary"
	"errors"
	"iter"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// memLog is a log in memory. Its readers show what is within their cut and nothing
// else; readErr makes every read of an entity's events fail.
type memLog struct {
	mu      sync.Mutex
	events  []*event.Event
	lineage [16]byte
	readErr error
	reads   int // of entities' events
	walks   int // over entities
	block   chan struct{}
}

func (l *memLog) append(entity, kind, data string, occurred event.Micros) *event.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &event.Event{Entity: event.Entity(entity), Kind: event.Kind(kind), Data: []byte(data), Version: 1}
	for _, old := range l.events {
		if old.Entity == e.Entity {
			e.Version++
		}
	}
	e.Sequence = event.Sequence(len(l.events) + 1)
	e.HLC = hlc.New(int64(1000+e.Sequence), 0)
	e.OccurredAt = occurred
	l.events = append(l.events, e)
	return e
}

// cut is everything there is, known current now.
func (l *memLog) cut() projection.Cut {
	l.mu.Lock()
	defer l.mu.Unlock()
	return projection.Cut{Sequence: event.Sequence(len(l.events)), Newest: true, OccurredBy: event.NoTime}
}

func (l *memLog) walked() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.walks
}

func (l *memLog) Lineage() [16]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lineage
}

// restore cuts the log to its first n events and begins a new history.
func (l *memLog) restore(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = slices.Clone(l.events[:n])
	l.lineage[0]++
}

func (l *memLog) Reader(c projection.Cut) event.Reader {
	l.mu.Lock()
	defer l.mu.Unlock()
	events := l.events[:c.Sequence]
	if c.OccurredBy != event.NoTime {
		events = slices.DeleteFunc(slices.Clone(events), func(e *event.Event) bool { return e.OccurredAt > c.OccurredBy })
	}
	return &memReader{log: l, events: events}
}

type memReader struct {
	event.Reader
	log    *memLog
	events []*event.Event
}

func (r *memReader) Head(entity event.Entity) (event.Head, bool, error) {
	var h event.Head
	for _, e := range r.events {
		if e.Entity == entity {
			raise(&h, e)
		}
	}
	return h, h.Generation > 0, nil
}

func raise(h *event.Head, e *event.Event) {
	h.Generation, h.Sequence, h.HLC = e.Version, e.Sequence, e.HLC
	last := event.KindHead{Kind: e.Kind, Version: e.Version, Sequence: e.Sequence, HLC: e.HLC}
	for i := range h.Kinds {
		if h.Kinds[i].Kind == e.Kind {
			h.Kinds[i] = last
			return
		}
	}
	h.Kinds = append(h.Kinds, last)
}

func (r *memReader) Entity(entity event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		r.log.mu.Lock()
		r.log.reads++
		err, block := r.log.readErr, r.log.block
		r.log.mu.Unlock()
		if block != nil {
			<-block
		}
		for _, e := range r.events {
			if e.Entity != entity || e.Version < from || to != 0 && e.Version > to {
				continue
			}
			if !yield(e.Clone(), nil) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

func (r *memReader) Log(from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for _, e := range r.events {
			if e.Sequence >= from && e.Sequence <= to && !yield(e.Clone(), nil) {
				return
			}
		}
	}
}

func (r *memReader) Entities(from event.Entity) iter.Seq2[event.EntityHead, error] {
	return func(yield func(event.EntityHead, error) bool) {
		r.log.mu.Lock()
		r.log.walks++
		r.log.mu.Unlock()
		heads := map[event.Entity]*event.Head{}
		for _, e := range r.events {
			if heads[e.Entity] == nil {
				heads[e.Entity] = &event.Head{}
			}
			raise(heads[e.Entity], e)
		}
		var names []event.Entity
		for name := range heads {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if name >= from && !yield(event.EntityHead{Entity: name, Head: *heads[name]}, nil) {
				return
			}
		}
	}
}

// tally is a state that depends on the order of its events.
type tally struct{ hash, n uint64 }

func (t *tally) SizeBytes() int { return 16 }

// String is hash/n.
func (t *tally) String() string {
	return strconv.FormatUint(t.hash, 10) + "/" + strconv.FormatUint(t.n, 10)
}

// tallyFold folds "add" (data: a number), "del" (no state) and fails on "bad".
type tallyFold struct{}

type tallyAcc struct{ state *tally }

var errBad = errors.New("bad event")

func (tallyFold) Start(prev projection.State) projection.Accumulator {
	if prev == nil {
		return &tallyAcc{}
	}
	copied := *prev.(*tally)
	return &tallyAcc{state: &copied}
}

func (a *tallyAcc) Step(e *event.Event) error {
	switch e.Kind {
	case "bad":
		return errBad
	case "del":
		a.state = nil
		return nil
	}
	if a.state == nil {
		a.state = &tally{}
	}
	x, err := strconv.ParseUint(string(e.Data), 10, 64)
	a.state.hash, a.state.n = a.state.hash*31+x, a.state.n+1
	return err
}

func (a *tallyAcc) State() projection.State {
	if a.state == nil {
		return nil
	}
	return a.state
}

func (tallyFold) Encode(buf []byte, s projection.State) []byte {
	t := s.(*tally)
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(buf, t.hash), t.n)
}

func (tallyFold) Decode(b []byte) (projection.State, error) {
	if len(b) != 16 {
		return nil, errors.New("not a tally")
	}
	return &tally{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}, nil
}

// mendedFold passes over what tallyFold fails on.
type mendedFold struct{ tallyFold }

func (mendedFold) Start(prev projection.State) projection.Accumulator {
	return mendedAcc{tallyFold{}.Start(prev)}
}

type mendedAcc struct{ projection.Accumulator }

func (a mendedAcc) Step(e *event.Event) error {
	if e.Kind == "bad" {
		return nil
	}
	return a.Accumulator.Step(e)
}

func tallyDefinition(name string, version uint64) *projection.Definition {
	return &projection.Definition{
		Name: name, Version: version, Kinds: []event.Kind{"add", "del", "bad"}, Fold: tallyFold{},
	}
}

// oracle folds the events of an entity up to a cut, with no engine.
func oracle(l *memLog, d *projection.Definition, entity event.Entity, c projection.Cut) (projection.State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	acc := d.Fold.Start(nil)
	for _, e := range l.events[:c.Sequence] {
		if e.Entity != entity || !d.Relevant(e.Kind) || c.OccurredBy != event.NoTime && e.OccurredAt > c.OccurredBy {
			continue
		}
		if err := acc.Step(e); err != nil {
			return nil, err
		}
	}
	return acc.State(), nil
}

func show(s projection.State) string {
	if s == nil {
		return "none"
	}
	return s.(*tally).String()
}

// fakeClock is a clock that moves when it is told to.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock { return &fakeClock{now: time.Unix(1_000_000, 0)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
