package exec

import (
	"math"
	"math/bits"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// orderedSet reports whether a call's ORDER BY is WITHIN GROUP.
func orderedSet(c *expr.AggregateCall) bool {
	switch c.Proc.Name() {
	case "percentile_cont", "percentile_disc", "mode":
		return true
	}
	return hypotheticalSet(c)
}

// newAccumulator returns the maker of a call's states; 0A000 for an aggregate
// that is not supported.
func newAccumulator(r *run, a *aggregateCall) (func() accumulator, error) {
	name := a.call.Proc.Name()
	if a.call.Star || name == "count" {
		star := a.call.Star
		return inBlocks[counter](func(c *counter) { c.star = star }), nil
	}
	if hypotheticalSet(a.call) {
		return hypotheticalAccumulator(r, a)
	}
	if orderedSet(a.call) {
		return orderedSetAccumulator(r, a)
	}
	if make := statistics(name, a.call); make != nil {
		return make, nil
	}
	if make := collecting(name, a.call); make != nil {
		return make, nil
	}
	if make := ofRanges(name, a.call); make != nil {
		return make, nil
	}
	if make := folding(name, a.call); make != nil {
		return make, nil
	}
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "aggregate function %s is not supported yet", name)
}

// folding returns the aggregates that keep one value.
func folding(name string, c *expr.AggregateCall) func() accumulator {
	oid := types.OID(0)
	if len(c.Args) > 0 {
		oid = c.Args[0].Type().OID
	}
	unordered := !plan.HasOrder(oid)
	switch name {
	case "sum", "avg":
		return summing(name == "avg", oid)
	case "min":
		return func() accumulator { return &extreme{oid: oid, sign: -1, atOdds: c.AtOdds, unordered: unordered} }
	case "max":
		return func() accumulator { return &extreme{oid: oid, sign: 1, atOdds: c.AtOdds, unordered: unordered} }
	case "bool_and", "every":
		return folded(func(a, b int64) int64 { return a & b })
	case "bool_or":
		return folded(func(a, b int64) int64 { return a | b })
	}
	if oid == types.Int2OID || oid == types.Int4OID || oid == types.Int8OID {
		switch name {
		case "bit_and":
			return folded(func(a, b int64) int64 { return a & b })
		case "bit_or":
			return folded(func(a, b int64) int64 { return a | b })
		case "bit_xor":
			return folded(func(a, b int64) int64 { return a ^ b })
		}
	}
	if types.IsBits(oid) {
		return ofBits(name)
	}
	return nil
}

func summing(avg bool, oid types.OID) func() accumulator {
	switch oid {
	case types.Int2OID, types.Int4OID:
		return inBlocks[intSum](func(s *intSum) { s.avg, s.small = avg, true })
	case types.Int8OID:
		return func() accumulator { return &intSum{avg: avg} }
	case types.NumericOID:
		if avg {
			return inBlocks[numericAvg](nil)
		}
		return inBlocks[numericSum](nil)
	case types.MoneyOID:
		return func() accumulator { return &moneySum{} }
	case types.Float4OID:
		if !avg {
			return func() accumulator { return &float4Sum{} }
		}
		return func() accumulator { return &floatStats{result1: floatAvg} }
	case types.Float8OID:
		if !avg {
			return func() accumulator { return &float8Sum{} }
		}
		return func() accumulator { return &floatStats{result1: floatAvg} }
	case types.IntervalOID:
		return func() accumulator { return &intervalSum{avg: avg} }
	}
	return nil
}

// inBlocks makes states that lie beside each other, more and more at a time: of one call there may be as many as
// there are groups.
func inBlocks[T any, P interface {
	*T
	accumulator
}](begin func(P),
) func() accumulator {
	var free []T
	size := 1
	return func() accumulator {
		if len(free) == 0 {
			free = make([]T, size)
			size = min(2*size, stateBlock)
		}
		made := P(&free[0])
		free = free[1:]
		if begin != nil {
			begin(made)
		}
		return made
	}
}

// stateBlock is how many states are made at once at most.
const stateBlock = 128

type counter struct {
	n    int64
	star bool
}

func (c *counter) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if c.star || !args[0].IsNull() {
		c.n++
	}
	return 0, nil
}

func (c *counter) result(*expr.Frame) (types.Datum, error) { return types.Int(c.n), nil }

// intSum is sum and avg of integers, exact in 128 bits.
type intSum struct {
	avg, small bool
	high       int64
	low        uint64
	n          int64
}

func (s *intSum) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	v := args[0].Int()
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(v), 0)
	s.high += v>>63 + int64(carry)
	s.n++
	return 0, nil
}

func (s *intSum) result(*expr.Frame) (types.Datum, error) {
	if s.n == 0 {
		return types.Null, nil
	}
	if s.small && !s.avg {
		if s.high != int64(s.low)>>63 {
			return types.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "bigint out of range")
		}
		return types.Int(int64(s.low)), nil
	}
	total, err := s.numeric()
	if err != nil || !s.avg {
		return total, err
	}
	return types.NumericDiv(total, types.NumericFromInt(s.n))
}

// numeric is high·2^64 + low.
func (s *intSum) numeric() (types.Datum, error) {
	if s.high == int64(s.low)>>63 {
		return types.NumericFromInt(int64(s.low)), nil
	}
	half := types.NumericFromInt(1 << 32)
	v, err := types.NumericMul(types.NumericFromInt(s.high), half)
	if err != nil {
		return v, err
	}
	if v, err = types.NumericMul(v, half); err != nil {
		return v, err
	}
	upper, err := types.NumericMul(types.NumericFromInt(int64(s.low>>32)), half)
	if err != nil {
		return v, err
	}
	if v, err = types.NumericAdd(v, upper); err != nil {
		return v, err
	}
	return types.NumericAdd(v, types.NumericFromInt(int64(s.low&math.MaxUint32)))
}

// numericSum lies in one line of the processor's caches: of many groups each is waited for.
type numericSum struct {
	total types.Datum
	n     int64
}

func (s *numericSum) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	s.n++
	if s.n == 1 {
		s.total = types.Clone(args[0])
		return 0, nil
	}
	var err error
	s.total, err = types.NumericAdd(s.total, args[0])
	return 0, err
}

func (s *numericSum) result(*expr.Frame) (types.Datum, error) { return s.total, nil }

type numericAvg struct{ numericSum }

func (s *numericAvg) result(*expr.Frame) (types.Datum, error) {
	if s.n == 0 {
		return s.total, nil
	}
	return types.NumericDiv(s.total, types.NumericFromInt(s.n))
}

type float8Sum struct {
	total float64
	some  bool
}

func (s *float8Sum) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	v := args[0].Float()
	if !s.some {
		s.total, s.some = v, true
		return 0, nil
	}
	sum := s.total + v
	if math.IsInf(sum, 0) && !math.IsInf(s.total, 0) && !math.IsInf(v, 0) {
		return 0, floatOverflow()
	}
	s.total = sum
	return 0, nil
}

func floatOverflow() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value out of range: overflow")
}

func (s *float8Sum) result(*expr.Frame) (types.Datum, error) {
	if !s.some {
		return types.Null, nil
	}
	return types.Float(s.total), nil
}

type float4Sum struct {
	total float32
	some  bool
}

func (s *float4Sum) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	v := float32(args[0].Float())
	if !s.some {
		s.total, s.some = v, true
		return 0, nil
	}
	sum := s.total + v
	if math.IsInf(float64(sum), 0) && !math.IsInf(float64(s.total), 0) && !math.IsInf(float64(v), 0) {
		return 0, floatOverflow()
	}
	s.total = sum
	return 0, nil
}

func (s *float4Sum) result(*expr.Frame) (types.Datum, error) {
	if !s.some {
		return types.Null, nil
	}
	return types.Float(float64(s.total)), nil
}

type intervalSum struct {
	avg   bool
	total types.Interval
	n     int64
}

func (s *intervalSum) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	s.n++
	var err error
	s.total, err = types.IntervalAdd(s.total, args[0].Interval())
	return 0, err
}

func (s *intervalSum) result(*expr.Frame) (types.Datum, error) {
	if s.n == 0 {
		return types.Null, nil
	}
	if !s.avg {
		return types.IntervalOf(s.total), nil
	}
	mean, err := types.IntervalDiv(s.total, float64(s.n))
	return types.IntervalOf(mean), err
}

// extreme is min (sign -1) and max; of equal values, which may look different, the last, but for
// bpchar the first.
type extreme struct {
	oid    types.OID
	sign   int8
	atOdds bool // there is no collation to compare two by
	// unordered are arrays of what has no order.
	unordered bool
	best      types.Datum
}

func (e *extreme) add(_ *expr.Frame, args []types.Datum) (int, error) {
	v := args[0]
	if e.atOdds && !v.IsNull() && !e.best.IsNull() {
		return 0, expr.ErrAtOdds()
	}
	if e.unordered && !v.IsNull() && !e.best.IsNull() {
		return 0, sqlstate.New(sqlstate.UndefinedFunction, "could not identify a comparison function for type %s", types.TypeName(types.ElemOf(e.oid)))
	}
	if v.IsNull() || !e.best.IsNull() && !e.better(v) {
		return 0, nil
	}
	grown := types.SizeBytes(v) - types.SizeBytes(e.best)
	e.best = types.Clone(v)
	return grown, nil
}

func (e *extreme) better(v types.Datum) bool {
	c := types.Compare(e.oid, v, e.best) * int(e.sign)
	return c > 0 || c == 0 && e.oid != types.BpcharOID
}

func (e *extreme) result(*expr.Frame) (types.Datum, error) { return e.best, nil }

// fold combines integers, or bools as 0 and 1.
type fold struct {
	f     func(a, b int64) int64
	total types.Datum
}

func folded(f func(a, b int64) int64) func() accumulator {
	return func() accumulator { return &fold{f: f} }
}

func (b *fold) add(_ *expr.Frame, args []types.Datum) (int, error) {
	switch {
	case args[0].IsNull():
	case b.total.IsNull():
		b.total = args[0]
	default:
		b.total = types.Int(b.f(b.total.Int(), args[0].Int()))
	}
	return 0, nil
}

func (b *fold) result(*expr.Frame) (types.Datum, error) { return b.total, nil }
