package expr

import (
	"math/bits"

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
	all["hash_range"] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
		return types.Int(int64(int32(rangeHash(a.Range())))), nil
	})
	all["hash_range_extended"] = Func2(func(_ *Env, a, seed types.Datum) (types.Datum, error) {
		return types.Int(int64(rangeHashExtended(a.Range(), uint64(seed.Int())))), nil
	})
	all["hash_multirange"] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
		sum := uint32(1)
		for _, r := range a.Multirange().Ranges {
			sum = sum*31 + rangeHash(r)
		}
		return types.Int(int64(int32(sum))), nil
	})
	all["hash_multirange_extended"] = Func2(func(_ *Env, a, seed types.Datum) (types.Datum, error) {
		return types.Int(int64(hashMultirange(a, uint64(seed.Int())))), nil
	})
}

func hashRange(d types.Datum, seed uint64) uint64 { return rangeHashExtended(d.Range(), seed) }

func hashMultirange(d types.Datum, seed uint64) uint64 {
	sum := uint64(1)
	for _, r := range d.Multirange().Ranges {
		sum = sum*31 + rangeHashExtended(r, seed)
	}
	return sum
}

func rangeHash(r *types.Range) uint32 {
	sum := uint32(hashWord(uint32(r.Flags()), 0)) ^ uint32(boundHash(r, r.Lower, 0))
	return bits.RotateLeft32(sum, 1) ^ uint32(boundHash(r, r.Upper, 0))
}

// rangeHashExtended turns both halves of the word for themselves.
func rangeHashExtended(r *types.Range, seed uint64) uint64 {
	sum := hashWord(uint32(r.Flags()), seed) ^ boundHash(r, r.Lower, seed)
	sum = uint64(bits.RotateLeft32(uint32(sum>>32), 1))<<32 | uint64(bits.RotateLeft32(uint32(sum), 1))
	return sum ^ boundHash(r, r.Upper, seed)
}

// boundHash is the hash of a bound's value by its type's operator class.
func boundHash(r *types.Range, b types.Bound, seed uint64) uint64 {
	switch {
	case b.Infinite():
		return 0
	case r.Type.Subtype == types.NumericOID:
		return hashNumeric(b.Value, seed)
	case types.Info(r.Type.Subtype).Len == 8:
		return hashLong(b.Value, seed)
	}
	return hashNumber(b.Value, seed)
}
