package expr

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// multiranges are the functions of multirange types alone.
func multiranges() map[string]any {
	return map[string]any{
		"multirange_constructor0": maker(multirangeOf0), "multirange_constructor1": maker(multirangeOf1), "multirange_constructor2": maker(multirangeOf2),
		"multirange_contains_elem":     Func2(hasElement),
		"elem_contained_by_multirange": Func2(func(env *Env, a, b types.Datum) (types.Datum, error) { return hasElement(env, b, a) }),
		"multirange_cmp":               maker(compared),
		"multirange_union": multirangePair(func(a, b *types.Multirange) *types.Multirange {
			return types.NewMultirange(a.Type, slices.Concat(a.Ranges, b.Ranges))
		}),
		"multirange_minus":     multirangePair((*types.Multirange).Minus),
		"multirange_intersect": multirangePair((*types.Multirange).Intersect),
		"range_merge_from_multirange": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return types.Pointer(a.Multirange().Hull()), nil
		}),
		"multirange_unnest": SetFunc(unnestMultirange),
	}
}

func multirangePair(f func(a, b *types.Multirange) *types.Multirange) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		return types.Pointer(f(a.Multirange(), b.Multirange())), nil
	}
}

func multirangeOf0(c *Call) any {
	t := types.Info(c.Proc.Result)
	return Func0(func(*Env) (types.Datum, error) { return types.Pointer(types.NewMultirange(t, nil)), nil })
}

func multirangeOf1(c *Call) any {
	t := types.Info(c.Proc.Result)
	return Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
		return types.Pointer(types.NewMultirange(t, []*types.Range{a.Range()})), nil
	})
}

func multirangeOf2(c *Call) any {
	t := types.Info(c.Proc.Result)
	return Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
		if len(a.Array().Dims) > 1 {
			return types.Null, sqlstate.New(sqlstate.CardinalityViolation, "multiranges cannot be constructed from multidimensional arrays")
		}
		all := make([]*types.Range, 0, len(a.Array().Items))
		for _, item := range a.Array().Items {
			if item.IsNull() {
				return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "multirange values cannot contain null members")
			}
			all = append(all, item.Range())
		}
		return types.Pointer(types.NewMultirange(t, all)), nil
	})
}

func unnestMultirange(_ *Env, args []types.Datum) (Rows, error) {
	all := args[0].Multirange().Ranges
	items := make([]types.Datum, len(all))
	for i, r := range all {
		items[i] = types.Pointer(r)
	}
	return singles(items), nil
}
