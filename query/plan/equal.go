package plan

import (
	"reflect"
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
)

// Same reports whether two expressions are the same but for their places, as
// PostgreSQL's equal() does.
func Same(a, b expr.Expr) bool {
	if a == b {
		return true
	}
	if a.Type() != b.Type() {
		return false
	}
	return sameValue(reflect.ValueOf(a), reflect.ValueOf(b))
}

// SameCall reports whether two aggregate calls are the same and one value serves both:
// calls of volatile functions and subqueries are computed anew.
func SameCall(a, b *expr.AggregateCall) bool {
	for _, e := range append(CallExprs(a), CallExprs(b)...) {
		if HasSubLink(e) || CallsVolatile(e) {
			return false
		}
	}
	return sameValue(reflect.ValueOf(a), reflect.ValueOf(b))
}

var (
	datumType    = reflect.TypeFor[types.Datum]()
	constType    = reflect.TypeFor[*expr.Const]()
	subLinkType  = reflect.TypeFor[*SubLink]()
	procType     = reflect.TypeFor[*expr.Proc]()
	procRowType  = reflect.TypeFor[*pgdata.Proc]()
	operatorType = reflect.TypeFor[*pgdata.Operator]()
)

func sameValue(a, b reflect.Value) bool {
	if a.Type() != b.Type() {
		return false
	}
	switch a.Type() {
	case constType:
		return sameConst(a.Interface().(*expr.Const), b.Interface().(*expr.Const))
	case subLinkType:
		return a.Interface().(*SubLink).same(b.Interface().(*SubLink))
	case procRowType, operatorType:
		return a.Pointer() == b.Pointer()
	case procType:
		return sameProc(a.Interface().(*expr.Proc), b.Interface().(*expr.Proc))
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return sameValue(a.Elem(), b.Elem())
	case reflect.Slice:
		return sameSlice(a, b)
	case reflect.Struct:
		return sameStruct(a, b)
	case reflect.Func:
		return a.IsNil() == b.IsNil()
	}
	return a.Equal(b)
}

func sameSlice(a, b reflect.Value) bool {
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !sameValue(a.Index(i), b.Index(i)) {
			return false
		}
	}
	return true
}

// sameStruct leaves out where an expression stands and what it is called.
func sameStruct(a, b reflect.Value) bool {
	if a.Type() == datumType {
		return false
	}
	for i := range a.NumField() {
		switch a.Type().Field(i).Name {
		case "pos", "Pos", "Location", "name", "Name":
			continue
		}
		if !sameValue(a.Field(i), b.Field(i)) {
			return false
		}
	}
	return true
}

func sameProc(a, b *expr.Proc) bool {
	if a.Row != b.Row || a.Result != b.Result || a.Spread != b.Spread || len(a.Args) != len(b.Args) || !slices.Equal(a.Columns, b.Columns) {
		return false
	}
	for i := range a.Args {
		if a.Args[i] != b.Args[i] {
			return false
		}
	}
	return true
}

func sameConst(a, b *expr.Const) bool {
	if a.Type() != b.Type() || a.Value.IsNull() != b.Value.IsNull() {
		return false
	}
	if a.Value.IsNull() {
		return true
	}
	oid := a.Type().OID
	if oid == types.UnknownOID {
		return a.Value.Str() == b.Value.Str()
	}
	return types.Text(nil, oid, a.Value) == types.Text(nil, oid, b.Value)
}
