package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// eventColumn is a column of events as generators of code find it.
type eventColumn struct {
	Name               string
	Default            *string
	Nullable           bool
	Identity, Sequence bool
}

func eventColumns(t *testing.T, conn *pgx.Conn) []eventColumn {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT column_name, column_default, is_nullable = 'YES', is_identity = 'YES', column_default LIKE '%nextval%' IS TRUE
		FROM information_schema.columns WHERE table_name = 'events' ORDER BY ordinal_position`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[eventColumn])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEventsAsCatalogsSay: an INSERT may leave out what catalogs say that it may, and only what may be NULL is.
func TestEventsAsCatalogsSay(t *testing.T) {
	t.Parallel()
	conn := clientNode(t).connect(t)
	columns, required := eventColumns(t, conn), []string(nil)
	for _, c := range columns {
		if c.Identity || c.Sequence { // Django takes no more than one of them, and only as a key
			t.Errorf("%s is numbered by the database", c.Name)
		}
		if c.Default != nil && strings.HasPrefix(*c.Default, "NULL") { // Prisma takes it for none
			t.Errorf("the default of %s is %s", c.Name, *c.Default)
		}
		if c.Default == nil && !c.Nullable {
			required = append(required, c.Name)
			continue
		}
		given := []string{"DEFAULT"}
		if c.Nullable {
			given = append(given, "NULL")
		}
		for _, value := range given {
			if _, err := conn.Exec(t.Context(), fmt.Sprintf("INSERT INTO events (entity, kind, %s) VALUES ('a', 'B', %s)", c.Name, value)); err != nil {
				t.Errorf("%s %s: %v", c.Name, value, err)
			}
		}
	}
	if !slices.Equal(required, []string{"entity", "kind"}) {
		t.Errorf("required are %v", required)
	}
	for _, sql := range []string{"INSERT INTO events (entity, kind) VALUES ('a', 'B') RETURNING *", "SELECT * FROM events WHERE entity = 'a' AND version > 1"} {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		values := returned(t, tx, sql)
		for i, c := range columns {
			if values[i] == nil && !c.Nullable {
				t.Errorf("%s: %s is NULL", sql, c.Name)
			}
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func returned(t *testing.T, tx pgx.Tx, sql string) []any {
	t.Helper()
	rows, err := tx.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatalf("%s: no row: %v", sql, rows.Err())
	}
	values, err := rows.Values()
	if err != nil {
		t.Fatal(err)
	}
	return values
}
