package projsql_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql"
)

func wantBalance(t *testing.T, view *projsql.View[account], balance int64) {
	t.Helper()
	for range 2 { // the second from a cache
		a, err := view.Get(t.Context(), "a")
		if err != nil || a.State == nil || a.State.Balance != balance {
			t.Fatalf("got %+v, %v; want a balance of %d", a.State, err, balance)
		}
	}
}

func alterDeposits(t *testing.T, conn *pgx.Conn, action string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "ALTER EVENT KIND 'MoneyDeposited' "+action); err != nil {
		t.Fatal(err)
	}
}

// TestUpcastsReachProjectionsInGo: code in Go sees events in their newest shape, and a
// view that was registered before the kind was altered reads no state of before.
func TestUpcastsReachProjectionsInGo(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	view := register(t, db, accounts())
	appendAll(t, db,
		projsql.Draft{Entity: "a", Kind: "AccountOpened", Data: map[string]any{"owner": "Ann"}},
		projsql.Draft{Entity: "a", Kind: "MoneyDeposited", Data: map[string]any{"amount": 7}},
	)
	wantBalance(t, view, 7)
	conn := connect(t, db)
	alterDeposits(t, conn, `ADD UPCAST FROM VERSION 1 AS (jsonb_build_object('amount', (data->>'amount')::int * 100))`)
	wantBalance(t, view, 700)
	alterDeposits(t, conn, `ALTER UPCAST FROM VERSION 1 AS (jsonb_build_object('amount', (data->>'amount')::int * 2))`)
	wantBalance(t, view, 14)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir)
	view = register(t, db, accounts())
	wantBalance(t, view, 14)
	alterDeposits(t, connect(t, db), `DROP UPCAST FROM VERSION 1`)
	wantBalance(t, view, 7)
}
