package main

import (
	"fmt"
	"testing"

	"github.com/projsql/projsql/engine"
)

// TestWarmerUnderFaults lets the external cache misbehave in every way while the warmer
// works on it: points and scans of any freshness are folds of the log, and once the fault
// is over the warmer has every row right again.
func TestWarmerUnderFaults(t *testing.T) {
	t.Parallel()
	external := &faultyCache{otherState: []byte{1, 9, 0}}
	n := startNodeWith(t, t.TempDir(), func(c *testConfig) {
		c.db.Warm = "on"
		c.Engine = func(o *engine.Options) {
			external.External = o.External
			o.External = external
		}
	})
	conn := n.connect(t)
	const entities = 60
	sum := entities * (entities - 1) / 2
	script(t, conn, tallies(entities), tallySource)
	await(t, conn, warmth, "on following 60 60 0 0")
	own := 5
	for _, fault := range faults {
		external.set(fault)
		for range 3 {
			script(t, conn, add("t0005", 1), add("t0006", 1))
			sum, own = sum+2, own+1
			expectTally(t, conn, "t0005", own)
			for _, freshness := range []string{"CONSISTENT", "MAYBE STALE '1h'", "AS OF " + newestHLC(t, conn)} {
				var count, total int
				err := conn.QueryRow(t.Context(), "SELECT count(*), sum(n) FROM tally WITH FRESHNESS "+freshness).Scan(&count, &total)
				if err != nil || count != entities || total != sum {
					t.Errorf("fault %q, %s: %d of %d, %v; want %d of %d", fault, freshness, total, count, err, sum, entities)
				}
			}
		}
		if fault == "get_error" || fault == "put_error" {
			await(t, conn, "SELECT warm_state FROM projsql.projections", "failing")
		}
		external.set("")
		await(t, conn, warmth, "on following 60 60 0 0")
		script(t, conn, "SELECT projsql_cache_purge('nobody')") // drops no row
		await(t, conn, `SELECT count(*)::text FROM tally WHERE _cache_status = 'hit' AND _freshness = 'fresh'`, fmt.Sprint(entities))
	}
}
