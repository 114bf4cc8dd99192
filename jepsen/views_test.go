package jepsen

import (
	"context"
	"testing"
)

// TestKillKeepsViews: what was said of views before a kill -9 is so after it.
func TestKillKeepsViews(t *testing.T) {
	ctx := context.Background()
	server := newServer(t)
	if err := server.Start(ctx); err != nil {
		t.Fatal(err)
	}
	exec1(t, server, accountProjection)
	exec1(t, server, "CREATE VIEW rich AS SELECT entity, balance FROM account WHERE balance > 5 WITH FRESHNESS MAYBE STALE '5s'")
	exec1(t, server, "CREATE VIEW gone AS SELECT * FROM rich")
	exec1(t, server, "CREATE VIEW richest (most) AS SELECT max(balance) FROM rich")
	exec1(t, server, "INSERT INTO events (entity, kind, data) VALUES ('a', 'Deposited', '{\"amount\": 7}')")
	exec1(t, server, "DROP VIEW gone")
	for range 3 {
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := server.Start(ctx); err != nil {
			t.Fatal(err)
		}
		conn, err := server.Connect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var most, views string
		err = conn.QueryRow(ctx, "SELECT most::text, (SELECT string_agg(viewname || definition, ';' ORDER BY viewname) FROM pg_views WHERE schemaname = 'public') FROM richest").Scan(&most, &views)
		if err != nil || most != "7" {
			t.Fatalf("%s, %v", most, err)
		}
		const want = "rich SELECT account.entity,\n    account.balance\n   FROM account\n  WHERE (account.balance > (5)::numeric)\n  /*+ freshness(maybe stale '5s') */;;richest SELECT max(rich.balance) AS most\n   FROM rich;"
		if views != want {
			t.Fatalf("the views are\n%s", views)
		}
		if _, err := conn.Exec(ctx, "DROP PROJECTION account"); err == nil {
			t.Fatal("what a view reads is dropped")
		}
		conn.Close(ctx)
	}
}
