package projsql_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestManyReadThroughAnotherNode: many sessions get each its own entity's row from the owners,
// be it short, long, or of many events, while others give up.
func TestManyReadThroughAnotherNode(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	const patient, entities, sessions, rounds, many, long = 24, 36, 24, 12, 700, 40_000
	n.do(t, "n1", "CREATE PROJECTION p (x text, n int NOT NULL DEFAULT 0) WHEN ANY THEN UPDATE SET x = data->>'x', n = n + 1")
	n.do(t, "n1", fmt.Sprintf(`INSERT INTO events (entity, kind, data) SELECT 'e' || i, 'X', jsonb_build_object('x', repeat('x' || i, CASE WHEN i %% 6 = 0 THEN %d ELSE 1 END))
		FROM generate_series(1, %d) i`, long/2, entities))
	n.do(t, "n1", fmt.Sprintf(`INSERT INTO events (entity, kind, data) SELECT 'e' || e, 'X', jsonb_build_object('x', 'x' || e) FROM generate_series(1, %d) i, generate_series(5, %d, 6) e`, many-1, entities))
	n.run(t.Context(), "n3", "SELECT count(*) FROM events") // what it does not have yet n2 answers itself, and then keeps
	var running sync.WaitGroup
	for i := range sessions {
		conn := n.dial(t, "n2")
		running.Go(func() {
			impatient := i%8 == 7
			if impatient {
				if _, err := conn.Exec(t.Context(), "SET statement_timeout = '1ms'"); err != nil {
					t.Error(err)
				}
			}
			for round := range rounds {
				e := (i+round)%patient + 1
				if impatient { // others, since n2 has the states that it answers with when the owner is not in time
					e = patient + (i+round)%(entities-patient) + 1
				}
				var x string
				var count int
				err := conn.QueryRow(t.Context(), "SELECT x, n FROM project('p', $1)", fmt.Sprint("e", e)).Scan(&x, &count)
				var canceled *pgconn.PgError
				if impatient && errors.As(err, &canceled) && canceled.Code == "57014" {
					continue
				}
				want, times := fmt.Sprint("x", e), 1
				if e%6 == 0 {
					want = strings.Repeat(want, long/2)
				}
				if e%6 == 5 {
					times = many
				}
				if err != nil || x != want || count != times {
					t.Errorf("e%d: %d bytes, %d, %v; want %d, %d", e, len(x), count, err, len(want), times)
				}
			}
		})
	}
	running.Wait()
	for _, name := range []string{"n1", "n3"} {
		if got := n.run(t.Context(), name, fmt.Sprintf("SELECT sum(reads) > %d FROM projsql.statements WHERE projection = 'p'", sessions*rounds/8)); got != "t\n" {
			t.Errorf("%s has answered more than an eighth: %s", name, got)
		}
	}
}
