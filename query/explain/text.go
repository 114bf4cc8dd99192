package explain

import (
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

func texts(all []expr.Expr) string {
	parts := make([]string, len(all))
	for i, e := range all {
		parts[i] = text(e)
	}
	return strings.Join(parts, ", ")
}

// text is an expression as EXPLAIN shows it: PostgreSQL's form for the common
// kinds, and the operands in parentheses for others.
func text(e expr.Expr) string {
	switch e := e.(type) {
	case nil:
		return ""
	case *expr.Column:
		return e.Name
	case *expr.Param:
		return "$" + strconv.Itoa(e.N)
	case *expr.Const:
		return constText(e)
	case *expr.Call:
		return callText(e)
	case *expr.And:
		return "(" + joined(e.Args, " AND ") + ")"
	case *expr.Or:
		return "(" + joined(e.Args, " OR ") + ")"
	case *expr.Not:
		return "(NOT " + text(e.Arg) + ")"
	case *expr.NullTest:
		return "(" + text(e.Arg) + " " + e.Words() + ")"
	case *expr.ScalarArray:
		word := "ANY"
		if e.All {
			word = "ALL"
		}
		return "(" + text(e.Left) + " " + e.Op + " " + word + " (" + text(e.Right) + "))"
	case *plan.SubLink:
		return "(SubPlan)"
	}
	if c := e.Children(); len(c) == 1 {
		return "(" + text(c[0]) + ")::" + types.FormatType(e.Type())
	}
	return "(" + joined(e.Children(), ", ") + ")"
}

func joined(all []expr.Expr, separator string) string {
	parts := make([]string, len(all))
	for i, e := range all {
		parts[i] = text(e)
	}
	return strings.Join(parts, separator)
}

func constText(e *expr.Const) string {
	t := types.FormatType(types.Of(e.Type().OID))
	if e.Value.IsNull() {
		return "NULL::" + t
	}
	s := types.Text(nil, e.Type().OID, e.Value)
	switch e.Type().OID {
	case types.Int4OID, types.NumericOID, types.BoolOID:
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'::" + t
}

func callText(e *expr.Call) string {
	switch {
	case e.Op != nil && len(e.Args) == 2:
		return "(" + text(e.Args[0]) + " " + e.Op.Name + " " + text(e.Args[1]) + ")"
	case e.Op != nil:
		return "(" + e.Op.Name + " " + text(e.Args[0]) + ")"
	case e.Cast:
		return "(" + text(e.Args[0]) + ")::" + types.FormatType(e.Type())
	}
	return e.Proc.Name() + "(" + joined(e.Args, ", ") + ")"
}
