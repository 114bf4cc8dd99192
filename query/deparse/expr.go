package deparse

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// text is an expression; one of unknown type is text.
func (w *writer) text(e expr.Expr) string { return w.textAt(e, w.Indent) }

func (w *writer) textAt(e expr.Expr, indent int) string {
	if c, ok := e.(*expr.Const); ok && c.Type().OID == types.UnknownOID {
		e = expr.NewConst(types.Of(types.TextOID), c.Value, -1)
	}
	if e == nil {
		w.ok = false
		return ""
	}
	text, ok := expr.SQLOver(w.Env, e, w.named, w.Pretty, indent)
	w.ok = w.ok && ok
	return text
}

// variable is the column of FROM that an expression is.
func (w *writer) variable(e expr.Expr) (variable, bool) {
	v, is := e.(*plan.Variable)
	if !is {
		return variable{}, false
	}
	found, ok := w.vars[v.Slot]
	return found, ok
}

// named writes columns, rows, subqueries, and calls that stand for columns.
func (w *writer) named(e expr.Expr, indent int) (string, bool) {
	if v, ok := w.variable(e); ok {
		return expr.QuoteIdent(v.table) + "." + expr.QuoteIdent(v.column), true
	}
	if word := w.words[e]; word != "" {
		return word, true
	}
	switch e := e.(type) {
	case *plan.SubLink:
		return w.subLink(e, indent)
	case *expr.Call:
		if e.Op == nil && e.Proc.Ran {
			return w.routineCall(e), true
		}
	case *expr.Param:
		return w.parameter(e), true
	case *expr.Relabel: // a row of a table is a record as it is
		if row, ok := e.Children()[0].(*expr.Row); ok && e.Type().OID == types.RecordOID {
			return w.named(row, indent)
		}
	case *expr.Row:
		table, ok := w.rows[e.Relation]
		return expr.QuoteIdent(table) + ".*", ok
	case *plan.Variable:
		switch {
		case w.trace.Calls[e.Slot] != nil:
			return w.call(w.trace.Calls[e.Slot], w.trace.Over[e.Slot])
		case w.trace.Sets[e.Slot] != nil:
			return w.textAt(w.trace.Sets[e.Slot], indent), true
		case w.trace.Groupings[e.Slot] != nil:
			return "GROUPING(" + w.list(w.trace.Groupings[e.Slot]) + ")", true
		}
	}
	return "", false
}

// routineCall is the call of a function of users.
func (w *writer) routineCall(c *expr.Call) string {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = w.text(a)
	}
	if v := c.Proc.Row.Variadic; v != 0 && v != types.AnyOID && len(args) > 0 {
		args[len(args)-1] = "VARIADIC " + args[len(args)-1]
	}
	name := expr.QuoteIdent(c.Proc.Row.Name)
	if schema := w.shown.Schema(c.Proc.Row, w.Qualified); schema != "" {
		name = schema + "." + name
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

// parameter is an argument of the function in whose body the query is.
func (w *writer) parameter(p *expr.Param) string {
	if p.N <= len(w.Arguments) && w.Arguments[p.N-1] != "" {
		name := expr.QuoteIdent(w.Arguments[p.N-1])
		if len(w.names) > 0 {
			name = expr.QuoteIdent(w.Function) + "." + name
		}
		return name
	}
	return "$" + strconv.Itoa(p.N)
}

func (w *writer) list(all []expr.Expr) string { return listed(all, w.text) }

// call is that of an aggregate or a window function.
func (w *writer) call(c *expr.AggregateCall, over *pg.WindowDef) (string, bool) {
	if c.Proc.Row.Variadic != 0 {
		return "", false
	}
	var text string
	by := listed(c.Order, func(k expr.SortKey) string { return w.key(k.Expr) + orderWords(k.Desc, k.NullsFirst) })
	switch {
	case c.Star:
		text = "*"
	case orderedSet(c):
		text = w.list(c.Direct) + ") WITHIN GROUP (ORDER BY " + by
	default:
		text = w.list(c.Args)
		if c.Distinct {
			text = "DISTINCT " + text
		}
		if by != "" {
			text += " ORDER BY " + by
		}
	}
	text = expr.QuoteIdent(c.Proc.Row.Name) + "(" + text + ")"
	if c.Filter != nil {
		text += " FILTER (WHERE " + w.text(c.Filter) + ")"
	}
	switch {
	case over.GetName() != "":
		text += " OVER " + expr.QuoteIdent(over.GetName())
	case over != nil:
		text += " OVER " + w.window(over)
	}
	return text, w.ok
}

func orderedSet(c *expr.AggregateCall) bool {
	a := pgdata.AggregateOf(c.Proc.Row.OID)
	return a != nil && a.Kind != 'n'
}

// subLink is a subquery in an expression.
func (w *writer) subLink(s *plan.SubLink, indent int) (string, bool) {
	t, ok := w.trace.SubLinks[s]
	if !ok {
		return "", false
	}
	before, operator := "(", ""
	if s.Kind == plan.ArraySubLink {
		before = "ARRAY("
	}
	if t.Test != nil {
		var left []string
		tests := []expr.Expr{t.Test}
		switch e := t.Test.(type) {
		case *expr.And:
			tests = e.Args
		case *expr.Or:
			tests = e.Args
		}
		for _, e := range tests {
			c, is := e.(*expr.Call)
			if !is || c.Op == nil {
				return "", false
			}
			operator, left = c.Op.Name, append(left, w.textAt(c.Args[0], indent))
		}
		before += strings.Join(left, ", ")
		if len(left) > 1 {
			before = "((" + strings.Join(left, ", ") + ")"
		}
	}
	after := "))"
	switch s.Kind {
	case plan.ExistsSubLink:
		before += "EXISTS ("
	case plan.AnySubLink:
		before += map[bool]string{true: " IN (", false: " " + operator + " ANY ("}[operator == "="]
	case plan.AllSubLink:
		before += " " + operator + " ALL ("
	case plan.RowSubLink:
		before += " " + operator + " ("
	default:
		after = ")"
	}
	sub := *w
	sub.buf, sub.Indent = nil, indent
	sub.query(t.Node.GetSubselect().GetSelectStmt(), place{})
	w.ok = w.ok && sub.ok
	return before + string(sub.buf) + after, w.ok
}
