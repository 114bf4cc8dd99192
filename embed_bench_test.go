package projsql_test

import (
	"fmt"
	"testing"

	"github.com/projsql/projsql"
)

// BenchmarkReplay folds 10,000 events by Go and by SQL: ns/op is of one event.
func BenchmarkReplay(b *testing.B) {
	const events = 10_000
	db, err := projsql.Open(b.Context(), projsql.Options{Dir: b.TempDir(), SlotBytesMax: -1, NoExternalCache: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	view, conn := register(b, db, accounts()), connect(b, db)
	if _, err := conn.Exec(b.Context(), `CREATE PROJECTION account_sql (owner text, balance numeric NOT NULL DEFAULT 0, opened timestamptz, tags text[])
		WHEN 'AccountOpened' THEN UPDATE SET owner = data->>'Owner', opened = occurred_at
		WHEN 'MoneyDeposited' THEN UPDATE SET balance = balance + (data->>'Amount')::numeric`); err != nil {
		b.Fatal(err)
	}
	drafts := make([]projsql.Draft, events)
	for i := range drafts {
		drafts[i] = projsql.Draft{Entity: "a", Kind: "MoneyDeposited", Data: amount{int64(i)}}
	}
	appendAll(b, db, drafts...)
	b.Run("go", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; n < b.N; n += events {
			if a, err := view.Get(b.Context(), "a"); err != nil || a.Outcome.Folded != events {
				b.Fatal(a, err)
			}
		}
	})
	b.Run("sql", func(b *testing.B) {
		b.ReportAllocs()
		for n := 0; n < b.N; n += events {
			var balance string
			if err := conn.QueryRow(b.Context(), "SELECT balance::text FROM project('account_sql', 'a')").Scan(&balance); err != nil || balance != fmt.Sprint(events*(events-1)/2) {
				b.Fatal(balance, err)
			}
		}
	})
}

// BenchmarkGet is a hit by the typed view.
func BenchmarkGet(b *testing.B) {
	db := open(b, b.TempDir())
	view := register(b, db, accounts())
	appendAll(b, db, projsql.Draft{Entity: "a", Kind: "MoneyDeposited", Data: amount{1}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := view.Get(b.Context(), "a"); err != nil {
			b.Fatal(err)
		}
	}
}
