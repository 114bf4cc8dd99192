package query_test

import (
	"strings"
	"testing"

	"github.com/projsql/projsql/wire/sqlstate"
)

// FuzzSimple runs any query strings, one a line: no panic, no internal error, and
// a session that answers afterwards.
func FuzzSimple(f *testing.F) {
	for _, seed := range []string{
		"BEGIN\nINSERT INTO events (entity, kind) VALUES ('a', 'B') RETURNING *\nSAVEPOINT x\nROLLBACK TO x\nCOMMIT",
		"SELECT * FROM project('Account', 'a') WITH FRESHNESS AS OF SEQUENCE 1\nFETCH ALL FROM c",
		"BEGIN\nDECLARE c CURSOR FOR SELECT 1\nFETCH 1 FROM c\nMOVE c\nCLOSE c",
		"PREPARE p AS SELECT $1\nEXECUTE p(1)\nEXECUTE p\nDEALLOCATE ALL",
		"PREPARE p AS EXECUTE p\nEXECUTE p",
		"COPY events (entity, kind) FROM STDIN (FORMAT csv, HEADER MATCH)",
		"COPY (SELECT 1, 'x') TO STDOUT (FORMAT binary)",
		"SET TIME ZONE INTERVAL '+1' HOUR TO MINUTE\nSHOW ALL\nRESET ALL",
		"EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM account\nEXPLAIN EXPLAIN SELECT 1",
		"CREATE OR REPLACE PROJECTION account (n int) WHEN ANY THEN UPDATE SET n = 1\nDROP PROJECTION account",
		"INSERT INTO events DEFAULT VALUES\nINSERT INTO events VALUES ()\nINSERT INTO events (entity) SELECT 1 UNION SELECT 2",
		"SELECT set_config('a.b', NULL, true)\nSELECT projsql_wait(-1, '1s')\nDISCARD ALL",
	} {
		f.Add(seed)
	}
	n := startNode(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 || strings.Contains(text, "pg_sleep") || strings.Contains(text, "generate_series") {
			return // slow by design, not wrong
		}
		s := n.session(t, map[string]string{"statement_timeout": "200ms"})
		out := &recorder{input: "a\tb\nx"}
		for _, line := range strings.Split(text, "\n") {
			err := s.Simple(t.Context(), line, out)
			if err != nil && sqlstate.Of(err).Code == sqlstate.InternalError {
				t.Fatalf("%q: %v", line, err)
			}
		}
		_ = s.Simple(t.Context(), "ROLLBACK", out)
		if s.Status() != 'I' {
			t.Fatalf("status %c after ROLLBACK", s.Status())
		}
	})
}
