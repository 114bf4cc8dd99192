package projsql_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql"
)

// open opens a DB that is closed with the test.
func open(t testing.TB, dir string) *projsql.DB {
	t.Helper()
	db, err := projsql.Open(t.Context(), projsql.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// connect connects pgx within the process, with settings as connection strings have them.
func connect(t testing.TB, db *projsql.DB, settings ...string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig("host=localhost user=ada dbname=projsql sslmode=disable " + strings.Join(settings, " "))
	if err != nil {
		t.Fatal(err)
	}
	config.DialFunc = db.Dial
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func register[S any](t testing.TB, db *projsql.DB, p projsql.Projection[S]) *projsql.View[S] {
	t.Helper()
	v, err := projsql.Register(db, p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func appendAll(t testing.TB, db *projsql.DB, drafts ...projsql.Draft) []projsql.Receipt {
	t.Helper()
	receipts, err := db.Append(t.Context(), drafts...)
	if err != nil {
		t.Fatal(err)
	}
	return receipts
}

type account struct {
	Owner   string
	Balance int64 `projsql:",numeric"`
	Opened  *time.Time
	Tags    []string
}

type amount struct{ Amount int64 }

func accounts() projsql.Projection[account] {
	return projsql.Projection[account]{
		Name: "account", Version: 1,
		When: map[string]projsql.Fold[account]{
			"AccountOpened": projsql.On(func(a *account, d struct{ Owner string }, e *projsql.Event) error {
				a.Owner, a.Opened = d.Owner, &e.OccurredAt
				return nil
			}),
			"MoneyDeposited": projsql.On(func(a *account, d amount, _ *projsql.Event) error {
				a.Balance += d.Amount
				return nil
			}),
			"AccountClosed": func(*account, *projsql.Event) error { return projsql.Delete },
		},
	}
}

// TestProjectionInGo follows an account through its life, by the typed view and in SQL.
func TestProjectionInGo(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	view, conn := register(t, db, accounts()), connect(t, db)
	opened := time.Date(2024, 2, 29, 12, 0, 0, 1000, time.UTC)
	receipts := appendAll(
		t, db,
		projsql.Draft{Entity: "acct:7", Kind: "AccountOpened", Data: map[string]string{"owner": "Ada"}, OccurredAt: opened, Expected: projsql.Expect(0)},
		projsql.Draft{Entity: "acct:7", Kind: "MoneyDeposited", Data: amount{10}},
		projsql.Draft{Entity: "acct:8", Kind: "MoneyDeposited", Data: []byte(`{"amount": 3}`)},
	)
	if r := receipts[1]; r.Version != 2 || r.Sequence != 2 || r.HLC == 0 {
		t.Errorf("receipt %+v", r)
	}
	a, err := view.Get(t.Context(), "acct:7", projsql.AtLeast(receipts[1].HLC))
	if err != nil || a.State == nil || a.State.Owner != "Ada" || a.State.Balance != 10 || !a.State.Opened.Equal(opened) {
		t.Fatalf("%+v, %v", a, err)
	}
	if o := a.Outcome; o.Generation != 2 || o.Watermark != 2 || o.HLC != receipts[1].HLC || o.Strategy.String() != "external_cache_then_replay" || o.Folded != 2 {
		t.Errorf("outcome %+v", o)
	}
	var text string
	err = conn.QueryRow(t.Context(), `SELECT concat_ws(' ', entity, owner, balance, opened AT TIME ZONE 'UTC', tags, _generation, _strategy, pg_typeof(balance))
		FROM project('Account', 'acct:7') WITH FRESHNESS CONSISTENT`).Scan(&text)
	if want := "acct:7 Ada 10 2024-02-29 12:00:00.000001 2 group_local_hit numeric"; err != nil || text != want {
		t.Errorf("%q, %v; want %q", text, err, want)
	}
	var conflict *projsql.ConflictError
	_, err = db.Append(t.Context(), projsql.Draft{Entity: "acct:7", Kind: "AccountClosed", Expected: projsql.Expect(1)}, projsql.Draft{Entity: "acct:8", Kind: "AccountClosed"})
	if !errors.As(err, &conflict) || conflict.Actual != 2 {
		t.Errorf("%v", err)
	}
	appendAll(t, db, projsql.Draft{Entity: "acct:7", Kind: "AccountClosed"})
	if a, err = view.Get(t.Context(), "acct:7"); err != nil || a.State != nil || a.Outcome.Generation != 3 {
		t.Errorf("after it was closed: %+v, %v", a, err)
	}
	if a, err = view.Get(t.Context(), "acct:7", projsql.AsOf(receipts[0].HLC)); err != nil || a.State == nil || a.State.Balance != 0 || a.State.Owner != "Ada" {
		t.Errorf("as of its opening: %+v, %v", a, err)
	}
	var all []string
	for a, err := range view.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a.Entity)
	}
	if len(all) != 1 || all[0] != "acct:8" {
		t.Errorf("all: %q", all)
	}
}
