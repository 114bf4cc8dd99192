package query_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// parallelStatements have workers by what stands above their scan.
var parallelStatements = []string{
	"SELECT count(*), sum(l.balance), min(r.owner) FROM account l JOIN account r ON l.balance = r.balance + 1",
	"SELECT r.owner, count(*), sum(l.balance) FROM account l JOIN account r ON l.owner = r.entity OR l.balance = r.balance GROUP BY r.owner",
	"SELECT r.entity, r.owner, sum(l.balance), count(*) FROM account l JOIN account r ON r.entity = 'e0' || l.balance % 9 GROUP BY r.entity, r.owner",
	"SELECT r.entity, sum(l.balance) FROM account l LEFT JOIN account r ON r.entity = 'e0' || l.balance % 13 AND r.balance > 2 GROUP BY r.entity",
	"SELECT r.owner, array_agg(l.entity) FROM account l LEFT JOIN account r ON r.owner = l.owner AND r.balance > l.balance GROUP BY r.owner",
	"SELECT r.balance % 3, count(DISTINCT l.owner) FROM account l JOIN account r ON r.owner = l.owner GROUP BY 1",
	"SELECT count(*) FROM account a JOIN account b ON a.balance = b.balance JOIN account c ON c.entity = b.entity AND c.owner < 'o3'",
	"SELECT count(*) FROM account a RIGHT JOIN account b ON a.balance = b.balance + 30",
	"SELECT a.entity, b.entity, b.owner FROM account a FULL JOIN account b ON a.balance = b.balance + 30 AND a.owner > b.owner",
	"SELECT a.entity, b.entity FROM account a JOIN account b ON a.balance % 4 = b.balance % 5 AND 10 / (b.balance - 39) IS NOT NULL",
	"SELECT a.entity, b.o FROM account a LEFT JOIN (SELECT owner AS o, 10 / (balance - 39) AS x, balance AS y FROM account WHERE balance > 5) b ON a.balance = b.x + b.y",
	"SELECT count(*), max(entity) FROM account a WHERE NOT EXISTS (SELECT 1 FROM account b WHERE b.balance = a.balance * 2 AND b.owner <> 'o1')",
	"SELECT owner, count(*) FROM account a WHERE balance IN (SELECT NULLIF(balance * 3, 9) FROM account WHERE owner IS NOT NULL) GROUP BY owner",
	"SELECT count(*) FROM account a WHERE balance NOT IN (SELECT NULLIF(balance * 3, 9) FROM account)",
	"SELECT count(*) FROM account a WHERE EXISTS (SELECT 1 FROM account b WHERE b.balance = a.balance AND 10 / (b.balance - 30) > -99)",
	"SELECT count(*) FROM account a WHERE balance < 3 AND EXISTS (SELECT 1 FROM account b WHERE b.entity = a.entity AND 10 / (b.balance - 30) > -99)",
	"SELECT count(*) FROM account WHERE balance > (SELECT avg(balance) FROM account)",
	"SELECT count(*) FROM account WHERE balance > (SELECT balance FROM account)",
	"SELECT count(*) FROM account WHERE balance > 1000 AND balance > (SELECT balance FROM account)",
	"SELECT owner, count(DISTINCT balance % 4), sum(DISTINCT balance % 5), avg(DISTINCT balance) FROM account GROUP BY owner",
	"SELECT count(DISTINCT owner), count(DISTINCT owner || ' is the owner of many an account') FROM account",
	"SELECT owner, array_agg(balance), array_agg(ARRAY[balance, 1]), string_agg(entity, ',' ORDER BY balance % 3, entity DESC) FROM account GROUP BY owner",
	"SELECT array_agg(DISTINCT owner), array_agg(balance ORDER BY owner NULLS FIRST, balance DESC) FROM account",
	"SELECT owner, stddev(balance), var_pop(balance::numeric / 7), avg(balance::numeric), sum(balance::numeric) FROM account GROUP BY owner",
	"SELECT owner, percentile_cont(0.3) WITHIN GROUP (ORDER BY balance::float8), percentile_disc(0.7) WITHIN GROUP (ORDER BY entity DESC), mode() WITHIN GROUP (ORDER BY owner) FROM account GROUP BY owner",
	"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN balance = 31 THEN 'NaN'::float8 ELSE balance END) FROM account",
	"SELECT sum(balance::float8 / 3), string_agg(owner, '-') FROM account",
	"SELECT sum(balance * interval '1 day'), avg(balance * interval '1 hour') FROM account WHERE balance > 4",
	"SELECT owner, balance % 2, count(*), GROUPING(owner, balance % 2) FROM account GROUP BY GROUPING SETS ((owner, 2), (balance % 2), ())",
	"SELECT owner, count(*) FROM account WHERE false GROUP BY GROUPING SETS ((owner), ())",
	"SELECT count(*) FILTER (WHERE owner > 'o1'), bool_and(balance < 39), bit_xor(balance), max(owner) FROM account",
	"SELECT sum(4611686018427387904 + balance), avg(4611686018427387904 + balance) FROM account",
	"SELECT sum(9223372036854775807 - balance) FROM account WHERE balance < 3",
	"SELECT CASE WHEN balance % 2 = 0 THEN 1.0 ELSE 1.00 END AS one, count(*), sum(CASE WHEN balance % 2 = 0 THEN 1.5 ELSE 1.50 END) FROM account WHERE balance > 0 GROUP BY 1",
	"SELECT array_agg(ARRAY[balance]) FROM account WHERE 10 / (balance - 33) IS NOT NULL",
	"SELECT count(*) FROM account WHERE now() > '2000-01-01' AND balance > random() - 1",
	"SELECT o, count(*) FROM (SELECT DISTINCT owner AS o FROM account) AS owners GROUP BY o",
	"SELECT a.o, (SELECT count(*) FROM account b WHERE b.owner = a.o) FROM (SELECT owner AS o FROM account GROUP BY owner) AS a",
	"SELECT count(*) FILTER (WHERE balance IN (SELECT balance * 2 FROM account)), sum(balance + (SELECT max(balance) FROM account)) FROM account",
	"SELECT balance > (SELECT avg(balance) FROM account), count(*) FROM account GROUP BY 1",
	"SELECT entity FROM account ORDER BY balance IN (SELECT balance * 2 FROM account), owner, entity",
	"SELECT entity, owner FROM account ORDER BY owner",
	"SELECT l.entity, r.entity FROM account l LEFT JOIN account r ON l.balance = r.balance * 2 ORDER BY l.owner DESC, r.balance NULLS FIRST",
	"SELECT entity FROM account ORDER BY 10 / (balance - 12)",
	"SELECT entity, rank() OVER (PARTITION BY owner ORDER BY balance % 4), lag(entity) OVER (ORDER BY balance % 7 DESC), sum(balance) OVER (PARTITION BY owner) FROM account",
	"SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY balance::numeric % 5, entity) AS r FROM account WHERE owner IS NOT NULL) AS ranked",
	"WITH s AS MATERIALIZED (SELECT owner, sum(balance) AS t FROM account GROUP BY owner) SELECT count(*), sum(s.t) FROM account a JOIN s ON s.owner = a.owner",
}

// TestWhatStandsAboveAScanHasWorkers: aggregations of what workers make of ranges, and look-ups.
func TestWhatStandsAboveAScanHasWorkers(t *testing.T) {
	b, s := newParallel(t, "e10", "e20")
	for _, c := range []struct {
		sql    string
		ranges int64
	}{
		{"SELECT count(*) FROM account l JOIN account r ON l.balance = r.balance", 6},
		{"SELECT l.entity FROM account l JOIN account r ON l.balance = r.balance", 3}, // of the right side
		{"SELECT count(*) FROM account l LEFT JOIN account r ON l.balance > r.balance", 3},
		{"SELECT count(*) FROM account l FULL JOIN account r ON l.balance = r.balance", 3}, // who has found no partner is known at the end
		{"SELECT count(*) FROM account l, LATERAL (SELECT * FROM account WHERE balance < l.balance) AS r", 0},
		{"SELECT count(DISTINCT owner) FROM account", 3},
		{"SELECT array_agg(entity), stddev(balance) FROM account", 3},
		{"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY balance) FROM account", 3},
		{"SELECT sum(balance::float8) FROM account", 0}, // it depends on the order of the additions
		{"SELECT count(*) FROM account WHERE balance > random()", 0},
		{"SELECT count(*) FROM account WHERE balance > nextval('s')", 0},
		{"SELECT count(*) FROM account a WHERE NOT EXISTS (SELECT 1 FROM account b WHERE b.balance = a.balance * 2)", 6},
		{"SELECT count(*) FROM account a WHERE balance IN (SELECT balance FROM account)", 6},
		{"SELECT entity FROM account a WHERE balance IN (SELECT balance * 2 FROM account)", 3}, // of the keys
		{"SELECT count(*) FROM account a WHERE balance > (SELECT avg(balance) FROM account)", 6},
		{"SELECT count(*) FILTER (WHERE balance IN (SELECT balance * 2 FROM account)) FROM account", 6},
		{"SELECT entity FROM account ORDER BY balance IN (SELECT balance * 2 FROM account), entity", 6},
		{"SELECT DISTINCT owner FROM account", 0},
		{"SELECT entity FROM account ORDER BY balance DESC", 3},
		{"SELECT l.entity FROM account l JOIN account r ON l.owner = r.owner ORDER BY l.balance, r.entity", 6},
		{"SELECT l.entity FROM account l JOIN account r ON l.owner = r.owner ORDER BY l.balance, r.entity LIMIT 3", 3},
		{"SELECT row_number() OVER (PARTITION BY owner ORDER BY balance) FROM account", 3},
		{"SELECT sum(balance) OVER (ORDER BY random()) FROM account", 0},
	} {
		b.ranges.Store(0)
		if _ = simpleText(t, s, c.sql); b.ranges.Load() != c.ranges {
			t.Errorf("%s: %d parts were read, want %d", c.sql, b.ranges.Load(), c.ranges)
		}
	}
}

// simpleText is what a session answers, its error too.
func simpleText(t *testing.T, s *query.Session, sql string) string {
	out := &recorder{}
	if err := s.Simple(t.Context(), sql, out); err != nil {
		return err.Error()
	}
	return out.String()
}

// TestExplainShowsWorkers: what each has read, and the rows of the operators that all of them ran.
func TestExplainShowsWorkers(t *testing.T) {
	_, s := newParallel(t, "e10", "e20")
	got := simple(t, s, "EXPLAIN (ANALYZE, TIMING off) SELECT count(*), count(DISTINCT l.owner) FROM account l JOIN account r ON l.balance = r.balance WHERE l.balance > 3")
	for _, want := range []string{
		"Parallel Scan: account", "Hash Join (actual rows=36 loops=1)", "Projection Scan on account l (actual rows=36 loops=1)",
		"part 1 of 3 rows=1 states=10", "part 2 of 3 rows=1 states=10", "part 3 of 3 rows=1 states=20", "States Read: 80",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// newCrowd is newParallel with more entities, and files for what does not fit.
func newCrowd(t *testing.T, entities int) (*sharing, *query.Session) {
	b, _ := newSharing(t)
	b.names, b.states = nil, nil
	for i := range entities {
		b.names = append(b.names, event.Entity(fmt.Sprintf("e%06d", i)))
		state := stillState{types.String(fmt.Sprint("o", i%97)), types.Int(int64(i))}
		b.states = append(b.states, &projection.Snapshot{State: state, Generation: 1, Watermark: event.Sequence(i + 1), HLC: 1})
	}
	b.at = []event.Entity{b.names[entities/3], b.names[entities/2]}
	var err error
	if b.temp, err = spill.Open(t.TempDir(), spill.Options{}); err != nil {
		t.Fatal(err)
	}
	b.server = b.serve(t)
	s, _, err := b.server.Open(t.Context(), query.Startup{User: "ann", Settings: map[string]string{
		"projsql.distribute": "off", "force_parallel_mode": "on", "max_parallel_workers_per_gather": "4",
	}})
	if err != nil {
		t.Fatal(err)
	}
	return b, s
}

// TestWhatWorkersHaveNoRoomFor: the session alone writes to disk, and answers the same; what workers had is given back.
func TestWhatWorkersHaveNoRoomFor(t *testing.T) {
	b, s := newCrowd(t, 20_000)
	for _, sql := range []string{
		"SELECT count(DISTINCT entity), count(DISTINCT balance), sum(DISTINCT balance) FROM account",
		"SELECT count(*), sum(n) FROM (SELECT balance / 2, count(*) AS n FROM account GROUP BY 1) AS g",
		"SELECT count(*), sum(l.balance) FROM account l JOIN account r ON l.balance = r.balance * 2",
		"SELECT count(*) FROM account l WHERE NOT EXISTS (SELECT 1 FROM account r WHERE l.balance = r.balance * 2 AND r.owner <> 'o5')",
		"SELECT string_agg(entity, '' ORDER BY owner, entity) FROM account",
		"SELECT r.entity, count(*) FROM account l JOIN account r ON r.entity = l.entity GROUP BY r.entity ORDER BY 1 OFFSET 19990",
	} {
		_ = simpleText(t, s, "SET work_mem = '64MB'")
		b.ranges.Store(0)
		want := simpleText(t, s, sql)
		if b.ranges.Load() == 0 || strings.Contains(want, "ERROR") {
			t.Errorf("%s: %d parts were read\n%s", sql, b.ranges.Load(), want)
		}
		_ = simpleText(t, s, "SET work_mem = '64kB'")
		if got := simpleText(t, s, sql); got != want {
			t.Errorf("%s\n%s\nwant\n%s", sql, got, want)
		}
		if n := b.temp.Stats().Bytes; n != 0 {
			t.Errorf("%s: %d bytes of files are left", sql, n)
		}
	}
}

// TestWorkersSortAsOneDoes: those who kept rows sort them together; rows that sort alike come as in one sort.
func TestWorkersSortAsOneDoes(t *testing.T) {
	b, s := newCrowd(t, 20_000)
	for _, sql := range []string{
		"SELECT entity FROM account ORDER BY balance % 5003, entity DESC",
		"SELECT entity FROM account ORDER BY owner, entity",
		"SELECT entity FROM account ORDER BY entity DESC",
		"SELECT entity FROM account ORDER BY 'all alike' || owner || ' with much before what differs', balance DESC",
		"SELECT entity FROM account ORDER BY CASE WHEN balance % 2 = 0 THEN 'even' ELSE 'an odd' END || ' number like ' || (balance % 9973)::text, balance",
		"SELECT entity FROM account ORDER BY NULLIF(balance % 1999, 7) NULLS FIRST, balance",
		"SELECT entity FROM account ORDER BY owner",
		"SELECT entity FROM account ORDER BY balance % 11, owner DESC",
		"SELECT entity, rank() OVER (PARTITION BY owner ORDER BY balance DESC, entity), lead(balance, 3) OVER (PARTITION BY balance % 7 ORDER BY owner, entity) FROM account",
	} {
		b.ranges.Store(0)
		got := simple(t, s, sql)
		if b.ranges.Load() == 0 {
			t.Errorf("%s: nobody shared it", sql)
		}
		simple(t, s, "SET max_parallel_workers = 0")
		if want := simple(t, s, sql); got != want {
			t.Errorf("%s: other rows come, or in another order", sql)
		}
		simple(t, s, "SET max_parallel_workers = 8")
		simple(t, s, "SET work_mem = '64kB'")
		if want := simple(t, s, sql); got != want && !strings.HasSuffix(sql, "owner") && !strings.HasSuffix(sql, "owner DESC") {
			t.Errorf("%s: other rows come from disk, or in another order", sql)
		}
		simple(t, s, "RESET work_mem")
	}
}

// TestWorkersEnd: a cancelled statement waits for none of its workers, and leaves none.
func TestWorkersEnd(t *testing.T) {
	for _, sql := range []string{
		"SELECT count(*) FROM account",
		"SELECT count(*) FROM account l JOIN account r ON l.balance = r.balance",
		"SELECT count(*) FROM account l WHERE l.owner IN (SELECT owner FROM account)",
	} {
		b, s := newParallel(t, "e10", "e20")
		begun := make(chan struct{}, 3)
		b.ranged = func(ctx context.Context, r projection.ScanRequest, _ event.Entity) error {
			if r.From == "" {
				return nil
			}
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Simple(ctx, sql, &recorder{}) }()
		for range 2 {
			select {
			case <-begun:
			case err := <-done:
				t.Fatalf("%s ended by itself: %v", sql, err)
			}
		}
		cancel()
		err := <-done
		if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.QueryCanceled {
			t.Errorf("%s: %v", sql, err)
		}
		if n := b.server.Workers(); n != 0 {
			t.Errorf("%s: %d workers are left", sql, n)
		}
	}
}

// TestAWorkersErrorEndsTheOthers: those who read on would do so in vain.
func TestAWorkersErrorEndsTheOthers(t *testing.T) {
	b, s := newParallel(t, "e10", "e20")
	b.ranged = func(ctx context.Context, r projection.ScanRequest, _ event.Entity) error {
		if r.To == "" {
			return errors.New("trouble")
		}
		<-ctx.Done()
		return ctx.Err()
	}
	if got := simple(t, s, "SELECT count(DISTINCT owner), count(*) FROM account"); !strings.Contains(got, "5 | 40") {
		t.Errorf("got %s", got)
	}
}

// TestExtremesAtOdds: values that have no order are refused where they meet, of two ranges too.
func TestExtremesAtOdds(t *testing.T) {
	b, s := newParallel(t, "e10", "e20")
	const sql = `SELECT max(a || b) FROM (SELECT owner COLLATE "C" AS a, entity COLLATE "POSIX" AS b FROM account WHERE balance %% %d = 5) AS t`
	if got := simple(t, s, fmt.Sprintf(sql, 100)); !strings.Contains(got, "o0e05") {
		t.Error(got)
	}
	before := b.ranges.Load()
	err := s.Simple(t.Context(), fmt.Sprintf(sql, 20), &recorder{})
	if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.IndeterminateCollation {
		t.Error(err)
	}
	if b.ranges.Load() == before {
		t.Error("there were no workers")
	}
}
