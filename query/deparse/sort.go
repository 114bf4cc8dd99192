package deparse

import (
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// ofTarget is what an element of GROUP BY, ORDER BY or DISTINCT ON stands for.
func (w *writer) ofTarget(n *pg.SelectStmt, g *pg.Node) expr.Expr {
	if e := w.trace.Bound[g]; e != nil && g.GetAConst().GetIval() == nil {
		return e
	}
	if at := w.number(n, g); at >= 0 {
		return w.trace.Targets[n][at].Value
	}
	return nil
}

// number is which column of the select list a number or a name is; -1: none.
func (w *writer) number(n *pg.SelectStmt, g *pg.Node) int {
	for n.GetOp() != pg.SetOperation_SETOP_NONE {
		n = n.GetLarg()
	}
	targets := w.trace.Targets[n]
	if k := g.GetAConst().GetIval(); k != nil {
		if at := int(k.GetIval()) - 1; at >= 0 && at < len(targets) {
			return at
		}
		return -1
	}
	ref := g.GetColumnRef().GetFields()
	return slices.IndexFunc(targets, func(t analyze.TracedColumn) bool { return len(ref) == 1 && t.Name == ref[0].GetString_().GetSval() })
}

func (w *writer) ordered(n *pg.SelectStmt, o *pg.SortBy, byNumber bool) string {
	var text string
	switch at := w.number(n, o.GetNode()); {
	case byNumber:
		w.ok = w.ok && at >= 0
		text = strconv.Itoa(at + 1)
	case len(n.GetValuesLists()) > 0 && at >= 0:
		text = `"*VALUES*".` + w.trace.Targets[n][at].Name
	default:
		text = w.key(w.ofTarget(n, o.GetNode()))
	}
	return text + w.direction(o)
}

// direction is what a sort key says of its order.
func (w *writer) direction(o *pg.SortBy) string {
	w.ok = w.ok && len(o.GetUseOp()) == 0
	desc := o.GetSortbyDir() == pg.SortByDir_SORTBY_DESC
	return orderWords(desc, expr.NullsFirst(o.GetSortbyNulls(), desc))
}

func orderWords(desc, nullsFirst bool) string {
	switch {
	case desc && nullsFirst:
		return " DESC"
	case desc:
		return " DESC NULLS LAST"
	case nullsFirst:
		return " NULLS FIRST"
	}
	return ""
}

// key is an expression that rows are sorted or grouped by.
func (w *writer) key(e expr.Expr) string {
	text := w.text(e)
	if _, plain := w.variable(e); plain {
		return text
	}
	v, ok := e.(*plan.Variable)
	if _, constant := e.(*expr.Const); constant {
		w.ok = false
	}
	if w.Pretty || expr.IsFunction(e) || ok && (w.trace.Calls[v.Slot] != nil || w.trace.Sets[v.Slot] != nil) {
		return "(" + text + ")"
	}
	return text
}
