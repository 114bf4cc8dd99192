package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

// TestVerify compares a node's caches with its log, before and after a row on disk was
// changed behind its back.
func TestVerify(t *testing.T) {
	t.Parallel()
	external, err := cache.OpenPebble(t.TempDir(), cache.PebbleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := startWithEngine(t, t.TempDir(), func(o *engine.Options) { o.External = external })
	conn := n.connect(t)
	script(t, conn, tallySource)
	for i := range 20 {
		script(t, conn, add(fmt.Sprintf("e%d", i), 1), add(fmt.Sprintf("e%d", i), 2))
	}
	script(t, conn, add("odd", 41), "SELECT * FROM tally")
	node := answersOf(t, conn, "SELECT name FROM projsql.nodes")[0]
	const all = "SELECT * FROM projsql_verify('Tally')"
	expectRows(t, conn, "SELECT node, copy, entities::text, events::text, unusable::text FROM projsql_verify('Tally')",
		node+"log21410", node+"slot21410", node+"external21410")

	d, _ := n.rooms.Registry.Lookup("tally")
	owner := cache.Owner{Name: "tally", Version: d.Version, Lineage: n.rooms.Store.Lineage()}
	changeRow(t, external, owner, "e7", "odd")
	_, err = conn.Exec(t.Context(), all)
	expectDifference(t, err, node, "e7", "external")
	_, err = conn.Exec(t.Context(), "SELECT * FROM projsql_verify('Tally', 'e7')")
	expectDifference(t, err, node, "e7", "external")
	expectRows(t, conn, "SELECT copy FROM projsql_verify('Tally', 'e8') WHERE entities = 1", "log", "slot", "external")
	expectRows(t, conn, "SELECT n FROM tally WHERE entity = 'e7'", "3") // the slot's
	script(t, conn, "SELECT projsql_cache_purge('e7')", all)
}

// changeRow puts another entity's state into a row.
func changeRow(t *testing.T, c cache.External, o cache.Owner, e, from event.Entity) {
	t.Helper()
	row, err := c.Get(o, e, nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := c.Get(o, from, nil)
	if err != nil {
		t.Fatal(err)
	}
	row.State = other.State
	if err := c.Put(o, e, row); err != nil {
		t.Fatal(err)
	}
}

func expectDifference(t *testing.T, err error, words ...string) {
	t.Helper()
	var told *pgconn.PgError
	if !errors.As(err, &told) || told.Code != "XX001" {
		t.Fatalf("%v, want XX001", err)
	}
	for _, w := range words {
		if !strings.Contains(told.Message+told.Detail, fmt.Sprintf("%q", w)) {
			t.Errorf("%s; %s: no word of %q", told.Message, told.Detail, w)
		}
	}
	if !strings.Contains(told.Hint, "projsql_cache_purge") {
		t.Errorf("hint %q", told.Hint)
	}
}

// TestVerifyTellsItsProgress needs no more than some entities.
func TestVerifyTellsItsProgress(t *testing.T) {
	t.Parallel()
	n := testNode(t)
	var notices []string
	c, err := pgx.ParseConfig(fmt.Sprintf("postgres://ann@%s/projsql", n.pg.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices = append(notices, n.Message) }
	conn, err := pgx.ConnectConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	script(t, conn, tallySource, `INSERT INTO events (entity, kind, data) SELECT 'e' || lpad(i::text, 5, '0'), 'Added', '{"n":1}' FROM generate_series(0, 20000) i`,
		"SELECT * FROM projsql_verify('Tally')")
	want := []string{`projsql_verify: 10000 entities, up to "e09999"`, `projsql_verify: 20000 entities, up to "e19999"`}
	if fmt.Sprint(notices) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", notices, want)
	}
}
