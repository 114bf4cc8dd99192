package query

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// viewText writes the query of a session's view as PostgreSQL's ruleutils do, if it is one SELECT
// over tables; false: it has more to it.
func (s *Session) viewText(v *temptable.View, pretty bool) (string, bool) {
	tree, err := pg.Parse(v.SQL)
	if err != nil {
		return "", false
	}
	node := tree.GetStmts()[0].GetStmt()
	w := &viewWriter{session: s, pretty: pretty, ok: plainSelect(node.GetSelectStmt())}
	if !w.ok {
		return "", false
	}
	o := s.planOptions(&compiled{catalog: s.server.options.Definitions.Current()}, expr.FixedParams(nil))
	w.bound, w.calls = map[*pg.Node]expr.Expr{}, map[plan.Slot]*expr.AggregateCall{}
	o.Bound, o.Calls = w.bound, w.calls
	from := node.GetSelectStmt().GetFromClause()
	for _, f := range from {
		w.tables(f)
	}
	if !w.ok {
		return "", false
	}
	if _, err := analyze.Select(v.SQL, node, o); err != nil {
		return "", false
	}
	w.query(node.GetSelectStmt(), v.Columns)
	return w.String(), w.ok
}

// plainSelect reports whether a query has only clauses that a viewWriter writes.
func plainSelect(n *pg.SelectStmt) bool {
	return n != nil && n.GetOp() == pg.SetOperation_SETOP_NONE && n.GetWithClause() == nil && len(n.GetValuesLists()) == 0 && len(n.GetWindowClause()) == 0 &&
		len(n.GetLockingClause()) == 0 && len(n.GetTargetList()) > 0 && n.GetLimitOption() != pg.LimitOption_LIMIT_OPTION_WITH_TIES && !n.GetGroupDistinct() &&
		(len(n.GetDistinctClause()) == 0 || n.GetDistinctClause()[0].GetNode() == nil)
}

// viewWriter writes one SELECT.
type viewWriter struct {
	strings.Builder
	session *Session
	pretty  bool
	ok      bool
	bound   map[*pg.Node]expr.Expr
	calls   map[plan.Slot]*expr.AggregateCall
	items   []viewItem
}

// viewItem is a table in FROM.
type viewItem struct {
	name    string
	columns []plan.RelationColumn
}

// tables notes what FROM names: tables alone, joined by ON.
func (w *viewWriter) tables(n *pg.Node) {
	if j := n.GetJoinExpr(); j != nil {
		w.ok = w.ok && !j.GetIsNatural() && len(j.GetUsingClause()) == 0 && j.GetAlias() == nil && j.GetQuals() != nil
		w.tables(j.GetLarg())
		w.tables(j.GetRarg())
		return
	}
	r := n.GetRangeVar()
	if r == nil || len(r.GetAlias().GetColnames()) > 0 {
		w.ok = false
		return
	}
	relation, err := w.session.relations(w.session.server.options.Definitions.Current()).Relation(r.GetSchemaname(), r.GetRelname())
	if err != nil || relation == nil || relation.Kind == plan.ViewRelation {
		w.ok = false
		return
	}
	item := viewItem{name: r.GetRelname()}
	if r.GetAlias() != nil {
		item.name = r.GetAlias().GetAliasname()
	}
	for _, c := range relation.Columns {
		if !c.Hidden {
			item.columns = append(item.columns, c)
		}
	}
	w.items = append(w.items, item)
}

func (w *viewWriter) query(n *pg.SelectStmt, columns []temptable.Column) {
	lead := " SELECT "
	if len(n.GetDistinctClause()) > 0 {
		lead += "DISTINCT "
	}
	w.targets(lead, n, columns)
	for i, f := range n.GetFromClause() {
		w.WriteString([]string{"\n   FROM ", ",\n    "}[min(i, 1)])
		w.from(f)
	}
	if n.GetWhereClause() != nil {
		w.clause("\n  WHERE ", w.text(w.bound[n.GetWhereClause()]))
	}
	for i, g := range n.GetGroupClause() {
		w.WriteString([]string{"\n  GROUP BY ", ", "}[min(i, 1)] + w.sorted(w.ofTarget(n, g)))
	}
	if n.GetHavingClause() != nil {
		w.clause("\n HAVING ", w.text(w.bound[n.GetHavingClause()]))
	}
	for i, o := range n.GetSortClause() {
		w.WriteString([]string{"\n  ORDER BY ", ", "}[min(i, 1)])
		w.ordered(n, o.GetSortBy())
	}
	if n.GetLimitOffset() != nil {
		w.WriteString("\n OFFSET " + w.count(n.GetLimitOffset()))
	}
	if n.GetLimitCount() != nil {
		w.WriteString("\n LIMIT " + w.count(n.GetLimitCount()))
	}
	w.WriteByte(';')
}

// count is a constant of LIMIT or OFFSET.
func (w *viewWriter) count(n *pg.Node) string {
	if n.GetAConst().GetIval() == nil {
		w.ok = false
		return ""
	}
	return strconv.Itoa(int(n.GetAConst().GetIval().GetIval()))
}

// clause writes an expression behind a word; CASE begins a line of its own.
func (w *viewWriter) clause(word, text string) {
	if strings.HasPrefix(text, "\n") {
		word = strings.TrimRight(word, " \n")
	}
	w.WriteString(word + text)
}

func (w *viewWriter) targets(lead string, n *pg.SelectStmt, columns []temptable.Column) {
	at := 0
	add := func(text, own string) {
		if at >= len(columns) {
			w.ok = false
			return
		}
		if at > 0 {
			lead = ",\n    "
		}
		w.clause(lead, text)
		if columns[at].Name != own {
			w.WriteString(" AS " + expr.QuoteIdent(columns[at].Name))
		}
		at++
	}
	for _, t := range n.GetTargetList() {
		val := t.GetResTarget().GetVal()
		if items, star := w.star(val.GetColumnRef()); star {
			for _, item := range items {
				for _, c := range item.columns {
					add(qualifiedColumn(item.name, c.Name), c.Name)
				}
			}
			continue
		}
		e := w.bound[val]
		own := ""
		if _, column, ok := w.variable(e); ok {
			own = column
		}
		add(w.text(e), own)
	}
	w.ok = w.ok && at == len(columns)
}

// star are the tables whose columns * or t.* stands for.
func (w *viewWriter) star(ref *pg.ColumnRef) ([]viewItem, bool) {
	fields := ref.GetFields()
	if len(fields) == 0 || fields[len(fields)-1].GetAStar() == nil {
		return nil, false
	}
	if len(fields) == 1 {
		return w.items, true
	}
	for _, item := range w.items {
		if len(fields) == 2 && item.name == fields[0].GetString_().GetSval() {
			return []viewItem{item}, true
		}
	}
	w.ok = false
	return nil, true
}

func (w *viewWriter) from(n *pg.Node) {
	if j := n.GetJoinExpr(); j != nil {
		if !w.pretty {
			w.WriteByte('(')
		}
		w.from(j.GetLarg())
		if j.GetRarg().GetJoinExpr() != nil {
			w.ok = false
		}
		w.WriteString("\n     " + map[pg.JoinType]string{
			pg.JoinType_JOIN_INNER: "JOIN ", pg.JoinType_JOIN_LEFT: "LEFT JOIN ", pg.JoinType_JOIN_RIGHT: "RIGHT JOIN ", pg.JoinType_JOIN_FULL: "FULL JOIN ",
		}[j.GetJointype()])
		w.from(j.GetRarg())
		condition := w.text(w.bound[j.GetQuals()])
		if !w.pretty {
			condition = "(" + condition + "))"
		}
		w.WriteString(" ON " + condition)
		return
	}
	r := n.GetRangeVar()
	w.WriteString(expr.QuoteIdent(r.GetRelname()))
	if a := r.GetAlias().GetAliasname(); a != "" && a != r.GetRelname() {
		w.WriteString(" " + expr.QuoteIdent(a))
	}
}

// ofTarget is what an element of GROUP BY or ORDER BY stands for.
func (w *viewWriter) ofTarget(n *pg.SelectStmt, g *pg.Node) expr.Expr {
	number := g.GetAConst().GetIval()
	name := ""
	if ref := g.GetColumnRef().GetFields(); len(ref) == 1 && w.bound[g] == nil {
		name = ref[0].GetString_().GetSval()
	}
	for i, t := range n.GetTargetList() {
		val := t.GetResTarget().GetVal()
		if _, star := w.star(val.GetColumnRef()); star && (number != nil || name != "") {
			w.ok = false
		}
		if number != nil && int(number.GetIval()) == i+1 || name != "" && targetName(t.GetResTarget()) == name {
			return w.bound[val]
		}
	}
	return w.bound[g]
}

// targetName is how ORDER BY may name a column of the select list that says its name.
func targetName(t *pg.ResTarget) string {
	if ref := t.GetVal().GetColumnRef().GetFields(); t.GetName() == "" && len(ref) > 0 {
		return ref[len(ref)-1].GetString_().GetSval()
	}
	return t.GetName()
}

func (w *viewWriter) ordered(n *pg.SelectStmt, o *pg.SortBy) {
	if len(o.GetUseOp()) > 0 {
		w.ok = false
	}
	w.WriteString(w.sorted(w.ofTarget(n, o.GetNode())))
	desc := o.GetSortbyDir() == pg.SortByDir_SORTBY_DESC
	if desc {
		w.WriteString(" DESC")
	}
	switch nulls := o.GetSortbyNulls(); {
	case nulls == pg.SortByNulls_SORTBY_NULLS_FIRST && !desc:
		w.WriteString(" NULLS FIRST")
	case nulls == pg.SortByNulls_SORTBY_NULLS_LAST && desc:
		w.WriteString(" NULLS LAST")
	}
}

// sorted is an expression that rows are sorted or grouped by.
func (w *viewWriter) sorted(e expr.Expr) string {
	text := w.text(e)
	if _, _, plain := w.variable(e); plain {
		return text
	}
	if _, constant := e.(*expr.Const); constant {
		w.ok = false
	}
	if w.pretty || !strings.HasPrefix(text, "(") {
		return "(" + text + ")"
	}
	return text
}

// text is an expression; one of unknown type is text.
func (w *viewWriter) text(e expr.Expr) string {
	if c, ok := e.(*expr.Const); ok && c.Type().OID == types.UnknownOID {
		e = expr.NewConst(types.Of(types.TextOID), c.Value, -1)
	}
	if e == nil {
		w.ok = false
		return ""
	}
	text, ok := expr.SQLOver(w.session.env, e, w.named, w.pretty, 8)
	w.ok = w.ok && ok
	return text
}

// variable takes a column apart into its table's name and its own.
func (w *viewWriter) variable(e expr.Expr) (table, column string, ok bool) {
	v, is := e.(*plan.Variable)
	if !is || w.calls[v.Slot] != nil {
		return "", "", false
	}
	for _, item := range w.items {
		for _, c := range item.columns {
			if v.Name == item.name+"."+c.Name {
				return item.name, c.Name, true
			}
		}
	}
	return "", "", false
}

func qualifiedColumn(table, column string) string {
	return expr.QuoteIdent(table) + "." + expr.QuoteIdent(column)
}

// named writes columns and aggregates.
func (w *viewWriter) named(e expr.Expr) (string, bool) {
	if table, column, ok := w.variable(e); ok {
		return qualifiedColumn(table, column), true
	}
	v, ok := e.(*plan.Variable)
	if !ok || w.calls[v.Slot] == nil {
		return "", false
	}
	return w.aggregate(w.calls[v.Slot])
}

func (w *viewWriter) aggregate(c *expr.AggregateCall) (string, bool) {
	if c.Proc.Row.Variadic != 0 || len(c.Direct) > 0 {
		return "", false
	}
	var b strings.Builder
	b.WriteString(c.Proc.Row.Name + "(")
	if c.Star {
		b.WriteByte('*')
	}
	if c.Distinct {
		b.WriteString("DISTINCT ")
	}
	for i, a := range c.Args {
		b.WriteString([]string{"", ", "}[min(i, 1)] + w.text(a))
	}
	for i, k := range c.Order {
		b.WriteString([]string{" ORDER BY ", ", "}[min(i, 1)] + w.sorted(k.Expr))
		switch {
		case k.Desc && k.NullsFirst:
			b.WriteString(" DESC")
		case k.Desc:
			b.WriteString(" DESC NULLS LAST")
		case k.NullsFirst:
			b.WriteString(" NULLS FIRST")
		}
	}
	b.WriteByte(')')
	if c.Filter != nil {
		b.WriteString(" FILTER (WHERE " + w.text(c.Filter) + ")")
	}
	return b.String(), w.ok
}
