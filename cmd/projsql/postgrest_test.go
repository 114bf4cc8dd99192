package main

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// What PostgREST sends: settings of a request, which become its role, and then one query.
const (
	restSettings = `SELECT set_config('search_path', $1, true), set_config('role', $2, true), set_config('request.jwt.claims', $3, true), set_config('request.headers', '{"host": "h"}', true)`
	restRead     = `WITH pgrst_source AS (SELECT "public"."account".* FROM "public"."account" WHERE "public"."account"."balance" >= $1 ORDER BY "public"."account"."entity" ASC LIMIT $2 OFFSET $3),
		pgrst_source_count AS (SELECT 1 FROM "public"."account" WHERE "public"."account"."balance" >= $1)
		SELECT (SELECT pg_catalog.count(*) FROM pgrst_source_count)::text || ' ' || pg_catalog.count(_postgrest_t)::text || ' ' || coalesce(json_agg(_postgrest_t), '[]')::text || coalesce(nullif(current_setting('response.status', true), ''), '')
		FROM (SELECT * FROM pgrst_source) _postgrest_t`
	restAppend = `WITH pgrst_source AS (INSERT INTO "public"."events" ("data", "entity", "event_id", "kind", "version") SELECT "pgrst_body"."data", "pgrst_body"."entity", "pgrst_body"."event_id", "pgrst_body"."kind", "pgrst_body"."version"
		FROM (SELECT $1::jsonb AS json_data) pgrst_payload,
		LATERAL (SELECT jsonb_agg(jsonb_build_object(%s) || elem) AS val FROM jsonb_array_elements(pgrst_payload.json_data) elem) pgrst_json_defs,
		LATERAL (SELECT "data", "entity", "event_id", "kind", "version" FROM jsonb_to_recordset(pgrst_json_defs.val) AS _("data" jsonb, "entity" text, "event_id" uuid, "kind" text, "version" bigint)) pgrst_body
		RETURNING "public"."events"."entity", "public"."events"."version")
		SELECT pg_catalog.count(_postgrest_t)::text || ' ' || coalesce(json_agg(_postgrest_t), '[]')::text FROM (SELECT "events".* FROM pgrst_source AS "events") _postgrest_t`
	restWhoever = `SELECT current_user || ' ' || session_user || ' ' || coalesce(nullif(current_setting('request.jwt.claims', true), '')::json ->> 'sub', '')`
)

// request does what a request of PostgREST does, and returns the answer of its query or its error.
func request(t *testing.T, conn *pgx.Conn, role, sql string, args ...any) (answer string) {
	t.Helper()
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = tx.Exec(t.Context(), restSettings, `"public", "public"`, role, `{"sub": "ada"}`); err == nil {
		err = tx.QueryRow(t.Context(), sql, args...).Scan(&answer)
	}
	if err != nil {
		answer = err.Error()
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		return answer
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestPostgREST: a role that may nothing becomes, for a transaction, the one that its request is of. What it fills in
// for keys that a document leaves out are the defaults that it finds in the catalogs.
func TestPostgREST(t *testing.T) {
	t.Parallel()
	n := clientNode(t)
	admin := n.connect(t)
	for _, sql := range []string{
		"CREATE ROLE admin SUPERUSER LOGIN PASSWORD 'a'", "CREATE ROLE authenticator LOGIN NOINHERIT PASSWORD 'b'", "CREATE ROLE web_anon", "CREATE ROLE web_user",
		"GRANT pg_read_all_data TO web_anon", "GRANT pg_read_all_data, pg_write_all_data TO web_user", "GRANT web_anon, web_user TO authenticator",
	} {
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	host, port, _ := net.SplitHostPort(n.pg.Addr().String())
	conn, err := pgx.Connect(t.Context(), fmt.Sprintf("host=%s port=%s user=authenticator password=b dbname=projsql", host, port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	var defaults []string
	for _, c := range eventColumns(t, admin) {
		if c.Name == "event_id" || c.Name == "version" {
			defaults = append(defaults, "'"+c.Name+"', "+*c.Default)
		}
	}
	appending := fmt.Sprintf(restAppend, strings.Join(defaults, ", "))
	const body = `[{"entity": "acct:7", "kind": "MoneyDeposited", "data": {"amount": 1}}, {"entity": "acct:8", "kind": "AccountOpened", "data": {"owner": "Eight"}}]`
	for _, c := range []struct {
		role, sql string
		args      []any
		want      string
	}{
		{"web_anon", restRead, []any{1, 5, 0}, `1 1 [{"entity":"acct:7","owner":"Ada","balance":10.50}]`},
		{"web_user", appending, []any{body}, `2 [{"entity":"acct:7","version":3}, `},
		{"web_anon", restRead, []any{1, 5, 0}, `"balance":11.50}]`},
		{"web_anon", appending, []any{body}, "SQLSTATE 42501"},
		{"web_anon", restWhoever, nil, "web_anon authenticator ada"},
		{"nobody", restWhoever, nil, "SQLSTATE 22023"},
		{"admin", restWhoever, nil, "SQLSTATE 42501"},
	} {
		if got := request(t, conn, c.role, c.sql, c.args...); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nis %s, not %s", c.role, c.sql, got, c.want)
		}
	}
	var after string
	if err := conn.QueryRow(t.Context(), restWhoever).Scan(&after); err != nil || after != "authenticator authenticator " {
		t.Errorf("after the requests: %q, %v", after, err)
	}
}
