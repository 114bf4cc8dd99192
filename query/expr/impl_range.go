package expr

import (
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// ranges are the functions of range types, and those that multirange types share.
func ranges() map[string]any {
	all := map[string]any{
		"range_constructor2": maker(rangeOf2), "range_constructor3": maker(rangeOf3),
		"range_contains_elem":     Func2(hasElement),
		"elem_contained_by_range": Func2(func(env *Env, a, b types.Datum) (types.Datum, error) { return hasElement(env, b, a) }),
		"range_cmp":               maker(compared),
		"range_union":             ofTwoRanges((*types.Range).Union),
		"range_minus":             ofTwoRanges((*types.Range).Minus),
		"range_intersect":         ofTwoRanges(func(a, b *types.Range) (*types.Range, error) { return a.Intersect(b), nil }),
		"range_merge":             ofTwoRanges(func(a, b *types.Range) (*types.Range, error) { return a.Merge(b), nil }),
	}
	for of, test := range spanTests {
		f := Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(test(a, b)), nil })
		all["range_"+of], all["range_"+of+"_multirange"] = f, f
		all["multirange_"+of+"_range"], all["multirange_"+of+"_multirange"] = f, f
	}
	for _, kind := range []string{"range_", "multirange_"} {
		for part, f := range rangeParts() {
			all[kind+part] = f
		}
	}
	rangeSupports(all)
	return all
}

// spanTests compare two ranges or multiranges. Each is a function that calls one, so that
// spans need no memory.
var spanTests = map[string]func(a, b types.Datum) bool{
	"contains":     func(a, b types.Datum) bool { return types.SpansOf(a).Contains(types.SpansOf(b)) },
	"contained_by": func(a, b types.Datum) bool { return types.SpansOf(b).Contains(types.SpansOf(a)) },
	"overlaps":     func(a, b types.Datum) bool { return types.SpansOf(a).Overlaps(types.SpansOf(b)) },
	"adjacent":     func(a, b types.Datum) bool { return types.SpansOf(a).Adjacent(types.SpansOf(b)) },
	"before":       func(a, b types.Datum) bool { return types.SpansOf(a).Before(types.SpansOf(b)) },
	"after":        func(a, b types.Datum) bool { return types.SpansOf(b).Before(types.SpansOf(a)) },
	"overleft":     func(a, b types.Datum) bool { return types.SpansOf(a).EndsBy(types.SpansOf(b)) },
	"overright":    func(a, b types.Datum) bool { return types.SpansOf(a).BeginsBy(types.SpansOf(b)) },
}

// rangeParts are what is asked of a range, or of the least one with all of a multirange.
func rangeParts() map[string]Func1 {
	part := func(of func(*types.Range) types.Datum) Func1 {
		return func(_ *Env, a types.Datum) (types.Datum, error) { return of(hull(a)), nil }
	}
	return map[string]Func1{
		"lower":     part(func(r *types.Range) types.Datum { return r.Lower.Value }),
		"upper":     part(func(r *types.Range) types.Datum { return r.Upper.Value }),
		"empty":     part(func(r *types.Range) types.Datum { return types.Bool(r.Empty) }),
		"lower_inc": part(func(r *types.Range) types.Datum { return types.Bool(r.Lower.Inclusive) }),
		"upper_inc": part(func(r *types.Range) types.Datum { return types.Bool(r.Upper.Inclusive) }),
		"lower_inf": part(func(r *types.Range) types.Datum { return types.Bool(!r.Empty && r.Lower.Infinite()) }),
		"upper_inf": part(func(r *types.Range) types.Datum { return types.Bool(!r.Empty && r.Upper.Infinite()) }),
	}
}

func hull(d types.Datum) *types.Range {
	if m, ok := d.Pointer().(*types.Multirange); ok {
		return m.Hull()
	}
	return d.Range()
}

func hasElement(_ *Env, a, b types.Datum) (types.Datum, error) {
	return types.Bool(types.SpansOf(a).Has(b)), nil
}

func ofTwoRanges(f func(a, b *types.Range) (*types.Range, error)) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) { return rangeDatum(f(a.Range(), b.Range())) }
}

func rangeDatum(r *types.Range, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.Pointer(r), nil
}

func rangeOf2(c *Call) any {
	t := types.Info(c.Proc.Result)
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		return rangeDatum(types.NewRange(t, types.Bound{Value: a, Inclusive: true}, types.Bound{Value: b}))
	})
}

func rangeOf3(c *Call) any {
	t := types.Info(c.Proc.Result)
	return Func3(func(_ *Env, a, b, flags types.Datum) (types.Datum, error) {
		if flags.IsNull() {
			return types.Null, sqlstate.New(sqlstate.DataException, "range constructor flags argument must not be null")
		}
		lower, upper := types.Bound{Value: a}, types.Bound{Value: b}
		switch flags.Str() {
		case "[]":
			lower.Inclusive, upper.Inclusive = true, true
		case "[)":
			lower.Inclusive = true
		case "(]":
			upper.Inclusive = true
		case "()":
		default:
			return types.Null, sqlstate.New(sqlstate.SyntaxError, "invalid range bound flags").
				WithHint("Valid values are \"[]\", \"[)\", \"(]\", and \"()\".")
		}
		return rangeDatum(types.NewRange(t, lower, upper))
	})
}

// rangeSupports are the functions that pg_range and operator classes name.
func rangeSupports(all map[string]any) {
	for _, name := range []string{"int4range", "int8range", "daterange"} {
		all[name+"_canonical"] = Func1(same) // no value has another form
	}
	for name, scale := range map[string]float64{"int4range": 1, "int8range": 1, "daterange": 1, "tsrange": 1e6, "tstzrange": 1e6} {
		all[name+"_subdiff"] = Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Float((float64(a.Int()) - float64(b.Int())) / scale), nil
		})
	}
	all["numrange_subdiff"] = Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		d, err := types.NumericSub(a, b)
		if err != nil {
			return types.Null, err
		}
		f, err := types.NumericToFloat(d, 64)
		return types.Float(f), err
	})
}

// Constructors are the functions that make values of a range or multirange type that a session has defined. The
// first has the given OID, the others those behind it; there are at most ConstructorsMax. Hidden ones are found in
// the session's schema alone.
func Constructors(t *types.TypeInfo, name string, oid uint32, hidden bool) (all []*Function) {
	add := func(row pgdata.Proc) {
		row.OID, row.Name, row.Kind, row.Volatile, row.Result, row.Cost = oid+uint32(len(all)), name, 'f', 'i', t.OID, 1
		all = append(all, &Function{Row: row, Impl: implementations()[row.Source], Own: true, Hidden: hidden})
	}
	if t.Subtype != 0 {
		add(pgdata.Proc{Args: []types.OID{t.Subtype, t.Subtype}, Source: "range_constructor2"})
		add(pgdata.Proc{Args: []types.OID{t.Subtype, t.Subtype, types.TextOID}, Source: "range_constructor3"})
		return all
	}
	add(pgdata.Proc{Args: []types.OID{}, Strict: true, Source: "multirange_constructor0"})
	add(pgdata.Proc{Args: []types.OID{t.Range}, Strict: true, Source: "multirange_constructor1"})
	add(pgdata.Proc{Args: []types.OID{types.ArrayOf(t.Range)}, Variadic: t.Range, Strict: true, Source: "multirange_constructor2"})
	return all
}

// ConstructorsMax is how many functions a type has.
const ConstructorsMax = 3
