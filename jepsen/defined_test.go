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
	killWhileDefining(t, server, random, viewsAndEvents)
}

// viewsAndEvents are views, each with an event of its name.
var viewsAndEvents = killedDefinitions{
	statement: "BEGIN; CREATE VIEW %[1]s AS SELECT 1 AS a; INSERT INTO events (entity, kind) VALUES ('%[1]s', 'Made'); COMMIT",
	halves: `SELECT coalesce(viewname, ''), coalesce(entity, '')
		FROM (SELECT viewname FROM pg_views WHERE viewname LIKE 'v\_%') v
		FULL JOIN (SELECT entity FROM events WHERE entity LIKE 'v\_%') e ON entity = viewname`,
}

// TestKillKeepsStatementsWhole kills a server with kill -9 while writers make projections, which are their role's and which another
// may read by default, and change roles beside it: what is there after each restart is of the role, and may be read.
func TestKillKeepsStatementsWhole(t *testing.T) {
	ctx := context.Background()
	seed := uint64(envInt(t, "SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	t.Setenv("PGPASSWORD", "x")
	server := newServer(t)
	if err := server.Start(ctx); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{ // one by one: there is no view yet, nor a transaction that defines
		"CREATE ROLE jepsen SUPERUSER LOGIN PASSWORD 'x'", "CREATE ROLE maker", "CREATE ROLE reader", "ALTER DEFAULT PRIVILEGES FOR ROLE maker GRANT SELECT ON TABLES TO reader",
		"GRANT CREATE ON SCHEMA public TO maker", "GRANT SELECT ON events TO maker",
	} {
		exec1(t, server, sql)
	}
	killWhileDefining(t, server, rand.New(rand.NewPCG(seed, 0)), killedDefinitions{
		before:    "SET ROLE maker",
		statement: "CREATE PROJECTION %[1]s (a int) WHEN 'K' THEN UPDATE SET a = 1",
		halves: `SELECT relname, CASE WHEN relowner = 'maker'::regrole AND has_table_privilege('reader', oid, 'SELECT') THEN relname ELSE '' END
			FROM pg_class WHERE relname LIKE 'v\_%' AND relkind <> 'i'`,
	})
}

// killedDefinitions are what writers define.
type killedDefinitions struct {
	before    string // what a writer says first
	statement string // makes something of the name %[1]s
	halves    string // asks for the names of both halves of what there is, which are the same or something is half done
}

func killWhileDefining(t *testing.T, server *Process, random *rand.Rand, d killedDefinitions) {
	acked := map[string]bool{}
	for kill := range envInt(t, "KILLS", 3) {
		made := d.untilKilled(t, server, kill, time.Duration(100+random.IntN(700))*time.Millisecond)
		for _, name := range made {
			acked[name] = true
		}
		if err := server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("kill %d: %d acknowledged, %d there", kill+1, len(acked), d.insistWhole(t, server, acked))
	}
	if len(acked) == 0 {
		t.Error("nothing was acknowledged")
	}
}

// untilKilled kills the server some time after it has acknowledged something, and returns the names of what it has.
func (d killedDefinitions) untilKilled(t *testing.T, server *Process, round int, pause time.Duration) (acked []string) {
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
			if _, err := conn.Exec(t.Context(), d.before); err != nil {
				t.Error(err)
				return
			}
			for i := 0; ; i++ {
				name := fmt.Sprintf("v_%d_%d_%d", round, w, i)
				_, err := conn.Exec(t.Context(), fmt.Sprintf(d.statement, name))
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
func (d killedDefinitions) insistWhole(t *testing.T, server *Process, acked map[string]bool) int {
	t.Helper()
	conn, err := server.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), d.halves)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	there := map[string]bool{}
	for rows.Next() {
		var one, other string
		if err := rows.Scan(&one, &other); err != nil {
			t.Fatal(err)
		}
		if one != other {
			t.Fatalf("there is %q, and of its other half %q", one, other)
		}
		there[one] = true
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
