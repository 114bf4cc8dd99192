package expr

import (
	"math"
	"math/bits"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func errDivision() error { return sqlstate.New(sqlstate.DivisionByZero, "division by zero") }

// intRange is the range of an integer type.
type intRange struct {
	name     string
	min, max int64
}

var (
	int2Range = &intRange{"smallint", math.MinInt16, math.MaxInt16}
	int4Range = &intRange{"integer", math.MinInt32, math.MaxInt32}
	int8Range = &intRange{"bigint", math.MinInt64, math.MaxInt64}
)

func (r *intRange) overflow() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "%s out of range", r.name)
}

func (r *intRange) result(i int64) (types.Datum, error) {
	if i < r.min || i > r.max {
		return types.Null, r.overflow()
	}
	return types.Int(i), nil
}

func (r *intRange) add(_ *Env, a, b types.Datum) (types.Datum, error) {
	x, y := a.Int(), b.Int()
	sum := x + y
	if (x^sum)&(y^sum) < 0 {
		return types.Null, r.overflow()
	}
	return r.result(sum)
}

func (r *intRange) sub(_ *Env, a, b types.Datum) (types.Datum, error) {
	x, y := a.Int(), b.Int()
	d := x - y
	if (x^y)&(x^d) < 0 {
		return types.Null, r.overflow()
	}
	return r.result(d)
}

func (r *intRange) mul(_ *Env, a, b types.Datum) (types.Datum, error) {
	p, ok := mulInt64(a.Int(), b.Int())
	if !ok {
		return types.Null, r.overflow()
	}
	return r.result(p)
}

func mulInt64(x, y int64) (int64, bool) {
	p := x * y
	if uint64(x+1<<31) < 1<<32 && uint64(y+1<<31) < 1<<32 {
		return p, true
	}
	hi, _ := bits.Mul64(magnitude(x), magnitude(y))
	if hi != 0 || x == 0 || y == 0 {
		return p, x == 0 || y == 0
	}
	return p, p/y == x && (x != math.MinInt64 || y != -1) && (y != math.MinInt64 || x != -1)
}

func magnitude(i int64) uint64 {
	if i < 0 {
		return uint64(-i)
	}
	return uint64(i)
}

func (r *intRange) div(_ *Env, a, b types.Datum) (types.Datum, error) {
	switch b.Int() {
	case 0:
		return types.Null, errDivision()
	case -1:
		return r.neg(nil, a)
	}
	return r.result(a.Int() / b.Int())
}

func (r *intRange) mod(_ *Env, a, b types.Datum) (types.Datum, error) {
	switch b.Int() {
	case 0:
		return types.Null, errDivision()
	case -1:
		return types.Int(0), nil
	}
	return types.Int(a.Int() % b.Int()), nil
}

func (r *intRange) neg(_ *Env, a types.Datum) (types.Datum, error) {
	if a.Int() == r.min {
		return types.Null, r.overflow()
	}
	return types.Int(-a.Int()), nil
}

func (r *intRange) abs(_ *Env, a types.Datum) (types.Datum, error) {
	if a.Int() < 0 {
		return r.neg(nil, a)
	}
	return a, nil
}

// gcd is Euclid's; the greatest common divisor of the minimum and itself does not fit.
func (r *intRange) gcd(_ *Env, a, b types.Datum) (types.Datum, error) {
	g := gcd(magnitude(a.Int()), magnitude(b.Int()))
	if g > uint64(r.max) {
		return types.Null, r.overflow()
	}
	return types.Int(int64(g)), nil
}

func gcd(x, y uint64) uint64 {
	for y != 0 {
		x, y = y, x%y
	}
	return x
}

func (r *intRange) lcm(env *Env, a, b types.Datum) (types.Datum, error) {
	if a.Int() == 0 || b.Int() == 0 {
		return types.Int(0), nil
	}
	g, err := r.gcd(env, a, b)
	if err != nil {
		return types.Null, err
	}
	m, ok := mulInt64(a.Int()/g.Int(), b.Int())
	if !ok || m == math.MinInt64 {
		return types.Null, r.overflow()
	}
	return r.result(max(m, -m))
}

func same(_ *Env, a types.Datum) (types.Datum, error) { return a, nil }

// narrow wraps the result of a bit operation to the type's width.
func (r *intRange) narrow(i int64) types.Datum {
	switch r {
	case int2Range:
		return types.Int(int64(int16(i)))
	case int4Range:
		return types.Int(int64(int32(i)))
	}
	return types.Int(i)
}

// shift wraps the count as C's shift does on the usual machines.
func (r *intRange) shift(left bool) Func2 {
	width := int64(31)
	if r == int8Range {
		width = 63
	}
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		n := uint(b.Int() & width)
		if left {
			return r.narrow(a.Int() << n), nil
		}
		return r.narrow(a.Int() >> n), nil
	}
}

func integers() map[string]any {
	all := map[string]any{}
	for prefix, r := range map[string]*intRange{
		"int2": int2Range, "int4": int4Range, "int8": int8Range, "int24": int4Range, "int42": int4Range,
		"int28": int8Range, "int82": int8Range, "int48": int8Range, "int84": int8Range,
	} {
		all[prefix+"pl"], all[prefix+"mi"] = Func2(r.add), Func2(r.sub)
		all[prefix+"mul"], all[prefix+"div"] = Func2(r.mul), Func2(r.div)
	}
	for prefix, r := range map[string]*intRange{"int2": int2Range, "int4": int4Range, "int8": int8Range} {
		r.unaryAndBits(all, prefix)
	}
	return all
}

func (r *intRange) unaryAndBits(all map[string]any, prefix string) {
	all[prefix+"mod"], all[prefix+"um"], all[prefix+"up"], all[prefix+"abs"] = Func2(r.mod), Func1(r.neg), Func1(same), Func1(r.abs)
	if r != int2Range {
		all[prefix+"gcd"], all[prefix+"lcm"] = Func2(r.gcd), Func2(r.lcm)
	}
	all[prefix+"shl"], all[prefix+"shr"] = r.shift(true), r.shift(false)
	all[prefix+"and"] = Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Int(a.Int() & b.Int()), nil })
	all[prefix+"or"] = Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Int(a.Int() | b.Int()), nil })
	all[prefix+"xor"] = Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Int(a.Int() ^ b.Int()), nil })
	all[prefix+"not"] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Int(^a.Int()), nil })
	all[prefix+"larger"] = Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Int(max(a.Int(), b.Int())), nil })
	all[prefix+"smaller"] = Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Int(min(a.Int(), b.Int())), nil })
}
