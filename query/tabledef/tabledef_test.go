package tabledef_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// world has one table.
type world struct {
	shape temptable.Shape
	taken map[string]bool // names of relations
}

// TestScripts makes a table (create), adds constraints (add), and holds rows against its
// rules (rows).
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := &world{taken: map[string]bool{"taken_id_seq": true}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			if err := w.command(d, &out); err != nil {
				e := sqlstate.Of(err)
				fmt.Fprintf(&out, "%s: %s", e.Code, e.Message)
				for _, more := range []string{e.Detail, e.Hint, e.Column, e.Constraint} {
					if more != "" {
						fmt.Fprintf(&out, "; %s", more)
					}
				}
				if e.Position > 0 {
					fmt.Fprintf(&out, " at %q", d.Input[e.Position-1:][:min(8, len(d.Input)-e.Position+1)])
				}
				out.WriteString("\n")
			}
			return out.String()
		})
	})
}

func (w *world) options(text string) tabledef.Options {
	return tabledef.Options{Text: text, Env: types.NewEnv(), Schema: "pg_temp_1", FreeName: func(wanted string) string {
		made := wanted
		for i := 1; w.taken[made]; i++ {
			made = wanted + strconv.Itoa(i)
		}
		return made
	}}
}

func (w *world) command(d *datadriven.TestData, out *strings.Builder) error {
	switch d.Cmd {
	case "create":
		n := parse(d.Input).GetCreateStmt()
		b := tabledef.New(temptable.Shape{Name: n.GetRelation().GetRelname()}, w.options(d.Input))
		return w.build(b, n.GetTableElts(), out)
	case "add":
		var all []*pg.Node
		for _, c := range parse(d.Input).GetAlterTableStmt().GetCmds() {
			all = append(all, c.GetAlterTableCmd().GetDef())
		}
		return w.build(tabledef.New(w.shape, w.options(d.Input)), all, out)
	case "sequence":
		q := temptable.Sequence{Name: "q", Type: types.Int8OID}
		err := w.options(d.Input).Sequence(&q, parse(d.Input).GetCreateSeqStmt().GetOptions())
		if err == nil {
			writeSequence(out, &q)
		}
		return err
	}
	return w.rows(d, out)
}

func parse(sql string) *pg.Node {
	tree, err := pg.Parse(sql)
	if err != nil {
		panic(sql + ": " + err.Error())
	}
	return tree.GetStmts()[0].GetStmt()
}

// build adds elements, and keeps the table if it can be.
func (w *world) build(b *tabledef.Builder, all []*pg.Node, out *strings.Builder) error {
	for _, e := range all {
		if c := e.GetConstraint(); c != nil {
			b.Constraint(c)
		} else if err := b.Column(e.GetColumnDef()); err != nil {
			return err
		}
	}
	if err := b.Finish(); err != nil {
		return err
	}
	w.shape = b.Shape
	for _, c := range w.shape.Columns {
		fmt.Fprintf(out, "%d %s %s", c.Number, c.Name, types.FormatType(c.Type))
		if c.NotNull {
			out.WriteString(" not null")
		}
		for _, part := range [][2]string{{"default", c.Default}, {"generated", c.Generated}, {"identity", []string{"", "always", "by default"}[c.Identity]}} {
			if part[1] != "" {
				fmt.Fprintf(out, " %s %s", part[0], part[1])
			}
		}
		out.WriteString("\n")
	}
	for _, k := range w.shape.Keys {
		fmt.Fprintf(out, "key %s %v primary=%t later=%t\n", k.Name, k.Columns, k.Primary, k.Later)
	}
	for _, c := range w.shape.Checks {
		fmt.Fprintf(out, "check %s: %s\n", c.Name, c.SQL)
	}
	for i := range b.Sequences {
		writeSequence(out, &b.Sequences[i])
	}
	return nil
}

func writeSequence(out *strings.Builder, q *temptable.Sequence) {
	fmt.Fprintf(out, "sequence %s %s from %d by %d within %d to %d\n", q.Name, types.TypeName(q.Type), q.Start, q.Increment, q.Min, q.Max)
}

// rows holds each line's values against the rules, and shows the row as it is then.
func (w *world) rows(d *datadriven.TestData, out *strings.Builder) error {
	rules, err := w.options("").Rules(&w.shape)
	if err != nil {
		return err
	}
	env := &expr.Env{Env: types.NewEnv()}
	for line := range strings.Lines(d.Input) {
		row := make(temptable.Row, len(w.shape.Columns))
		for i, n := range parse("SELECT " + line).GetSelectStmt().GetTargetList() {
			b := &expr.Binder{Text: d.Input, Params: expr.FixedParams(nil), Env: env.Env}
			e, err := b.Bind(n.GetResTarget().GetVal())
			if err == nil {
				e, err = b.CoerceColumn(e, w.shape.Columns[i].Name, w.shape.Columns[i].Type)
			}
			if err == nil {
				row[i], err = e.Compile(&expr.Compiler{Env: env})(&expr.Frame{Env: env})
			}
			if err != nil {
				return err
			}
		}
		if _, err := rules.Hold(env, []temptable.Row{row}); err != nil {
			return err
		}
		for i, v := range row {
			text := "NULL"
			if !v.IsNull() {
				text = types.Text(env.Env, w.shape.Columns[i].Type.OID, v)
			}
			out.WriteString([]string{"", ", "}[min(i, 1)] + text)
		}
		out.WriteString("\n")
	}
	return nil
}
