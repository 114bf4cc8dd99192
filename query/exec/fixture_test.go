package exec_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// fixture is the tables of testdata/tables.txt.
type fixture struct {
	tables []*fixtureTable
	events []*event.Event
}

type fixtureTable struct {
	what, name string // table, projection, events
	columns    []plan.RelationColumn
	rows       [][]types.Datum
	text       [][]string
	relation   *plan.Relation
}

func loadFixture(t testing.TB) *fixture {
	b, err := os.ReadFile("testdata/tables.txt")
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{}
	var table *fixtureTable
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		switch {
		case line == "" || line[0] == '#':
			table = nil
		case table == nil:
			what, name, _ := strings.Cut(line, " ")
			table = &fixtureTable{what: what, name: name}
			f.tables = append(f.tables, table)
		case table.columns == nil:
			table.addColumns(line)
		default:
			table.addRow(t, strings.Split(line, "\t"))
		}
	}
	for i, table := range f.tables {
		table.relate(uint32(20000 + i))
		if table.what == "events" {
			f.addEvents(table)
		}
	}
	return f
}

func (f *fixtureTable) addColumns(line string) {
	for _, c := range strings.Split(line, "\t") {
		words := strings.Fields(c)
		name := strings.TrimSuffix(words[1], "[]")
		oid := types.ByName(name).OID
		if name != words[1] {
			oid = types.ArrayOf(oid)
		}
		f.columns = append(f.columns, plan.RelationColumn{Name: words[0], Type: types.Of(oid), Key: len(words) > 2})
	}
}

func (f *fixtureTable) addRow(t testing.TB, fields []string) {
	row := make([]types.Datum, len(fields))
	for i, s := range fields {
		if s == `\N` {
			continue
		}
		var err error
		if row[i], err = types.Parse(types.NewEnv(), f.columns[i].Type, s); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
	}
	f.rows, f.text = append(f.rows, row), append(f.text, fields)
}

func (f *fixtureTable) relate(oid uint32) {
	switch f.what {
	case "events":
		f.relation = plan.NewEvents(oid, nil)
	case "projection":
		d := &projection.Definition{Name: f.name, Version: 1}
		for _, c := range f.columns[1:] {
			d.Columns = append(d.Columns, projection.Column{Name: c.Name, Type: uint32(c.Type.OID), TypeMod: -1})
		}
		f.relation = plan.NewProjection(d, oid)
	default:
		f.relation = &plan.Relation{Schema: "public", Name: f.name, OID: oid, Kind: plan.VirtualRelation, Columns: f.columns}
		f.relation.Rows = func(context.Context, plan.Source, []bool) iter.Seq2[[]types.Datum, error] {
			return func(yield func([]types.Datum, error) bool) {
				for _, r := range f.rows {
					if !yield(r, nil) {
						return
					}
				}
			}
		}
	}
}

func (f *fixture) addEvents(t *fixtureTable) {
	id := func(d types.Datum) (id event.ID) {
		copy(id[:], d.Str())
		return id
	}
	for _, r := range t.rows {
		e := &event.Event{
			Entity: event.Entity(r[0].Str()), Version: event.Version(r[1].Int()), Kind: event.Kind(r[2].Str()), Data: []byte(r[3].Str()),
			ID: id(r[5]), Correlation: id(r[6]), Causation: id(r[7]), OccurredAt: event.Micros(r[8].Int() - types.UnixEpochMicros),
			RecordedBy: r[10].Str(), HLC: hlc.Timestamp(r[11].Int()), Sequence: event.Sequence(r[12].Int()),
		}
		if !r[4].IsNull() {
			e.Metadata = []byte(r[4].Str())
		}
		f.events = append(f.events, e)
	}
}

// Relation implements plan.Relations.
func (f *fixture) Relation(schema, name string) (*plan.Relation, error) {
	for _, t := range f.tables {
		if t.name == name && (schema == "" || schema == "public") {
			return t.relation, nil
		}
	}
	return nil, nil
}

// Projection implements plan.Relations.
func (f *fixture) Projection(name string) (*plan.Relation, error) {
	for _, t := range f.tables {
		if t.what == "projection" && t.name == strings.ToLower(name) {
			return t.relation, nil
		}
	}
	return nil, nil
}

// source reads the fixture, and counts what is read.
type source struct {
	*fixture
	reads []string
}

type state []types.Datum

func (s state) Values() []types.Datum { return s }
func (s state) SizeBytes() int        { return 24 * len(s) }

func (s *source) outcome(entity string, row []types.Datum) projection.Outcome {
	o := projection.Outcome{Strategy: projection.GroupLocalHit, Cache: projection.Hit, Observed: projection.Fresh, Generation: 3}
	if row == nil {
		return projection.Outcome{Strategy: projection.Empty, Cache: projection.Bypassed, Observed: projection.NotApplicable}
	}
	o.Snapshot = &projection.Snapshot{State: state(row[1:]), Generation: 3, Watermark: 6, HLC: 77}
	return o
}

func (s *source) row(d *projection.Definition, entity string) []types.Datum {
	for _, t := range s.tables {
		if t.name != d.Name {
			continue
		}
		for _, r := range t.rows {
			if r[0].Str() == entity {
				return r
			}
		}
	}
	return nil
}

func (s *source) Project(_ context.Context, d *projection.Definition, e event.Entity) (projection.Outcome, error) {
	s.reads = append(s.reads, fmt.Sprintf("project %s %s", d.Name, e))
	return s.outcome(string(e), s.row(d, string(e))), nil
}

func (s *source) Changed(ctx context.Context, d *projection.Definition, e event.Entity, g event.Version) (projection.Outcome, error) {
	o, err := s.Project(ctx, d, e)
	o.Unchanged = o.Generation == g
	return o, err
}

func (s *source) Scan(_ context.Context, d *projection.Definition, _ projection.Range, _ *fair.Pace, each func(event.Entity, *projection.Outcome) error) error {
	s.reads = append(s.reads, "scan "+d.Name)
	for _, t := range s.tables {
		if t.name != d.Name {
			continue
		}
		for _, r := range t.rows {
			o := s.outcome(r[0].Str(), r)
			if err := each(event.Entity(r[0].Str()), &o); err != nil {
				return err
			}
		}
	}
	return nil
}

// History tells of the fixture's events as if each made the same state.
func (s *source) History(_ context.Context, q projection.HistoryRequest, each projection.EachStep) error {
	s.reads = append(s.reads, fmt.Sprintf("history %s %s %d..%d", q.Definition.Name, q.Entity, q.From, q.To))
	for _, e := range s.events {
		if e.Entity != q.Entity || e.Version < q.From || q.To != 0 && e.Version > q.To {
			continue
		}
		o := s.outcome(string(q.Entity), s.row(q.Definition, string(q.Entity)))
		if err := each(e, &o); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) Node() string      { return "n1" }
func (s *source) Log() event.Reader { return (*logReader)(s) }

// logReader reads the fixture's events; each is handed out in one buffer that is
// overwritten by the next.
type logReader source

func (l *logReader) each(what string, keep func(*event.Event) bool) iter.Seq2[*event.Event, error] {
	l.reads = append(l.reads, what)
	return func(yield func(*event.Event, error) bool) {
		var shared []byte
		for _, e := range l.events {
			if !keep(e) {
				continue
			}
			c := *e
			shared = append(shared[:0], e.Data...)
			c.Data = shared
			if !yield(&c, nil) {
				return
			}
			for i := range shared {
				shared[i] = 0xFF
			}
		}
	}
}

func (l *logReader) Entity(n event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
	return l.each(fmt.Sprintf("entity %s %d..%d", n, from, to), func(e *event.Event) bool {
		return e.Entity == n && e.Version >= from && (to == 0 || e.Version <= to)
	})
}

func (l *logReader) Log(from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return l.each(fmt.Sprintf("log %d..%d", from, to), func(e *event.Event) bool {
		return e.Sequence >= from && (to == 0 || e.Sequence <= to)
	})
}

func (l *logReader) Head(n event.Entity) (h event.Head, ok bool, err error) {
	for _, e := range l.events {
		if e.Entity == n {
			h, ok = event.Head{Generation: e.Version, Sequence: e.Sequence, HLC: e.HLC}, true
		}
	}
	return h, ok, nil
}

func (l *logReader) Entities(event.Entity) iter.Seq2[event.EntityHead, error] {
	return func(func(event.EntityHead, error) bool) {}
}

func (l *logReader) ByHLC(ts hlc.Timestamp) (event.Sequence, error) {
	i, found := slices.BinarySearchFunc(l.events, ts, func(e *event.Event, ts hlc.Timestamp) int { return cmp.Compare(e.HLC, ts) })
	if found {
		i++
	}
	return event.Sequence(i), nil
}

func (l *logReader) ByID(id event.ID) (*event.Event, error) {
	l.reads = append(l.reads, "id")
	for _, e := range l.events {
		if e.ID == id {
			return e, nil
		}
	}
	return nil, nil
}

func (l *logReader) Cut() (event.Sequence, hlc.Timestamp) {
	last := l.events[len(l.events)-1]
	return last.Sequence, last.HLC
}

func (l *logReader) Count() (uint64, error) {
	l.reads = append(l.reads, "count")
	return uint64(len(l.events)), nil
}
