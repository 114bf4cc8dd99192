package expr_test

import (
	"slices"
	"strings"
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v6"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// event is a scope of the columns balance numeric and data jsonb.
type event struct{}

func (s event) Column(parts []string, pos int) (expr.Expr, error) {
	switch parts[len(parts)-1] {
	case "balance":
		return expr.NewColumn(0, "balance", types.Of(types.NumericOID), pos), nil
	case "data":
		return expr.NewColumn(1, "data", types.Of(types.JSONBOID), pos), nil
	}
	return nil, sqlstate.New(sqlstate.UndefinedColumn, "column \"%s\" does not exist", parts[0]).At(pos + 1)
}

func target(t testing.TB, sql string) *pg_query.Node {
	t.Helper()
	tree, err := pg_query.Parse(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val
}

func TestParameterTypes(t *testing.T) {
	for _, c := range []struct {
		sql   string
		given []types.OID
		want  string
	}{
		{"SELECT $1", nil, "text"},
		{"SELECT $1 + 1", nil, "integer"},
		{"SELECT 1.5 * $1", nil, "numeric"},
		{"SELECT $1::int8", nil, "bigint"},
		{"SELECT $1 || 'a'", nil, "text"},
		{"SELECT balance > $1", nil, "numeric"},
		{"SELECT data->>$1", nil, "text"},
		{"SELECT balance IN ($1, $2)", nil, "numeric numeric"},
		{"SELECT lower($1)", nil, "text"},
		{"SELECT CASE WHEN $1 THEN 1 ELSE $2 END", nil, "boolean integer"},
		{"SELECT coalesce($1, 1)", nil, "integer"},
		{"SELECT 1 = ANY($1)", nil, "integer[]"},
		{"SELECT $1 LIKE 'a'", nil, "text"},
		{"SELECT NOT $1", nil, "boolean"},
		{"SELECT $2 + $1", []types.OID{types.Int8OID, types.Int2OID}, "bigint smallint"},
		{"SELECT $1 = $1", nil, "text"},
		{"SELECT $2::int", nil, "42P18 could not determine data type of parameter $1"},
		{"SELECT $1::int + $1::text::int", nil, "integer"},
		{"SELECT ($1, $1) = (1, 'a'::text)", nil, "42P08 inconsistent types deduced for parameter $1"},
		{"SELECT $1 + $2", nil, "42725 operator is not unique: unknown + unknown"},
	} {
		if got := parameterTypes(t, c.sql, c.given); got != c.want {
			t.Errorf("%s: got %s, want %s", c.sql, got, c.want)
		}
	}
}

func parameterTypes(t *testing.T, sql string, given []types.OID) string {
	p := expr.NewParams(given)
	b := &expr.Binder{Text: sql, Scope: event{}, Params: p}
	e, err := b.Bind(target(t, sql))
	if err == nil {
		_, err = b.Settle(e)
	}
	oids, undetermined := p.Types()
	if err == nil {
		err = undetermined
	}
	if err != nil {
		return string(sqlstate.Of(err).Code) + " " + err.Error()
	}
	names := make([]string, len(oids))
	for i, o := range oids {
		names[i] = types.FormatType(types.Of(o))
	}
	return strings.Join(names, " ")
}

func TestDeterministic(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT balance + (data->>'amount')::numeric": true,
		"SELECT (data->>'at')::timestamptz":           true,
		"SELECT timestamptz '2020-01-01' + '1 day'":   true,
		"SELECT to_jsonb(balance)":                    true,
		"SELECT now()":                                false,
		"SELECT current_date":                         false,
		"SELECT random()":                             false,
		"SELECT gen_random_uuid()":                    false,
		"SELECT current_user":                         false,
		"SELECT timestamptz 'now'":                    false,
		"SELECT age(timestamp '2020-01-01')":          false,
	} {
		b := &expr.Binder{Text: sql, Scope: event{}, Deterministic: true}
		_, err := b.Bind(target(t, sql))
		if (err == nil) != want {
			t.Errorf("%s: %v", sql, err)
		}
		if err != nil && sqlstate.Of(err).Position == 0 {
			t.Errorf("%s: no position: %v", sql, err)
		}
	}
}

func TestPositionCountsCharacters(t *testing.T) {
	sql := "SELECT 'ä€' || nope"
	_, err := (&expr.Binder{Text: sql}).Bind(target(t, sql))
	if e := sqlstate.Of(err); e.Position != 16 || e.Code != sqlstate.UndefinedColumn {
		t.Errorf("got %s at %d", e.Code, e.Position)
	}
}

func TestUnsupportedFunctionIsRefused(t *testing.T) {
	sql := "SELECT pg_export_snapshot()"
	_, err := (&expr.Binder{Text: sql}).Bind(target(t, sql))
	if e := sqlstate.Of(err); e.Code != sqlstate.FeatureNotSupported || e.Position != 8 {
		t.Errorf("got %v at %d", err, e.Position)
	}
}

func TestExtensions(t *testing.T) {
	sql := "SELECT twice(21)"
	twice := expr.Function{
		Row:  pgdata.Proc{OID: 16400, Name: "twice", Kind: 'f', Volatile: 'i', Strict: true, Result: types.Int8OID, Args: []types.OID{types.Int8OID}, Source: "twice"},
		Impl: expr.Func1(func(_ *expr.Env, d types.Datum) (types.Datum, error) { return types.Int(2 * d.Int()), nil }),
	}
	b := &expr.Binder{Text: sql, Extensions: expr.NewExtensions(twice)}
	e, err := b.Bind(target(t, sql))
	if err != nil {
		t.Fatal(err)
	}
	d, err := e.Compile(&expr.Compiler{})(&expr.Frame{Env: surroundings()})
	if err != nil || d.Int() != 42 {
		t.Errorf("got %d, %v", d.Int(), err)
	}
}

// TestThreeValues compares AND, OR and NOT with Kleene's tables.
func TestThreeValues(t *testing.T) {
	values := []types.Datum{types.Bool(false), types.Null, types.Bool(true)}
	rapid.Check(t, func(t *rapid.T) {
		ranks := rapid.SliceOfN(rapid.IntRange(0, 2), 1, 5).Draw(t, "ranks")
		args := make([]expr.Expr, len(ranks))
		for i, r := range ranks {
			args[i] = expr.NewConst(types.Of(types.BoolOID), values[r], -1)
		}
		check := func(e expr.Expr, want int) {
			d, err := e.Compile(&expr.Compiler{})(&expr.Frame{})
			if err != nil || d != values[want] {
				t.Fatalf("%v: got %v, %v", ranks, d, err)
			}
		}
		check(expr.NewAnd(args...), slices.Min(ranks))
		check(expr.NewOr(args...), slices.Max(ranks))
		check(expr.NewNot(args[0]), 2-ranks[0])
	})
}

// TestTransform replaces the columns of an expression by constants.
func TestTransform(t *testing.T) {
	sql := "SELECT CASE WHEN balance > 1 THEN coalesce(balance, 0) ELSE -balance END"
	e, err := (&expr.Binder{Text: sql, Scope: event{}}).Bind(target(t, sql))
	if err != nil {
		t.Fatal(err)
	}
	fixed := expr.Transform(e, func(e expr.Expr) expr.Expr {
		if _, ok := e.(*expr.Column); ok {
			return expr.NewConst(e.Type(), types.NumericFromInt(7), -1)
		}
		return e
	})
	d, err := fixed.Compile(&expr.Compiler{})(&expr.Frame{})
	if err != nil || types.Text(nil, types.NumericOID, d) != "7" {
		t.Errorf("got %v, %v", d, err)
	}
}

// FuzzExpression binds and evaluates any text: whatever happens is an error, not a
// panic.
func FuzzExpression(f *testing.F) {
	for _, file := range []string{"logic", "text", "time", "array", "json", "casts"} {
		for i, p := range lines(f, "testdata/"+file+".txt") {
			if i%20 == 0 {
				f.Add(p)
			}
		}
	}
	f.Fuzz(func(_ *testing.T, text string) {
		if strings.Contains(text, "pg_sleep") {
			return
		}
		_, _, _ = run("SELECT "+text, surroundings())
	})
}

func BenchmarkDeposit(b *testing.B) {
	benchmark(b, "SELECT balance + (data->>'amount')::numeric")
}

func BenchmarkCondition(b *testing.B) {
	benchmark(b, "SELECT (data->>'amount')::numeric > 0 AND data->>'owner' = 'anna'")
}

func benchmark(b *testing.B, sql string) {
	e, err := (&expr.Binder{Text: sql, Scope: event{}}).Bind(target(b, sql))
	if err != nil {
		b.Fatal(err)
	}
	doc, err := jsonb.Parse(`{"amount": "12.50", "owner": "anna", "at": "2020-01-01"}`)
	if err != nil {
		b.Fatal(err)
	}
	balance, _ := types.ParseNumeric("1000.25")
	eval := e.Compile(&expr.Compiler{})
	frame := &expr.Frame{Row: []types.Datum{balance, types.String(doc)}, Env: surroundings()}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := eval(frame); err != nil {
			b.Fatal(err)
		}
	}
}
