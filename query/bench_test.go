package query_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// still is a Backend whose every entity has one state, at once: what is left is
// the session's own cost.
type still struct {
	query.Backend
	definition *projection.Definition
	snapshot   *projection.Snapshot
	sequence   event.Sequence
	catalog    *projection.Catalog
}

type stillState []types.Datum

func (s stillState) SizeBytes() int           { return 64 }
func (s stillState) Values() []types.Datum    { return s }
func (s *still) Epoch() uint64                { return 1 }
func (s *still) Current() *projection.Catalog { return s.catalog }
func (s *still) With(c *projection.Catalog, _ *role.Set, _ []event.Record, _ []string) *projection.Catalog {
	return c
}
func (s *still) Change(context.Context, ...event.Change) error { return nil }

func (s *still) All() []*projection.Definition { return []*projection.Definition{s.definition} }

func (s *still) Lookup(name string) (*projection.Definition, bool) {
	return s.definition, name == s.definition.Name
}

func (s *still) Cut(context.Context, projection.Freshness, event.Sequence) (projection.Cut, error) {
	return projection.Cut{Sequence: s.sequence, HLC: 1, Newest: true, OccurredBy: event.NoTime}, nil
}

func (s *still) Project(context.Context, projection.Request) (projection.Outcome, error) {
	return projection.Outcome{
		Snapshot: s.snapshot, Generation: 3, Strategy: projection.GroupLocalHit,
		Cache: projection.Hit, Observed: projection.Fresh,
	}, nil
}

func (s *still) Append(_ context.Context, t event.Transaction) ([]event.Receipt, error) {
	receipts := make([]event.Receipt, len(t.Drafts))
	for i := range receipts {
		s.sequence++
		receipts[i] = event.Receipt{Version: 1, Sequence: s.sequence, HLC: 2}
	}
	return receipts, nil
}

func newStill() *still {
	s := &still{
		definition: &projection.Definition{Name: "account", Version: 1, Columns: []projection.Column{
			{Name: "owner", Type: uint32(types.TextOID), TypeMod: -1},
			{Name: "balance", Type: uint32(types.Int8OID), TypeMod: -1},
		}},
		snapshot: &projection.Snapshot{State: stillState{types.String("Ann"), types.Int(10)}, Generation: 3, Watermark: 3, HLC: 1},
	}
	s.catalog = projection.NewCatalog(1, projection.Contents{Definitions: map[string]*projection.Definition{"account": s.definition}})
	return s
}

func stillSession(t testing.TB) *query.Session {
	t.Helper()
	b := newStill()
	server, err := query.NewServer(query.Options{Backend: b, Definitions: b})
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := server.Open(t.Context(), query.Startup{User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// discard is an Out that counts rows.
type discard struct{ rows int }

func (d *discard) SyncNext() bool                             { return true }
func (d *discard) Fields([]query.Field) error                 { return nil }
func (d *discard) Row([]byte) error                           { d.rows++; return nil }
func (d *discard) Complete(string) error                      { return nil }
func (d *discard) Empty() error                               { return nil }
func (d *discard) Suspended() error                           { return nil }
func (d *discard) Notice(string, *sqlstate.Error) error       { return nil }
func (d *discard) Parameter(string, string) error             { return nil }
func (d *discard) CopyOut(int8, int) error                    { return nil }
func (d *discard) CopyData([]byte) error                      { return nil }
func (d *discard) CopyDone() error                            { return nil }
func (d *discard) CopyIn(int8, int) (query.CopyReader, error) { return &chunks{}, nil }

const pointRead = "SELECT * FROM project('Account', $1) WITH FRESHNESS CONSISTENT"

func BenchmarkPreparedPointRead(b *testing.B) {
	s, out := stillSession(b), &discard{}
	if err := s.Prepare(b.Context(), "p", pointRead, nil, out); err != nil {
		b.Fatal(err)
	}
	values, ctx := [][]byte{[]byte("acct:7")}, b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if err := preparedRead(ctx, s, out, values); err != nil {
			b.Fatal(err)
		}
	}
}

func preparedRead(ctx context.Context, s *query.Session, out query.Out, values [][]byte) error {
	if err := s.Bind(ctx, "", "p", nil, values, nil); err != nil {
		return err
	}
	if _, err := s.Portal(ctx, ""); err != nil {
		return err
	}
	if err := s.Execute(ctx, "", 0, out); err != nil {
		return err
	}
	return s.Sync(ctx, false)
}

var simpleReads = []string{
	"SELECT * FROM project('Account', 'acct:7') WITH FRESHNESS CONSISTENT;",
	"SELECT * FROM project('Account', 'acct:8') WITH FRESHNESS CONSISTENT;",
	"SELECT * FROM project('Account', 'acct:9') WITH FRESHNESS CONSISTENT;",
}

func BenchmarkSimplePointRead(b *testing.B) {
	s, out, ctx := stillSession(b), &discard{}, b.Context()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := s.Simple(ctx, simpleReads[i%len(simpleReads)], out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSimpleInsert(b *testing.B) {
	s, out, ctx := stillSession(b), &discard{}, b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Simple(ctx, `INSERT INTO events (entity, kind, data) VALUES ('acct:7', 'MoneyDeposited', '{"amount": 10}')`, out); err != nil {
			b.Fatal(err)
		}
	}
}

// A hit must stay cheap: the row comes from beside the state, computed columns too, and
// only the parameter is copied.
func TestPointReadAllocates(t *testing.T) {
	t.Run("plain", func(t *testing.T) { pointReadAllocates(t, stillSession(t), pointRead) })
	t.Run("computed", func(t *testing.T) {
		pointReadAllocates(t, stillSession(t), "SELECT balance::text || entity FROM project('Account', $1)")
	})
	t.Run("at the owner", func(t *testing.T) {
		r, s := startRouted(t, nil) // who is asked panics
		r.owns = true
		pointReadAllocates(t, s, pointRead)
	})
}

func pointReadAllocates(t *testing.T, s *query.Session, sql string) {
	out, ctx := &discard{}, t.Context()
	if err := s.Prepare(ctx, "p", sql, nil, out); err != nil {
		t.Fatal(err)
	}
	values := [][]byte{[]byte("acct:7")}
	got := testing.AllocsPerRun(100, func() {
		if err := preparedRead(ctx, s, out, values); err != nil {
			t.Fatal(err)
		}
	})
	if got > 1 {
		t.Errorf("%v allocations for a prepared point read, want at most 1", got)
	}
	if out.rows != 101 {
		t.Errorf("%d rows", out.rows)
	}
}

// copyIn is an Out that gives COPY data in chunks as a client does.
type copyIn struct {
	discard
	data string
}

func (c *copyIn) CopyIn(int8, int) (query.CopyReader, error) { return &largeChunks{c.data}, nil }

type largeChunks struct{ text string }

func (c *largeChunks) Next(context.Context) ([]byte, error) {
	if c.text == "" {
		return nil, io.EOF
	}
	n := min(8<<10, len(c.text))
	b := []byte(c.text[:n])
	c.text = c.text[n:]
	return b, nil
}

// BenchmarkCopy's events are of 200 bytes.
func BenchmarkCopy(b *testing.B) {
	const events = 10_000
	var data strings.Builder
	for i := range events {
		fmt.Fprintf(&data, "copy:%d\tMoneyDeposited\t{\"amount\": %d, \"note\": \"%s\"}\n", i%1000, i, strings.Repeat("x", 150))
	}
	s, out, ctx := stillSession(b), &copyIn{data: data.String()}, b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Simple(ctx, "COPY events (entity, kind, data) FROM STDIN", out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
