package storage_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// model is a store in plain slices and maps, written from the contract alone.
type model struct {
	index, term uint64
	events      []event.Event // by sequence
	stamp       hlc.Timestamp // what comes later is stamped after it
	records     map[string]event.Record
}

func newModel() *model { return &model{records: map[string]event.Record{}} }

func (m *model) frontier() (event.Sequence, hlc.Timestamp) {
	return event.Sequence(len(m.events)), m.stamp
}

func (m *model) apply(e event.Entry) event.Result {
	var r event.Result
	if e.Index > m.index {
		m.index, m.term = e.Index, e.Term
		if len(e.Command) > 0 {
			r = m.command(e)
		}
	}
	r.Sequence, r.HLC = m.frontier()
	return r
}

func (m *model) command(e event.Entry) (r event.Result) {
	c, err := event.DecodeCommand(e.Command)
	if err != nil {
		panic(err)
	}
	since, _ := m.frontier()
	for _, t := range c.Transactions {
		before := len(m.events)
		stamp := m.stamp
		var tr event.TransactionResult
		if err := m.judge(t); err != nil {
			r.Transactions = append(r.Transactions, event.TransactionResult{Err: err})
			continue
		}
		for _, d := range t.Drafts {
			receipt, err := m.append(c.Stamp, d)
			if tr.Err = err; err != nil {
				break
			}
			tr.Receipts = append(tr.Receipts, receipt)
		}
		for i := 0; i < len(t.Changes) && tr.Err == nil; i++ {
			tr.Err = m.refused(t.Changes[i])
		}
		if tr.Err != nil {
			tr.Receipts = nil
			m.events, m.stamp = m.events[:before], stamp
		} else {
			for _, ch := range t.Changes {
				tr.Changes = append(tr.Changes, m.put(ch, e.Index, since))
			}
		}
		r.Transactions = append(r.Transactions, tr)
	}
	m.stamp = max(m.stamp, c.Stamp)
	for _, ch := range c.Changes {
		if err := m.refused(ch); err != nil {
			r.Changes = append(r.Changes, event.ChangeResult{Err: err})
			continue
		}
		r.Changes = append(r.Changes, m.put(ch, e.Index, since))
	}
	return r
}

func (m *model) refused(ch event.Change) error {
	old, exists := m.records[ch.Name]
	_, needed := m.records[ch.Needs]
	switch {
	case ch.Needs != "" && !needed:
		return &event.RecordError{Name: ch.Needs}
	case m.unheld(ch.Holds) != nil:
		return m.unheld(ch.Holds)
	case ch.Expect == event.ThisRecord && old.Version != ch.Version:
		return &event.RecordError{Name: ch.Name, Exists: exists, Changed: exists}
	case ch.Expect == event.NoRecord && exists, ch.Expect == event.SomeRecord && !exists:
		return &event.RecordError{Name: ch.Name, Exists: exists}
	}
	return nil
}

func (m *model) put(ch event.Change, version uint64, since event.Sequence) event.ChangeResult {
	record := event.Record{Name: ch.Name, Value: ch.Value, Version: version, Since: since}
	m.records[ch.Name] = record
	if ch.Value == nil {
		delete(m.records, ch.Name)
	}
	return event.ChangeResult{Record: record}
}

func (m *model) unheld(holds []event.Hold) error {
	for _, h := range holds {
		if old, exists := m.records[h.Name]; old.Version != h.Version {
			return &event.RecordError{Name: h.Name, Exists: exists, Changed: exists && h.Version != 0}
		}
	}
	return nil
}

// judge looks at every event for every guard.
func (m *model) judge(t event.Transaction) error {
	isNew := func(d event.Draft) bool {
		return !slices.ContainsFunc(m.events, func(e event.Event) bool { return e.ID == d.ID })
	}
	if len(t.Drafts) > 0 && !slices.ContainsFunc(t.Drafts, isNew) {
		return nil
	}
	if p := t.Premise; p != (event.Premise{}) {
		actual := uint64(0)
		for name, r := range m.records {
			if strings.HasPrefix(name, p.Prefix) {
				actual = max(actual, r.Version)
			}
		}
		if actual != p.Version {
			return &event.PremiseError{Premise: p, Actual: actual}
		}
	}
	for i, g := range t.Guards {
		if err := event.ValidateGuard(&g, event.Sequence(len(m.events))); err != nil {
			return err
		}
		for _, e := range m.events {
			ofKind := g.Kinds == nil || slices.Contains(g.Kinds, e.Kind)
			ofEntity := g.Entities == nil && g.Prefixes == nil || slices.Contains(g.Entities, e.Entity)
			for _, p := range g.Prefixes {
				ofEntity = ofEntity || strings.HasPrefix(string(e.Entity), string(p))
			}
			if e.Sequence > g.Since && ofKind && ofEntity && bytes.Contains(e.Data, g.Predicate) {
				return &event.GuardError{Guard: i, Entity: e.Entity, Version: e.Version, Kind: e.Kind, Sequence: e.Sequence}
			}
		}
	}
	return nil
}

func (m *model) append(stamp hlc.Timestamp, d event.Draft) (event.Receipt, error) {
	if err := event.Validate(&d); err != nil {
		return event.Receipt{}, err
	}
	version := event.Version(0)
	for i := range m.events {
		e := &m.events[i]
		if e.ID == d.ID {
			if !d.Matches(e) {
				return event.Receipt{}, &event.DuplicateIDError{ID: d.ID, Entity: e.Entity, Version: e.Version}
			}
			if d.Fresh {
				return event.Receipt{}, &event.KnownIDError{ID: d.ID, Entity: e.Entity, Version: e.Version, Sequence: e.Sequence}
			}
			return event.Receipt{Version: e.Version, Sequence: e.Sequence, HLC: e.HLC, Duplicate: true}, nil
		}
		if e.Entity == d.Entity {
			version = e.Version
		}
	}
	if d.Expected.Set && d.Expected.Version != version {
		return event.Receipt{}, &event.ConflictError{Entity: d.Entity, Expected: d.Expected.Version, Actual: version}
	}
	seq, last := m.frontier()
	e := event.Event{
		Entity: d.Entity, Version: version + 1, Kind: d.Kind, Data: d.Data, Metadata: d.Metadata, ID: d.ID,
		Correlation: d.Correlation, Causation: d.Causation, OccurredAt: d.OccurredAt, RecordedBy: d.RecordedBy,
		HLC: max(stamp, last+1), Sequence: seq + 1,
	}
	if e.OccurredAt == event.NoTime {
		e.OccurredAt = e.RecordedAt()
	}
	m.events, m.stamp = append(m.events, e), e.HLC
	return event.Receipt{Version: e.Version, Sequence: e.Sequence, HLC: e.HLC}, nil
}

// seen returns what a cut shows.
func (m *model) seen(c projection.Cut) []event.Event {
	var out []event.Event
	for _, e := range m.events[:c.Sequence] {
		if c.OccurredBy == event.NoTime || e.OccurredAt <= c.OccurredBy {
			out = append(out, e)
		}
	}
	return out
}

func headOf(events []event.Event, entity event.Entity) (h event.Head) {
	for _, e := range events {
		if e.Entity != entity {
			continue
		}
		h.Generation, h.Sequence, h.HLC = e.Version, e.Sequence, e.HLC
		h.Kinds = slices.DeleteFunc(h.Kinds, func(k event.KindHead) bool { return k.Kind == e.Kind })
		h.Kinds = append(h.Kinds, event.KindHead{Kind: e.Kind, Version: e.Version, Sequence: e.Sequence, HLC: e.HLC})
	}
	return sorted(h)
}

func sorted(h event.Head) event.Head {
	h.Kinds = slices.SortedFunc(slices.Values(h.Kinds), func(a, b event.KindHead) int { return cmp.Compare(a.Kind, b.Kind) })
	return h
}

// diff tells how a reader differs from what the model shows at its cut; "" if it
// does not.
func (m *model) diff(r event.Reader, c projection.Cut) error {
	seen := m.seen(c)
	return errors.Join(
		m.diffCut(r, c, seen), diffEntities(r, seen), diffLog(r, seen), diffKinds(r, seen), m.diffPoints(r, c, seen),
	)
}

func (m *model) diffCut(r event.Reader, c projection.Cut, seen []event.Event) error {
	var want hlc.Timestamp
	if c.Sequence > 0 {
		want = m.events[c.Sequence-1].HLC
	}
	if c.HLC != 0 {
		want = c.HLC
	}
	seq, ts := r.Cut()
	n, err := r.Count()
	if seq != c.Sequence || ts != want || n != uint64(len(seen)) || err != nil {
		return fmt.Errorf("cut %d, %d with %d events (%w), want %d, %d with %d", seq, ts, n, err, c.Sequence, want, len(seen))
	}
	return nil
}

func diffEntities(r event.Reader, seen []event.Event) error {
	names := map[event.Entity]bool{}
	for _, e := range seen {
		names[e.Entity] = true
	}
	var want []event.EntityHead
	for name := range names {
		want = append(want, event.EntityHead{Entity: name, Head: headOf(seen, name)})
	}
	slices.SortFunc(want, func(a, b event.EntityHead) int { return cmp.Compare(a.Entity, b.Entity) })
	var got []event.EntityHead
	for e, err := range r.Entities("") {
		if err != nil {
			return err
		}
		got = append(got, event.EntityHead{Entity: e.Entity, Head: sorted(e.Head)})
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("entities\n%+v, want\n%+v", got, want)
	}
	if len(want) > 1 {
		for e, err := range r.Entities(want[1].Entity) {
			if err != nil || e.Entity != want[1].Entity {
				return fmt.Errorf("entities from %q begin with %q: %w", want[1].Entity, e.Entity, err)
			}
			break
		}
	}
	// One cursor reads them all forth and back.
	c := r.(event.Walker).Cursor()
	defer c.Close()
	for _, e := range append(append(want, event.EntityHead{Entity: "no such entity"}), reversed(want)...) {
		if err := errors.Join(diffEntity(r, cursorReader(c), seen, e), diffEntity(r, r.Entity, seen, e)); err != nil {
			return err
		}
	}
	return nil
}

func reversed(heads []event.EntityHead) []event.EntityHead {
	back := slices.Clone(heads)
	slices.Reverse(back)
	return back
}

// entityReader is a Reader's Entity, or the same of its Cursor.
type entityReader func(e event.Entity, from, to event.Version) iter.Seq2[*event.Event, error]

var errEnough = errors.New("enough")

func cursorReader(c event.Cursor) entityReader {
	return func(e event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
		return func(yield func(*event.Event, error) bool) {
			err := c.Each(e, from, to, func(ev *event.Event) error {
				if !yield(ev, nil) {
					return errEnough
				}
				return nil
			})
			if err != nil && !errors.Is(err, errEnough) {
				yield(nil, err)
			}
		}
	}
}

func diffEntity(r event.Reader, events entityReader, seen []event.Event, e event.EntityHead) error {
	h, ok, err := r.Head(e.Entity)
	if err != nil || ok != (e.Head.Generation > 0) || !reflect.DeepEqual(sorted(h), e.Head) {
		return fmt.Errorf("head of %q\n%+v, %v, %w, want\n%+v", e.Entity, h, ok, err, e.Head)
	}
	for _, bounds := range [][2]event.Version{{0, 0}, {2, 0}, {0, 2}, {3, 2}, {e.Head.Generation, e.Head.Generation + 1}} {
		var want []event.Event
		for _, s := range seen {
			if s.Entity == e.Entity && s.Version >= bounds[0] && (bounds[1] == 0 || s.Version <= bounds[1]) {
				want = append(want, s)
			}
		}
		got, err := collect(events(e.Entity, bounds[0], bounds[1]))
		if err := diffEvents(got, want, err); err != nil {
			return fmt.Errorf("events %v of %q: %w", bounds, e.Entity, err)
		}
	}
	return nil
}

func diffLog(r event.Reader, seen []event.Event) error {
	for _, bounds := range [][2]event.Sequence{{0, 0}, {3, 0}, {0, 4}, {2, 5}, {9, 3}} {
		var want []event.Event
		for _, s := range seen {
			if s.Sequence >= bounds[0] && (bounds[1] == 0 || s.Sequence <= bounds[1]) {
				want = append(want, s)
			}
		}
		got, err := collect(r.Log(bounds[0], bounds[1]))
		if err := diffEvents(got, want, err); err != nil {
			return fmt.Errorf("log %v: %w", bounds, err)
		}
	}
	return nil
}

func diffKinds(r event.Reader, seen []event.Event) error {
	for _, kinds := range [][]event.Kind{{"Paid"}, {"Ω", "no such kind", "Opened"}, {}} {
		for _, bounds := range [][2]event.Sequence{{0, 0}, {3, 0}, {2, 5}, {9, 3}} {
			var want []event.Event
			for _, s := range seen {
				if slices.Contains(kinds, s.Kind) && s.Sequence >= bounds[0] && (bounds[1] == 0 || s.Sequence <= bounds[1]) {
					want = append(want, s)
				}
			}
			got, err := collect(event.OfKinds(r, kinds, bounds[0], bounds[1]))
			if err := diffEvents(got, want, err); err != nil {
				return fmt.Errorf("kinds %v %v: %w", kinds, bounds, err)
			}
		}
	}
	return nil
}

// diffPoints asks for every event there is by id and by stamp, in the cut or not.
func (m *model) diffPoints(r event.Reader, c projection.Cut, seen []event.Event) error {
	for _, e := range m.events {
		var want event.Sequence
		for _, s := range m.events[:c.Sequence] {
			if s.HLC <= e.HLC+1 {
				want = s.Sequence
			}
		}
		if got, err := r.ByHLC(e.HLC + 1); got != want || err != nil {
			return fmt.Errorf("sequence at %d is %d (%w), want %d", e.HLC+1, got, err, want)
		}
		got, err := r.ByID(e.ID)
		i := slices.IndexFunc(seen, func(s event.Event) bool { return s.ID == e.ID })
		if err != nil || (got == nil) != (i < 0) || (got != nil && !same(got, &seen[i])) {
			return fmt.Errorf("event %v is %+v (%w), want number %d", e.ID, got, err, i)
		}
	}
	if got, err := r.ByHLC(0); got != 0 || err != nil {
		return fmt.Errorf("sequence at 0 is %d (%w)", got, err)
	}
	if got, err := r.ByID(event.ID{0xee}); got != nil || err != nil {
		return fmt.Errorf("an id that was never given: %+v, %w", got, err)
	}
	return nil
}

func (m *model) diffRecords(got []event.Record, err error) error {
	var want []event.Record
	for _, r := range m.records {
		want = append(want, r)
	}
	slices.SortFunc(want, func(a, b event.Record) int { return cmp.Compare(a.Name, b.Name) })
	if err != nil || !reflect.DeepEqual(got, want) {
		return fmt.Errorf("records %+v (%w), want %+v", got, err, want)
	}
	return nil
}

func collect(seq func(func(*event.Event, error) bool)) (out []*event.Event, err error) {
	for e, err := range seq {
		if err != nil {
			return nil, err
		}
		out = append(out, e.Clone())
	}
	return out, nil
}

func diffEvents(got []*event.Event, want []event.Event, err error) error {
	if err != nil {
		return err
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d events, want %d", len(got), len(want))
	}
	for i := range got {
		if !same(got[i], &want[i]) {
			return fmt.Errorf("event\n%+v, want\n%+v", got[i], want[i])
		}
	}
	return nil
}

func same(a, b *event.Event) bool {
	x, y := *a, *b
	x.Data, y.Data, x.Metadata, y.Metadata = nil, nil, nil, nil
	return reflect.DeepEqual(x, y) && bytes.Equal(a.Data, b.Data) &&
		bytes.Equal(a.Metadata, b.Metadata) && (a.Metadata == nil) == (b.Metadata == nil)
}
