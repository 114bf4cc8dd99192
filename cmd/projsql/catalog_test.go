package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestCatalogColumns compares the columns of every relation of pg_catalog and
// information_schema that a node lists with PostgreSQL's: names, types, numbers.
func TestCatalogColumns(t *testing.T) {
	host, port := testNode(t).hostPort()
	ours, theirs := newOracleClient(t, host, port), newOracleClient(t, startPostgres(t), "5432")
	names, err := ours.conn.Exec(t.Context(), `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'v') AND n.nspname IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range names[0].Rows {
		q := question{sql: fmt.Sprintf("SELECT * FROM %s.%s LIMIT 0", row[0], row[1])}
		got, _ := ours.ask(t.Context(), &q, "simple")
		want, _ := theirs.ask(t.Context(), &q, "simple")
		// Rows of pg_statistic are no type of projsql's.
		want = strings.Replace(want, "stxdexpr: type 10028", "stxdexpr: type 2287", 1)
		if got != want {
			t.Errorf("%s\n--- projsql\n%s--- PostgreSQL\n%s", q.sql, got, want)
		}
	}
	if len(names[0].Rows) < 70 {
		t.Errorf("only %d relations", len(names[0].Rows))
	}
}

// TestSchemaOfTheSameNameAsTheUser: tools look for tables in the current schema, which for
// a user called projsql must not be that of the same name.
func TestSchemaOfTheSameNameAsTheUser(t *testing.T) {
	t.Parallel()
	url := fmt.Sprintf("postgres://projsql@%s/projsql?sslmode=disable", testNode(t).pg.Addr())
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var current, all string
	if err := conn.QueryRow(t.Context(), "SELECT current_schema(), current_schemas(true)::text").Scan(&current, &all); err != nil {
		t.Fatal(err)
	}
	if current != "public" || all != "{pg_catalog,public}" {
		t.Errorf("current schema %s of %s, want public of {pg_catalog,public}", current, all)
	}
}

// TestRowCounts: tools tell how large tables are by pg_class and pg_stat_user_tables, which know what a scan has left.
func TestRowCounts(t *testing.T) {
	n := clientNode(t)
	conn := n.connect(t)
	counts := func() string {
		t.Helper()
		var all string
		err := conn.QueryRow(t.Context(), `SELECT string_agg(format('%s %s %s %s %s', c.relname, c.reltuples, i.reltuples, n_live_tup, n_tup_ins), ', ' ORDER BY c.relname)
			FROM pg_class c JOIN pg_stat_all_tables s ON s.relid = c.oid JOIN pg_class i ON i.relname = c.relname || '_pkey' WHERE c.relname IN ('account', 'events', 'own')`).Scan(&all)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got, want := counts(), "account -1 0 0 0, events 4 4 4 4"; got != want {
		t.Errorf("before a scan: %s, want %s", got, want)
	}
	for _, sql := range []string{"SELECT * FROM account", "CREATE TEMP TABLE own (a int PRIMARY KEY)", "INSERT INTO own VALUES (1), (2)"} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := counts(), "account 3 3 3 0, events 4 4 4 4, own -1 0 2 0"; got != want {
		t.Errorf("after a scan: %s, want %s", got, want)
	}
}
