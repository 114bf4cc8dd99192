package tabledef

import (
	"slices"
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Rules are what a table asks of its rows, its keys aside, ready to run.
type Rules struct {
	shape     *temptable.Shape
	schema    string
	checks    []check
	generated []expr.Eval // by column; nil: an ordinary one
}

// check is a CHECK constraint.
type check struct {
	name      string
	condition expr.Eval
}

// Rules makes a shape's rules.
func (o Options) Rules(s *temptable.Shape) (*Rules, error) {
	r := &Rules{shape: s, schema: o.Schema, generated: make([]expr.Eval, len(s.Columns))}
	for _, c := range s.Checks {
		e, err := o.Condition(s, c.SQL)
		if err != nil {
			return nil, err
		}
		r.checks = append(r.checks, check{c.Name, e.Compile(&expr.Compiler{})})
	}
	slices.SortFunc(r.checks, func(a, b check) int { return strings.Compare(a.name, b.name) }) // as PostgreSQL asks them
	for i := range s.Columns {
		if s.Columns[i].Generated == "" {
			continue
		}
		e, err := o.generates(s, &s.Columns[i])
		if err != nil {
			return nil, err
		}
		r.generated[i] = e.Compile(&expr.Compiler{})
	}
	return r, nil
}

// Condition binds a check's SQL over a shape's columns.
func (o Options) Condition(s *temptable.Shape, sql string) (expr.Expr, error) {
	o, node, err := o.over(sql)
	if err != nil {
		return nil, err
	}
	return o.Binder(s).BindBool(node, "CHECK")
}

// generates binds what a generated column is computed by.
func (o Options) generates(s *temptable.Shape, c *temptable.Column) (expr.Expr, error) {
	o, node, err := o.over(c.Generated)
	if err != nil {
		return nil, err
	}
	b := o.Binder(s)
	e, err := b.Bind(node)
	if err != nil {
		return nil, err
	}
	return b.CoerceColumn(e, c.Name, c.Type)
}

// Hold computes what rows generate, in them, and holds them against the constraints. It returns how
// many are right. Errors: 23502, 23514, and those of the expressions.
func (r *Rules) Hold(env *expr.Env, rows []temptable.Row) (int, error) {
	frame := &expr.Frame{Env: env}
	for i := range rows {
		frame.Row = rows[i]
		if err := r.hold(frame); err != nil {
			return i, err
		}
	}
	return len(rows), nil
}

func (r *Rules) hold(frame *expr.Frame) (err error) {
	row := frame.Row
	for i, eval := range r.generated {
		if eval == nil {
			continue
		}
		if row[i], err = eval(frame); err != nil {
			return err
		}
	}
	for i, col := range r.shape.Columns {
		if col.NotNull && row[i].IsNull() {
			e := sqlstate.New(sqlstate.NotNullViolation, "null value in column %q of relation %q violates not-null constraint", col.Name, r.shape.Name)
			e.Schema, e.Table, e.Column = r.schema, r.shape.Name, col.Name
			return e.WithDetail("%s", r.failing(frame))
		}
	}
	for _, c := range r.checks {
		v, err := c.condition(frame)
		if err != nil {
			return err
		}
		if !v.IsNull() && !v.Bool() {
			e := sqlstate.New(sqlstate.CheckViolation, "new row for relation %q violates check constraint %q", r.shape.Name, c.name)
			e.Schema, e.Table, e.Constraint = r.schema, r.shape.Name, c.name
			return e.WithDetail("%s", r.failing(frame))
		}
	}
	return nil
}

// rowTextBytesMax is how much of each value PostgreSQL shows of a failing row.
const rowTextBytesMax = 64

func (r *Rules) failing(frame *expr.Frame) string {
	values := make([]string, len(frame.Row))
	for i, d := range frame.Row {
		values[i] = "null"
		if !d.IsNull() {
			values[i] = types.Text(frame.Env.Env, r.shape.Columns[i].Type.OID, d)
		}
		if len(values[i]) > rowTextBytesMax {
			values[i] = strings.ToValidUTF8(values[i][:rowTextBytesMax], "") + "..."
		}
	}
	return "Failing row contains (" + strings.Join(values, ", ") + ")."
}
