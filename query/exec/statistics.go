package exec

import (
	"math"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// variance is one of the family of var_pop and stddev.
type variance struct{ sample, root bool }

var variances = map[string]variance{
	"variance": {sample: true}, "var_samp": {sample: true}, "var_pop": {},
	"stddev": {sample: true, root: true}, "stddev_samp": {sample: true, root: true}, "stddev_pop": {root: true},
}

// statistics returns the aggregates over sums of squares.
func statistics(name string, c *expr.AggregateCall) func() accumulator {
	if v, ok := variances[name]; ok {
		switch oid := c.Args[0].Type().OID; oid {
		case types.Float4OID, types.Float8OID:
			return func() accumulator { return &floatStats{result1: v.ofFloats} }
		case types.NumericOID:
			return func() accumulator { return &numericStats{variance: v} }
		default:
			return func() accumulator { return &numericStats{variance: v, ints: true} }
		}
	}
	if name == "regr_count" {
		return func() accumulator { return &pairCount{} }
	}
	if result, ok := regressions[name]; ok {
		return func() accumulator { return &regression{final: result} }
	}
	return nil
}

// floatStats is PostgreSQL's float8_accum (Youngs and Cramer).
type floatStats struct {
	n, sx, sxx float64
	result1    func(*floatStats) (float64, bool)
}

func (s *floatStats) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	v, n, sx := args[0].Float(), s.n, s.sx
	s.n++
	s.sx += v
	if n == 0 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			s.sxx = math.NaN()
		}
		return 0, nil
	}
	tmp := v*s.n - s.sx
	s.sxx += tmp * tmp / (s.n * n)
	if math.IsInf(s.sx, 0) || math.IsInf(s.sxx, 0) {
		if !math.IsInf(sx, 0) && !math.IsInf(v, 0) {
			return 0, floatOverflow()
		}
		s.sxx = math.NaN()
	}
	return 0, nil
}

func (s *floatStats) result(*expr.Frame) (types.Datum, error) {
	v, ok := s.result1(s)
	if !ok {
		return types.Null, nil
	}
	return types.Float(v), nil
}

func floatAvg(s *floatStats) (float64, bool) { return s.sx / s.n, s.n > 0 }

func (v variance) ofFloats(s *floatStats) (float64, bool) {
	n := s.n
	if v.sample {
		n--
	}
	if n <= 0 {
		return 0, false
	}
	r := s.sxx / n
	if v.root {
		r = math.Sqrt(r)
	}
	return r, true
}

// numericStats is PostgreSQL's numeric_stddev_internal, exact until the end.
type numericStats struct {
	variance
	ints    bool
	n       int64
	sx, sxx types.Datum
}

func (s *numericStats) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	v := args[0]
	if s.ints {
		v = types.NumericFromInt(v.Int())
	}
	square := types.NumericMulExact(v, v)
	s.n++
	if s.n == 1 {
		s.sx, s.sxx = types.Clone(v), square
		return 0, nil
	}
	s.sx, s.sxx = types.NumericAddExact(s.sx, v), types.NumericAddExact(s.sxx, square)
	return 0, nil
}

func (s *numericStats) result(*expr.Frame) (types.Datum, error) {
	if s.n == 0 || s.sample && s.n == 1 {
		return types.Null, nil
	}
	if types.NumericIsNaN(s.sxx) || types.NumericIsInf(s.sxx) != 0 {
		return types.ParseNumeric("NaN")
	}
	n := types.NumericFromInt(s.n)
	numerator := types.NumericAddExact(types.NumericMulExact(n, s.sxx), types.NumericNeg(types.NumericMulExact(s.sx, s.sx)))
	if types.NumericSign(numerator) <= 0 {
		return types.NumericFromInt(0), nil
	}
	return s.divide(numerator, n)
}

func (s *numericStats) divide(numerator, n types.Datum) (types.Datum, error) {
	other := n
	if s.sample {
		other = types.NumericFromInt(s.n - 1)
	}
	denominator, err := types.NumericMul(n, other)
	if err != nil {
		return denominator, err
	}
	v, err := types.NumericDiv(numerator, denominator)
	if err != nil || !s.root {
		return v, err
	}
	scale, finite := types.NumericScale(v)
	if !finite {
		return v, nil
	}
	return types.NumericSqrtTo(v, scale)
}

// pairCount is regr_count, which does not look at the numbers.
type pairCount struct{ n int64 }

func (s *pairCount) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if !args[0].IsNull() && !args[1].IsNull() {
		s.n++
	}
	return 0, nil
}

func (s *pairCount) result(*expr.Frame) (types.Datum, error) { return types.Int(s.n), nil }

// regression is PostgreSQL's float8_regr_accum over pairs (y, x).
type regression struct {
	n, sx, sxx, sy, syy, sxy float64
	final                    func(*regression) (types.Datum, bool)
}

func (s *regression) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() || args[1].IsNull() {
		return 0, nil
	}
	y, x := args[0].Float(), args[1].Float()
	before := *s
	s.n++
	s.sx += x
	s.sy += y
	if before.n == 0 {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			s.sxx, s.sxy = math.NaN(), math.NaN()
		}
		if math.IsNaN(y) || math.IsInf(y, 0) {
			s.syy, s.sxy = math.NaN(), math.NaN()
		}
		return 0, nil
	}
	dx, dy := x*s.n-s.sx, y*s.n-s.sy
	scale := 1 / (s.n * before.n)
	s.sxx += dx * dx * scale
	s.syy += dy * dy * scale
	s.sxy += dx * dy * scale
	return 0, s.overflow(&before, x, y)
}

func (s *regression) overflow(before *regression, x, y float64) error {
	badX, badY := math.IsInf(s.sx, 0) || math.IsInf(s.sxx, 0), math.IsInf(s.sy, 0) || math.IsInf(s.syy, 0)
	if !badX && !badY && !math.IsInf(s.sxy, 0) {
		return nil
	}
	fineX := !math.IsInf(before.sx, 0) && !math.IsInf(x, 0)
	fineY := !math.IsInf(before.sy, 0) && !math.IsInf(y, 0)
	if badX && fineX || badY && fineY || math.IsInf(s.sxy, 0) && fineX && fineY {
		return floatOverflow()
	}
	if math.IsInf(s.sxx, 0) {
		s.sxx = math.NaN()
	}
	if math.IsInf(s.syy, 0) {
		s.syy = math.NaN()
	}
	if math.IsInf(s.sxy, 0) {
		s.sxy = math.NaN()
	}
	return nil
}

func (s *regression) result(*expr.Frame) (types.Datum, error) {
	v, ok := s.final(s)
	if !ok {
		return types.Null, nil
	}
	return v, nil
}

var regressions = map[string]func(*regression) (types.Datum, bool){
	"regr_sxx":   func(s *regression) (types.Datum, bool) { return types.Float(s.sxx), s.n > 0 },
	"regr_syy":   func(s *regression) (types.Datum, bool) { return types.Float(s.syy), s.n > 0 },
	"regr_sxy":   func(s *regression) (types.Datum, bool) { return types.Float(s.sxy), s.n > 0 },
	"regr_avgx":  func(s *regression) (types.Datum, bool) { return types.Float(s.sx / s.n), s.n > 0 },
	"regr_avgy":  func(s *regression) (types.Datum, bool) { return types.Float(s.sy / s.n), s.n > 0 },
	"covar_pop":  func(s *regression) (types.Datum, bool) { return types.Float(s.sxy / s.n), s.n > 0 },
	"covar_samp": func(s *regression) (types.Datum, bool) { return types.Float(s.sxy / (s.n - 1)), s.n > 1 },
	"corr": func(s *regression) (types.Datum, bool) {
		return types.Float(s.sxy / math.Sqrt(s.sxx*s.syy)), s.n > 0 && s.sxx != 0 && s.syy != 0
	},
	"regr_r2": func(s *regression) (types.Datum, bool) {
		if s.syy == 0 {
			return types.Float(1), s.n > 0 && s.sxx != 0
		}
		return types.Float(s.sxy * s.sxy / (s.sxx * s.syy)), s.n > 0 && s.sxx != 0
	},
	"regr_slope": func(s *regression) (types.Datum, bool) {
		return types.Float(s.sxy / s.sxx), s.n > 0 && s.sxx != 0
	},
	"regr_intercept": func(s *regression) (types.Datum, bool) {
		return types.Float((s.sy - s.sx*s.sxy/s.sxx) / s.n), s.n > 0 && s.sxx != 0
	},
}
