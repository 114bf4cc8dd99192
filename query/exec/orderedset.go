package exec

import (
	"math"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// ordered is an ordered-set aggregate: it keeps its input and looks at it sorted. Values that are
// numbers, as long as a number tells what the value was, are kept as such, and found
// by their place without a sort.
type ordered struct {
	call  *aggregateCall
	order *order
	final func(o *ordered, f *expr.Frame) (types.Datum, error)

	single  bool // one value is wanted, or two neighbours
	numbers []uint64
	of      types.Abbreviator
	placed  int // of the numbers, the last that nth has put into its place

	rows []types.Datum // where there are others than numbers, all
}

// numberBytes is a number with the room that a growing slice has.
const numberBytes = 16

func orderedSetAccumulator(r *run, a *aggregateCall) (func() accumulator, error) {
	name := a.call.Proc.Name()
	if len(a.call.Order) != 1 {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "aggregate function %s is not supported yet for several columns", name)
	}
	o, err := r.order(a.call.Order)
	if err != nil {
		return nil, err
	}
	final := (*ordered).mode
	switch name {
	case "percentile_cont":
		between := betweenFloats
		if a.call.Order[0].Expr.Type().OID == types.IntervalOID {
			between = betweenIntervals
		}
		continuous := func(o *ordered, p float64) (types.Datum, error) { return o.continuous(p, between) }
		final = func(o *ordered, f *expr.Frame) (types.Datum, error) { return o.percentiles(f, continuous) }
	case "percentile_disc":
		final = func(o *ordered, f *expr.Frame) (types.Datum, error) { return o.percentiles(f, (*ordered).discrete) }
	}
	single := name != "mode" && types.ElemOf(a.call.Direct[0].Type().OID) == 0
	return func() accumulator {
		return &ordered{call: a, order: o, final: final, single: single, of: types.NewAbbreviator(o.types[0]), placed: -1}
	}, nil
}

func (o *ordered) add(f *expr.Frame, _ []types.Datum) (int, error) {
	v, err := o.order.evals[0](f)
	if err != nil || v.IsNull() {
		return 0, err
	}
	if !o.single {
		return o.keep(types.Clone(v)), nil
	}
	number, _ := o.of.Key(v)
	if back, ok := o.of.Value(number); ok && back == v {
		o.numbers = append(o.numbers, number)
		return numberBytes, nil
	}
	return o.keepAll() + o.keep(types.Clone(v)), nil
}

func (o *ordered) keep(v types.Datum) (bytes int) {
	o.rows = append(o.rows, v)
	return types.SizeBytes(v) + abbreviatedBytes
}

// keepAll keeps values instead of numbers from now on.
func (o *ordered) keepAll() (bytes int) {
	for _, number := range o.numbers {
		v, _ := o.of.Value(number)
		bytes += o.keep(v) - numberBytes
	}
	o.single, o.numbers = false, nil
	return bytes
}

func (o *ordered) count() int { return len(o.numbers) + len(o.rows) }

// value is the one that sorts i-th.
func (o *ordered) value(i int) types.Datum {
	if len(o.rows) > 0 {
		return o.rows[i]
	}
	if o.order.desc[0] {
		i = len(o.numbers) - 1 - i
	}
	from, to := 0, len(o.numbers)
	switch {
	case i > o.placed:
		from = o.placed + 1
	case i < o.placed:
		to = o.placed
	}
	if i != o.placed && nth(o.numbers[from:to], i-from, o.order.stop) {
		o.placed = i
	}
	v, _ := o.of.Value(o.numbers[i])
	return v
}

func (o *ordered) result(f *expr.Frame) (types.Datum, error) {
	if o.count() == 0 {
		return types.Null, o.checkFraction(f)
	}
	if len(o.rows) > 0 {
		places, _ := o.order.sort(len(o.rows), func(i, _ int) types.Datum { return o.rows[i] })
		inOrder(o.rows, places, o.order.stop)
	}
	return o.final(o, f)
}

// percentiles computes one fraction, or an array of them.
func (o *ordered) percentiles(f *expr.Frame, one func(*ordered, float64) (types.Datum, error)) (types.Datum, error) {
	d, err := o.call.direct[0](f)
	if err != nil || d.IsNull() {
		return types.Null, err
	}
	array, ok := d.Pointer().(*types.Array)
	if !ok {
		return o.percentile(d, one)
	}
	made := &types.Array{Elem: o.order.types[0], Dims: array.Dims, Items: make([]types.Datum, len(array.Items))}
	for i, p := range array.Items {
		if p.IsNull() {
			continue
		}
		if made.Items[i], err = o.percentile(p, one); err != nil {
			return types.Null, err
		}
	}
	return types.Pointer(made), nil
}

func (o *ordered) percentile(d types.Datum, one func(*ordered, float64) (types.Datum, error)) (types.Datum, error) {
	p, err := fraction(d)
	if err != nil {
		return types.Null, err
	}
	return one(o, p)
}

func fraction(d types.Datum) (float64, error) {
	p := d.Float()
	if p < 0 || p > 1 || math.IsNaN(p) {
		return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "percentile value %s is not between 0 and 1", types.ShortFloat(p))
	}
	return p, nil
}

// checkFraction judges the fraction of an aggregate that has no rows; an array of them
// is not looked at then.
func (o *ordered) checkFraction(f *expr.Frame) error {
	if len(o.call.direct) == 0 {
		return nil
	}
	d, err := o.call.direct[0](f)
	if err != nil || d.IsNull() || o.call.call.Direct[0].Type().OID != types.Float8OID {
		return err
	}
	_, err = fraction(d)
	return err
}

func (o *ordered) continuous(p float64, between func(low, high types.Datum, share float64) (types.Datum, error)) (types.Datum, error) {
	at := p * float64(o.count()-1)
	low, high := math.Floor(at), math.Ceil(at)
	if low == high {
		return o.value(int(low)), nil
	}
	return between(o.value(int(low)), o.value(int(high)), at-low)
}

func betweenFloats(low, high types.Datum, share float64) (types.Datum, error) {
	return types.Float(low.Float() + share*(high.Float()-low.Float())), nil
}

func betweenIntervals(low, high types.Datum, share float64) (types.Datum, error) {
	span, err := types.IntervalSub(high.Interval(), low.Interval())
	if err != nil {
		return types.Null, err
	}
	if span, err = types.IntervalMul(span, share); err != nil {
		return types.Null, err
	}
	span, err = types.IntervalAdd(span, low.Interval())
	return types.IntervalOf(span), err
}

func (o *ordered) discrete(p float64) (types.Datum, error) {
	n := int(math.Ceil(p * float64(o.count())))
	return o.value(max(n, 1) - 1), nil
}

// mode is the first of the most frequent values.
func (o *ordered) mode(*expr.Frame) (types.Datum, error) {
	best, most, from := 0, 0, 0
	for i := range o.rows {
		if o.order.one(0, o.order.types[0], o.rows[from], o.rows[i]) != 0 {
			from = i
		}
		if i-from+1 > most {
			best, most = from, i-from+1
		}
	}
	return o.rows[best], nil
}
