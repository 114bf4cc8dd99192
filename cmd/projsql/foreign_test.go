package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// foreignQueries are asked of PostgreSQL's own tables and of foreign tables of projsql.
var foreignQueries = []string{
	"SELECT * FROM account ORDER BY entity",
	"SELECT * FROM sample ORDER BY entity",
	"SELECT owner, sum(balance), count(*) FILTER (WHERE vip) FROM account GROUP BY owner HAVING count(*) > 0 ORDER BY owner",
	"SELECT a.owner, o.status, sum(o.price * o.qty) FROM account a JOIN orders o ON o.account = a.entity WHERE a.balance > 10 GROUP BY 1, 2 ORDER BY 1, 2",
	"SELECT a.entity, o.entity FROM account a FULL JOIN orders o ON o.account = a.entity ORDER BY 1, 2",
	"SELECT entity FROM account WHERE entity = ANY (ARRAY['acct:1', 'acct:2']) AND tags @> '{a}' ORDER BY 1",
	"SELECT entity, count(*) FROM events WHERE kind LIKE 'Money%' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3",
	"SELECT w.id, a.owner FROM (VALUES ('acct:1'), ('acct:3')) w(id) LEFT JOIN account a ON a.entity = w.id ORDER BY 1",
}

// TestForeignTables reads and appends through postgres_fdw of a PostgreSQL 15, which asks the
// node's EXPLAIN what queries cost.
func TestForeignTables(t *testing.T) {
	o := startOracle(t, func(*testConfig) {})
	_, theirs := o.clients(t)
	host, port := o.node.hostPort()
	foreignExec(t, theirs.conn, fmt.Sprintf(`CREATE EXTENSION postgres_fdw;
		CREATE SERVER log FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '%s', port '%s', dbname 'projsql', use_remote_estimate 'true', batch_size '100', fetch_size '7');
		CREATE USER MAPPING FOR CURRENT_USER SERVER log OPTIONS (user 'ada', password_required 'false');
		CREATE SCHEMA remote; IMPORT FOREIGN SCHEMA public FROM SERVER log INTO remote`, host, port))
	for _, q := range foreignQueries {
		own := foreignExec(t, theirs.conn, "SET search_path = public; "+q)
		if got := foreignExec(t, theirs.conn, "SET search_path = remote; "+q); got != own || !strings.Contains(own, "|") {
			t.Errorf("%s\n--- of projsql\n%s--- of PostgreSQL\n%s", q, got, own)
		}
	}
	pushed := foreignExec(t, theirs.conn, "SET search_path = remote; EXPLAIN (VERBOSE, COSTS OFF) "+foreignQueries[3])
	if !strings.Contains(pushed, "INNER JOIN public.orders") || !strings.Contains(pushed, "GROUP BY 1, 2") {
		t.Errorf("the join is not projsql's:\n%s", pushed)
	}
	foreignExec(t, theirs.conn, `INSERT INTO remote.events (entity, kind, data) SELECT 'far:' || i, 'Sampled', jsonb_build_object('i4', i) FROM generate_series(1, 250) i`)
	foreignExec(t, theirs.conn, `BEGIN; INSERT INTO remote.events (entity, kind, data) VALUES ('far:0', 'Sampled', '{"i4": 0}'); ROLLBACK`)
	if got := foreignExec(t, theirs.conn, "SELECT count(*), sum(i4) FROM remote.sample WHERE entity LIKE 'far:%'"); got != "250|31375|\n" {
		t.Errorf("appended are %q", got)
	}
}

// foreignExec returns the rows of all statements.
func foreignExec(t *testing.T, conn *pgconn.PgConn, sql string) string {
	t.Helper()
	results, err := conn.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var all strings.Builder
	for _, r := range results {
		for _, row := range r.Rows {
			for _, field := range row {
				all.WriteString(string(field) + "|")
			}
			all.WriteString("\n")
		}
	}
	return all.String()
}
