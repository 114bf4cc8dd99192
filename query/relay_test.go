package query_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// routed is a node that has another one answer as it is told.
type routed struct {
	*still
	answer func(s *hop.Statement) (hop.Answer, error)
	floors []event.Sequence // that cuts were asked for with
	owns   bool             // every entity
}

func (r *routed) Cut(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	r.floors = append(r.floors, floor)
	return r.still.Cut(ctx, f, floor)
}

func (r *routed) Owns(event.Entity) bool { return r.owns }

func (r *routed) Elsewhere(projection.Request) string { return "other" }

func (r *routed) Relay(_ context.Context, _ string, s *hop.Statement, _ projection.Cut, _ uint64) (hop.Answer, error) {
	return r.answer(s)
}

func (r *routed) RelayNewest(context.Context, projection.Request, event.Sequence, *hop.Statement) (a hop.Answer, sent bool, err error) {
	return a, false, nil
}

func startRouted(t *testing.T, answer func(*hop.Statement) (hop.Answer, error)) (*routed, *query.Session) {
	t.Helper()
	r := &routed{still: newStill(), answer: answer}
	server, err := query.NewServer(query.Options{Backend: r, Definitions: r.still})
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := server.Open(t.Context(), query.Startup{User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

func simple(t *testing.T, s *query.Session, sql string) string {
	t.Helper()
	out := &recorder{}
	if err := s.Simple(t.Context(), sql, out); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out.String()
}

// TestRelayedReadsAreAFloor: what another node counted, this session does not read behind,
// though the state does not show it.
func TestRelayedReadsAreAFloor(t *testing.T) {
	o := projection.Outcome{
		Generation: 9, Position: 77, Strategy: projection.GroupLocalHit, Cache: projection.Hit, Observed: projection.Fresh,
		Snapshot: &projection.Snapshot{Watermark: 42, HLC: 43},
	}
	for _, sql := range []string{"SELECT balance FROM project('account', 'a')", "SELECT balance + 1 FROM project('account', 'a')"} {
		r, s := startRouted(t, func(*hop.Statement) (hop.Answer, error) {
			return hop.Answer{Proof: string(hop.AppendProof(nil, &o, "other"))}, nil
		})
		simple(t, s, sql)
		simple(t, s, sql)
		if len(r.floors) != 2 || r.floors[1] != 77 {
			t.Errorf("%s: floors %d", sql, r.floors)
		}
	}
}

// TestBadAnswersAreNone: after an error, and after an answer that proves nothing, the node
// answers itself, once.
func TestBadAnswersAreNone(t *testing.T) {
	row := []byte("D\x00\x00\x00\x0b\x00\x01\x00\x00\x00\x0199")
	good := string(hop.AppendProof(nil, &projection.Outcome{Strategy: projection.Empty, Cache: projection.Hit, Observed: projection.Fresh}, "other"))
	for name, a := range map[string]hop.Answer{"no proof": {Row: row}, "half a proof": {Row: row, Proof: good[:9]}, "an error": {}} {
		_, s := startRouted(t, func(*hop.Statement) (hop.Answer, error) {
			if name == "an error" {
				return a, errors.New("away")
			}
			return a, nil
		})
		want := simple(t, s, "SELECT 10::bigint AS balance")
		for _, sql := range []string{"SELECT balance FROM project('account', 'a')", "SELECT balance * 1 AS balance FROM project('account', 'a')"} {
			if got := simple(t, s, sql); got != want {
				t.Errorf("%s, %s: %s; want %s", name, sql, got, want)
			}
		}
	}
	// A state that is none is refused, though it comes with a proof.
	_, s := startRouted(t, func(st *hop.Statement) (hop.Answer, error) {
		if !slices.Equal(st.Formats, []int16{1}) {
			return hop.Answer{}, errors.New("away")
		}
		return hop.Answer{Row: row, Proof: good}, nil
	})
	if got, want := simple(t, s, "SELECT balance * 1 AS balance FROM project('account', 'a')"), simple(t, s, "SELECT 10::bigint AS balance"); got != want {
		t.Errorf("%s; want %s", got, want)
	}
}

// TestEncodedStatesAreForNodes: what nodes hand to each other has a name for them, and none
// for clients, whoever asked the same before.
func TestEncodedStatesAreForNodes(t *testing.T) {
	n := startNode(t)
	client := n.session(t, nil)
	node, _, err := n.server.Open(t.Context(), query.Startup{User: hop.User})
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	simple(t, client, "CREATE PROJECTION account (n int) WHEN ANY THEN UPDATE SET n = 7")
	simple(t, client, "INSERT INTO events (entity, kind, data) VALUES ('a', 'K', '{}')")
	for _, sql := range []string{
		"SELECT _encoded FROM project('account', 'a')",
		"SELECT _encoded FROM account",
		"SELECT x._encoded FROM account AS x",
		"SELECT 1 FROM account ORDER BY _encoded",
		"SELECT _encoded FROM project_if_changed('account', 'a', 0)",
		"SELECT _encoded FROM project_history('account', 'a')",
	} {
		if got := simple(t, node, sql); !strings.HasSuffix(got, "SELECT 1\n") {
			t.Errorf("%s, asked by a node: %s", sql, got)
		}
		for _, sql := range []string{sql, strings.Replace(sql, "_encoded", `""`, 1), sql + " WITH FRESHNESS MAYBE STALE '1s'"} {
			err := client.Simple(t.Context(), sql, &recorder{})
			if err == nil || codeOf(err) != sqlstate.UndefinedColumn && codeOf(err) != sqlstate.SyntaxError {
				t.Errorf("%s, asked by a client: %v", sql, err)
			}
		}
	}
}

func codeOf(err error) sqlstate.Code { return sqlstate.Of(err).Code }

// confirming is a node whose consistent reads another one answers at a cut that it confirms.
type confirming struct {
	*routed
	cut   string
	asked int
}

func (c *confirming) RelayNewest(_ context.Context, _ projection.Request, _ event.Sequence, s *hop.Statement) (hop.Answer, bool, error) {
	c.asked++
	a, err := c.answer(s)
	a.Cut = c.cut
	return a, true, err
}

// TestReadsAreConfirmedOnTheirWay: consistent ones outside of transactions; the cut is a
// floor of the session and part of its token. Without a cut the answer is none.
func TestReadsAreConfirmedOnTheirWay(t *testing.T) {
	o := projection.Outcome{Generation: 9, Strategy: projection.GroupLocalHit, Cache: projection.Hit, Observed: projection.Fresh}
	const read = "SELECT balance FROM project('account', 'a')"
	for _, test := range []struct {
		cut, script string
		asked       int
		floors      []event.Sequence // of the cuts that this node fixed
	}{
		{"77 55", read, 1, nil},
		{"77 55", read + "; " + read + " WITH FRESHNESS MAYBE STALE '1h'", 1, []event.Sequence{77}},
		{"77 55", "BEGIN; " + read, 0, []event.Sequence{0}},
		{"77 55", read + " WITH FRESHNESS AS OF SEQUENCE 0", 0, []event.Sequence{0}},
		{"", read, 1, []event.Sequence{0}},
		{"77", read, 1, []event.Sequence{0}},
	} {
		r := &routed{still: newStill(), answer: func(*hop.Statement) (hop.Answer, error) {
			return hop.Answer{Proof: string(hop.AppendProof(nil, &o, "other"))}, nil
		}}
		c := &confirming{routed: r, cut: test.cut}
		server, err := query.NewServer(query.Options{Backend: c, Definitions: r.still})
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := server.Open(t.Context(), query.Startup{User: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		for sql := range strings.SplitSeq(test.script, "; ") {
			simple(t, s, sql)
		}
		if c.asked != test.asked || !slices.Equal(r.floors, test.floors) {
			t.Errorf("%s, of a cut %q: asked %d times, floors %d", test.script, test.cut, c.asked, r.floors)
		}
		if token := simple(t, s, "SHOW projsql.last_hlc"); len(test.floors) == 0 && !strings.Contains(token, "55") {
			t.Errorf("the token is %s", token)
		}
	}
}
