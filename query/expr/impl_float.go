package expr

import (
	"math"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func errOverflow() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value out of range: overflow")
}

func errUnderflow() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value out of range: underflow")
}

func errInput() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "input is out of range")
}

// floatOp is an arithmetic operator in float8, or in float4 if narrow.
type floatOp struct {
	compute func(x, y float64) float64
	div     bool
	product bool // may underflow
	narrow  bool
}

func (o floatOp) eval(_ *Env, a, b types.Datum) (types.Datum, error) {
	x, y := a.Float(), b.Float()
	if o.div && y == 0 && !math.IsNaN(x) {
		return types.Null, errDivision()
	}
	r := o.compute(x, y)
	if o.narrow {
		r = float64(float32(r))
	}
	if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return types.Null, errOverflow()
	}
	if o.product && r == 0 && x != 0 && (o.div || y != 0) && !(o.div && math.IsInf(y, 0)) {
		return types.Null, errUnderflow()
	}
	return types.Float(r), nil
}

// float1 computes a function of one argument; a finite one must not overflow.
func float1(f func(float64) float64) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		r := f(a.Float())
		if math.IsInf(r, 0) && !math.IsInf(a.Float(), 0) {
			return types.Null, errOverflow()
		}
		return types.Float(r), nil
	}
}

// bounded refuses arguments outside [low, high], and passes NaN.
func bounded(low, high float64, f func(float64) float64) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		x := a.Float()
		if x < low || x > high {
			return types.Null, errInput()
		}
		return types.Float(f(x)), nil
	}
}

// periodic refuses infinite arguments.
func periodic(f func(float64) float64) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		if math.IsInf(a.Float(), 0) {
			return types.Null, errInput()
		}
		r := f(a.Float())
		if math.IsInf(r, 0) {
			return types.Null, errOverflow()
		}
		return types.Float(r), nil
	}
}

func floats() map[string]any {
	all := map[string]any{}
	for prefix, narrow := range map[string]bool{"float8": false, "float48": false, "float84": false, "float4": true} {
		all[prefix+"pl"] = Func2(floatOp{compute: func(x, y float64) float64 { return x + y }, narrow: narrow}.eval)
		all[prefix+"mi"] = Func2(floatOp{compute: func(x, y float64) float64 { return x - y }, narrow: narrow}.eval)
		all[prefix+"mul"] = Func2(floatOp{compute: func(x, y float64) float64 { return x * y }, product: true, narrow: narrow}.eval)
		all[prefix+"div"] = Func2(floatOp{compute: func(x, y float64) float64 { return x / y }, div: true, product: true, narrow: narrow}.eval)
	}
	for _, prefix := range []string{"float4", "float8"} {
		all[prefix+"um"], all[prefix+"up"] = float1(func(x float64) float64 { return -x }), Func1(same)
		all[prefix+"abs"] = float1(math.Abs)
		all[prefix+"larger"] = floatPick(1)
		all[prefix+"smaller"] = floatPick(-1)
	}
	all["dceil"], all["dfloor"], all["dround"], all["dtrunc"] = float1(math.Ceil), float1(math.Floor), float1(math.RoundToEven), float1(math.Trunc)
	all["dsign"] = Func1(floatSign)
	all["dsqrt"], all["dcbrt"] = Func1(floatSqrt), float1(libmCbrt)
	all["dpow"], all["dexp"] = Func2(floatPower), Func1(floatExp)
	all["dlog1"], all["dlog10"] = floatLog(libmLog), floatLog(libmLog10)
	all["dpi"] = Func0(func(*Env) (types.Datum, error) { return types.Float(math.Pi), nil })
	all["degrees"] = float1(func(x float64) float64 { return x / (math.Pi / 180) })
	times := floatOp{compute: func(x, y float64) float64 { return x * y }, product: true}
	all["radians"] = Func1(func(env *Env, a types.Datum) (types.Datum, error) {
		return times.eval(env, a, types.Float(math.Pi/180))
	})
	trigonometry(all)
	all["width_bucket_float8"] = FuncN(bucketFloat)
	return all
}

func trigonometry(all map[string]any) {
	all["dsin"], all["dcos"], all["dtan"] = periodic(libmSin), periodic(libmCos), periodic(libmTan)
	all["dcot"] = Func1(cotangent)
	all["dasin"], all["dacos"], all["datan"] = bounded(-1, 1, libmAsin), bounded(-1, 1, libmAcos), float1(libmAtan)
	all["datan2"] = Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		return types.Float(libmAtan2(a.Float(), b.Float())), nil
	})
	infinite := func(f func(float64) float64) Func1 {
		return func(_ *Env, a types.Datum) (types.Datum, error) { return types.Float(f(a.Float())), nil }
	}
	all["dsinh"], all["dcosh"], all["dtanh"] = infinite(libmSinh), infinite(libmCosh), infinite(libmTanh)
	all["dasinh"] = infinite(libmAsinh)
	all["dacosh"] = bounded(1, math.Inf(1), libmAcosh)
	all["datanh"] = bounded(-1, 1, libmAtanh)
}

func floatPick(sign int) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		if types.Compare(types.Float8OID, a, b)*sign > 0 {
			return a, nil
		}
		return b, nil
	}
}

func floatSign(_ *Env, a types.Datum) (types.Datum, error) {
	switch x := a.Float(); {
	case x > 0:
		return types.Float(1), nil
	case x < 0:
		return types.Float(-1), nil
	}
	return types.Float(0), nil
}

func floatSqrt(_ *Env, a types.Datum) (types.Datum, error) {
	if a.Float() < 0 {
		return types.Null, sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
	}
	return types.Float(math.Sqrt(a.Float())), nil
}

func floatExp(_ *Env, a types.Datum) (types.Datum, error) {
	x := a.Float()
	r := libmExp(x)
	switch {
	case math.IsInf(r, 0) && !math.IsInf(x, 0):
		return types.Null, errOverflow()
	case r == 0 && !math.IsInf(x, 0):
		return types.Null, errUnderflow()
	}
	return types.Float(r), nil
}

func floatLog(f func(float64) float64) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		switch x := a.Float(); {
		case x == 0:
			return types.Null, sqlstate.New(sqlstate.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
		case x < 0:
			return types.Null, sqlstate.New(sqlstate.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
		}
		return types.Float(f(a.Float())), nil
	}
}

func floatPower(_ *Env, a, b types.Datum) (types.Datum, error) {
	x, y := a.Float(), b.Float()
	switch {
	case math.IsNaN(x) || math.IsNaN(y):
		if x == 1 || y == 0 {
			return types.Float(1), nil
		}
		return types.Float(math.NaN()), nil
	case x == 0 && y < 0:
		return types.Null, sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
	case x < 0 && math.Floor(y) != y:
		return types.Null, sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
	}
	r := libmPow(x, y)
	if math.IsInf(x, 0) || math.IsInf(y, 0) {
		return types.Float(r), nil
	}
	switch {
	case math.IsInf(r, 0):
		return types.Null, errOverflow()
	case r == 0 && x != 0:
		return types.Null, errUnderflow()
	}
	return types.Float(r), nil
}

// bucketFloat is width_bucket(operand, low, high, count).
func bucketFloat(_ *Env, args []types.Datum) (types.Datum, error) {
	x, low, high, n := args[0].Float(), args[1].Float(), args[2].Float(), args[3].Int()
	invalid := func(m string) (types.Datum, error) {
		return types.Null, sqlstate.New(sqlstate.InvalidArgumentForWidthBucket, "%s", m)
	}
	switch {
	case n <= 0:
		return invalid("count must be greater than zero")
	case math.IsNaN(x) || math.IsNaN(low) || math.IsNaN(high):
		return invalid("operand, lower bound, and upper bound cannot be NaN")
	case math.IsInf(low, 0) || math.IsInf(high, 0):
		return invalid("lower and upper bounds must be finite")
	case low == high:
		return invalid("lower bound cannot equal upper bound")
	}
	before, after := x < low, x >= high
	if low > high {
		before, after = x > low, x <= high
	}
	switch {
	case before:
		return types.Int(0), nil
	case after:
		return int4Range.result(n + 1)
	}
	return types.Int(truncatedInt4(float64(n)*(x-low)/(high-low) + 1)), nil
}

// truncatedInt4 is the processor's conversion, which PostgreSQL 15 leaves unchecked here:
// what does not fit is the least int4.
func truncatedInt4(f float64) int64 {
	if !(f > math.MinInt32-1 && f < math.MaxInt32+1) {
		return math.MinInt32
	}
	return int64(f)
}

// cotangent of zero is infinity, and no overflow.
func cotangent(_ *Env, a types.Datum) (types.Datum, error) {
	if math.IsInf(a.Float(), 0) {
		return types.Null, errInput()
	}
	return types.Float(1 / libmTan(a.Float())), nil
}
