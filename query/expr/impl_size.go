package expr

import (
	"github.com/projsql/projsql/query/types"
)

// columnSize answers pg_column_size of values of fixed size, and of those that the
// statement makes. Of one that comes out of a row, PostgreSQL tells the size that it is
// stored with, which is another.
func columnSize(c *Call) any {
	t, known := c.Args[0].Type().OID, hasSize(c.Args[0])
	return Func1(func(_ *Env, d types.Datum) (types.Datum, error) {
		n, ok := types.Size(t, d)
		if !ok || !known { // an argument that a function in SQL was given
			return types.Null, unavailable("the size of a stored value")
		}
		return integer(n)
	})
}

// sizeable refuses pg_column_size of what columnSize does not know.
func (b *Binder) sizeable(c *Call) error {
	if hasSize(c.Args[0]) {
		return nil
	}
	return b.unsupported(c.pos, "the size of a stored value")
}

func hasSize(e Expr) bool {
	i := types.Info(types.BaseOf(e.Type().OID))
	return i != nil && i.Len > 0 || isMade(e)
}

// isMade reports whether an expression's value is of constants and parameters alone, and no
// part of one that was made before.
func isMade(e Expr) bool {
	switch n := e.(type) {
	case *Const, *Param:
		return true
	case *Call:
		if n.Proc.Row.Set {
			return false
		}
	case *Relabel, *IOCast, *ArrayCast, *Length, *Case, *Coalesce, *MinMax, *Array, *Row, *DomainCheck:
	default:
		return false
	}
	for _, child := range e.Children() {
		if !isMade(child) {
			return false
		}
	}
	return true
}
