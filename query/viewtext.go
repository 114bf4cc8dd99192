package query

import (
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// viewText writes the query of a session's view as PostgreSQL's ruleutils do; false: it has
// more to it than is written here.
func (s *Session) viewText(v *temptable.View, pretty bool) (string, bool) {
	tree, err := pg.Parse(v.SQL)
	if err != nil {
		return "", false
	}
	node := tree.GetStmts()[0].GetStmt()
	o := s.planOptions(&compiled{catalog: s.server.options.Definitions.Current()}, expr.FixedParams(nil))
	o.Trace = analyze.NewTrace()
	if _, err := analyze.Select(v.SQL, node, o); err != nil {
		return "", false
	}
	w := &viewWriter{session: s, trace: o.Trace, pretty: pretty, ok: true, vars: map[plan.Slot]viewVar{}, rows: map[string]string{}, words: map[expr.Expr]string{}}
	for n, e := range o.Trace.Bound {
		if f := n.GetSqlvalueFunction(); f != nil {
			w.words[e] = valueWord(f)
		}
	}
	columns := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		columns[i] = c.Name
	}
	w.query(node.GetSelectStmt(), queryPlace{columns: columns, visible: true})
	return string(w.buf) + ";", w.ok
}

// valueWord is how CURRENT_DATE and its kin are written.
func valueWord(f *pg.SQLValueFunction) string {
	word, precise := strings.CutSuffix(strings.TrimPrefix(f.GetOp().String(), "SVFOP_"), "_N")
	if word == "CURRENT_CATALOG" || !precise {
		return word
	}
	return word + "(" + strconv.Itoa(int(f.GetTypmod())) + ")"
}

// viewWriter writes a query. Lines are indented as ruleutils indent them.
type viewWriter struct {
	buf     []byte
	session *Session
	trace   *analyze.Trace
	pretty  bool
	ok      bool
	indent  int
	vars    map[plan.Slot]viewVar
	words   map[expr.Expr]string // what is written as a word, such as CURRENT_DATE
	rows    map[string]string    // what the tables whose rows are values are called
	names   []string             // of tables and of what is like one, in the query and around it
	withs   []string             // names of WITH queries
}

// viewVar is a column of FROM.
type viewVar struct{ table, column string }

// queryPlace is where a query stands.
type queryPlace struct {
	columns []string // the names that it must give its columns; nil: its own
	visible bool     // whether its columns' names are seen
}

// Steps of indentation.
const (
	indentStep  = 8
	indentJoin  = 4
	indentField = 4
	indentMax   = 40
)

func (w *viewWriter) add(text string) {
	if strings.HasPrefix(text, "\n") {
		w.trim()
	}
	w.buf = append(w.buf, text...)
}

func (w *viewWriter) trim() { w.buf = []byte(strings.TrimRight(string(w.buf), " ")) }

// line begins a line with a word.
func (w *viewWriter) line(word string, before, after, plus int) {
	w.indent += before
	w.trim()
	in := max(w.indent, 0)
	if in >= indentMax { // long lines are not to become longer still
		in = indentMax + (in-indentMax)/(indentStep/2)
		in %= indentMax
	}
	w.buf = append(w.buf, "\n"+strings.Repeat(" ", in+plus)+word...)
	w.indent = max(w.indent+after, 0)
}

// clause begins a line with the word of a clause.
func (w *viewWriter) clause(word string, plus int) { w.line(word, -indentStep, indentStep, plus) }

// query writes a query whose lines begin at the indentation around it.
func (w *viewWriter) query(n *pg.SelectStmt, at queryPlace) {
	indent, names, withs := w.indent, w.names, w.withs
	defer func() { w.indent, w.names, w.withs = indent, names, withs }()
	w.names, w.withs = slices.Clip(w.names), slices.Clip(w.withs)
	w.ok = w.ok && len(n.GetLockingClause()) == 0
	for _, f := range n.GetFromClause() {
		w.tables(f)
	}
	if n.GetWithClause() != nil {
		w.with(n.GetWithClause())
	}
	set := n.GetOp() != pg.SetOperation_SETOP_NONE
	if set {
		w.setOperation(n, at, w.setTypes(n, nil))
	} else {
		w.basic(n, at)
	}
	for i, o := range n.GetSortClause() {
		if i == 0 {
			w.clause(" ORDER BY ", 1)
		} else {
			w.add(", ")
		}
		w.add(w.ordered(n, o.GetSortBy(), set))
	}
	if n.GetLimitOffset() != nil {
		w.clause(" OFFSET ", 0)
		w.add(w.count(n.GetLimitOffset()))
	}
	switch c := n.GetLimitCount(); {
	case c == nil:
	case n.GetLimitOption() == pg.LimitOption_LIMIT_OPTION_WITH_TIES:
		w.clause(" FETCH FIRST ", 0)
		w.add("(" + w.count(c) + ") ROWS WITH TIES")
	case c.GetAConst().GetIsnull():
		w.clause(" LIMIT ", 0)
		w.add("ALL")
	default:
		w.clause(" LIMIT ", 0)
		w.add(w.count(c))
	}
}

// count is the number of LIMIT or OFFSET, of which the cast to bigint does not show but for the
// parentheses that it needs.
func (w *viewWriter) count(n *pg.Node) string {
	e := w.trace.Bound[n]
	text := w.text(e)
	call, ok := e.(*expr.Call)
	_, subquery := e.(*plan.SubLink)
	if w.pretty && (subquery || ok && call.Op != nil) && e.Type().OID != types.Int8OID {
		return "(" + text + ")"
	}
	return text
}

func (w *viewWriter) with(n *pg.WithClause) {
	w.indent += indentStep
	w.add(" WITH ")
	if n.GetRecursive() {
		w.add("RECURSIVE ")
	}
	for _, c := range n.GetCtes() {
		w.withs = append(w.withs, c.GetCommonTableExpr().GetCtename())
	}
	for i, c := range n.GetCtes() {
		cte := c.GetCommonTableExpr()
		if i > 0 {
			w.add(", ")
		}
		w.add(expr.QuoteIdent(cte.GetCtename()) + columnList(nodeNames(cte.GetAliascolnames())) + " AS ")
		w.add(map[pg.CTEMaterialize]string{pg.CTEMaterialize_CTEMaterializeAlways: "MATERIALIZED ", pg.CTEMaterialize_CTEMaterializeNever: "NOT MATERIALIZED "}[cte.GetCtematerialized()])
		w.add("(")
		w.line("", 0, 0, 0)
		if st := cte.GetCtequery().GetSelectStmt(); st != nil {
			w.query(st, queryPlace{visible: true})
		}
		w.line("", 0, 0, 0)
		w.add(")")
		w.ok = w.ok && cte.GetSearchClause() == nil && cte.GetCycleClause() == nil
	}
	w.indent -= indentStep
	w.line("", 0, 0, 0)
}

func nodeNames(list []*pg.Node) (all []string) {
	for _, n := range list {
		all = append(all, n.GetString_().GetSval())
	}
	return all
}

func columnList(names []string) string {
	if len(names) == 0 {
		return ""
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = expr.QuoteIdent(n)
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

// setTypes are the types that literals of no type have as columns of a set operation: 0 where
// its queries differ.
func (w *viewWriter) setTypes(n *pg.SelectStmt, all []types.OID) []types.OID {
	if n.GetOp() != pg.SetOperation_SETOP_NONE {
		return w.setTypes(n.GetRarg(), w.setTypes(n.GetLarg(), all))
	}
	for i, c := range w.trace.Targets[n] {
		if i == len(all) {
			all = append(all, types.UnknownOID)
		}
		switch t := c.Value.Type().OID; {
		case t == types.UnknownOID, t == all[i]:
		case all[i] == types.UnknownOID:
			all[i] = t
		default:
			all[i] = 0
		}
	}
	return all
}

func (w *viewWriter) setOperation(n *pg.SelectStmt, at queryPlace, set []types.OID) {
	left, right := n.GetLarg(), n.GetRarg()
	inner := 0
	if !isLeaf(left) && (left.GetOp() != n.GetOp() || left.GetAll() != n.GetAll()) {
		inner = indentStep
		w.add("(")
		w.line("", inner, 0, 0)
	}
	w.operand(left, at, set)
	if inner > 0 {
		w.line(") ", -inner, 0, 0)
	} else {
		w.line("", 0, 0, 0)
	}
	w.add(map[pg.SetOperation]string{pg.SetOperation_SETOP_UNION: "UNION ", pg.SetOperation_SETOP_INTERSECT: "INTERSECT ", pg.SetOperation_SETOP_EXCEPT: "EXCEPT "}[n.GetOp()])
	if n.GetAll() {
		w.add("ALL ")
	}
	inner = 0
	if !isLeaf(right) {
		inner = indentStep
		w.add("(")
	}
	w.line("", inner, 0, 0)
	at.visible = false
	w.operand(right, at, set)
	w.indent -= inner
	if inner > 0 {
		w.line(")", 0, 0, 0)
	}
}

// operand is a query that a set operation is of.
func (w *viewWriter) operand(n *pg.SelectStmt, at queryPlace, set []types.OID) {
	switch {
	case !isLeaf(n):
		w.setOperation(n, at, set)
	case n.GetWithClause() != nil || len(n.GetSortClause()) > 0 || n.GetLimitCount() != nil || n.GetLimitOffset() != nil:
		w.settle(n, set)
		w.add("(")
		w.query(n, at)
		w.add(")")
	default:
		w.settle(n, set)
		w.query(n, at)
	}
}

// isLeaf reports whether an operand of a set operation is a query of its own.
func isLeaf(n *pg.SelectStmt) bool {
	return n.GetOp() == pg.SetOperation_SETOP_NONE || n.GetWithClause() != nil || len(n.GetSortClause()) > 0 || n.GetLimitCount() != nil || n.GetLimitOffset() != nil
}

// settle gives literals of no type that of the column of the set operation that they are in.
func (w *viewWriter) settle(n *pg.SelectStmt, set []types.OID) {
	for i, c := range w.trace.Targets[n] {
		k, ok := c.Value.(*expr.Const)
		if !ok || k.Type().OID != types.UnknownOID || set[i] == types.UnknownOID || set[i] == types.TextOID {
			continue
		}
		if w.ok = w.ok && set[i] != 0 && k.Value.IsNull(); w.ok {
			w.trace.Targets[n][i].Value = expr.NewConst(types.Of(set[i]), types.Null, -1)
		}
	}
}

func (w *viewWriter) basic(n *pg.SelectStmt, at queryPlace) {
	w.indent += indentStep
	w.add(" ")
	targets := w.trace.Targets[n]
	if len(n.GetValuesLists()) > 0 {
		w.valuesQuery(n, at, targets)
		return
	}
	w.add("SELECT")
	if d := n.GetDistinctClause(); len(d) > 0 && d[0].GetNode() != nil {
		all := make([]string, len(d))
		for i, k := range d {
			all[i] = w.key(w.ofTarget(n, k))
		}
		w.add(" DISTINCT ON (" + strings.Join(all, ", ") + ")")
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
func (w *viewWriter) valuesQuery(n *pg.SelectStmt, at queryPlace, targets []analyze.TracedColumn) {
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

func (w *viewWriter) values(n *pg.SelectStmt) {
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
func (w *viewWriter) targets(all []analyze.TracedColumn, at queryPlace) {
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

func (w *viewWriter) groups(n *pg.SelectStmt) {
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
func (w *viewWriter) group(n *pg.SelectStmt, g *pg.Node, bare bool) string {
	list := func(all []*pg.Node, write func(*pg.Node) string) string {
		texts := make([]string, len(all))
		for i, c := range all {
			texts[i] = write(c)
		}
		return strings.Join(texts, ", ")
	}
	if set := g.GetGroupingSet(); set != nil {
		switch set.GetKind() {
		case pg.GroupingSetKind_GROUPING_SET_ROLLUP:
			return "ROLLUP(" + list(set.GetContent(), func(c *pg.Node) string { return w.group(n, c, true) }) + ")"
		case pg.GroupingSetKind_GROUPING_SET_CUBE:
			return "CUBE(" + list(set.GetContent(), func(c *pg.Node) string { return w.group(n, c, true) }) + ")"
		case pg.GroupingSetKind_GROUPING_SET_SETS:
			return "GROUPING SETS (" + list(set.GetContent(), func(c *pg.Node) string { return w.group(n, c, false) }) + ")"
		}
		return "()"
	}
	key := func(c *pg.Node) string { return w.key(w.ofTarget(n, c)) }
	if row := g.GetRowExpr(); row != nil && row.GetRowFormat() == pg.CoercionForm_COERCE_IMPLICIT_CAST {
		text := list(row.GetArgs(), key)
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

// ofTarget is what an element of GROUP BY, ORDER BY or DISTINCT ON stands for.
func (w *viewWriter) ofTarget(n *pg.SelectStmt, g *pg.Node) expr.Expr {
	if e := w.trace.Bound[g]; e != nil && g.GetAConst().GetIval() == nil {
		return e
	}
	if at := w.number(n, g); at >= 0 {
		return w.trace.Targets[n][at].Value
	}
	return nil
}

// number is which column of the select list a number or a name is; -1: none.
func (w *viewWriter) number(n *pg.SelectStmt, g *pg.Node) int {
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

func (w *viewWriter) ordered(n *pg.SelectStmt, o *pg.SortBy, byNumber bool) string {
	w.ok = w.ok && len(o.GetUseOp()) == 0
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
	return text + direction(o.GetSortbyDir() == pg.SortByDir_SORTBY_DESC, o.GetSortbyNulls() == pg.SortByNulls_SORTBY_NULLS_FIRST ||
		o.GetSortbyDir() == pg.SortByDir_SORTBY_DESC && o.GetSortbyNulls() != pg.SortByNulls_SORTBY_NULLS_LAST)
}

func direction(desc, nullsFirst bool) string {
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
func (w *viewWriter) key(e expr.Expr) string {
	text := w.text(e)
	if _, plain := w.variable(e); plain {
		return text
	}
	v, ok := e.(*plan.Variable)
	if _, constant := e.(*expr.Const); constant {
		w.ok = false
	}
	if w.pretty || expr.IsFunction(e) || ok && (w.trace.Calls[v.Slot] != nil || w.trace.Sets[v.Slot] != nil) {
		return "(" + text + ")"
	}
	return text
}

// text is an expression; one of unknown type is text.
func (w *viewWriter) text(e expr.Expr) string { return w.textAt(e, w.indent) }

func (w *viewWriter) textAt(e expr.Expr, indent int) string {
	if c, ok := e.(*expr.Const); ok && c.Type().OID == types.UnknownOID {
		e = expr.NewConst(types.Of(types.TextOID), c.Value, -1)
	}
	if e == nil {
		w.ok = false
		return ""
	}
	text, ok := expr.SQLOver(w.session.env, e, w.named, w.pretty, indent)
	w.ok = w.ok && ok
	return text
}

// variable is the column of FROM that an expression is.
func (w *viewWriter) variable(e expr.Expr) (viewVar, bool) {
	v, is := e.(*plan.Variable)
	if !is {
		return viewVar{}, false
	}
	found, ok := w.vars[v.Slot]
	return found, ok
}

// named writes columns, rows, subqueries, and calls that stand for columns.
func (w *viewWriter) named(e expr.Expr, indent int) (string, bool) {
	if v, ok := w.variable(e); ok {
		return expr.QuoteIdent(v.table) + "." + expr.QuoteIdent(v.column), true
	}
	if word := w.words[e]; word != "" {
		return word, true
	}
	switch e := e.(type) {
	case *plan.SubLink:
		return w.subLink(e, indent)
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

func (w *viewWriter) list(all []expr.Expr) string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = w.text(e)
	}
	return strings.Join(texts, ", ")
}

// call is that of an aggregate or a window function.
func (w *viewWriter) call(c *expr.AggregateCall, over *pg.WindowDef) (string, bool) {
	if c.Proc.Row.Variadic != 0 {
		return "", false
	}
	order := make([]string, len(c.Order))
	for i, k := range c.Order {
		order[i] = w.key(k.Expr) + direction(k.Desc, k.NullsFirst)
	}
	var text string
	by := strings.Join(order, ", ")
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

// The grammar's bits of a frame.
const (
	frameNonDefault = 1 << iota
	frameRange
	frameRows
	frameGroups
	frameBetween
	frameStartUnbounded
	_
	_
	frameEndUnbounded
	frameStartCurrent
	frameEndCurrent
	frameStartPreceding
	frameEndPreceding
	frameStartFollowing
	frameEndFollowing
	frameExcludeCurrent
	frameExcludeGroup
	frameExcludeTies
)

// window is the definition of a window, in parentheses.
func (w *viewWriter) window(d *pg.WindowDef) string {
	var parts []string
	if d.GetRefname() != "" {
		parts = append(parts, expr.QuoteIdent(d.GetRefname()))
	}
	for i, p := range d.GetPartitionClause() {
		parts = append(parts, []string{"PARTITION BY " + w.key(w.trace.Bound[p]), w.key(w.trace.Bound[p])}[min(i, 1)])
		if i > 0 {
			last := len(parts) - 1
			parts = append(parts[:last-1], parts[last-1]+", "+parts[last])
		}
	}
	for i, o := range d.GetOrderClause() {
		by := o.GetSortBy()
		w.ok = w.ok && len(by.GetUseOp()) == 0
		desc := by.GetSortbyDir() == pg.SortByDir_SORTBY_DESC
		text := w.key(w.trace.Bound[by.GetNode()]) + direction(desc, by.GetSortbyNulls() == pg.SortByNulls_SORTBY_NULLS_FIRST ||
			desc && by.GetSortbyNulls() != pg.SortByNulls_SORTBY_NULLS_LAST)
		if i == 0 {
			parts = append(parts, "ORDER BY "+text)
		} else {
			parts[len(parts)-1] += ", " + text
		}
	}
	if d.GetFrameOptions()&frameNonDefault != 0 {
		parts = append(parts, w.frame(d))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func (w *viewWriter) frame(d *pg.WindowDef) string {
	has := func(bit int32) bool { return d.GetFrameOptions()&bit != 0 }
	bound := func(unbounded, current, preceding bool, word string, offset *pg.Node) string {
		switch {
		case unbounded:
			return "UNBOUNDED " + word
		case current:
			return "CURRENT ROW"
		case preceding:
			return w.text(w.trace.Bound[offset]) + " PRECEDING"
		}
		return w.text(w.trace.Bound[offset]) + " FOLLOWING"
	}
	text := map[bool]string{true: "RANGE "}[has(frameRange)] + map[bool]string{true: "ROWS "}[has(frameRows)] + map[bool]string{true: "GROUPS "}[has(frameGroups)]
	start := bound(has(frameStartUnbounded), has(frameStartCurrent), has(frameStartPreceding), "PRECEDING", d.GetStartOffset())
	if has(frameBetween) {
		start = "BETWEEN " + start + " AND " + bound(has(frameEndUnbounded), has(frameEndCurrent), has(frameEndPreceding), "FOLLOWING", d.GetEndOffset())
	}
	text += start
	switch {
	case has(frameExcludeCurrent):
		text += " EXCLUDE CURRENT ROW"
	case has(frameExcludeGroup):
		text += " EXCLUDE GROUP"
	case has(frameExcludeTies):
		text += " EXCLUDE TIES"
	}
	return text
}

// subLink is a subquery in an expression.
func (w *viewWriter) subLink(s *plan.SubLink, indent int) (string, bool) {
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
	sub.buf, sub.indent = nil, indent
	sub.query(t.Node.GetSubselect().GetSelectStmt(), queryPlace{})
	w.ok = w.ok && sub.ok
	return before + string(sub.buf) + after, w.ok
}
