package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// upcastDocuments are what events carry; each is an event of its own.
var upcastDocuments = []string{
	`{}`, `{"n": 1}`, `{"n": "12.50", "name": "Ada Lovelace"}`, `{"n": -7.125, "tags": ["b", "a", "b"], "at": {"x": [1, {"y": null}]}}`,
	`{"n": null, "name": "", "tags": []}`, `{"n": "x", "name": "Zoë O'Hara\n", "on": true}`, `{"n": 1e20, "on": "f", "tags": "t"}`,
	`{"name": {"first": "A", "last": "B"}, "n": 0.1}`, `[1, 2]`, `"text"`, `null`,
}

// upcastExpressions are upcasts that PostgreSQL can compute too.
var upcastExpressions = []string{
	`data`, `data || '{"v": 2}'`, `data - 'n'`, `data - '{n,tags}'::text[]`, `data #- '{at,x,1}'`, `jsonb_set(data, '{n}', '0')`,
	`jsonb_set(data, '{at,x,1,y}', to_jsonb(data->>'name'), false)`, `jsonb_insert(data, '{tags,0}', '"first"')`, `jsonb_strip_nulls(data)`,
	`jsonb_build_object('cents', (data->>'n')::numeric * 100)`, `jsonb_build_object('cents', round((data->>'n')::numeric, 1), 'e', entity, 'k', kind, 'v', version)`,
	`jsonb_build_object('first', split_part(data->>'name', ' ', 1), 'last', split_part(data->>'name', ' ', 2))`,
	`jsonb_build_object('upper', upper(data->>'name'), 'length', length(data->>'name'), 'none', NULL)`,
	`CASE WHEN data ? 'name' THEN data ELSE data || jsonb_build_object('name', 'nobody') END`,
	`CASE jsonb_typeof(data->'n') WHEN 'string' THEN jsonb_set(data, '{n}', to_jsonb((data->>'n')::numeric)) ELSE data END`,
	`jsonb_build_object('on', coalesce((data->>'on')::boolean, false), 'i', (data->>'n')::int)`, `to_jsonb((data->>'n')::float8)`,
	`jsonb_build_object('day', occurred_at::date, 'at', occurred_at, 'year', extract(year FROM occurred_at))`,
	`jsonb_build_array(data->'tags'->0, data->'tags'->-1, jsonb_array_length(data->'tags'), data#>>'{at,x,0}')`,
	`to_jsonb(regexp_replace(data->>'name', '[aeiou]', '*', 'g'))`, `to_jsonb(string_to_array(data->>'name', ' '))`, `data->'at'`,
	`to_jsonb(ARRAY[(data->>'n')::numeric, NULL, 3])`, `jsonb_build_object('m', coalesce(metadata, '{}'), 'has', data @> '{"on": true}', 'in', data <@ '{"n": 1}')`,
	`to_jsonb(concat_ws('-', data->>'n', data->>'name', data->>'on'))`, `to_jsonb(100 / (data->>'n')::int)`, `to_jsonb(nullif(data->>'name', ''))`,
}

// TestUpcastsAreWhatPostgresComputes: what an upcast makes of an event is what PostgreSQL
// makes of the same expression over the same row, its errors too. NULL is no document, so
// it is an error here.
func TestUpcastsAreWhatPostgresComputes(t *testing.T) {
	o := &oracle{node: testNode(t), socket: startPostgres(t)}
	ours, theirs := o.clients(t)
	runFile(t, theirs.conn, oracleScripts+"data/tables.sql")
	mustRun(t, ours.conn, "SET TimeZone = 'Asia/Kathmandu'")
	mustRun(t, theirs.conn, "SET TimeZone = 'UTC'; TRUNCATE events")
	for i, d := range upcastDocuments {
		mustRun(t, ours.conn, fmt.Sprintf(`INSERT INTO events (entity, kind, data, occurred_at) VALUES ('d%d', 'K', '%s', '2026-02-03 04:05:06.789Z')`, i, strings.ReplaceAll(d, "'", "''")))
	}
	copyRelation(t, ours.conn, theirs.conn, "events")
	verb := "ADD"
	for _, expression := range upcastExpressions {
		mustRun(t, ours.conn, fmt.Sprintf("ALTER EVENT KIND 'K' %s UPCAST FROM VERSION 1 AS (%s)", verb, expression))
		verb = "ALTER"
		for i, d := range upcastDocuments {
			got := one(t, ours.conn, fmt.Sprintf("SELECT data FROM events WHERE entity = 'd%d'", i))
			want := one(t, theirs.conn, fmt.Sprintf("SELECT %s FROM events WHERE entity = 'd%d'", expression, i))
			if want == "NULL" {
				want = "22004"
			}
			if got != want {
				t.Errorf("%s of %s: %s, want %s", expression, d, got, want)
			}
		}
	}
}

func mustRun(t *testing.T, conn *pgconn.PgConn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// one is the only value of a query, or the code and the message of its error.
func one(t *testing.T, conn *pgconn.PgConn, sql string) string {
	t.Helper()
	results, err := conn.Exec(t.Context(), sql).ReadAll()
	var e *pgconn.PgError
	switch {
	case errors.As(err, &e) && e.Code == "22004":
		return e.Code
	case errors.As(err, &e):
		return e.Code + " " + e.Message
	case err != nil || len(results) != 1 || len(results[0].Rows) != 1:
		t.Fatalf("%s: %v, %v", sql, results, err)
	case results[0].Rows[0][0] == nil:
		return "NULL"
	}
	return string(results[0].Rows[0][0])
}
