package deparse

import (
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// Names are what names mean to whom a query is shown.
type Names interface {
	// Relation is what a name without a schema finds; nil: nothing.
	Relation(name string) *plan.Relation
	// Schema is what is written before the name of a function of users; "" = nothing needs to be, unless every name
	// is qualified.
	Schema(f *pgdata.Proc, qualified bool) string
}

// Style is how a query is written.
type Style struct {
	Env       *types.Env // of literals
	Columns   []string   // the names that it must give its columns
	Pretty    bool       // as pg_get_viewdef(…, true) writes
	Qualified bool       // every relation by its schema
	Renamed   Renaming
	// Function and Arguments name the function in whose body the query is, and its arguments: $1 and so on if they do not.
	Function  string
	Arguments []string
	Indent    int  // of the lines behind the first
	Nameless  bool // its columns' names are not seen
}

// Renaming is another name for a view that is read, or for a column of it; the zero Renaming is none.
type Renaming struct {
	View, To         string
	Column, ColumnTo string // "" = none of its columns
}

// columnName is what a column of a relation is called afterwards.
func (r *Renaming) columnName(relation, name string) string {
	if relation != r.View || name != r.Column || r.Column == "" {
		return name
	}
	return r.ColumnTo
}

// relationName is what a relation is called afterwards.
func (r *Renaming) relationName(name string) string {
	if name != r.View {
		return name
	}
	return r.To
}

// Query writes a query, one SELECT or VALUES without parameters but Arguments, as PostgreSQL's ruleutils do; false: it has
// more to it than is written here, or is none. o is what it is planned with.
func Query(sql string, o analyze.Options, names Names, style Style) (string, bool) {
	tree, err := pg.Parse(sql)
	if err != nil {
		return "", false
	}
	node := tree.GetStmts()[0].GetStmt()
	o.Trace = analyze.NewTrace()
	if _, err := analyze.Select(sql, node, o); err != nil {
		return "", false
	}
	w := &writer{Style: style, shown: names, trace: o.Trace, ok: true, vars: map[plan.Slot]variable{}, rows: map[string]string{}, words: map[expr.Expr]string{}}
	for n, e := range o.Trace.Bound {
		if f := n.GetSqlvalueFunction(); f != nil {
			w.words[e] = valueWord(f)
		}
	}
	if style.Nameless { // as if nobody had named them
		w.Columns = slices.Repeat([]string{"?column?"}, len(w.Columns))
	}
	w.query(node.GetSelectStmt(), place{columns: w.Columns, visible: !style.Nameless})
	return string(w.buf), w.ok
}

// valueWord is how CURRENT_DATE and its kin are written.
func valueWord(f *pg.SQLValueFunction) string {
	word, precise := strings.CutSuffix(strings.TrimPrefix(f.GetOp().String(), "SVFOP_"), "_N")
	if word == "CURRENT_CATALOG" || !precise {
		return word
	}
	return word + "(" + strconv.Itoa(int(f.GetTypmod())) + ")"
}

// writer writes a query. Lines are indented as ruleutils indent them.
type writer struct {
	Style // Indent is that of the moment
	shown Names
	buf   []byte
	trace *analyze.Trace
	ok    bool
	vars  map[plan.Slot]variable
	words map[expr.Expr]string // what is written as a word, such as CURRENT_DATE
	rows  map[string]string    // what the tables whose rows are values are called
	names []string             // of tables and of what is like one, in the query and around it
	withs []string             // names of WITH queries
}

// variable is a column of FROM.
type variable struct{ table, column string }

// place is where a query stands.
type place struct {
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

func (w *writer) add(text string) {
	if strings.HasPrefix(text, "\n") {
		w.trim()
	}
	w.buf = append(w.buf, text...)
}

func (w *writer) trim() { w.buf = []byte(strings.TrimRight(string(w.buf), " ")) }

// line begins a line with a word.
func (w *writer) line(word string, before, after, plus int) {
	w.Indent += before
	w.trim()
	in := max(w.Indent, 0)
	if in >= indentMax { // long lines are not to become longer still
		in = indentMax + (in-indentMax)/(indentStep/2)
		in %= indentMax
	}
	w.buf = append(w.buf, "\n"+strings.Repeat(" ", in+plus)+word...)
	w.Indent = max(w.Indent+after, 0)
}

// clause begins a line with the word of a clause.
func (w *writer) clause(word string, plus int) { w.line(word, -indentStep, indentStep, plus) }

// query writes a query whose lines begin at the indentation around it.
func (w *writer) query(n *pg.SelectStmt, at place) {
	indent, names, withs := w.Indent, w.names, w.withs
	defer func() { w.Indent, w.names, w.withs = indent, names, withs }()
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
func (w *writer) count(n *pg.Node) string {
	e := w.trace.Bound[n]
	text := w.text(e)
	call, ok := e.(*expr.Call)
	_, subquery := e.(*plan.SubLink)
	if w.Pretty && (subquery || ok && call.Op != nil) && e.Type().OID != types.Int8OID {
		return "(" + text + ")"
	}
	return text
}

func (w *writer) with(n *pg.WithClause) {
	w.Indent += indentStep
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
			w.query(st, place{visible: true})
		}
		w.line("", 0, 0, 0)
		w.add(")")
		w.ok = w.ok && cte.GetSearchClause() == nil && cte.GetCycleClause() == nil
	}
	w.Indent -= indentStep
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
	return "(" + listed(names, expr.QuoteIdent) + ")"
}

// listed writes all, with commas between.
func listed[T any](all []T, write func(T) string) string {
	texts := make([]string, len(all))
	for i, e := range all {
		texts[i] = write(e)
	}
	return strings.Join(texts, ", ")
}
