package expr_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// The corpus is compared with what PostgreSQL 15 answered. To take the answers anew:
//
//	go test ./query/expr -run TestCorpus -pg 'host=/tmp/pg user=postgres'
//
// against a database named corpus with LC_CTYPE C.UTF-8 and LC_COLLATE C.
var server = flag.String("pg", "", "connection string of a PostgreSQL 15 that gives the corpus its answers")

// TestCorpus evaluates each line of testdata/*.txt. An honest refusal (0A000) of
// what PostgreSQL answers is counted, anything else that differs is an error.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			probes := lines(t, file)
			golden := strings.TrimSuffix(file, ".txt") + ".out"
			if *server != "" {
				record(t, probes, golden)
			}
			compare(t, probes, lines(t, golden))
		})
	}
}

func lines(t testing.TB, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for l := range strings.Lines(string(b)) {
		if l = strings.TrimRight(l, "\n"); l != "" && !strings.HasPrefix(l, "-- ") {
			all = append(all, l)
		}
	}
	return all
}

func compare(t *testing.T, probes, want []string) {
	if len(probes) != len(want) {
		t.Fatalf("%d probes, %d answers: take the answers anew", len(probes), len(want))
	}
	refused, wrong := 0, 0
	for i, p := range probes {
		got := escape(evaluate(p))
		switch {
		case got == want[i]:
		case strings.HasPrefix(got, "ERROR 0A000"):
			refused++
		default:
			wrong++
			t.Errorf("%s\n got %s\nwant %s", p, got, want[i])
		}
	}
	t.Logf("%d probes, %d the same, %d refused", len(probes), len(probes)-refused-wrong, refused)
	if refused*100 > len(probes)*10 {
		t.Errorf("%d of %d probes refused", refused, len(probes))
	}
}

// escape keeps an answer on one line.
func escape(s string) string {
	return strings.NewReplacer("\\", `\\`, "\n", `\n`, "\r", `\r`).Replace(s)
}

// surroundings are those that record sets up on the server.
func surroundings() *expr.Env {
	at := time.Date(2024, 2, 29, 12, 34, 56, 789000000, time.UTC)
	env := types.NewEnv()
	env.Now = at
	return &expr.Env{
		Env: env, Context: context.Background(), StatementTime: at, TransactionTime: at, Clock: func() time.Time { return at },
		User: "postgres", SessionUser: "postgres", Database: "corpus", SearchPath: corpusPath,
	}
}

// evaluate answers as answer does for the server.
func evaluate(text string) string {
	sql := "SELECT " + text
	v, oid, err := run(sql, surroundings())
	if err != nil {
		e := sqlstate.Of(err)
		return fmt.Sprintf("ERROR %s %s at %d", e.Code, e.Message, e.Position)
	}
	if v == "" {
		return "no rows"
	}
	return fmt.Sprintf("%s %s", corpusType(oid), v)
}

func run(sql string, env *expr.Env) (string, types.OID, error) {
	tree, err := pg_query.Parse(sql)
	if err != nil {
		return "", 0, sqlstate.New(sqlstate.SyntaxError, "%s", err.Error())
	}
	if len(tree.Stmts) != 1 || tree.Stmts[0].Stmt.GetSelectStmt() == nil || len(tree.Stmts[0].Stmt.GetSelectStmt().TargetList) != 1 {
		return "", 0, sqlstate.New(sqlstate.FeatureNotSupported, "not one expression")
	}
	var rows func(*expr.Frame) (expr.Rows, error)
	b := &expr.Binder{Text: sql, Env: env.Env, Set: func(_ *expr.Binder, c *expr.Call) (expr.Expr, error) {
		rows = c.CompileSet(&expr.Compiler{})
		return c, nil
	}}
	node := tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val
	e, err := b.Bind(node)
	if err == nil {
		e, err = b.Settle(e)
	}
	if err != nil {
		return "", 0, err
	}
	frame := &expr.Frame{Env: env}
	if rows != nil {
		if c, ok := e.(*expr.Call); !ok || !c.Proc.Row.Set || len(c.Proc.OutColumns()) > 1 {
			return "", 0, sqlstate.New(sqlstate.FeatureNotSupported, "set-returning function inside an expression")
		}
		return all(rows, frame, e.Type().OID)
	}
	d, err := e.Compile(&expr.Compiler{})(frame)
	if err != nil {
		return "", 0, err
	}
	return show(env, e.Type().OID, d), e.Type().OID, nil
}

func all(rows func(*expr.Frame) (expr.Rows, error), frame *expr.Frame, oid types.OID) (string, types.OID, error) {
	next, err := rows(frame)
	if err != nil {
		return "", 0, err
	}
	var out []string
	for range 1000 {
		r, err := next()
		if err != nil {
			return "", 0, err
		}
		if r == nil {
			break
		}
		out = append(out, show(frame.Env, oid, r[0]))
	}
	return strings.Join(out, " | "), oid, nil
}

func show(env *expr.Env, oid types.OID, d types.Datum) string {
	if d.IsNull() {
		return "NULL"
	}
	return "<" + types.Text(env.Env, oid, d) + ">"
}

func record(t *testing.T, probes []string, file string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, *server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SET timezone = 'UTC'; SET extra_float_digits = 1").ReadAll(); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(out)
	for _, p := range probes {
		fmt.Fprintln(w, escape(answer(ctx, conn, p)))
	}
	if err := errors.Join(w.Flush(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

func answer(ctx context.Context, conn *pgconn.PgConn, probe string) string {
	results, err := conn.Exec(ctx, "SELECT "+probe).ReadAll()
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return fmt.Sprintf("ERROR %s %s at %d", e.Code, e.Message, e.Position)
	}
	if err != nil {
		return "broken: " + err.Error()
	}
	var out []string
	for _, row := range results[0].Rows {
		if row[0] == nil {
			out = append(out, "NULL")
		} else {
			out = append(out, "<"+string(row[0])+">")
		}
	}
	if len(out) == 0 {
		return "no rows"
	}
	oid := types.OID(results[0].FieldDescriptions[0].DataTypeOID)
	return fmt.Sprintf("%s %s", corpusType(oid), strings.Join(out, " | "))
}

func corpusPath(implicit bool) []string {
	if implicit {
		return []string{"pg_catalog", "public"}
	}
	return []string{"public"}
}

// corpusType is a type as the answers were taken down.
func corpusType(oid types.OID) string {
	if oid == types.BitOID {
		return types.TypeName(oid)
	}
	return types.FormatType(types.Of(oid))
}
