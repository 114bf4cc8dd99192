package plan

import (
	"reflect"
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
)

// variables returns the references in an expression, those in its subqueries
// included.
func variables(e expr.Expr) []*variable {
	var all []*variable
	expr.Walk(e, func(n expr.Expr) bool {
		switch n := n.(type) {
		case *variable:
			all = append(all, n)
		case *SubLink:
			all = append(all, mentioned(n)...)
		}
		return true
	})
	return all
}

// mentioned returns every reference in a subquery, its own included.
func mentioned(s *SubLink) []*variable {
	all := nodeVariables(s.Plan)
	if s.Test != nil {
		all = append(all, variables(s.Test)...)
	}
	return all
}

// nodeVariables returns every reference in the expressions of a plan.
func nodeVariables(n Node) []*variable {
	var all []*variable
	for _, e := range nodeExprs(n) {
		all = append(all, variables(e)...)
	}
	for _, in := range n.Inputs() {
		all = append(all, nodeVariables(in)...)
	}
	if w, ok := n.(*With); ok {
		for _, c := range w.CTEs {
			all = append(all, nodeVariables(c.Plan)...)
			if c.Recursive != nil {
				all = append(all, nodeVariables(c.Recursive)...)
			}
		}
	}
	return all
}

// nodeExprs returns the expressions of one operator.
func nodeExprs(n Node) []expr.Expr {
	var all []expr.Expr
	add := func(e ...expr.Expr) {
		for _, x := range e {
			if x != nil {
				all = append(all, x)
			}
		}
	}
	keys := func(k []SortKey) {
		for i := range k {
			add(k[i].Expr)
		}
	}
	switch n := n.(type) {
	case *Scan:
		add(n.Filter)
		add(n.Bounds.exprs()...)
	case *PointScan:
		add(n.Filter, n.Entity, n.Generation)
	case *HistoryScan:
		add(n.Filter)
		add(n.exprs()...)
	case *FunctionScan:
		add(n.Calls...)
		add(n.Filter)
	case *Values:
		for _, r := range n.Rows {
			add(r...)
		}
	case *Filter:
		add(n.Condition)
	case *Project:
		add(n.Exprs...)
	case *ProjectSet:
		for _, c := range n.Calls {
			add(c)
		}
	case *Join:
		add(n.Condition)
		add(n.LeftKeys...)
		add(n.RightKeys...)
	case *Window:
		add(n.exprs()...)
	case *Aggregate:
		add(n.Keys...)
		for _, c := range n.Calls {
			add(callExprs(c)...)
		}
	case *Sort:
		keys(n.Keys)
	case *Limit:
		add(n.Count, n.Offset)
		keys(n.Ties)
	case *Distinct:
		add(n.Keys...)
	}
	return all
}

func (b *Bounds) exprs() []expr.Expr {
	all := append([]expr.Expr(nil), b.Entities...)
	all = append(all, b.Kinds...)
	all = append(all, b.EntityArray, b.KindArray, b.ID)
	for _, r := range []*Range{&b.Version, &b.Sequence, &b.HLC} {
		all = append(append(all, r.Low...), r.High...)
	}
	return all
}

// mentionsAny reports whether an expression refers to one of the slots.
func mentionsAny(e expr.Expr, slots map[Slot]bool) bool {
	for _, v := range variables(e) {
		if slots[v.slot] {
			return true
		}
	}
	return false
}

// volatile reports whether an expression calls a volatile function.
func volatile(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(n expr.Expr) bool {
		if c, ok := n.(*expr.Call); ok && c.Proc.Row.Volatile == 'v' {
			found = true
		}
		return !found
	})
	return found
}

// hasSubLink reports whether an expression contains a subquery.
func hasSubLink(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(n expr.Expr) bool {
		if _, ok := n.(*SubLink); ok {
			found = true
		}
		return !found
	})
	return found
}

// same reports whether two expressions are the same but for their places, as
// PostgreSQL's equal() does.
func same(a, b expr.Expr) bool {
	if a == b {
		return true
	}
	if a.Type() != b.Type() {
		return false
	}
	return sameValue(reflect.ValueOf(a), reflect.ValueOf(b))
}

func sameCall(a, b *expr.AggregateCall) bool {
	for _, e := range append(callExprs(a), callExprs(b)...) {
		if hasSubLink(e) || volatile(e) {
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
	case subLinkType, procRowType, operatorType:
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
		case "pos", "Pos", "name", "Name":
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
