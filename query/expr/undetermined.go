package expr

import (
	"regexp"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Undetermined is what needs a collation whose operands have none that they agree on: it fails
// where it comes to need it.
type Undetermined struct {
	Arg    Expr
	needed string
}

// Type implements Expr.
func (e *Undetermined) Type() types.Type { return e.Arg.Type() }

// Pos implements Expr.
func (e *Undetermined) Pos() int { return e.Arg.Pos() }

// Children implements Expr.
func (e *Undetermined) Children() []Expr { return e.Arg.Children() }

// WithChildren implements Rebuilder.
func (e *Undetermined) WithChildren(c []Expr) Expr {
	return &Undetermined{Arg: e.Arg.(Rebuilder).WithChildren(c), needed: e.needed}
}

// Compile implements Expr.
func (e *Undetermined) Compile(c *Compiler) Eval {
	operands, arg := compileAll(c, e.Children()), e.Arg.Compile(c)
	return func(fr *Frame) (types.Datum, error) {
		for _, operand := range operands {
			if d, err := operand(fr); err != nil || d.IsNull() {
				return arg(fr)
			}
		}
		return types.Null, errUndetermined(e.needed)
	}
}

func errUndetermined(needed string) error {
	return sqlstate.New(sqlstate.IndeterminateCollation, "could not determine which collation to use for %s", needed).
		WithHint("Use the COLLATE clause to set the collation explicitly.")
}

// ErrAtOdds refuses to compare values whose collations are at odds.
func ErrAtOdds() error { return errUndetermined(stringComparison) }

// InASCII is a call by a collation that knows ASCII alone.
type InASCII struct{ Call *Call }

// Type implements Expr.
func (e *InASCII) Type() types.Type { return e.Call.Type() }

// Pos implements Expr.
func (e *InASCII) Pos() int { return e.Call.Pos() }

// Children implements Expr.
func (e *InASCII) Children() []Expr { return e.Call.Args }

// WithChildren implements Rebuilder.
func (e *InASCII) WithChildren(c []Expr) Expr {
	return &InASCII{Call: e.Call.WithChildren(c).(*Call)}
}

// Compile implements Expr.
func (e *InASCII) Compile(c *Compiler) Eval {
	call := *e.Call
	call.ASCII = true
	return call.Compile(c)
}

// stringComparison is what a comparison needs a collation for, as errors say it.
const stringComparison = "string comparison"

var comparing = regexp.MustCompile(`^(text|bpchar|name)_?(eq|ne|lt|le|gt|ge)_?(text|name)?$|^(text|bpchar)_(larger|smaller)$|^array_(eq|ne|lt|le|gt|ge|position|positions|remove|replace)` +
	`|^arraycontain|^arrayoverlap$|^textpos$|^replace_text$|^split_text$|^text_to_array|^text_to_table|^text_starts_with$`)

// needsCollation is what a node needs a collation for; "" if for nothing.
func needsCollation(e Expr) string {
	collatable := func(t types.OID) bool {
		info := types.Info(types.BaseOf(t))
		return info != nil && info.Collation != 0
	}
	switch e := e.(type) {
	case *Call:
		source := e.Proc.Row.Source
		switch {
		case source == "lower" || source == "upper" || source == "initcap":
			if !e.Proc.Row.Set && e.Proc.Row.Args[0] == types.TextOID {
				return source + "() function"
			}
		case strings.HasSuffix(source, "iclike"), strings.HasSuffix(source, "icnlike"):
			return "ILIKE"
		case strings.Contains(source, "regex"):
			return "regular expression"
		case comparing.MatchString(source) && len(e.Args) > 0 && collatable(e.Args[0].Type().OID):
			return stringComparison
		}
	case *ScalarArray:
		if collatable(e.Left.Type().OID) {
			return stringComparison
		}
	case *Distinct:
		if collatable(e.Left.Type().OID) {
			return stringComparison
		}
	case *NullIf:
		if collatable(e.Left.Type().OID) {
			return stringComparison
		}
	case *MinMax:
		if collatable(e.typ.OID) && len(e.Args) > 1 {
			return stringComparison
		}
	}
	return ""
}

// written is what an expression is as SQL, whatever its collation.
func written(e Expr) Expr {
	switch e := e.(type) {
	case *InASCII:
		return e.Call
	case *Undetermined:
		return e.Arg
	}
	return e
}

// collateExpr is COLLATE as it is written: there is no other need of it.
type collateExpr struct {
	base
	Arg  Expr
	name string
}

// Children implements Expr.
func (e *collateExpr) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *collateExpr) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Compile implements Expr.
func (e *collateExpr) Compile(c *Compiler) Eval { return e.Arg.Compile(c) }
