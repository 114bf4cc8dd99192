package plan

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// HasOrder reports whether PostgreSQL sorts values of a type: it has a B-tree operator class.
func HasOrder(t types.OID) bool {
	if elem := types.ElemOf(t); elem != 0 {
		return HasOrder(elem)
	}
	return !types.Unordered(t)
}

// HasEquality reports whether values of a type can be told apart: privileges and numbers of transactions and commands
// have no order, but hashes.
func HasEquality(t types.OID) bool {
	return HasOrder(t) || types.HasHashAlone(t) || types.HasHashAlone(types.ElemOf(t))
}

// Equality takes "a = b" apart if it is the equality of one type's values; t is
// the type to compare by.
func Equality(e expr.Expr) (l, r expr.Expr, t types.OID, ok bool) {
	c, is := e.(*expr.Call)
	if !is || c.Op == nil || c.Op.Name != "=" || len(c.Args) != 2 {
		return nil, nil, 0, false
	}
	t, ok = comparable(c.Args[0].Type().OID, c.Args[1].Type().OID)
	return c.Args[0], c.Args[1], t, ok
}

// Leakproof reports whether a condition cannot fail, nor tell of the values that it is about otherwise: "a = b" of
// what is there already.
func Leakproof(e expr.Expr) bool {
	l, r, _, ok := Equality(e)
	return ok && isLeaf(l) && isLeaf(r)
}

func isLeaf(e expr.Expr) bool {
	switch e.(type) {
	case *Variable, *expr.Const, *expr.Param:
		return true
	}
	return false
}

// comparable returns the type by which values of two types are equal just when
// the operator = says so.
func comparable(a, b types.OID) (types.OID, bool) {
	switch {
	case IsInteger(a) && IsInteger(b):
		return types.Int8OID, true
	case isFloat(a) && isFloat(b):
		return types.Float8OID, true
	case a == types.NameOID && b == types.TextOID, a == types.TextOID && b == types.NameOID:
		return types.TextOID, true
	case a == b && HasEquality(a) && !types.IsRecord(a):
		return a, true
	}
	return 0, false
}

// IsInteger reports whether a type is int2, int4 or int8.
func IsInteger(t types.OID) bool {
	return t == types.Int2OID || t == types.Int4OID || t == types.Int8OID
}

func isFloat(t types.OID) bool { return t == types.Float4OID || t == types.Float8OID }
