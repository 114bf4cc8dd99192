package deparse

import (
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// tables names what is in FROM, and its columns, so that no name is that of something around.
func (w *writer) tables(n *pg.Node) {
	if j := n.GetJoinExpr(); j != nil {
		w.ok = w.ok && j.GetAlias() == nil && j.GetJoinUsingAlias() == nil
		w.tables(j.GetLarg())
		w.tables(j.GetRarg())
		return
	}
	it := w.trace.From[n]
	if it == nil {
		w.ok = false
		return
	}
	name := w.itemName(n, it)
	for i := 1; slices.Contains(w.names, name); i++ {
		name = w.itemName(n, it) + "_" + strconv.Itoa(i)
	}
	w.names = append(w.names, name)
	w.rows[it.Name] = name
	for _, c := range it.Columns {
		if v, ok := c.Value.(*plan.Variable); ok {
			w.vars[v.Slot] = variable{name, w.columnName(it, c.Name)}
		}
	}
}

// itemName is what an element of FROM is called that no other element is called.
func (w *writer) itemName(n *pg.Node, it *analyze.TracedItem) string {
	if r := n.GetRangeVar(); r != nil && r.GetAlias() == nil && it.Of != nil && it.Of.Lasting {
		return w.Renamed.relationName(it.Name)
	}
	return it.Name
}

func (w *writer) columnName(it *analyze.TracedItem, name string) string {
	if it.Of == nil || !it.Of.Lasting {
		return name
	}
	return w.Renamed.columnName(it.Of.Name, name)
}

// tableName is what an element of FROM was named.
func (w *writer) tableName(it *analyze.TracedItem) string {
	for _, c := range it.Columns {
		if v, ok := w.variable(c.Value); ok {
			return v.table
		}
	}
	w.ok = w.ok && len(it.Columns) == 0
	return it.Name
}

func (w *writer) from(n *pg.Node) {
	if n.GetJoinExpr() != nil {
		w.join(n)
		return
	}
	it := w.trace.From[n]
	if it == nil {
		w.ok = false
		return
	}
	name := w.tableName(it)
	switch n := n.GetNode().(type) {
	case *pg.Node_RangeVar:
		w.relation(n.RangeVar, it, name)
	case *pg.Node_RangeSubselect:
		if n.RangeSubselect.GetLateral() {
			w.add("LATERAL ")
		}
		w.add("(")
		w.query(n.RangeSubselect.GetSubquery().GetSelectStmt(), place{visible: true})
		w.add(") " + expr.QuoteIdent(name) + columnList(nodeNames(n.RangeSubselect.GetAlias().GetColnames())))
	case *pg.Node_RangeFunction:
		w.function(n.RangeFunction, it, name)
	default:
		w.ok = false
	}
}

func (w *writer) relation(r *pg.RangeVar, it *analyze.TracedItem, name string) {
	real := r.GetRelname()
	if it.Of != nil && it.Of.Lasting {
		real = w.Renamed.relationName(real)
	}
	text := expr.QuoteIdent(real)
	aliases := nodeNames(r.GetAlias().GetColnames())
	if it.Of != nil {
		seen := w.shown.Relation(real)
		if w.Qualified || seen == nil || seen.OID != it.Of.OID || slices.Contains(w.withs, real) {
			text = expr.QuoteIdent(it.Of.Schema) + "." + text
		}
		if aliases != nil { // of all columns, if one is another
			aliases = nil
			visible := it.Of.Visible()
			for i, c := range it.Columns {
				if it.Of.Columns[visible[i]].Name != c.Name {
					aliases = columnNames(it.Columns)
				}
			}
		}
	} else if aliases != nil {
		aliases = columnNames(it.Columns)
	}
	w.add(text)
	if r.GetAlias() != nil || name != real {
		w.add(" " + expr.QuoteIdent(name))
	}
	w.add(columnList(aliases))
}

func columnNames(all []analyze.TracedColumn) (names []string) {
	for _, c := range all {
		names = append(names, c.Name)
	}
	return names
}

func (w *writer) function(f *pg.RangeFunction, it *analyze.TracedItem, name string) {
	defined := len(f.GetColdeflist()) > 0 || slices.ContainsFunc(f.GetFunctions(), func(n *pg.Node) bool {
		return len(n.GetList().GetItems()) > 1 && n.GetList().GetItems()[1].GetList() != nil
	})
	if len(it.Calls) == 0 || defined {
		w.ok = false
		return
	}
	if f.GetLateral() {
		w.add("LATERAL ")
	}
	texts, unnest := make([]string, len(it.Calls)), true
	for i, c := range it.Calls {
		texts[i] = w.text(c)
		call, ok := c.(*expr.Call)
		unnest = unnest && ok && call.Op == nil && call.Proc.Row.Name == "unnest"
	}
	switch {
	case len(texts) == 1:
		w.add(texts[0])
	case unnest:
		for i := range texts {
			texts[i] = strings.TrimSuffix(strings.TrimPrefix(texts[i], "unnest("), ")")
		}
		w.add("UNNEST(" + strings.Join(texts, ", ") + ")")
	default:
		w.add("ROWS FROM(" + strings.Join(texts, ", ") + ")")
	}
	if f.GetOrdinality() {
		w.add(" WITH ORDINALITY")
	}
	w.add(" " + expr.QuoteIdent(name) + columnList(columnNames(it.Columns)))
}

var joinWords = map[pg.JoinType]string{
	pg.JoinType_JOIN_INNER: " JOIN ", pg.JoinType_JOIN_LEFT: " LEFT JOIN ", pg.JoinType_JOIN_RIGHT: " RIGHT JOIN ", pg.JoinType_JOIN_FULL: " FULL JOIN ",
}

func (w *writer) join(n *pg.Node) {
	j := n.GetJoinExpr()
	using := w.trace.From[n].Using
	if !w.Pretty {
		w.add("(")
	}
	w.from(j.GetLarg())
	word := joinWords[j.GetJointype()]
	if j.GetJointype() == pg.JoinType_JOIN_INNER && j.GetQuals() == nil && len(using) == 0 {
		word = " CROSS JOIN "
	}
	w.line(word, -indentStep, indentStep, indentJoin)
	nested := w.Pretty && j.GetRarg().GetJoinExpr() != nil
	if nested {
		w.add("(")
	}
	w.from(j.GetRarg())
	if nested {
		w.add(")")
	}
	switch {
	case len(using) > 0:
		for _, c := range using {
			_, plain := w.variable(c.Value)
			w.ok = w.ok && plain
		}
		w.add(" USING " + columnList(columnNames(using)))
	case j.GetQuals() != nil:
		text := w.text(w.trace.Bound[j.GetQuals()])
		if !w.Pretty {
			text = "(" + text + ")"
		}
		w.add(" ON " + text)
	case j.GetJointype() != pg.JoinType_JOIN_INNER:
		w.add(" ON TRUE")
	}
	if !w.Pretty {
		w.add(")")
	}
}
