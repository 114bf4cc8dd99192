package exec_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/explain"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// spilling are options under which an operator keeps few bytes in memory.
func spilling(t testing.TB, work int64) exec.Options {
	t.Helper()
	d, err := spill.Open(t.TempDir(), spill.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return exec.Options{Temp: d, Limits: exec.Limits{WorkBytes: work, HashBytes: work}}
}

// large are statements over numbers, each with an operator that keeps rows.
var large = []string{
	"SELECT i, s FROM big ORDER BY s DESC, i",
	"SELECT i FROM big ORDER BY x % 1000, i LIMIT 5000 OFFSET 100",
	"SELECT g + 1, s FROM big ORDER BY g + 1, i",
	"SELECT s FROM big WHERE i % 3 = 0 ORDER BY i DESC",
	"SELECT i % 7000, count(*), sum(x), min(s), array_agg(i) FROM big GROUP BY 1",
	"SELECT count(*), max(c), sum(c) FROM (SELECT s, i / 2, count(*) AS c FROM big GROUP BY s, i / 2) g",
	"SELECT g, i / 3, count(*), GROUPING(g, i / 3) FROM big GROUP BY GROUPING SETS ((g, i / 3), (i / 3), (g), ())",
	"SELECT i % 5000, string_agg(s, ',' ORDER BY i DESC), count(DISTINCT g) FILTER (WHERE i > 100) FROM big GROUP BY i % 5000",
	"SELECT string_agg(s, ',' ORDER BY s DESC, i), array_agg(DISTINCT i % 3000), count(DISTINCT i), sum(DISTINCT i % 11000) FROM big",
	"SELECT g % 2, count(DISTINCT i), string_agg(DISTINCT s, '' ORDER BY s) FROM big GROUP BY g % 2",
	"SELECT DISTINCT i % 9000, s FROM big",
	"SELECT DISTINCT ON (i % 6000) i, s FROM big",
	"SELECT DISTINCT ON (i % 6000) i % 6000, i FROM big ORDER BY i % 6000, i DESC",
	"SELECT DISTINCT ON (g, i) g FROM big ORDER BY g DESC",
	"SELECT i, s FROM big UNION SELECT i + 5000, s FROM big",
	"SELECT i % 8000 FROM big EXCEPT ALL SELECT i FROM big WHERE i > 4000",
	"SELECT i % 8000, s FROM big EXCEPT SELECT i, s FROM big WHERE i % 2 = 0",
	"SELECT i % 8000 FROM big INTERSECT ALL SELECT i % 6000 FROM big",
	"SELECT count(*), sum(a.i), sum(b.g) FROM big a JOIN big b ON a.i = b.i",
	"SELECT a.i, b.i, b.s FROM big a JOIN (SELECT i * 2 AS i, s FROM big) b ON a.i = b.i AND a.g < b.i",
	"SELECT a.i, b.i FROM big a LEFT JOIN (SELECT i * 3 AS i FROM big) b ON a.i = b.i",
	"SELECT a.i, b.i FROM (SELECT i * 3 AS i FROM big) a RIGHT JOIN big b ON a.i = b.i AND b.g > 10",
	"SELECT a.i, b.i FROM (SELECT NULLIF(i * 3, 30) AS i FROM big) a FULL JOIN (SELECT NULLIF(i, 60) AS i FROM big) b ON a.i = b.i",
	"SELECT a.i, count(*), min(b.i) FROM (SELECT i, i % 7 AS k FROM big WHERE i % 1000 = 0) a LEFT JOIN (SELECT i, i % 5 AS k FROM big) b ON a.k = b.k GROUP BY a.i",
	"SELECT count(*) FROM (SELECT i % 7 AS k FROM big WHERE i % 1000 = 0) a FULL JOIN (SELECT i, i % 9 AS k FROM big) b ON a.k = b.k AND b.i < 2000",
	"SELECT a.i, b.s FROM big a JOIN (SELECT i + 5 AS i, s FROM big) b USING (i) JOIN (SELECT i - 9 AS i FROM big) c USING (i) ORDER BY a.i",
	"SELECT b.s, b.g, count(*), sum(a.i), min(b.i) FROM big a JOIN (SELECT i, s, g FROM big WHERE i < 3000) b ON b.i = a.i % 3001 GROUP BY b.s, b.g",
	"SELECT b.i, count(*), count(DISTINCT a.g), min(a.s) FROM big a LEFT JOIN (SELECT i FROM big WHERE i % 3 = 0) b ON b.i = a.i % 7000 GROUP BY b.i",
	"SELECT b.i, b.s, count(a.i), count(*) FROM (SELECT i FROM big WHERE i % 5 = 0) a FULL JOIN (SELECT i * 2 AS i, s FROM big) b ON a.i = b.i GROUP BY b.i, b.s",
	"SELECT b.i, b.s, count(*), sum(a.x), max(a.s) FROM big a LEFT JOIN (SELECT i, s FROM big WHERE i % 3 = 0) b ON b.i = a.i % 7000 GROUP BY b.s, b.i",
	"SELECT b.i, count(*), sum(a.x) FROM big a LEFT JOIN (SELECT NULLIF(i / 2, 9) AS i FROM big) b ON b.i = a.i % 9000 GROUP BY b.i",
	"SELECT c.n, (SELECT sum(d) FROM (SELECT count(*) AS d FROM big a JOIN (SELECT i FROM big WHERE i < c.n) b ON b.i = a.i % c.n GROUP BY b.i) AS one) FROM (VALUES (3), (2000), (5)) AS c (n)",
	"WITH c AS MATERIALIZED (SELECT i, s FROM big) SELECT count(*), sum(a.i) FROM c a JOIN c b ON a.i = b.i + 1 WHERE a.s <> b.s",
	"WITH RECURSIVE r(n, s) AS (SELECT i, s FROM big WHERE i = 1 UNION ALL SELECT n + 1, s FROM r WHERE n < 5000) SELECT n, s FROM r ORDER BY n DESC",
	"WITH RECURSIVE r(i, d) AS (SELECT i, 1 FROM big WHERE i < 3000 UNION ALL SELECT i, d + 1 FROM r WHERE d < 3) SELECT d, count(*), sum(i) FROM r GROUP BY d",
	"SELECT a.i, count(*) FROM (SELECT i FROM big WHERE i < 20) a JOIN (SELECT i, s FROM big WHERE i < 16000) b ON b.i > a.i * 100 GROUP BY a.i",
	"SELECT count(a.i), count(*), sum(b.i) FROM (SELECT i FROM big WHERE i < 3) a RIGHT JOIN (SELECT i, s FROM big) b ON b.i < a.i * 5000",
	"SELECT a.i, b.n FROM (SELECT i FROM big WHERE i < 4) a LEFT JOIN LATERAL (SELECT i + a.i AS n, s FROM big OFFSET a.i * 9000) b ON b.n % 5 = 0",
	"SELECT count(*), sum(i) FROM big WHERE i IN (SELECT i * 3 FROM big) AND i NOT IN (SELECT i * 7 FROM big)",
	"SELECT count(*), sum(i) FROM big a WHERE EXISTS (SELECT 1 FROM big b WHERE b.i = a.i * 2 AND b.g <> 50)",
	"SELECT i, i IN (SELECT NULLIF(i * 5, 500) FROM big) FROM big WHERE i < 9000",
	"SELECT i FROM big a WHERE NOT EXISTS (SELECT 1 FROM big b WHERE b.i = a.i + 7000 AND b.s = a.s)",
	"SELECT i FROM big WHERE i < 50 AND i > ANY (SELECT 30 + i FROM big)",
	"SELECT i, row_number() OVER (ORDER BY s, i), lag(i, 3) OVER (ORDER BY s, i), last_value(i) OVER (ORDER BY s, i ROWS BETWEEN CURRENT ROW AND 500 FOLLOWING) FROM big",
	"SELECT i, rank() OVER w, sum(x) OVER w, cume_dist() OVER w, ntile(7) OVER (PARTITION BY i % 3 ORDER BY i) FROM big WINDOW w AS (PARTITION BY i % 3 ORDER BY g)",
	"SELECT i, count(*) OVER (PARTITION BY i % 4000), array_agg(i) OVER (PARTITION BY i % 4000 ORDER BY i DESC) FROM big",
	"SELECT i, sum(i) OVER (ORDER BY i RANGE BETWEEN 9 PRECEDING AND 3 FOLLOWING), max(s) OVER (ORDER BY g GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM big WHERE g < 300",
	"SELECT NULLIF(i % 8000, 5) FROM big INTERSECT SELECT NULLIF(i, 5) FROM big",
}

// TestSpilledAnswers asks with all memory, with next to none for an operator, and with
// little for all of them together: the answers are the same, disk was used, and nothing of
// it is left.
func TestSpilledAnswers(t *testing.T) {
	r := single{numbers(20_000)}
	for _, sql := range large {
		q, _ := prepare(t, r, sql)
		want, err := drain(q, exec.Options{})
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		for _, limits := range []exec.Limits{{WorkBytes: 64 << 10, HashBytes: 64 << 10}, {WorkBytes: 130 << 10, HashBytes: 130 << 10}, {BytesMax: 2 << 20}} {
			o := spilling(t, 0)
			o.Limits = limits
			got, err := drain(q, o)
			if e := sqlstate.Of(err); e != nil && e.Code == sqlstate.OutOfMemory && limits.BytesMax > 0 && strings.Contains(sql, "GROUP BY i % 5000") {
				continue // what is collected for groups that there are already
			}
			if err != nil {
				t.Errorf("%s with %+v: %v", sql, limits, err)
				continue
			}
			if s := o.Temp.Stats(); s.Written == 0 && limits.BytesMax == 0 || s.Bytes != 0 {
				t.Errorf("%s: %+v", sql, s)
			}
			if a, b := linesOf(q, sql, want), linesOf(q, sql, got); !slices.Equal(a, b) {
				t.Errorf("%s with %+v: %d rows for %d\n%s", sql, limits, len(b), len(a), firstDifference(a, b))
			}
		}
	}
}

// linesOf are the rows as text, sorted unless the statement orders them.
func linesOf(q *plan.Query, sql string, rows [][]types.Datum) []string {
	var all []string
	for _, row := range rows {
		all = append(all, line(q, row[:len(q.Columns)]))
	}
	if strings.LastIndex(sql, "ORDER BY") <= strings.LastIndex(sql, ")") {
		slices.Sort(all)
	}
	return all
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("row %d is %s, not %s", i, b[i], a[i])
		}
	}
	return "one is the beginning of the other"
}

// TestSpilledScripts runs every statement of the scripts with a memory of one byte for
// each operator: what fits into no memory at all is answered all the same.
func TestSpilledScripts(t *testing.T) {
	f := loadFixture(t)
	o := spilling(t, 1)
	for _, sql := range seeds(t) {
		q, _, err := planned(f, sql)
		if err != nil {
			continue
		}
		o.Source = &source{fixture: f}
		want, wantErr := drain(q, exec.Options{Source: o.Source})
		got, gotErr := drain(q, o)
		if e, w := sqlstate.Of(gotErr), sqlstate.Of(wantErr); (gotErr == nil) != (wantErr == nil) || gotErr != nil && (e.Code != w.Code || e.Message != w.Message) {
			t.Errorf("%s: %v, not %v", sql, gotErr, wantErr)
			continue
		}
		if wantErr != nil {
			continue // rows before an error are no answer
		}
		if a, b := linesOf(q, "", want), linesOf(q, "", got); !slices.Equal(a, b) {
			t.Errorf("%s\n%s\n%q\n%q", sql, firstDifference(a, b), a, b)
		}
		if s := o.Temp.Stats(); s.Bytes != 0 {
			t.Fatalf("%s: %+v", sql, s)
		}
	}
	if s := o.Temp.Stats(); s.Files < 100 {
		t.Errorf("hardly anything was spilled: %+v", s)
	}
}

// TestUsage wants EXPLAIN ANALYZE to tell what was on disk, and what was not.
func TestUsage(t *testing.T) {
	for _, c := range []struct {
		sql, memory, disk string
	}{
		{"SELECT i FROM big ORDER BY x", `Sort Method: quicksort  Memory: \d+kB`, `Sort Method: external merge  Disk: \d+kB`},
		{"SELECT i FROM big ORDER BY x LIMIT 3", `Sort Method: top-N heapsort  Memory: \d+kB`, `Sort Method: top-N heapsort  Memory: \d+kB`},
		{"SELECT i, count(*) FROM big GROUP BY i", `Batches: 1  Memory Usage: \d+kB`, `Batches: \d\d+  Memory Usage: \d+kB  Disk Usage: \d+kB`},
		{"SELECT DISTINCT i FROM big", `Batches: 1  Memory Usage: \d+kB`, `Batches: \d\d+  Memory Usage: \d+kB  Disk Usage: \d+kB`},
		{"SELECT a.i FROM big a LEFT JOIN big b ON a.i = b.i", `Batches: 1  Memory Usage: \d+kB`, `Batches: [1-9]\d*  Memory Usage: \d+kB  Disk Usage: \d+kB`},
		{"SELECT i FROM big INTERSECT SELECT i FROM big", `Batches: 1  Memory Usage: \d+kB`, `Batches: \d\d+  Memory Usage: \d+kB  Disk Usage: \d+kB`},
	} {
		for want, o := range map[string]exec.Options{c.memory: {}, c.disk: spilling(t, 64<<10)} {
			o.Analyze = true
			q, _ := prepare(t, single{numbers(20_000)}, c.sql)
			rows, err := exec.Open(context.Background(), q, o)
			if err != nil {
				t.Fatal(err)
			}
			for {
				batch, err := rows.Next(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if len(batch) == 0 {
					break
				}
			}
			rows.Close()
			text := strings.Join(explain.Describe(q, explain.Options{Actual: rows.Actual, Timed: true}).Lines(), "\n")
			if !regexp.MustCompile(`(?m)^ +` + want + `$`).MatchString(text) {
				t.Errorf("%s\n%s\nwant %s", c.sql, text, want)
			}
		}
	}
}

// TestSpillIsCancelled cancels at some row of the input, which may be one that is written,
// and sorts also while runs are merged.
func TestSpillIsCancelled(t *testing.T) {
	for i, sql := range large {
		o := spilling(t, 64<<10)
		if i == 0 {
			o.Limits.WorkBytes = 1 // row by row, and so in many passes
			cancelled(t, sql, o, 19_999)
		}
		cancelled(t, sql, o, 15_000)
	}
}

func cancelled(t *testing.T, sql string, o exec.Options, after int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := 0
	r := watched(20_000, func() {
		if seen++; seen == after {
			cancel()
		}
	})
	q, _ := prepare(t, single{r}, sql)
	rows, err := exec.Open(ctx, q, o)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		var batch [][]types.Datum
		if batch, err = rows.Next(ctx); len(batch) == 0 {
			break
		}
	}
	if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.QueryCanceled || !errors.Is(err, context.Canceled) {
		t.Errorf("%s, cancelled at row %d of %d: %v", sql, after, seen, err)
	}
	rows.Close()
	if s := o.Temp.Stats(); s.Bytes != 0 {
		t.Errorf("%s: %+v", sql, s)
	}
}

// watched is numbers that tell of each row that is read.
func watched(n int, row func()) *plan.Relation {
	r := numbers(n)
	all := r.Rows
	r.Rows = func(ctx context.Context, s plan.Source, need []bool) iter.Seq2[[]types.Datum, error] {
		return func(yield func([]types.Datum, error) bool) {
			for values, err := range all(ctx, s, need) {
				row()
				if !yield(values, err) {
					return
				}
			}
		}
	}
	return r
}

// asked counts how often somebody looks whether the context is done.
type asked struct {
	context.Context
	times int
}

func (a *asked) Done() <-chan struct{} {
	a.times++
	return a.Context.Done()
}

// TestSortInMemoryLooksForCancel counts how often a sort looks whether its statement has
// ended: each of its steps does, some 100 times for so many rows.
func TestSortInMemoryLooksForCancel(t *testing.T) {
	const n, want = 400_000, 700
	ctx, seen, before := &asked{Context: context.Background()}, 0, 0
	r := watched(n, func() {
		if seen++; seen == n {
			before = ctx.times
		}
	})
	q, _ := prepare(t, single{r}, "SELECT i FROM big ORDER BY g, s, x DESC")
	rows, err := exec.Open(ctx, q, exec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if _, err := rows.Next(ctx); err != nil {
		t.Fatal(err)
	}
	if got := ctx.times - before; got < want {
		t.Errorf("%d times, not %d", got, want)
	}
}

// TestTempFilesAreBounded asks for more disk than the statement may have.
func TestTempFilesAreBounded(t *testing.T) {
	for _, sql := range large {
		q, _ := prepare(t, single{numbers(20_000)}, sql)
		o := spilling(t, 64<<10)
		o.Limits.TempBytesMax = 8 << 10
		_, err := drain(q, o)
		if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.ConfigurationLimitExceeded {
			t.Errorf("%s: %v", sql, err)
		}
		if s := o.Temp.Stats(); s.Bytes != 0 {
			t.Errorf("%s: %+v", sql, s)
		}
	}
}
