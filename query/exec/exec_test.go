package exec_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/explain"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// postgres runs the scripts against a PostgreSQL 15 instead; with -rewrite its
// answers become the expected ones. `make golden` does it.
var postgres = flag.String("postgres", "", "connection string of a PostgreSQL 15 to run the scripts against")

// TestScripts runs testdata/sql/*.txt. "sql" is answered as PostgreSQL does, "own"
// is what only projsql has, "refused" what only PostgreSQL has; "plan" shows the
// plan and what was read.
func TestScripts(t *testing.T) {
	f := loadFixture(t)
	var pg *pgx.Conn
	if *postgres != "" {
		pg = connect(t, f)
	}
	datadriven.Walk(t, "testdata/sql", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch {
			case d.Cmd == "sql" && pg != nil:
				return askPostgres(pg, d.Input)
			case d.Cmd == "sql":
				out, _ := ask(&source{fixture: f}, d.Input)
				return out
			case pg != nil:
				return d.Expected
			case d.Cmd == "own", d.Cmd == "refused":
				out, _ := ask(&source{fixture: f}, d.Input)
				return out
			case d.Cmd == "plan":
				return explained(f, d.Input)
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func ask(s *source, sql string) (string, error) {
	q, params, err := planned(s.fixture, sql)
	if err != nil {
		return failure(sqlstate.Of(err)), err
	}
	var b strings.Builder
	for i, c := range q.Columns {
		if i > 0 {
			b.WriteByte('|')
		}
		fmt.Fprintf(&b, "%s:%d", c.Name, c.Type.OID)
	}
	b.WriteByte('\n')
	rows, err := exec.Open(context.Background(), q, exec.Options{Source: s, Params: params})
	if err != nil {
		return failure(sqlstate.Of(err)), err
	}
	defer rows.Close()
	for {
		batch, err := rows.Next(context.Background())
		if err != nil {
			return failure(sqlstate.Of(err)), err
		}
		if len(batch) == 0 {
			return b.String(), nil
		}
		for _, row := range batch {
			b.WriteString(line(q, row))
		}
	}
}

func planned(f *fixture, sql string) (*plan.Query, []types.Datum, error) {
	statements, err := parse.Parse(sql)
	if err != nil {
		return nil, nil, err
	}
	if len(statements) != 1 || statements[0].Node == nil {
		return nil, nil, sqlstate.New(sqlstate.FeatureNotSupported, "not a SELECT")
	}
	q, err := analyze.Select(statements[0].Text, statements[0].Node, analyze.Options{Relations: f, Params: expr.NewParams(nil)})
	return q, nil, err
}

func line(q *plan.Query, row []types.Datum) string {
	values := make([]string, len(row))
	for i, d := range row {
		values[i] = "NULL"
		if !d.IsNull() {
			values[i] = types.Text(types.NewEnv(), q.Columns[i].Type.OID, d)
		}
	}
	return strings.Join(values, "|") + "\n"
}

func failure(e *sqlstate.Error) string {
	out := fmt.Sprintf("ERROR %s at %d: %s\n", e.Code, e.Position, e.Message)
	if e.Detail != "" {
		out += "DETAIL: " + e.Detail + "\n"
	}
	if e.Hint != "" {
		out += "HINT: " + e.Hint + "\n"
	}
	return out
}

func explained(f *fixture, sql string) string {
	s := &source{fixture: f}
	q, _, err := planned(f, sql)
	if err != nil {
		return failure(sqlstate.Of(err))
	}
	out, _ := ask(s, sql)
	_, rows, _ := strings.Cut(out, "\n")
	kind := "operators"
	if q.Point != nil {
		kind = fmt.Sprintf("point, outputs %v", q.Point.Outputs)
	}
	return kind + "\n" + strings.Join(explain.Describe(q, explain.Options{}).Lines(), "\n") + "\nread: " + strings.Join(s.reads, ", ") + "\n" + rows
}

// connect fills a PostgreSQL with the fixture.
func connect(t *testing.T, f *fixture) *pgx.Conn {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, *postgres)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(ctx) })
	run := func(sql string) {
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("%v: %s", err, sql)
		}
	}
	run("SET timezone = 'UTC'")
	for _, table := range f.tables {
		var columns []string
		for _, c := range table.columns {
			column := c.Name + " " + types.FormatType(c.Type)
			if c.Key {
				column += " PRIMARY KEY"
			}
			columns = append(columns, column)
		}
		run("DROP TABLE IF EXISTS " + table.name)
		run("CREATE TABLE " + table.name + " (" + strings.Join(columns, ", ") + ")")
		for _, row := range table.text {
			var values []string
			for _, v := range row {
				if v == `\N` {
					values = append(values, "NULL")
				} else {
					values = append(values, "'"+strings.ReplaceAll(v, "'", "''")+"'")
				}
			}
			run("INSERT INTO " + table.name + " VALUES (" + strings.Join(values, ", ") + ")")
		}
	}
	return c
}

func askPostgres(c *pgx.Conn, sql string) string {
	var b strings.Builder
	r := c.PgConn().ExecParams(context.Background(), sql, nil, nil, nil, nil)
	for i, f := range r.FieldDescriptions() {
		if i > 0 {
			b.WriteByte('|')
		}
		fmt.Fprintf(&b, "%s:%d", f.Name, f.DataTypeOID)
	}
	b.WriteByte('\n')
	for r.NextRow() {
		var values []string
		for _, v := range r.Values() {
			if v == nil {
				values = append(values, "NULL")
			} else {
				values = append(values, string(v))
			}
		}
		b.WriteString(strings.Join(values, "|") + "\n")
	}
	_, err := r.Close()
	var failed *pgconn.PgError
	if errors.As(err, &failed) {
		return failure(&sqlstate.Error{Code: sqlstate.Code(failed.Code), Message: failed.Message, Detail: failed.Detail, Hint: failed.Hint, Position: int(failed.Position)})
	}
	return b.String()
}
