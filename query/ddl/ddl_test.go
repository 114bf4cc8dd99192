package ddl_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/ddl"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestScripts binds and runs a line's statement after the other (run), puts values into a table's rows
// (rows), and shows the objects that there are (show). An argument of run says what the session is like:
// block, what a view reads, or of whose rows columns are.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := newWorld()
		defer w.tables.Close()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			w.out.Reset()
			switch d.Cmd {
			case "run":
				w.block, w.read, w.typed = d.HasArg("block"), names(d, "read"), names(d, "typed")
				for sql := range strings.Lines(d.Input) {
					w.run(strings.TrimSpace(sql))
				}
			case "rows":
				w.rows(names(d, "of")[0], d.Input)
			case "show":
				w.show()
			default:
				t.Fatalf("unknown command %q", d.Cmd)
			}
			return w.out.String()
		})
	})
}

func names(d *datadriven.TestData, key string) (all []string) {
	for _, a := range d.CmdArgs {
		if a.Key == key {
			all = append(all, a.Vals...)
		}
	}
	return all
}

// world is a session that has nothing but its objects. It implements ddl.Session.
type world struct {
	tables      *temptable.Tables
	env         *types.Env
	out         strings.Builder
	block       bool
	read, typed []string
}

func newWorld() *world {
	w := &world{tables: temptable.New(1 << 20), env: types.NewEnv()}
	w.tables.Schema, w.tables.Quote = "pg_temp_1", expr.QuoteIdent
	w.env.Registry = registry{tables: w.tables}
	w.env.Warn = func(e *sqlstate.Error) { fmt.Fprintf(&w.out, "WARNING %s\n", e.Message) }
	return w
}

// registry knows the session's types and the schemas.
type registry struct {
	types.Registry
	tables *temptable.Tables
}

func (r registry) TypeNamed(schema, name string) *types.TypeInfo {
	if t, ok := r.tables.Object(name).(*temptable.Type); ok && (schema == "" || r.tables.Owns(schema)) {
		return types.Info(t.OID)
	}
	return nil
}

func (r registry) SchemaOf(parts []string) (string, error) {
	if len(parts) < 2 {
		return "", nil
	}
	schema := parts[len(parts)-2]
	if schema != "public" && schema != "pg_catalog" && !r.tables.Owns(schema) {
		return "", sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", schema)
	}
	return schema, nil
}

func (r registry) RegOID(types.OID, string) (uint32, error) { return 0, nil }

func (w *world) Tables() *temptable.Tables { return w.tables }

func (w *world) Options(text string) tabledef.Options {
	return tabledef.Options{Text: text, Env: w.env, Schema: w.tables.Schema, FreeName: w.tables.FreeName}
}

func (w *world) Surroundings(ctx context.Context) *expr.Env {
	return &expr.Env{Env: w.env, Context: ctx, User: "me"}
}

func (w *world) Relation(r *pg.RangeVar) (*plan.Relation, error) {
	if r.GetRelname() == "events" {
		return &plan.Relation{Schema: "public", Name: "events", Columns: []plan.RelationColumn{{Name: "entity", Type: types.Of(types.TextOID)}}}, nil
	}
	if t := w.tables.Lookup(r.GetRelname()); t != nil {
		return &plan.Relation{Name: t.Name, OID: t.OID}, nil
	}
	return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", r.GetRelname())
}

func (w *world) NamesIndex(r *pg.RangeVar) bool {
	t, _ := w.tables.Index(r.GetRelname())
	return t != nil
}

func (w *world) Alone(command string) error {
	if w.block {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "%s cannot run inside a transaction block", command)
	}
	return nil
}

func (w *world) Notice(n *sqlstate.Error) error {
	fmt.Fprintf(&w.out, "NOTICE %s\n", n.Message)
	return nil
}

func (w *world) IsRead(o temptable.Object) bool {
	return slices.ContainsFunc(w.read, func(name string) bool { return w.tables.Object(name) == o })
}

func (w *world) TypedBy(t *temptable.Table) (inTypes, inColumns bool) {
	return false, slices.Contains(w.typed, t.Name)
}

func (w *world) DropGrouped(t *temptable.Table, constraint string, cascade bool) error {
	_, err := fmt.Fprintf(&w.out, "views that need %s of %s go: %t\n", constraint, t.Name, cascade)
	return err
}

func (w *world) run(sql string) {
	parsed, err := parse.Parse(sql)
	if err != nil {
		panic(sql + ": " + err.Error())
	}
	k, err := ddl.Bind(w, parsed[0], parsed[0].Node)
	switch {
	case err == nil && k == nil:
		w.out.WriteString("not the session's\n")
		return
	case err == nil:
		err = k.Run(context.Background(), w)
	}
	if err == nil {
		w.out.WriteString(k.Tag() + "\n")
		return
	}
	e := sqlstate.Of(err)
	fmt.Fprintf(&w.out, "%s: %s", e.Code, e.Message)
	if e.Position > 0 {
		fmt.Fprintf(&w.out, " at %q", sql[e.Position-1:][:min(8, len(sql)-e.Position+1)])
	}
	w.out.WriteString("\n")
}

// rows inserts a row of texts for each line; NULL is null.
func (w *world) rows(name, lines string) {
	t := w.tables.Lookup(name)
	var c temptable.Change
	for line := range strings.Lines(lines) {
		var row temptable.Row
		for i, text := range strings.Split(strings.TrimSpace(line), ", ") {
			v := types.Null
			if text != "NULL" {
				var err error
				if v, err = types.Parse(w.env, t.Columns[i].Type, text); err != nil {
					panic(err)
				}
			}
			row = append(row, v)
		}
		c.Insert = append(c.Insert, row)
	}
	if _, err := w.tables.Change(t, c); err != nil {
		fmt.Fprintln(&w.out, err)
	}
}

func (w *world) show() {
	for _, t := range w.tables.All() {
		fmt.Fprintf(&w.out, "table %s\n", t.Name)
		for _, c := range t.Columns {
			fmt.Fprintf(&w.out, "  %s %s null=%t %s%s\n", c.Name, types.FormatType(c.Type), !c.NotNull, c.Default, c.Generated)
		}
		for _, k := range t.Keys {
			fmt.Fprintf(&w.out, "  key %s %v primary=%t index=%t where=%s\n", k.Name, k.Columns, k.Primary, k.Index, k.Where)
		}
		for _, c := range t.Checks {
			fmt.Fprintf(&w.out, "  check %s %s valid=%t\n", c.Name, c.SQL, !c.NotValid)
		}
		for _, row := range t.Version().All() {
			var all []string
			for i, v := range row {
				text := "NULL"
				if !v.IsNull() {
					text = types.Text(w.env, t.Columns[i].Type.OID, v)
				}
				all = append(all, text)
			}
			fmt.Fprintf(&w.out, "  (%s)\n", strings.Join(all, ", "))
		}
	}
	for _, q := range w.tables.Sequences() {
		fmt.Fprintf(&w.out, "sequence %s %s by %d column %q\n", q.Name, types.TypeName(q.Type), q.Increment, q.Column)
	}
	for _, o := range w.tables.Types() {
		i := types.Info(o.OID)
		fmt.Fprintf(&w.out, "type %s kind %c", o.Name, i.Kind)
		for _, l := range i.Labels {
			fmt.Fprintf(&w.out, " %s", l.Name)
		}
		for _, c := range i.Constraints {
			fmt.Fprintf(&w.out, " %s %s", c.Name, c.Shown)
		}
		w.out.WriteString("\n")
	}
}
