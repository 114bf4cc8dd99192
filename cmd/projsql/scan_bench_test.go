package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

const scanEntities = 100_000

// scanBench is a node with many entities of one projection with four columns.
func scanBench(b *testing.B, slots int64) (*runningNode, *projection.Definition) {
	n := startNodeWith(b, b.TempDir(), func(c *testConfig) {
		c.Engine = func(o *engine.Options) { o.SlotBytesMax = slots }
	})
	conn := n.connect(b)
	exec := func(sql string) {
		if _, err := conn.Exec(b.Context(), sql); err != nil {
			b.Fatal(err)
		}
	}
	exec(`CREATE PROJECTION account (owner text, balance numeric NOT NULL DEFAULT 0, n int NOT NULL DEFAULT 0, opened timestamptz)
		WHEN 'Opened' THEN UPDATE SET owner = data->>'owner', opened = occurred_at
		WHEN 'Deposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric, n = n + 1`)
	for from := 0; from < scanEntities; from += 5000 {
		var rows []string
		for i := from; i < from+5000; i++ {
			rows = append(rows, fmt.Sprintf(`('acct:%06d','Opened','{"owner":"owner %d"}'),('acct:%06[1]d','Deposited','{"amount":%[2]d.25}')`, i, i))
		}
		exec("INSERT INTO events (entity, kind, data) VALUES " + strings.Join(rows, ","))
	}
	d, _ := n.rooms.Registry.Lookup("account")
	return n, d
}

func (n *runningNode) scan(b *testing.B, d *projection.Definition) {
	cut, err := n.rooms.Cluster.Cut(b.Context(), projection.Freshness{Level: projection.Consistent}, 0)
	if err != nil {
		b.Fatal(err)
	}
	rows := 0
	err = n.rooms.Engine.Scan(b.Context(), projection.ScanRequest{Definition: d, Cut: cut}, func(event.Entity, *projection.Outcome) error {
		rows++
		return nil
	})
	if err != nil || rows != scanEntities {
		b.Fatal(rows, err)
	}
}

// cpuTime is what the process has used so far: a busy machine does not change it much.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkScan scans all entities of a projection, warm.
func BenchmarkScan(b *testing.B) {
	for _, from := range []struct {
		name  string
		slots int64
	}{{"slots", 0}, {"rows", -1}} {
		b.Run(from.name, func(b *testing.B) {
			n, d := scanBench(b, from.slots)
			n.scan(b, d)
			b.ReportAllocs()
			b.ResetTimer()
			begun := cpuTime(b)
			for range b.N {
				n.scan(b, d)
			}
			b.ReportMetric(float64((cpuTime(b)-begun).Nanoseconds())/float64(b.N)/scanEntities, "cpu-ns/entity")
		})
	}
}
