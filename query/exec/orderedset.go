package exec

import (
	"math"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// ordered is an ordered-set aggregate: it keeps its input and looks at it sorted.
type ordered struct {
	call  *aggregateCall
	order *order
	rows  []types.Datum
	final func(o *ordered, f *expr.Frame) (types.Datum, error)
}

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
	return func() accumulator { return &ordered{call: a, order: o, final: final} }, nil
}

func (o *ordered) add(f *expr.Frame, _ []types.Datum) (int, error) {
	v, err := o.order.evals[0](f)
	if err != nil || v.IsNull() {
		return 0, err
	}
	v = types.Clone(v)
	o.rows = append(o.rows, v)
	return types.SizeBytes(v) + abbreviatedBytes, nil
}

func (o *ordered) result(f *expr.Frame) (types.Datum, error) {
	if len(o.rows) == 0 {
		return types.Null, o.checkFraction(f)
	}
	inOrder(o.rows, o.order.sort(len(o.rows), func(i int) []types.Datum { return o.rows[i : i+1] }), o.order.stop)
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
	at := p * float64(len(o.rows)-1)
	low, high := math.Floor(at), math.Ceil(at)
	if low == high {
		return o.rows[int(low)], nil
	}
	return between(o.rows[int(low)], o.rows[int(high)], at-low)
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
	n := int(math.Ceil(p * float64(len(o.rows))))
	return o.rows[max(n, 1)-1], nil
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
