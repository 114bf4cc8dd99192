package analyze

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// bindTargets binds the select list.
func (q *query) bindTargets(list []*pg.Node, settle bool) error {
	for _, n := range list {
		if err := q.bindTarget(n.GetResTarget(), settle); err != nil {
			return err
		}
	}
	return nil
}

func (q *query) bindTarget(t *pg.ResTarget, settle bool) error {
	if ref := t.Val.GetColumnRef(); ref != nil {
		if star, ok := starOf(ref); ok {
			return q.expandStar(star, int(ref.Location))
		}
	}
	if in := t.Val.GetAIndirection(); in != nil && endsInStar(in.Indirection) {
		return q.expandRow(t.Val, settle)
	}
	clause := inSelect
	if q.returning {
		clause = inReturning
	}
	e, err := q.in(clause).Bind(t.Val)
	if err != nil {
		return err
	}
	if settle {
		if e, err = q.binder.Settle(e); err != nil {
			return err
		}
	}
	if err := q.checkSets(e); err != nil {
		return err
	}
	if err := q.checkWholeRow(t.Val); err != nil {
		return err
	}
	name := t.Name
	if name == "" {
		name = q.planner.names.column(t.Val)
	}
	added := q.addTarget(name, e)
	added.table, added.number = q.origin(uncast(t.Val, e))
	return nil
}

// expandRow makes a column of each of a composite value's.
func (q *query) expandRow(n *pg.Node, settle bool) error {
	clause := inSelect
	if q.returning {
		clause = inReturning
	}
	all, columns, err := q.in(clause).BindRowColumns(n)
	if err != nil {
		return err
	}
	for i, e := range all {
		if settle {
			if e, err = q.binder.Settle(e); err != nil {
				return err
			}
		}
		added := q.addTarget(columns[i].Name, e)
		added.table, added.number = q.origin(fieldNode(n, columns[i].Name))
	}
	return nil
}

// fieldNode is (x).name of (x).*.
func fieldNode(n *pg.Node, name string) *pg.Node {
	in := n.GetAIndirection()
	path := slices.Clone(in.Indirection)
	path[len(path)-1] = pg.MakeStrNode(name)
	return &pg.Node{Node: &pg.Node_AIndirection{AIndirection: &pg.A_Indirection{Arg: in.Arg, Indirection: path}}}
}

func endsInStar(list []*pg.Node) bool {
	return len(list) > 0 && list[len(list)-1].GetAStar() != nil
}

// starOf returns the qualification of t.* and *.
func starOf(ref *pg.ColumnRef) ([]string, bool) {
	last := len(ref.Fields) - 1
	if ref.Fields[last].GetAStar() == nil {
		return nil, false
	}
	return names(ref.Fields[:last]), true
}

func (q *query) addTarget(name string, e expr.Expr) *target {
	t := &target{name: name, value: e, slot: q.planner.slots(q.parent, 1), collation: q.binder.CollationOf(e)}
	q.targets = append(q.targets, t)
	return t
}

// origin returns the table's column that an expression plainly is.
func (q *query) origin(n *pg.Node) (table uint32, number uint16) {
	path := q.path(n)
	if path == nil {
		return 0, 0
	}
	f, err := q.scope.find(path, -1)
	if err != nil {
		return 0, 0
	}
	return f.table, f.number
}

// uncast is what is cast to the type that it has already, which is then no cast.
func uncast(n *pg.Node, bound expr.Expr) *pg.Node {
	switch bound.(type) {
	case *plan.Variable, *expr.Row:
		for n.GetTypeCast() != nil {
			n = n.GetTypeCast().Arg
		}
		if ref := n.GetColumnRef(); ref != nil && len(ref.Fields) == 2 && endsInStar(ref.Fields) { // t.*::t
			return &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{Fields: ref.Fields[:1]}}}
		}
	}
	return n
}

// path is the name of a column, written plainly or as (t).a; nil: neither.
func (q *query) path(n *pg.Node) []string {
	if ref := n.GetColumnRef(); ref != nil {
		return names(ref.Fields)
	}
	in := n.GetAIndirection()
	ref := in.GetArg().GetColumnRef()
	if ref == nil || len(in.Indirection) != 1 || in.Indirection[0].GetString_() == nil {
		return nil
	}
	table, star := starOf(ref)
	if !star {
		table = names(ref.Fields)
	}
	if len(table) != 1 {
		return nil
	}
	for level := q.scope; level != nil && !star; level = level.parent {
		if f, err := level.columnHere(table[0], -1); f != nil || err != nil {
			return nil
		}
	}
	return append(table, in.Indirection[0].GetString_().Sval)
}

func (q *query) expandStar(qualification []string, pos int) error {
	fields, err := q.starFields(qualification, pos)
	if err != nil {
		return err
	}
	for _, f := range fields {
		if f.hidden {
			continue
		}
		t := q.addTarget(f.name, f.at(pos))
		t.table, t.number = f.table, f.number
	}
	return nil
}

func (q *query) starFields(qualification []string, pos int) ([]*field, error) {
	if len(qualification) == 0 {
		if len(q.scope.items) == 0 {
			return nil, q.planner.errorAt(pos, sqlstate.SyntaxError, "SELECT * with no tables specified is not valid")
		}
		return columnsOf(q.scope.items), nil
	}
	schema, table, err := q.planner.qualification(qualification, pos)
	if err != nil {
		return nil, err
	}
	it, err := q.scope.findTable(schema, table, pos)
	var all []*field
	if err != nil {
		if all = q.planner.argumentFields(qualification, pos); all == nil {
			return nil, err
		}
		return all, nil
	}
	for i := range it.fields {
		all = append(all, &it.fields[i])
	}
	return all, nil
}

// qualification takes the name before .* apart.
func (p *planner) qualification(parts []string, pos int) (schema, table string, err error) {
	switch len(parts) {
	case 1:
		return "", parts[0], nil
	case 2:
		return parts[0], parts[1], nil
	case 3:
		if p.thisDatabase(parts[0]) {
			return parts[1], parts[2], nil
		}
	default:
		return "", "", p.errorAt(pos, sqlstate.SyntaxError, "improper qualified name (too many dotted names): %s.*", strings.Join(parts, "."))
	}
	return "", "", p.errorAt(pos, sqlstate.FeatureNotSupported, "cross-database references are not implemented: %s.*", strings.Join(parts, "."))
}

// naming has the names of the columns of subqueries, as they are known when they are bound.
type naming map[*pg.SubLink]string

// column is PostgreSQL's FigureColname.
func (k naming) column(n *pg.Node) string {
	if name, _ := k.figure(n); name != "" {
		return name
	}
	return "?column?"
}

// IndexColumnName is PostgreSQL's FigureIndexColname: what an expression is called as a
// column of an index.
func IndexColumnName(n *pg.Node) string {
	if name, _ := naming(nil).figure(n); name != "" {
		return name
	}
	return "expr"
}

// figure returns a name and how strongly it is meant: 1 for a type's, 2 for a
// column's or a function's.
func (k naming) figure(n *pg.Node) (string, int) {
	if n == nil {
		return "", 0
	}
	switch n := n.Node.(type) {
	case *pg.Node_ColumnRef:
		return lastName(n.ColumnRef.Fields)
	case *pg.Node_AIndirection:
		if name, strength := lastName(n.AIndirection.Indirection); name != "" {
			return name, strength
		}
		return k.figure(n.AIndirection.Arg)
	case *pg.Node_FuncCall:
		return lastName(n.FuncCall.Funcname)
	case *pg.Node_AExpr:
		if n.AExpr.Kind == pg.A_Expr_Kind_AEXPR_NULLIF {
			return "nullif", 2
		}
	case *pg.Node_TypeCast:
		return k.cast(n.TypeCast)
	case *pg.Node_CollateClause:
		return k.figure(n.CollateClause.Arg)
	case *pg.Node_GroupingFunc:
		return "grouping", 2
	case *pg.Node_SubLink:
		return k.subLink(n.SubLink)
	case *pg.Node_CaseExpr:
		if name, strength := k.figure(n.CaseExpr.Defresult); strength > 1 {
			return name, strength
		}
		return "case", 1
	}
	return figureWord(n)
}

func figureWord(n *pg.Node) (string, int) {
	switch n := n.Node.(type) {
	case *pg.Node_AArrayExpr:
		return "array", 2
	case *pg.Node_RowExpr:
		return "row", 2
	case *pg.Node_CoalesceExpr:
		return "coalesce", 2
	case *pg.Node_MinMaxExpr:
		if n.MinMaxExpr.Op == pg.MinMaxOp_IS_GREATEST {
			return "greatest", 2
		}
		return "least", 2
	case *pg.Node_SqlvalueFunction:
		return sqlValueNames[n.SqlvalueFunction.Op], 2
	case *pg.Node_XmlSerialize:
		return "xmlserialize", 2
	}
	return "", 0
}

var sqlValueNames = map[pg.SQLValueFunctionOp]string{
	pg.SQLValueFunctionOp_SVFOP_CURRENT_DATE:        "current_date",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME:        "current_time",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIME_N:      "current_time",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP:   "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME:           "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIME_N:         "localtime",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP:      "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_LOCALTIMESTAMP_N:    "localtimestamp",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_ROLE:        "current_role",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_USER:        "current_user",
	pg.SQLValueFunctionOp_SVFOP_USER:                "user",
	pg.SQLValueFunctionOp_SVFOP_SESSION_USER:        "session_user",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_CATALOG:     "current_catalog",
	pg.SQLValueFunctionOp_SVFOP_CURRENT_SCHEMA:      "current_schema",
}

func lastName(list []*pg.Node) (string, int) {
	for i := len(list) - 1; i >= 0; i-- {
		if s := list[i].GetString_(); s != nil {
			return s.Sval, 2
		}
	}
	return "", 0
}

func (k naming) cast(c *pg.TypeCast) (string, int) {
	if name, strength := k.figure(c.Arg); strength > 1 {
		return name, strength
	}
	if c.TypeName == nil {
		return "", 0
	}
	name, _ := lastName(c.TypeName.Names)
	return name, 1
}

func (k naming) subLink(s *pg.SubLink) (string, int) {
	switch s.SubLinkType {
	case pg.SubLinkType_EXISTS_SUBLINK:
		return "exists", 2
	case pg.SubLinkType_ARRAY_SUBLINK:
		return "array", 2
	case pg.SubLinkType_EXPR_SUBLINK:
		return k[s], 2
	}
	return "", 0
}
