package query_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// sharing is a node of three, which have the same states. The others answer by sessions of
// their own; what their answers suffer on the way is said.
type sharing struct {
	*still
	names    []event.Entity
	states   []*projection.Snapshot
	other    *query.Server // of the others
	way      map[string]way
	keeps    bool
	entities uint64
	sent     atomic.Int64 // fragments
	strays   int          // scans of shares that others own

	at     []event.Entity // where a scan is cut for workers
	ranged func(ctx context.Context, r projection.ScanRequest, e event.Entity) error
	ranges atomic.Int64 // scans of them
	server *query.Server
	temp   *spill.Dir // nil: there are no files
}

// way is what happens to the rows of a node: after so many nothing but an error comes.
type way struct {
	rows  int
	err   error
	proof string // instead of its own
	more  string // behind the rows
}

const sharedEntities = 40

func newSharing(t testing.TB) (*sharing, *query.Session) {
	t.Helper()
	b := &sharing{still: newStill()}
	for i := range sharedEntities {
		b.names = append(b.names, event.Entity(fmt.Sprintf("e%02d", i)))
		owner := types.String(fmt.Sprint("o", i%5))
		if i%7 == 0 {
			owner = types.Null
		}
		b.states = append(b.states, &projection.Snapshot{State: stillState{owner, types.Int(int64(i))}, Generation: 1, Watermark: event.Sequence(i + 1), HLC: 1})
	}
	b.other = b.serve(t)
	b.server = b.serve(t)
	s, _, err := b.server.Open(t.Context(), query.Startup{User: "ann", Settings: map[string]string{"projsql.distribute": "on"}})
	if err != nil {
		t.Fatal(err)
	}
	return b, s
}

func (b *sharing) serve(t testing.TB) *query.Server {
	t.Helper()
	server, err := query.NewServer(query.Options{Backend: b, Definitions: b, Entities: func() uint64 { return b.entities }, Temp: b.temp})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

func (b *sharing) Cut(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	if f.Given != nil {
		return f.Given.Cut, nil
	}
	return b.still.Cut(ctx, f, floor)
}

func (b *sharing) Scan(ctx context.Context, r projection.ScanRequest, each projection.EachState) error {
	if r.Stray {
		b.strays++
	}
	ranged := r.From != "" || r.To != ""
	if ranged {
		b.ranges.Add(1)
	}
	for i, name := range b.names {
		if !r.Share.Has(name) || name < r.From || r.To != "" && name >= r.To {
			continue
		}
		if ranged && b.ranged != nil {
			if err := b.ranged(ctx, r, name); err != nil {
				return err
			}
		}
		o := projection.Outcome{Snapshot: b.states[i], Generation: 1, Strategy: projection.GroupLocalHit, Cache: projection.Hit, Observed: projection.Fresh}
		if err := each(name, &o); err != nil {
			return err
		}
	}
	return nil
}

func (b *sharing) Shares() (all []projection.OwnedShare) {
	for i, name := range []string{"n1", "n2", "n3"} {
		s := projection.OwnedShare{Node: name, ID: name, Own: i == 0}
		for p := i; p < projection.Partitions; p += 3 {
			s.Add(projection.Partition(p))
		}
		all = append(all, s)
	}
	return all
}

func (b *sharing) Keeps(*projection.Definition) bool { return b.keeps }

func (b *sharing) Split(_ projection.ScanRequest, parts, entitiesMin int) []event.Entity {
	if entitiesMin > len(b.names) {
		return nil
	}
	return b.at[:min(parts-1, len(b.at))]
}

// Stream has a session of the other node answer.
func (b *sharing) Stream(ctx context.Context, to projection.OwnedShare, st *hop.Statement, c projection.Cut, definition uint64) (hop.Rows, error) {
	b.sent.Add(1)
	w, suffers := b.way[to.Node]
	if suffers && w.rows < 0 {
		return nil, w.err
	}
	s, _, err := b.other.Open(ctx, query.Startup{User: hop.User})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	c.Binds = true
	given := projection.Given{Cut: c, Definition: definition, Share: to.Share}
	values := append(st.Values, hop.AppendGiven(nil, &given))
	r := &sentRows{}
	if err := s.Prepare(ctx, "r1", st.SQL, st.Params, r); err != nil {
		return nil, err
	}
	if err := s.Bind(ctx, "", "r1", []int16{1}, values, st.Formats); err != nil {
		return nil, err
	}
	if err := s.Execute(ctx, "", 0, r); err != nil {
		return nil, err
	}
	if suffers {
		r.suffer(w)
	}
	return r, nil
}

// sentRows are the rows of a session, three at a time.
type sentRows struct {
	discard
	rows     []string
	end      error
	progress hop.Progress
	proof    string
	closed   bool
}

func (r *sentRows) Row(b []byte) error { r.rows = append(r.rows, string(b)); return nil }

func (r *sentRows) Parameter(name, value string) error {
	switch name {
	case hop.ProofParameter:
		r.proof = value
	case hop.ProgressParameter:
		r.progress, _ = hop.ParseProgress(value)
	}
	return nil
}

func (r *sentRows) suffer(w way) {
	if w.proof != "" {
		r.proof = w.proof
	}
	if w.err != nil {
		r.rows, r.end = r.rows[:min(w.rows, len(r.rows))], w.err
	}
	if w.more != "" {
		r.rows = append(r.rows, w.more)
	}
}

func (r *sentRows) Next() (b []byte, err error) {
	if len(r.rows) == 0 {
		if r.end == nil {
			r.end = io.EOF
		}
		return nil, r.end
	}
	n := min(3, len(r.rows))
	for _, row := range r.rows[:n] {
		b = append(b, row...)
	}
	r.rows = r.rows[n:]
	return b, nil
}

func (r *sentRows) Progress() hop.Progress { return r.progress }
func (r *sentRows) Proof() string          { return r.proof }
func (r *sentRows) Close()                 { r.closed = true }

var sharedStatements = []string{
	"SELECT * FROM account",
	"SELECT owner FROM account WHERE balance % 3 = 1",
	"SELECT entity FROM account WHERE owner IS NULL OR balance > 30 LIMIT 4 OFFSET 3",
	"SELECT balance, _generation, _watermark FROM account WHERE owner = 'o1' AND random() >= 0",
	"SELECT 10 / (balance - 17) FROM account WHERE balance > 5 AND 10 / (balance - 20) IS NOT NULL",
	"SELECT 10 / (balance - 30) FROM account LIMIT 25",
	"SELECT l.entity, r.entity FROM account l JOIN account r ON l.balance = r.balance + 1",
	"SELECT array_agg(owner), count(*) FROM account",
	"SELECT FROM account",
	"SELECT count(*), sum(balance), avg(balance), min(owner) FROM account",
	"SELECT owner, count(*) FILTER (WHERE balance > 9), sum(balance), max(entity) FROM account WHERE balance <> 7 GROUP BY owner",
	"SELECT balance % 3, sum(10 / (balance - 30)) FROM account WHERE balance < 31 GROUP BY 1",
	"SELECT entity, sum(balance) FROM account GROUP BY entity LIMIT 5",
}

// TestWhatOwnersOmitIsReadHere: wherever the rows of the owners break off, and whatever they
// say then, the answer is the one that a node gives alone.
func TestWhatOwnersOmitIsReadHere(t *testing.T) {
	b, s := newSharing(t)
	rapid.Check(t, func(t *rapid.T) {
		sql := rapid.SampledFrom(sharedStatements).Draw(t, "statement")
		b.way = map[string]way{}
		for _, node := range []string{"n2", "n3"} {
			if rapid.Bool().Draw(t, node+" is well") {
				continue
			}
			b.way[node] = rapid.SampledFrom([]way{
				{rows: -1, err: errors.New("connection refused")},
				{rows: rapid.IntRange(0, 15).Draw(t, "rows"), err: io.ErrUnexpectedEOF},
				{proof: "no proof"},
				{more: "D\x00\x00\x00\x09\x00\x01\xff\xff\xff"},
				{more: "D\x00\x00\x00\x06\x00\x00"},
			}).Draw(t, node)
		}
		b.strays = 0
		got := simpleOr(t, s, sql)
		if sql == sharedStatements[0] && b.way["n2"].rows < 0 && b.way["n3"].rows < 0 && b.strays == 0 {
			t.Fatal("nobody read the shares of the others")
		}
		b.way = nil
		_ = simpleOr(t, s, "SET projsql.distribute = off")
		want := simpleOr(t, s, sql)
		_ = simpleOr(t, s, "SET projsql.distribute = on")
		if got != want {
			t.Fatalf("%s\n%s\nwant\n%s", sql, got, want)
		}
	})
	if b.sent.Load() == 0 {
		t.Error("nothing was sent")
	}
}

// simpleOr is what a session answers, its error too; how many rows came before that is chance.
func simpleOr(t *rapid.T, s *query.Session, sql string) string {
	out := &recorder{}
	if err := s.Simple(t.Context(), sql, out); err != nil {
		return err.Error()
	}
	return out.String()
}

// TestNobodySendsAFragmentOn: a statement that a node sends is answered where it arrives, by
// the definition that it was made for.
func TestNobodySendsAFragmentOn(t *testing.T) {
	b, _ := newSharing(t)
	s, _, err := b.serve(t).Open(t.Context(), query.Startup{User: hop.User, Settings: map[string]string{"projsql.distribute": "on"}})
	if err != nil {
		t.Fatal(err)
	}
	run := func(definition uint64) (int, error) {
		cut, _ := b.still.Cut(t.Context(), projection.Freshness{}, 0)
		given := projection.Given{Cut: cut, Definition: definition, Share: b.Shares()[1].Share}
		_ = s.Prepare(t.Context(), "", "SELECT entity FROM account WITH FRESHNESS AT CUT $1", nil, &sentRows{})
		if err := s.Bind(t.Context(), "", "", []int16{1}, [][]byte{hop.AppendGiven(nil, &given)}, nil); err != nil {
			t.Fatal(err)
		}
		out := &sentRows{}
		err := s.Execute(t.Context(), "", 0, out)
		if err == nil && (out.proof == "" || out.progress.States != int64(len(out.rows))) {
			t.Errorf("%d rows with the proof %q, %v", len(out.rows), out.proof, out.progress)
		}
		return len(out.rows), err
	}
	rows, err := run(1)
	if err != nil || rows == 0 || rows == sharedEntities || b.sent.Load() > 0 {
		t.Errorf("%d rows, %v; %d fragments were sent", rows, err, b.sent.Load())
	}
	if _, err := run(2); err == nil || err.Error() != `this node has another definition of projection "account"` {
		t.Errorf("another definition: %v", err)
	}
}

// TestWhichScansAreShared: long ones, unless all rows would be sent that this node has room for;
// a setting has the last word.
func TestWhichScansAreShared(t *testing.T) {
	b, s := newSharing(t)
	for _, c := range []struct {
		mode, sql string
		entities  uint64
		keeps     bool
		sent      int
	}{
		{"auto", "SELECT * FROM account WHERE balance > 1", 4096, true, 2},
		{"auto", "SELECT * FROM account WHERE balance > 1", 4095, false, 0},
		{"auto", "SELECT * FROM account", 4096, true, 0},
		{"auto", "SELECT * FROM account", 4096, false, 2},
		{"auto", "SELECT * FROM account ORDER BY balance LIMIT 2", 4096, true, 2},
		{"auto", "SELECT count(*) FROM account", 4096, true, 2},
		{"auto", "SELECT count(*) FROM account WHERE entity IN ('e01', 'e02')", 4096, true, 0},
		{"auto", "SELECT * FROM account LIMIT 0", 4096, true, 0},
		{"off", "SELECT count(*) FROM account", 4096, true, 0},
		{"on", "SELECT * FROM account", 1, true, 2},
	} {
		b.keeps, b.entities = c.keeps, c.entities
		b.sent.Store(0)
		simple(t, s, "SET projsql.distribute = "+c.mode)
		if simple(t, s, c.sql); b.sent.Load() != int64(c.sent) {
			t.Errorf("%s, %s, %d entities: %d fragments were sent, want %d", c.mode, c.sql, c.entities, b.sent.Load(), c.sent)
		}
	}
}
