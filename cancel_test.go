package projsql_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/wire/sqlstate"
)

// TestCancelEndsFragments: a cancel of a statement that other nodes share ends it there too,
// in the middle of what would take them minutes.
func TestCancelEndsFragments(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	n.do(t, "n1", "CREATE PROJECTION slow (x bigint) WHEN ANY THEN UPDATE SET x = (data->>'x')::bigint",
		"INSERT INTO events (entity, kind, data) SELECT 'e' || x, 'X', jsonb_build_object('x', x % 10) FROM generate_series(1, 12000) x")
	await(t, "three nodes share scans", func() bool {
		return strings.Count(n.run(t.Context(), "n2", "SET projsql.distribute = on;\nEXPLAIN SELECT entity FROM slow"), "Fragment of slow") == 3
	})
	const heavy = "(factorial(5000 + x) % 7)" // milliseconds a row
	for name, sql := range map[string]string{
		"condition":   "SELECT entity FROM slow WHERE " + heavy + " = 1",
		"aggregation": "SELECT " + heavy + ", count(*) FROM slow GROUP BY 1",
		"top":         "SELECT entity FROM slow ORDER BY " + heavy + " LIMIT 3",
	} {
		t.Run(name, func(t *testing.T) {
			c := n.dial(t, "n2", "projsql.distribute=on")
			told := make(chan error, 1)
			go func() {
				_, err := c.Exec(t.Context(), sql)
				told <- err
			}()
			await(t, "fragments run", func() bool { return n.busy(t, "n1") > 0 && n.busy(t, "n3") > 0 })
			began := time.Now()
			if err := c.PgConn().CancelRequest(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := <-told
			heard := time.Since(began)
			var e *pgconn.PgError
			if !errors.As(err, &e) || e.Code != string(sqlstate.QueryCanceled) {
				t.Errorf("the client hears %v", err)
			}
			await(t, "fragments end", func() bool { return n.busy(t, "n1") == 0 && n.busy(t, "n3") == 0 })
			t.Logf("the client heard of it after %v, the owners ended within %v", heard, time.Since(began))
		})
	}
}
