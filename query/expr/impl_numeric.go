package expr

import (
	"math"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// numeric1 and numeric2 adapt the arithmetic of package types.
func numeric1(f func(types.Datum) (types.Datum, error)) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) { return f(a) }
}

func numeric2(f func(a, b types.Datum) (types.Datum, error)) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) { return f(a, b) }
}

func scaled(f func(types.Datum, int32) (types.Datum, error)) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		scale := max(min(b.Int(), math.MaxInt16), -1<<20) // more digits than any has
		return f(a, int32(scale))
	}
}

func unscaled(f func(types.Datum, int32) (types.Datum, error)) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) { return f(a, 0) }
}

func numerics() map[string]any {
	return map[string]any{
		"numeric_add": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.NumericAdd(a, b) }),
		"numeric_sub": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.NumericSub(a, b) }),
		"numeric_mul": numeric2(types.NumericMul), "numeric_div": numeric2(types.NumericDiv),
		"numeric_mod": numeric2(types.NumericMod), "numeric_div_trunc": numeric2(types.NumericDivTrunc),
		"numeric_power": numeric2(types.NumericPower), "numeric_log": numeric2(types.NumericLog),
		"numeric_uminus":       Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.NumericNeg(a), nil }),
		"numeric_abs":          Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.NumericAbs(a), nil }),
		"numeric_uplus":        Func1(same),
		"numeric_sign":         Func1(numericSign),
		"numeric_ceil":         numeric1(types.NumericCeil),
		"numeric_floor":        numeric1(types.NumericFloor),
		"numeric_round":        scaled(types.NumericRound),
		"numeric_trunc":        scaled(types.NumericTrunc),
		"round(numeric)":       unscaled(types.NumericRound),
		"trunc(numeric)":       unscaled(types.NumericTrunc),
		"numeric_sqrt":         numeric1(types.NumericSqrt),
		"numeric_exp":          numeric1(types.NumericExp),
		"numeric_ln":           numeric1(types.NumericLn),
		"log(numeric)":         Func1(log10),
		"log10(numeric)":       Func1(log10),
		"numeric_scale":        Func1(numericScale(types.NumericScale)),
		"numeric_min_scale":    Func1(numericScale(types.NumericMinScale)),
		"numeric_trim_scale":   Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.NumericTrimScale(a), nil }),
		"numeric_larger":       numericPick(1),
		"numeric_smaller":      numericPick(-1),
		"numeric_gcd":          Func2(numericGCD),
		"numeric_lcm":          Func2(numericLCM),
		"numeric_fac":          Func1(factorial),
		"width_bucket_numeric": FuncN(bucketNumeric),
	}
}

func numericPick(sign int) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		if types.NumericCmp(a, b)*sign > 0 {
			return a, nil
		}
		return b, nil
	}
}

func numericSign(_ *Env, a types.Datum) (types.Datum, error) {
	if types.NumericIsNaN(a) {
		return a, nil
	}
	return types.NumericFromInt(int64(types.NumericSign(a))), nil
}

func log10(_ *Env, a types.Datum) (types.Datum, error) {
	return types.NumericLog(types.NumericFromInt(10), a)
}

func numericScale(f func(types.Datum) (int32, bool)) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		n, ok := f(a)
		if !ok {
			return types.Null, nil
		}
		return types.Int(int64(n)), nil
	}
}

func isSpecial(a types.Datum) bool { return types.NumericIsNaN(a) || types.NumericIsInf(a) != 0 }

func numericGCD(_ *Env, a, b types.Datum) (types.Datum, error) {
	if isSpecial(a) || isSpecial(b) {
		return types.ParseNumeric("NaN")
	}
	scale := largerScale(a, b)
	for types.NumericSign(b) != 0 {
		rest, err := types.NumericMod(a, b)
		if err != nil {
			return types.Null, err
		}
		a, b = b, rest
	}
	return types.NumericRound(types.NumericAbs(a), scale)
}

func largerScale(a, b types.Datum) int32 {
	x, _ := types.NumericScale(a)
	y, _ := types.NumericScale(b)
	return max(x, y)
}

func numericLCM(env *Env, a, b types.Datum) (types.Datum, error) {
	if isSpecial(a) || isSpecial(b) {
		return types.ParseNumeric("NaN")
	}
	g, err := numericGCD(env, a, b)
	if err != nil {
		return types.Null, err
	}
	if types.NumericSign(a) == 0 || types.NumericSign(b) == 0 {
		return types.NumericScaled(0, largerScale(a, b)), nil
	}
	parts, err := types.NumericDivTrunc(a, g)
	if err != nil {
		return types.Null, err
	}
	m, err := types.NumericMul(parts, b)
	if err != nil {
		return types.Null, err
	}
	return types.NumericRound(types.NumericAbs(m), largerScale(a, b))
}

func factorial(_ *Env, a types.Datum) (types.Datum, error) {
	n := a.Int()
	switch {
	case n < 0:
		return types.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "factorial of a negative number is undefined")
	case n > 32177:
		return types.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "value overflows numeric format")
	}
	r := types.NumericFromInt(1)
	for i := int64(2); i <= n; i++ {
		var err error
		if r, err = types.NumericMul(r, types.NumericFromInt(i)); err != nil {
			return types.Null, err
		}
	}
	return r, nil
}

// bucketNumeric is width_bucket(operand, low, high, count).
func bucketNumeric(_ *Env, args []types.Datum) (types.Datum, error) {
	x, low, high, n := args[0], args[1], args[2], args[3].Int()
	invalid := func(m string) (types.Datum, error) {
		return types.Null, sqlstate.New(sqlstate.InvalidArgumentForWidthBucket, "%s", m)
	}
	switch {
	case n <= 0:
		return invalid("count must be greater than zero")
	case types.NumericIsNaN(x) || types.NumericIsNaN(low) || types.NumericIsNaN(high):
		return invalid("operand, lower bound, and upper bound cannot be NaN")
	case types.NumericIsInf(low) != 0 || types.NumericIsInf(high) != 0:
		return invalid("lower and upper bounds must be finite")
	}
	sign := types.NumericCmp(high, low)
	switch {
	case sign == 0:
		return invalid("lower bound cannot equal upper bound")
	case types.NumericCmp(x, low)*sign < 0:
		return types.Int(0), nil
	case types.NumericCmp(x, high)*sign >= 0:
		return int4Range.result(n + 1)
	}
	return numericBucket(x, low, high, n)
}

func numericBucket(x, low, high types.Datum, n int64) (types.Datum, error) {
	offset, err := types.NumericSub(x, low)
	if err != nil {
		return types.Null, err
	}
	width, err := types.NumericSub(high, low)
	if err != nil {
		return types.Null, err
	}
	if offset, err = types.NumericMul(offset, types.NumericFromInt(n)); err != nil {
		return types.Null, err
	}
	bucket, err := types.NumericDiv(offset, width) // rounded, and so one too far at times, as PostgreSQL's is
	if err != nil {
		return types.Null, err
	}
	if bucket, err = types.NumericAdd(bucket, types.NumericFromInt(1)); err != nil {
		return types.Null, err
	}
	if bucket, err = types.NumericFloor(bucket); err != nil {
		return types.Null, err
	}
	i, err := types.NumericToInt(types.Int4OID, bucket)
	return types.Int(i), err
}
