package exec_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/explain"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// numbers is a relation of n rows: i, i%1000 as g, i as numeric x, and a text.
func numbers(n int) *plan.Relation {
	words := make([]types.Datum, 1000)
	for i := range words {
		words[i] = types.String(fmt.Sprintf("word %d", i))
	}
	r := &plan.Relation{Schema: "public", Name: "big", Kind: plan.VirtualRelation, Columns: []plan.RelationColumn{
		{Name: "i", Type: types.Of(types.Int8OID)},
		{Name: "g", Type: types.Of(types.Int4OID)},
		{Name: "x", Type: types.Of(types.NumericOID)},
		{Name: "s", Type: types.Of(types.TextOID)},
	}}
	r.Rows = func(context.Context, plan.Source, []bool) iter.Seq2[[]types.Datum, error] {
		return func(yield func([]types.Datum, error) bool) {
			row := make([]types.Datum, 4)
			for i := range n {
				row[0], row[1], row[2], row[3] = types.Int(int64(i)), types.Int(int64(i%1000)), types.NumericFromInt(int64(i)), words[i%1000]
				if !yield(row, nil) {
					return
				}
			}
		}
	}
	return r
}

// single is the only relation there is.
type single struct{ relation *plan.Relation }

func (s single) Relation(string, string) (*plan.Relation, error) { return s.relation, nil }
func (s single) Projection(string) (*plan.Relation, error)       { return nil, nil }

// seeds are the statements of the scripts.
func seeds(t testing.TB) []string {
	files, err := filepath.Glob("testdata/sql/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(b), "\n\n") {
			head, _, _ := strings.Cut(part, "\n----")
			if _, sql, ok := strings.Cut(head, "\n"); ok {
				all = append(all, sql)
			}
		}
	}
	return all
}

func prepare(t testing.TB, r plan.Relations, sql string, given ...types.OID) (*plan.Query, *expr.Params) {
	t.Helper()
	statements, err := parse.Parse(sql)
	if err != nil {
		t.Fatal(err)
	}
	params := expr.NewParams(given)
	q, err := analyze.Select(sql, statements[0].Node, analyze.Options{Relations: r, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	return q, params
}

func drain(q *plan.Query, o exec.Options) ([][]types.Datum, error) {
	rows, err := exec.Open(context.Background(), q, o)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all [][]types.Datum
	for {
		batch, err := rows.Next(context.Background())
		if err != nil || len(batch) == 0 {
			return all, err
		}
		for _, r := range batch {
			all = append(all, append([]types.Datum(nil), r...))
		}
	}
}

func TestParameters(t *testing.T) {
	f := loadFixture(t)
	q, params := prepare(t, f, "SELECT name FROM item WHERE id = $1 OR name = $2 ORDER BY id LIMIT $3")
	oids, err := params.Types()
	if err != nil || fmt.Sprint(oids) != "[23 25 20]" {
		t.Fatalf("types %v, %v", oids, err)
	}
	rows, err := drain(q, exec.Options{Source: &source{fixture: f}, Params: []types.Datum{types.Int(2), types.String("fig"), types.Int(5)}})
	if err != nil || len(rows) != 2 || rows[0][0].Str() != "pear" || rows[1][0].Str() != "fig" {
		t.Fatalf("%v, %v", rows, err)
	}
}

func TestPointOfParameter(t *testing.T) {
	f := loadFixture(t)
	for _, sql := range []string{"SELECT * FROM project('Account', $1)", "SELECT * FROM account WHERE entity = $1", "SELECT * FROM account WHERE $1 = entity"} {
		q, params := prepare(t, f, sql)
		if q.Point == nil || q.Point.Entity.Param != 1 || len(q.Point.Outputs) != 5 {
			t.Errorf("%s: point %+v", sql, q.Point)
		}
		if oids, err := params.Types(); err != nil || oids[0] != types.TextOID {
			t.Errorf("%s: %v, %v", sql, oids, err)
		}
		if c := q.Columns[2]; c.TableOID == 0 || c.ColumnNumber != 3 || c.Type.OID != types.NumericOID {
			t.Errorf("%s: column %+v", sql, c)
		}
	}
}

func TestFreshnessArgument(t *testing.T) {
	sql := "SELECT * FROM project('Account', 'a', freshness => 'maybe stale 1s')"
	q, _ := prepare(t, loadFixture(t), sql)
	want := plan.FreshnessArgument{Text: "maybe stale 1s", Position: strings.Index(sql, "'maybe")}
	if len(q.Freshness) != 1 || q.Freshness[0] != want {
		t.Fatalf("%+v", q.Freshness)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	r := single{numbers(200_000)}
	for _, sql := range []string{
		"SELECT i FROM big ORDER BY i DESC", "SELECT DISTINCT i FROM big", "SELECT i, count(*) FROM big GROUP BY i",
		"SELECT array_agg(i) FROM big", "SELECT a.i FROM big a JOIN big b ON a.i = b.i", "SELECT i FROM big UNION SELECT i + 1 FROM big",
		"WITH c AS (SELECT i FROM big) SELECT count(*) FROM c", "SELECT count(DISTINCT i) FROM big", "SELECT 1 WHERE 5 IN (SELECT -i FROM big)",
	} {
		q, _ := prepare(t, r, sql)
		_, err := drain(q, exec.Options{Limits: exec.Limits{BytesMax: 1 << 20}})
		if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.OutOfMemory {
			t.Errorf("%s: %v", sql, err)
		} else if e.Detail != "The statement needs more than 1048576 bytes." || !strings.Contains(e.Hint, "--query-memory") {
			t.Errorf("%s: detail %q, hint %q", sql, e.Detail, e.Hint)
		}
	}
	q, _ := prepare(t, r, "SELECT i, s FROM big ORDER BY i DESC LIMIT 10")
	rows, err := drain(q, exec.Options{Limits: exec.Limits{BytesMax: 1 << 20}})
	if err != nil || len(rows) != 10 || rows[0][0].Int() != 199_999 {
		t.Fatalf("%v, %v", rows, err)
	}
}

func TestCancel(t *testing.T) {
	q, _ := prepare(t, single{numbers(1 << 40)}, "SELECT count(*) FROM big a, big b WHERE a.i < 0 AND b.i = 1")
	ctx, cancel := context.WithCancel(context.Background())
	rows, err := exec.Open(ctx, q, exec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	cancel()
	_, err = rows.Next(ctx)
	if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.QueryCanceled || !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
}

// TestCancelBetweenRows: a row may take long to compute; the next one is not begun after a
// cancel, wherever it is computed.
func TestCancelBetweenRows(t *testing.T) {
	const slow = "current_setting('x' || i)"
	for _, sql := range []string{
		"SELECT i FROM big WHERE " + slow + " = 'none'",
		"SELECT " + slow + " FROM big",
		"SELECT max(" + slow + ") FROM big",
		"SELECT count(*) FROM big GROUP BY " + slow,
		"SELECT count(*) FILTER (WHERE " + slow + " = '') FROM big",
		"SELECT i FROM big ORDER BY " + slow,
		"SELECT DISTINCT " + slow + " FROM big",
		"SELECT a.i FROM big a LEFT JOIN big b ON a.i <> b.i AND current_setting('x' || b.i) = ''",
		"SELECT sum(i) OVER (ORDER BY " + slow + ") FROM big",
		"SELECT i FROM big WHERE EXISTS (SELECT 1 FROM big b WHERE current_setting('x' || b.i + big.i) = '')",
	} {
		q, _ := prepare(t, single{numbers(2000)}, sql)
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		env := &expr.Env{Env: types.NewEnv(), Setting: func(string) (string, bool) {
			if calls++; calls == 10 {
				cancel()
			}
			return "", true
		}}
		rows, err := exec.Open(ctx, q, exec.Options{Env: env})
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			var batch [][]types.Datum
			if batch, err = rows.Next(ctx); len(batch) == 0 {
				break
			}
		}
		rows.Close()
		if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.QueryCanceled {
			t.Errorf("%s: %v", sql, err)
		}
		if calls > 10 {
			t.Errorf("%s: %d rows were computed after the cancel", sql, calls-10)
		}
	}
}

func TestLimitReadsLittle(t *testing.T) {
	read := 0
	r := numbers(1 << 40)
	all := r.Rows
	r.Rows = func(ctx context.Context, s plan.Source, need []bool) iter.Seq2[[]types.Datum, error] {
		return func(yield func([]types.Datum, error) bool) {
			for row, err := range all(ctx, s, need) {
				read++
				if !yield(row, err) {
					return
				}
			}
		}
	}
	q, _ := prepare(t, single{r}, "SELECT i FROM big WHERE g = 3 LIMIT 1")
	rows, err := drain(q, exec.Options{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%v, %v", rows, err)
	}
	if read > 10_000 {
		t.Fatalf("read %d rows", read)
	}
}

func TestAnalyze(t *testing.T) {
	f := loadFixture(t)
	q, _ := prepare(t, f, "SELECT name, count(*) FROM item WHERE id > 1 GROUP BY name")
	rows, err := exec.Open(context.Background(), q, exec.Options{Source: &source{fixture: f}, Analyze: true})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for {
		batch, err := rows.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(batch) == 0 {
			break
		}
	}
	text := strings.Join(explain.Describe(q, explain.Options{Actual: rows.Actual, Timed: true}).Lines(), "\n")
	if !strings.Contains(text, "Seq Scan on item (actual time=") || !strings.Contains(text, "rows=5 loops=1") {
		t.Fatal(text)
	}
}

// FuzzSelect plans and runs whatever parses, in memory and on disk: it may fail, never
// panic.
func FuzzSelect(f *testing.F) {
	fixture, onDisk := loadFixture(f), spilling(f, 1)
	for _, sql := range seeds(f) {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		statements, err := parse.Parse(sql)
		if err != nil || len(statements) != 1 || statements[0].Node.GetSelectStmt() == nil {
			return
		}
		q, err := analyze.Select(sql, statements[0].Node, analyze.Options{Relations: fixture, Params: expr.NewParams(nil)})
		if err != nil {
			return
		}
		explain.Describe(q, explain.Options{}).Lines()
		for _, o := range []exec.Options{{}, onDisk} {
			o.Source, o.Params, o.Limits.BytesMax = &source{fixture: fixture}, make([]types.Datum, 20), 1<<20
			runSome(q, o)
		}
		if n := onDisk.Temp.Stats().Bytes; n != 0 {
			t.Fatalf("%d bytes are left on disk", n)
		}
	})
}

func runSome(q *plan.Query, o exec.Options) {
	rows, err := exec.Open(context.Background(), q, o)
	if err != nil {
		return
	}
	defer rows.Close()
	for range 100 {
		if batch, err := rows.Next(context.Background()); err != nil || len(batch) == 0 {
			return
		}
	}
}

func BenchmarkFilterAggregate(b *testing.B) {
	const n = 1_000_000
	for _, sql := range []string{
		"SELECT count(*), sum(i) FROM big WHERE g < 500",
		"SELECT g, count(*), sum(x) FROM big WHERE i > 1000 GROUP BY g",
		"SELECT s, max(i) FROM big GROUP BY s",
		"SELECT i, s FROM big ORDER BY x DESC LIMIT 10",
		"SELECT count(*) FROM big a JOIN (SELECT DISTINCT g FROM big) b ON a.g = b.g",
		"SELECT i FROM big ORDER BY x, i",
		"SELECT i, count(*) FROM big GROUP BY i",
		"SELECT count(*) FROM big a JOIN big b ON a.i = b.i WHERE b.g < 100",
		"SELECT max(r) FROM (SELECT rank() OVER (PARTITION BY g ORDER BY x) AS r FROM big) w",
		"WITH c AS MATERIALIZED (SELECT i, s FROM big) SELECT count(*) FROM c",
		"SELECT count(*) FROM (SELECT i FROM big EXCEPT SELECT i + 10 FROM big) e",
	} {
		b.Run(sql, func(b *testing.B) {
			q, _ := prepare(b, single{numbers(n)}, sql)
			for b.Loop() {
				if _, err := drain(q, exec.Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}
