package projsql_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/cluster"
)

// TestSnapshotsBesideCopies: a node that was away while the log was cut gets a snapshot while others are copied
// into, and has what they have: every COPY once, and whole.
func TestSnapshotsBesideCopies(t *testing.T) {
	t.Parallel()
	n := openNodes(t, func(n *nodes) {
		n.cluster = func(o *cluster.Options) { o.SnapshotEntries, o.TrailingEntries = 8, 2 }
	})
	const events = 1000
	copies := make(chan int, 1000)
	turn := func(at *pgx.Conn) error {
		rows := make([][]any, events)
		for i := range rows {
			rows[i] = []any{uuid.New(), fmt.Sprint("acct:", i%50), "Paid", `{"amount": 1}`}
		}
		copied, err := at.CopyFrom(t.Context(), pgx.Identifier{"events"}, []string{"event_id", "entity", "kind", "data"}, pgx.CopyFromRows(rows))
		copies <- int(copied)
		return err
	}
	for range 2 {
		had := n.rooms["n3"].Cluster.Status().LogLast
		if err := n.close("n3"); err != nil {
			t.Fatal(err)
		}
		for range 12 {
			if err := turn(n.conns["n1"]); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range []string{"n1", "n2"} {
			if first := n.rooms[name].Cluster.Status().LogFirst; first <= had+1 {
				t.Errorf("the log of %s begins at %d, n3 has up to %d: the test tests nothing", name, first, had)
			}
		}
		stop := make(chan struct{})
		var writers sync.WaitGroup
		for _, name := range []string{"n1", "n2"} {
			writers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if err := turn(n.conns[name]); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		before := n.rooms["n1"].Cluster.Status().Sequence
		n.reopen(t, "n3")
		await(t, "it has what was there", func() bool { return n.rooms["n3"].Cluster.Status().Sequence > before })
		close(stop)
		writers.Wait()
	}
	close(copies)
	total := 0
	for copied := range copies {
		total += copied
	}
	const whole = "SELECT count(*), count(DISTINCT event_id), (SELECT bool_and(n = newest) FROM (SELECT count(*) AS n, max(version) AS newest FROM events GROUP BY entity) e) FROM events;\n"
	want := fmt.Sprintf("%d|%d|t\n", total, total)
	for _, name := range []string{"n1", "n2", "n3"} {
		if got := n.run(t.Context(), name, whole); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := n.run(t.Context(), "n2", "SELECT count(DISTINCT checksum) FROM projsql_verify_replicas();\n"); got != "1\n" {
		t.Errorf("the replicas differ: %s", got)
	}
}
