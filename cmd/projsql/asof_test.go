package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// recorded is an event as the log has it.
type recorded struct {
	Entity, Kind, Data   string
	Version              int64
	Sequence, HLC        int64
	OccurredAt, Recorded time.Time
}

// ledgerState is what the projection of TestAsOf holds, folded in Go.
type ledgerState struct {
	entity string
	n      int64
	names  []string
}

func (s *ledgerState) String() string { return fmt.Sprintf("%s %d %v", s.entity, s.n, s.names) }

// foldInGo folds the events of an entity that are in the cut; nil = no state.
func foldInGo(log []recorded, entity string, in func(*recorded) bool) (s *ledgerState) {
	for i := range log {
		e := &log[i]
		if e.Entity != entity || !in(e) || e.Kind == "Noted" {
			continue
		}
		if e.Kind == "Closed" {
			s = nil
			continue
		}
		if s == nil {
			s = &ledgerState{entity: entity}
		}
		s.step(e)
	}
	return s
}

func (s *ledgerState) step(e *recorded) {
	var data struct{ N int64 }
	if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
		panic(err)
	}
	switch e.Kind {
	case "Added":
		s.n = (s.n*31 + data.N) % 1_000_003
	case "Named":
		s.names = append(s.names, fmt.Sprint("v", e.Version))
	}
}

const asOfSource = `CREATE PROJECTION ledger (n bigint NOT NULL DEFAULT 0, names text[] NOT NULL DEFAULT '{}')
	WHEN 'Added' THEN UPDATE SET n = (n * 31 + (data->>'n')::bigint) % 1000003
	WHEN 'Named' THEN UPDATE SET names = names || ('v' || version::text)
	WHEN 'Closed' THEN DELETE`

// TestAsOf compares reads at random positions of a random history, in every spelling
// of AS OF, with a fold in Go of the events up to there. Reads of other positions come
// before, so that slots are behind, at and ahead of the cut.
func TestAsOf(t *testing.T) {
	t.Parallel()
	seed := environment(t, "ASOF_SEED", uint64(os.Getpid()))
	t.Logf("ASOF_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 3))
	conn := testNode(t).connect(t)
	script(t, conn, asOfSource)
	for range 60 {
		script(t, conn, randomInsert(random))
		askNow(t, conn, random)
	}
	log := recordedLog(t, conn)
	for range 400 {
		at := &log[random.IntN(len(log))]
		clause, in := asOf(random, at)
		compareAsOf(t, conn, log, randomEntity(random), clause, in)
		if random.IntN(10) == 0 {
			compareScan(t, conn, log, clause, in)
		}
	}
}

func randomEntity(random *rand.Rand) string { return fmt.Sprint("e", random.IntN(8)) }

func randomInsert(random *rand.Rand) string {
	var rows []string
	kinds := []string{"Added", "Added", "Added", "Named", "Noted", "Closed"}
	for range 1 + random.IntN(8) {
		rows = append(rows, fmt.Sprintf(`('%s', '%s', '{"n": %d}', '2020-01-%02d')`,
			randomEntity(random), kinds[random.IntN(len(kinds))], random.IntN(100), 1+random.IntN(28)))
	}
	return "INSERT INTO events (entity, kind, data, occurred_at) VALUES " + strings.Join(rows, ", ")
}

// askNow leaves slots behind.
func askNow(t *testing.T, conn *pgx.Conn, random *rand.Rand) {
	t.Helper()
	if random.IntN(2) == 0 {
		script(t, conn, fmt.Sprintf("SELECT * FROM project('Ledger', '%s')", randomEntity(random)))
	}
}

func recordedLog(t *testing.T, conn *pgx.Conn) []recorded {
	t.Helper()
	rows, err := conn.Query(t.Context(),
		"SELECT entity, kind, data::text, version, sequence, hlc, occurred_at, hlc_timestamp(hlc) FROM events ORDER BY sequence")
	if err != nil {
		t.Fatal(err)
	}
	log, err := pgx.CollectRows(rows, pgx.RowToStructByPos[recorded])
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// asOf is a clause for the position of an event, and what it lets in.
func asOf(random *rand.Rand, at *recorded) (clause string, in func(*recorded) bool) {
	switch random.IntN(5) {
	case 0:
		return fmt.Sprint("AS OF SEQUENCE ", at.Sequence), func(e *recorded) bool { return e.Sequence <= at.Sequence }
	case 1:
		return fmt.Sprint("AS OF ", at.HLC), func(e *recorded) bool { return e.HLC <= at.HLC }
	case 2: // just before the event
		return fmt.Sprint("AS OF ", at.HLC-1), func(e *recorded) bool { return e.HLC < at.HLC }
	case 3: // all of a millisecond
		return fmt.Sprintf("AS OF '%s'", at.Recorded.Format(time.RFC3339Nano)), func(e *recorded) bool { return !e.Recorded.After(at.Recorded) }
	default:
		return fmt.Sprintf("AS OF OCCURRED '%s'", at.OccurredAt.Format(time.RFC3339Nano)), func(e *recorded) bool { return !e.OccurredAt.After(at.OccurredAt) }
	}
}

func compareAsOf(t *testing.T, conn *pgx.Conn, log []recorded, entity, clause string, in func(*recorded) bool) {
	t.Helper()
	want := fmt.Sprint([]*ledgerState{})
	if s := foldInGo(log, entity, in); s != nil {
		want = fmt.Sprint([]*ledgerState{s})
	}
	if got := ledgerStates(t, conn, fmt.Sprintf("SELECT * FROM project('Ledger', '%s') WITH FRESHNESS %s", entity, clause)); got != want {
		t.Errorf("%s %s: %s, want %s", entity, clause, got, want)
	}
}

func compareScan(t *testing.T, conn *pgx.Conn, log []recorded, clause string, in func(*recorded) bool) {
	t.Helper()
	want := []*ledgerState{}
	for i := range 8 {
		if s := foldInGo(log, fmt.Sprint("e", i), in); s != nil {
			want = append(want, s)
		}
	}
	if got := ledgerStates(t, conn, "SELECT * FROM ledger ORDER BY entity WITH FRESHNESS "+clause); got != fmt.Sprint(want) {
		t.Errorf("scan %s: %s, want %v", clause, got, want)
	}
}

func ledgerStates(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	states, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*ledgerState, error) {
		s := &ledgerState{}
		return s, row.Scan(&s.entity, &s.n, &s.names)
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return fmt.Sprint(slices.Clip(states))
}
