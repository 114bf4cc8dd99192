package expr

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// sameItem compares elements with NULLs equal.
func sameItem(t types.OID, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() == b.IsNull()
	}
	return types.Equal(t, a, b)
}

func searchable(a *types.Array) error {
	if len(a.Dims) > 1 {
		return unsupportedDims("searching for elements in multidimensional arrays is not supported")
	}
	return nil
}

func unsupportedDims(m string) error { return sqlstate.New(sqlstate.FeatureNotSupported, "%s", m) }

func arrayPosition(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return FuncN(func(_ *Env, args []types.Datum) (types.Datum, error) {
		if args[0].IsNull() {
			return types.Null, nil
		}
		a := args[0].Array()
		if err := searchable(a); err != nil || len(a.Dims) == 0 {
			return types.Null, err
		}
		if args[1].IsNull() && !slices.ContainsFunc(a.Items, types.Datum.IsNull) {
			return types.Null, nil
		}
		lower, from := int64(a.Dims[0].Lower), int64(a.Dims[0].Lower)
		if len(args) > 2 {
			if args[2].IsNull() {
				return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "initial position must not be null")
			}
			from = args[2].Int()
		}
		for i, item := range a.Items {
			if at := lower + int64(i); at >= from && sameItem(elem, item, args[1]) {
				return types.Int(at), nil
			}
		}
		return types.Null, nil
	})
}

func arrayPositions(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		if a.IsNull() {
			return types.Null, nil
		}
		array := a.Array()
		if err := searchable(array); err != nil {
			return types.Null, err
		}
		var found []types.Datum
		for i, item := range array.Items {
			if sameItem(elem, item, b) {
				found = append(found, types.Int(int64(array.Dims[0].Lower)+int64(i)))
			}
		}
		return types.Pointer(types.NewArray(types.Int4OID, found)), nil
	})
}

func arrayRemove(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		if a.IsNull() {
			return types.Null, nil
		}
		old := a.Array()
		if len(old.Dims) > 1 {
			return types.Null, unsupportedDims("removing elements from multidimensional arrays is not supported")
		}
		var kept []types.Datum
		for _, item := range old.Items {
			if !sameItem(elem, item, b) {
				kept = append(kept, item)
			}
		}
		if len(kept) == len(old.Items) {
			return a, nil
		}
		made := types.NewArray(elem, kept)
		if len(made.Dims) > 0 {
			made.Dims[0].Lower = old.Dims[0].Lower
		}
		return types.Pointer(made), nil
	})
}

func arrayReplace(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return Func3(func(_ *Env, a, from, to types.Datum) (types.Datum, error) {
		if a.IsNull() {
			return types.Null, nil
		}
		old := a.Array()
		items, found := make([]types.Datum, len(old.Items)), false
		for i, item := range old.Items {
			if items[i] = item; sameItem(elem, item, from) {
				items[i], found = to, true
			}
		}
		if !found {
			return a, nil
		}
		return types.Pointer(&types.Array{Elem: elem, Dims: old.Dims, Items: items}), nil
	})
}

// arraySet is an array's elements without order.
type arraySet struct {
	elem  types.OID
	items []types.Datum
}

// has looks for an element; NULL is never found.
func (s arraySet) has(d types.Datum) bool {
	for _, i := range s.items {
		if !i.IsNull() && types.Equal(s.elem, i, d) {
			return true
		}
	}
	return false
}

// any reports whether an element is found, or with missing set whether one is not. The look for one
// after the other ends with the statement.
func (s arraySet) any(env *Env, o arraySet, missing bool) (bool, error) {
	looked := 0
	for _, d := range o.items {
		if looked += len(s.items) + 1; looked > arrayLooksBetweenChecks {
			looked = 0
			if err := ended(env); err != nil {
				return false, err
			}
		}
		if found := !d.IsNull() && s.has(d); found != missing {
			return true, nil
		}
	}
	return false, nil
}

const arrayLooksBetweenChecks = 1 << 20

func containsAll(env *Env, s, o arraySet) (bool, error) {
	missing, err := s.any(env, o, true)
	return !missing, err
}

func haveOneInCommon(env *Env, s, o arraySet) (bool, error) { return s.any(env, o, false) }

func arraySets(holds func(env *Env, l, r arraySet) (bool, error)) maker {
	return equating(func(c *Call) any {
		elem := types.ElemOf(c.Proc.Args[0])
		return Func2(func(env *Env, a, b types.Datum) (types.Datum, error) {
			held, err := holds(env, arraySet{elem, a.Array().Items}, arraySet{elem, b.Array().Items})
			return types.Bool(held), err
		})
	})
}
