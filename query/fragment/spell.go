package fragment

import (
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// speller writes conditions over a scan's row as SQL for another node's session, where they
// mean the same: it knows the settings that text depends on, but has a clock of its own. What
// is about no row is a parameter, computed here.
type speller struct {
	columns []string // the names of the row's values
	params  []expr.Expr
	spelled []string
}

func newSpeller(r *plan.Relation, columns []int) *speller {
	s := &speller{}
	for _, name := range plan.ColumnNames(r, columns) {
		s.columns = append(s.columns, identifier(name))
	}
	return s
}

// condition adds a condition, and returns it with its parameters; false if it must be
// judged here.
func (s *speller) condition(e expr.Expr) (expr.Expr, bool) {
	before := len(s.params)
	made, ok := s.lift(e)
	text := ""
	if ok {
		text, ok = s.text(made)
	}
	if !ok {
		s.params = s.params[:before]
		return nil, false
	}
	s.spelled = append(s.spelled, text)
	return made, true
}

// where is the WHERE clause of the conditions.
func (s *speller) where() string {
	if len(s.spelled) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(s.spelled, " AND ")
}

// spelled is the relation's name.
func spelled(r *plan.Relation) string { return identifier(r.Schema) + "." + identifier(r.Name) }

// identifier is a quoted name.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// lift makes parameters of the parts that are about no row; false if another node might
// compute something else.
func (s *speller) lift(e expr.Expr) (expr.Expr, bool) {
	if rowless(e) {
		return s.param(e)
	}
	if c, ok := e.(*expr.Column); ok {
		return e, c.Level == 0
	}
	if !steady(e) {
		return nil, false
	}
	r, ok := e.(expr.Rebuilder)
	if !ok {
		return nil, false
	}
	children := append([]expr.Expr(nil), r.Children()...)
	for i, c := range children {
		if children[i], ok = s.lift(c); !ok {
			return nil, false
		}
	}
	return r.WithChildren(children), true
}

func (s *speller) param(e expr.Expr) (expr.Expr, bool) {
	oid := e.Type().OID
	if plan.HasSubLink(e) || plan.CallsVolatile(e) || plan.ReadsLog(e) || !travels(oid) {
		return nil, false
	}
	s.params = append(s.params, e)
	return expr.NewParam(len(s.params), types.Of(oid), -1), true
}

// rowless reports whether an expression refers to no row.
func rowless(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		switch e.(type) {
		case *expr.Column, *plan.SubLink:
			found = true
		}
		return !found
	})
	return !found
}

// travels reports whether values of a type are sent to another node.
func travels(t types.OID) bool {
	if elem := types.ElemOf(t); elem != 0 {
		t = elem
	}
	switch boundsOf(t) {
	case types.MoneyOID, types.TSVectorOID, types.TSQueryOID,
		types.PointOID, types.LsegOID, types.PathOID, types.BoxOID, types.PolygonOID, types.LineOID, types.CircleOID,
		types.BoolOID, types.Int2OID, types.Int4OID, types.Int8OID, types.Float4OID, types.Float8OID, types.NumericOID,
		types.TextOID, types.VarcharOID, types.BpcharOID, types.NameOID, types.ByteaOID, types.UUIDOID, types.JSONOID, types.JSONBOID, types.InetOID, types.CidrOID, types.MacaddrOID, types.Macaddr8OID, types.BitOID, types.VarbitOID, types.LSNOID,
		types.DateOID, types.TimeOID, types.TimetzOID, types.TimestampOID, types.TimestamptzOID, types.IntervalOID:
		return true
	}
	return false
}

// steady reports whether an operation itself depends on its operands alone, and on settings
// that go with a fragment.
func steady(e expr.Expr) bool {
	switch n := e.(type) {
	case *expr.Call:
		return steadyCall(n)
	case *expr.IOCast:
		return steadyCast(n.Arg.Type().OID, n.Type().OID)
	case *expr.Relabel, *expr.Length, *expr.And, *expr.Or, *expr.Not, *expr.NullTest, *expr.ScalarArray, *expr.Case,
		*expr.Coalesce, *expr.MinMax, *expr.NullIf, *expr.Distinct:
		return travels(e.Type().OID)
	}
	return false
}

// ofSettings are stable functions that read nothing but settings.
var ofSettings = map[string]bool{"to_char": true, "date_trunc": true, "date_part": true, "extract": true, "timezone": true}

func steadyCall(c *expr.Call) bool {
	switch c.Proc.Row.Volatile {
	case 'i':
		return true
	case 's':
	default:
		return false
	}
	if c.Op == nil && !c.Cast {
		return c.Proc.Row.OID < plan.OwnFunctions && ofSettings[c.Proc.Name()]
	}
	for _, a := range c.Args {
		if !temporal(a.Type().OID) {
			return false
		}
	}
	return true
}

func temporal(t types.OID) bool {
	switch t {
	case types.DateOID, types.TimeOID, types.TimetzOID, types.TimestampOID, types.TimestamptzOID, types.IntervalOID:
		return true
	}
	return false
}

// steadyCast reports whether a cast by text reads no clock, as 'now'::timestamp does.
func steadyCast(from, to types.OID) bool {
	if !travels(from) || !travels(to) {
		return false
	}
	if elem := types.ElemOf(to); elem != 0 {
		to = elem
	}
	to = boundsOf(to)
	return !temporal(to) || to == types.IntervalOID
}

// boundsOf is the type of a range's or multirange's bounds, and t where it is neither.
func boundsOf(t types.OID) types.OID {
	info := types.Info(t)
	if info != nil && info.Range != 0 {
		info = types.Info(info.Range)
	}
	if info != nil && info.Subtype != 0 {
		return info.Subtype
	}
	return t
}

// text writes an expression; false for a form that is not written.
func (s *speller) text(e expr.Expr) (string, bool) {
	switch n := e.(type) {
	case *expr.Column:
		return s.columns[n.Index], true
	case *expr.Param:
		return "$" + strconv.Itoa(n.N), true
	}
	parts := make([]string, 0, 4)
	for _, c := range e.Children() {
		part, ok := s.text(c)
		if !ok {
			return "", false
		}
		parts = append(parts, part)
	}
	text := s.around(e, parts)
	return "(" + text + ")", text != ""
}

// around writes an operation around its operands.
func (s *speller) around(e expr.Expr, parts []string) string {
	list := strings.Join(parts, ", ")
	switch n := e.(type) {
	case *expr.Call:
		return callAround(n, parts)
	case *expr.Relabel, *expr.IOCast, *expr.Length:
		return parts[0] + "::" + types.FormatType(e.Type())
	case *expr.And:
		return strings.Join(parts, " AND ")
	case *expr.Or:
		return strings.Join(parts, " OR ")
	case *expr.Not:
		return "NOT " + parts[0]
	case *expr.NullTest:
		return parts[0] + " " + n.Words()
	case *expr.ScalarArray:
		return parts[0] + " " + n.Op + map[bool]string{false: " ANY (", true: " ALL ("}[n.All] + parts[1] + ")"
	case *expr.Case:
		return caseAround(n, parts)
	case *expr.Coalesce:
		return "COALESCE(" + list + ")"
	case *expr.NullIf:
		return "NULLIF(" + list + ")"
	case *expr.MinMax:
		return map[bool]string{false: "LEAST(", true: "GREATEST("}[n.Max] + list + ")"
	case *expr.Distinct:
		return parts[0] + map[bool]string{false: " IS DISTINCT FROM ", true: " IS NOT DISTINCT FROM "}[n.Not] + parts[1]
	}
	return ""
}

func callAround(n *expr.Call, parts []string) string {
	switch {
	case n.Op != nil && len(parts) == 2:
		return parts[0] + " " + n.Op.Name + " " + parts[1]
	case n.Op != nil:
		return n.Op.Name + " " + parts[0]
	case n.Cast && len(parts) == 1:
		return parts[0] + "::" + types.FormatType(n.Type())
	case n.Proc.Spread:
		return ""
	}
	return "pg_catalog." + identifier(n.Proc.Name()) + "(" + strings.Join(parts, ", ") + ")"
}

func caseAround(n *expr.Case, parts []string) string {
	var b strings.Builder
	b.WriteString("CASE")
	for range n.When {
		b.WriteString(" WHEN " + parts[0] + " THEN " + parts[1])
		parts = parts[2:]
	}
	if n.Else != nil {
		b.WriteString(" ELSE " + parts[0])
	}
	return b.String() + " END"
}
