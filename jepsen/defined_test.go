package jepsen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestKillKeepsTransactionsWhole kills a server with kill -9 while writers define views and append events in
// transactions: after each restart a view is there if and only if its event is, and all that was acknowledged.
func TestKillKeepsTransactionsWhole(t *testing.T) {
	ctx := context.Background()
	seed := uint64(envInt(t, "SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	server := newServer(t)
	if err := server.Start(ctx); err != nil {
		t.Fatal(err)
	}
	acked := map[string]bool{}
	for kill := range envInt(t, "KILLS", 3) {
		made := defineUntilKilled(t, server, kill, time.Duration(100+random.IntN(700))*time.Millisecond)
		for _, name := range made {
			acked[name] = true
		}
		if err := server.Start(ctx); err != nil {
			t.Fatal(err)
		}
		t.Logf("kill %d: %d acknowledged, %d there", kill+1, len(acked), insistWhole(t, server, acked))
	}
	if len(acked) == 0 {
		t.Error("nothing was acknowledged")
	}
}

// defineUntilKilled kills the server some time after it has acknowledged something, and returns the names of what it has.
func defineUntilKilled(t *testing.T, server *Process, round int, pause time.Duration) (acked []string) {
	var mu sync.Mutex
	var all sync.WaitGroup
	acknowledged := make(chan struct{}, 1)
	for w := range 3 {
		conn, err := server.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer conn.Close(context.Background())
			for i := 0; ; i++ {
				name := fmt.Sprintf("v_%d_%d_%d", round, w, i)
				_, err := conn.Exec(t.Context(), fmt.Sprintf("BEGIN; CREATE VIEW %[1]s AS SELECT 1 AS a; INSERT INTO events (entity, kind) VALUES ('%[1]s', 'Made'); COMMIT", name))
				var refused *pgconn.PgError
				switch {
				case err == nil:
					mu.Lock()
					acked = append(acked, name)
					mu.Unlock()
					select {
					case acknowledged <- struct{}{}:
					default:
					}
				case errors.As(err, &refused) && refused.Code == "40001":
				default: // it is killed
					return
				}
			}
		})
	}
	select {
	case <-acknowledged:
		time.Sleep(pause) // when is the experiment
	case <-time.After(time.Minute):
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	return acked
}

// insistWhole wants all that was acknowledged, and nothing by half. It returns how much there is.
func insistWhole(t *testing.T, server *Process, acked map[string]bool) int {
	t.Helper()
	conn, err := server.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT coalesce(viewname, ''), coalesce(entity, '')
		FROM (SELECT viewname FROM pg_views WHERE viewname LIKE 'v\_%') v
		FULL JOIN (SELECT entity FROM events WHERE entity LIKE 'v\_%') e ON entity = viewname`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	there := map[string]bool{}
	for rows.Next() {
		var view, entity string
		if err := rows.Scan(&view, &entity); err != nil {
			t.Fatal(err)
		}
		if view != entity {
			t.Fatalf("view %q, event of %q: half of a transaction", view, entity)
		}
		there[view] = true
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	for name := range acked {
		if !there[name] {
			t.Fatalf("%s was acknowledged, and is not at %s", name, server.Name)
		}
	}
	return len(there)
}
