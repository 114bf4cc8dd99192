package query_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/storage/event"
)

// newParallel is a session of a node that reads its scans itself, with workers.
func newParallel(t *testing.T, at ...event.Entity) (*sharing, *query.Session) {
	b, s := newSharing(t)
	b.at = at
	simple(t, s, "SET projsql.distribute = off")
	simple(t, s, "SET force_parallel_mode = on")
	simple(t, s, "SET max_parallel_workers_per_gather = 4")
	return b, s
}

// TestWorkersAnswerAsOneDoes: wherever a scan is cut, and whatever becomes of a part, the answer is the
// one of a scan by the session alone.
func TestWorkersAnswerAsOneDoes(t *testing.T) {
	b, s := newParallel(t)
	rapid.Check(t, func(t *rapid.T) {
		sql := rapid.SampledFrom(slices.Concat(sharedStatements, parallelStatements)).Draw(t, "statement")
		b.at = nil
		for _, n := range slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.IntRange(0, sharedEntities+3), 1, 4).Draw(t, "cuts")))) {
			b.at = append(b.at, event.Entity(fmt.Sprintf("e%02d", n)))
		}
		where := event.Entity(fmt.Sprintf("e%02d", rapid.IntRange(0, 2*sharedEntities).Draw(t, "trouble at")))
		panics := rapid.Bool().Draw(t, "panic")
		b.ranged = func(_ context.Context, r projection.ScanRequest, e event.Entity) error {
			switch {
			case e != where:
				return nil
			case panics && r.From != "": // in a worker
				panic("a bug")
			}
			return errors.New("trouble")
		}
		got := simpleOr(t, s, sql)
		_ = simpleOr(t, s, "SET force_parallel_mode = off")
		want := simpleOr(t, s, sql)
		_ = simpleOr(t, s, "SET force_parallel_mode = on")
		if got != want {
			t.Fatalf("%s cut at %s\n%s\nwant\n%s", sql, b.at, got, want)
		}
	})
	if b.ranges.Load() == 0 {
		t.Error("there were no workers")
	}
}

// TestWhichScansHaveWorkers: those that read all entities and give fewer rows, where nobody
// forbids it.
func TestWhichScansHaveWorkers(t *testing.T) {
	b, s := newParallel(t, "e10", "e20")
	for _, c := range []struct {
		sql    string
		ranges int64
	}{
		{"SELECT count(*) FROM account", 3},
		{"SELECT * FROM account WHERE balance > 3", 3},
		{"SELECT * FROM account ORDER BY balance LIMIT 2", 3},
		{"SELECT * FROM account", 0},
		{"SELECT * FROM account WHERE balance > 3 LIMIT 2", 0}, // it may be done soon
		{"SELECT count(*) FROM account WHERE entity = 'e01'", 0},
		{"EXPLAIN ANALYZE SELECT count(*) FROM account", 0}, // phases that overlap have no times
		{"EXPLAIN (ANALYZE, TIMING off) SELECT count(*) FROM account", 3},
		{"SET max_parallel_workers_per_gather = 1; SELECT count(*) FROM account; RESET max_parallel_workers_per_gather", 2},
		{"SET max_parallel_workers = 0; SELECT count(*) FROM account; RESET max_parallel_workers", 0},
		{"SET max_parallel_workers_per_gather = 0; SELECT count(*) FROM account", 0},
		{"SET force_parallel_mode = off; SET max_parallel_workers_per_gather = 2; SELECT count(*) FROM account", 0}, // there are few
	} {
		b.ranges.Store(0)
		if simple(t, s, c.sql); b.ranges.Load() != c.ranges {
			t.Errorf("%s: %d parts were read, want %d", c.sql, b.ranges.Load(), c.ranges)
		}
	}
}
