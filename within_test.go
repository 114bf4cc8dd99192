package projsql_test

import (
	"fmt"
	"testing"
)

// TestAppendsInWithOnEveryNode: whoever is asked, leads or owns the entity, an INSERT in WITH is
// appended once, and the rest of the statement reads what owners and scans that nodes share give of
// what was there before.
func TestAppendsInWithOnEveryNode(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	n.do(t, "n1", "CREATE PROJECTION tally (n int NOT NULL DEFAULT 0) WHEN ANY THEN UPDATE SET n = n + 1")
	const sql = `WITH x AS (INSERT INTO events (entity, kind, data) SELECT 'e' || g, 'K', to_jsonb($1::int) FROM generate_series(1, 12) g RETURNING *),
		y AS (INSERT INTO events (entity, kind) SELECT 'all', 'K' FROM x WHERE entity = 'e1')
		SELECT count(*), min(version), max(version), count(hlc), count(DISTINCT sequence), (SELECT coalesce(sum(n), 0) FROM tally), (SELECT count(*) FROM tally WHERE entity = 'e7') FROM x`
	before := 0
	for round := range 3 {
		for _, name := range []string{"n1", "n2", "n3"} {
			var rows, first, last, stamped, places, sum, seven int
			err := n.conns[name].QueryRow(t.Context(), sql, round).Scan(&rows, &first, &last, &stamped, &places, &sum, &seven)
			got := fmt.Sprint(rows, first, last, stamped, places, sum, seven, err)
			want := fmt.Sprint(12, before+1, before+1, 12, 12, 13*before, min(before, 1), nil)
			if got != want {
				t.Fatalf("%s, round %d: %s, want %s", name, round, got, want)
			}
			before++
		}
	}
	for _, name := range []string{"n1", "n2", "n3"} {
		var events, own int
		if err := n.conns[name].QueryRow(t.Context(), "SELECT count(*), (SELECT n FROM project('tally', 'all')) FROM events").Scan(&events, &own); err != nil || events != 13*before || own != before {
			t.Errorf("%s has %d events, %d of 'all': %v", name, events, own, err)
		}
	}
}
