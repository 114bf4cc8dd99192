package query_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const ledger = `CREATE OR REPLACE PROJECTION ledger (n int NOT NULL DEFAULT 0, last text)
WHEN 'Added' THEN UPDATE SET n = n + (data->>'n')::int, last = kind
WHEN 'Closed' THEN DELETE`

// reads are what a transaction must answer as if its appends were committed.
// Their entities begin with %.
var reads = []string{
	"SELECT entity, version, kind, data FROM events WHERE entity LIKE '%_' ORDER BY entity, version",
	"SELECT entity, count(*), max(version) FROM events WHERE entity LIKE '%_' GROUP BY 1 ORDER BY 1",
	"SELECT kind FROM events WHERE entity = '%b' AND version >= 2 ORDER BY version",
	"SELECT * FROM ledger WHERE entity LIKE '%_' ORDER BY entity",
	"SELECT *, _generation FROM project('Ledger', '%a')",
	"SELECT * FROM project('Ledger', '%c')",
	"SELECT * FROM project_if_changed('Ledger', '%b', 2)",
	"SELECT projsql_generation('%a'), projsql_generation('%c')",
	"SELECT count(*) FROM events",
}

// What a block reads after some appends is what another node reads that committed
// each of them, whatever was committed before the block.
func TestOwnAppendsReadAsCommitted(t *testing.T) {
	one, other, checks := startNode(t), startNode(t), 0
	rapid.Check(t, func(r *rapid.T) {
		block, plain := one.session(t, nil), other.session(t, nil)
		checks++
		run := func(sql string) {
			sql = strings.ReplaceAll(sql, "%", fmt.Sprintf("k%d:", checks))
			out := &recorder{}
			out.tell(block.Simple(t.Context(), sql, out))
			same := &recorder{}
			same.tell(plain.Simple(t.Context(), sql, same))
			if out.String() != same.String() {
				r.Fatalf("%s\nin a block:\n%s\ncommitted:\n%s", sql, out, same)
			}
		}
		run(ledger)
		before := rapid.IntRange(0, 4).Draw(r, "before")
		for i := range before + rapid.IntRange(1, 8).Draw(r, "inside") {
			if i == before {
				out := &recorder{}
				out.tell(block.Simple(t.Context(), "BEGIN", out))
			}
			run(fmt.Sprintf("INSERT INTO events (entity, kind, data) VALUES ('%%%s', '%s', '{\"n\": %d}') RETURNING version",
				rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "entity"),
				rapid.SampledFrom([]string{"Added", "Added", "Closed", "Noted"}).Draw(r, "kind"), i))
			run(rapid.SampledFrom(reads).Draw(r, "read"))
		}
		for _, sql := range reads {
			run(sql)
		}
		out := &recorder{}
		out.tell(block.Simple(t.Context(), "COMMIT", out))
		for _, sql := range reads {
			run(sql)
		}
	})
}
