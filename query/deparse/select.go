package deparse

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

func (w *writer) basic(n *pg.SelectStmt, at place) {
	w.Indent += indentStep
	w.add(" ")
	targets := w.trace.Targets[n]
	if len(n.GetValuesLists()) > 0 {
		w.valuesQuery(n, at, targets)
		return
	}
	w.add("SELECT")
	if d := n.GetDistinctClause(); len(d) > 0 && d[0].GetNode() != nil {
		w.add(" DISTINCT ON (" + listed(d, func(k *pg.Node) string { return w.key(w.ofTarget(n, k)) }) + ")")
	} else if len(d) > 0 {
		w.add(" DISTINCT")
	}
	w.targets(targets, at)
	for i, f := range n.GetFromClause() {
		if i == 0 {
			w.clause(" FROM ", 2)
			w.from(f)
			continue
		}
		w.add(", ")
		w.clause("", indentField)
		w.from(f)
	}
	if n.GetWhereClause() != nil {
		w.clause(" WHERE ", 1)
		w.add(w.text(w.trace.Bound[n.GetWhereClause()]))
	}
	w.groups(n)
	if n.GetHavingClause() != nil {
		w.clause(" HAVING ", 0)
		w.add(w.text(w.trace.Bound[n.GetHavingClause()]))
	}
	for i, d := range n.GetWindowClause() {
		if i == 0 {
			w.clause(" WINDOW ", 1)
		} else {
			w.add(", ")
		}
		w.add(expr.QuoteIdent(d.GetWindowDef().GetName()) + " AS " + w.window(d.GetWindowDef()))
	}
}

// valuesQuery is VALUES, as a query of its own if its columns have other names than their own.
func (w *writer) valuesQuery(n *pg.SelectStmt, at place, targets []analyze.TracedColumn) {
	const table = `"*VALUES*".`
	renamed := false
	for i, t := range targets {
		renamed = renamed || at.columns != nil && at.columns[i] != t.Name
	}
	if !renamed {
		w.values(n)
		return
	}
	w.add("SELECT ")
	for i, t := range targets {
		if i > 0 {
			w.add(", ")
			w.clause("", indentField)
		}
		w.add(table + t.Name)
		if at.columns[i] != t.Name {
			w.add(" AS " + expr.QuoteIdent(at.columns[i]))
		}
	}
	w.clause(" FROM ", 2)
	w.add("(")
	w.values(n)
	w.add(`) "*VALUES*"`)
}

func (w *writer) values(n *pg.SelectStmt) {
	for i, row := range w.trace.Values[n] {
		w.add([]string{"VALUES (", ", ("}[min(i, 1)])
		items := n.GetValuesLists()[i].GetList().GetItems()
		for k, e := range row {
			if k > 0 {
				w.add(",")
			}
			if b := w.trace.Bound[items[k]]; b != nil && b.Type().OID != types.UnknownOID {
				e = b // without what makes it the type of the column
			}
			w.add(w.text(e))
		}
		w.add(")")
	}
}

// targets writes the select list, one column a line.
func (w *writer) targets(all []analyze.TracedColumn, at place) {
	for i, t := range all {
		if i > 0 {
			w.add(",")
		}
		text := w.text(t.Value)
		own := ""
		if !at.visible {
			own = "?column?"
		}
		if v, ok := w.variable(t.Value); ok {
			own = v.column
		} else if row, ok := t.Value.(*expr.Row); ok && row.Relation != "" {
			text += "::" + types.FormatType(row.Type())
		}
		name := t.Name
		if at.columns != nil {
			name = at.columns[i]
		}
		if name != own {
			text += " AS " + expr.QuoteIdent(name)
		}
		switch {
		case strings.HasPrefix(text, "\n"):
		case i == 0:
			w.add(" ")
		default:
			w.clause("", indentField)
		}
		w.add(text)
	}
}

func (w *writer) groups(n *pg.SelectStmt) {
	sets := slices.ContainsFunc(n.GetGroupClause(), func(g *pg.Node) bool { return g.GetGroupingSet() != nil })
	for i, g := range n.GetGroupClause() {
		if i > 0 {
			w.add(", ")
		} else {
			w.clause(" GROUP BY ", 1)
			if n.GetGroupDistinct() {
				w.add("DISTINCT ")
			}
		}
		if row := g.GetRowExpr(); row != nil && row.GetRowFormat() == pg.CoercionForm_COERCE_IMPLICIT_CAST && sets {
			w.ok = false
		}
		w.add(w.group(n, g, true))
	}
}

// group is an element of GROUP BY; bare says that a single column needs no parentheses.
func (w *writer) group(n *pg.SelectStmt, g *pg.Node, bare bool) string {
	if set := g.GetGroupingSet(); set != nil {
		elements := func(bare bool) string {
			return listed(set.GetContent(), func(c *pg.Node) string { return w.group(n, c, bare) })
		}
		switch set.GetKind() {
		case pg.GroupingSetKind_GROUPING_SET_ROLLUP:
			return "ROLLUP(" + elements(true) + ")"
		case pg.GroupingSetKind_GROUPING_SET_CUBE:
			return "CUBE(" + elements(true) + ")"
		case pg.GroupingSetKind_GROUPING_SET_SETS:
			return "GROUPING SETS (" + elements(false) + ")"
		}
		return "()"
	}
	key := func(c *pg.Node) string { return w.key(w.ofTarget(n, c)) }
	if row := g.GetRowExpr(); row != nil && row.GetRowFormat() == pg.CoercionForm_COERCE_IMPLICIT_CAST {
		text := listed(row.GetArgs(), key)
		if slices.ContainsFunc(n.GetGroupClause(), func(o *pg.Node) bool { return o == g }) {
			return text
		}
		return "(" + text + ")"
	}
	if bare {
		return key(g)
	}
	return "(" + key(g) + ")"
}
