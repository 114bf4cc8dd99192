package projsql_test

import (
	"syscall"
	"testing"
	"time"
)

// BenchmarkHit reads a state over TCP: from its owner, and through a node that asks the
// owner.
func BenchmarkHit(b *testing.B) {
	n := openNodes(b)
	n.run(b.Context(), "n1", `CREATE PROJECTION p (n int NOT NULL DEFAULT 0) WHEN ANY THEN UPDATE SET n = n + 1`)
	n.run(b.Context(), "n1", `INSERT INTO events (entity, kind) VALUES ('a', 'X')`)
	for _, name := range []string{"n1", "n2", "n3"} {
		n.run(b.Context(), name, "SELECT n FROM project('p', 'a')")
	}
	for _, freshness := range []string{"MAYBE STALE '1h'", "CONSISTENT"} {
		for _, at := range []string{"n3", "n1"} {
			b.Run(freshness+" at "+map[string]string{"n3": "owner", "n1": "another"}[at], func(b *testing.B) {
				conn := n.dial(b, at).PgConn()
				if _, err := conn.Prepare(b.Context(), "p", "SELECT n FROM project('p', $1) WITH FRESHNESS "+freshness, nil); err != nil {
					b.Fatal(err)
				}
				values, before := [][]byte{[]byte("a")}, cpuTime(b)
				for b.Loop() {
					if r := conn.ExecPrepared(b.Context(), "p", values, nil, nil).Read(); r.Err != nil || len(r.Rows) != 1 {
						b.Fatal(r.Err, len(r.Rows))
					}
				}
				b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// cpuTime is what this process has used of processors: the client's, all nodes' and their
// rest between statements too.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
