package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func errZeroStep() error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "step size cannot equal zero")
}

func sets() map[string]any {
	all := map[string]any{
		"generate_series_numeric": SetFunc(numericSeries), "generate_series_step_numeric": SetFunc(numericSeries),
		"generate_series_timestamp": SetFunc(timeSeries(timestampPlus)), "generate_series_timestamptz": SetFunc(timeSeries(timestamptzPlus)),
	}
	for suffix, r := range map[string]*intRange{"int4": int4Range, "int8": int8Range} {
		all["generate_series_"+suffix], all["generate_series_step_"+suffix] = SetFunc(intSeries(r)), SetFunc(intSeries(r))
	}
	return all
}

// intSeries stops without error where the next value would overflow.
func intSeries(r *intRange) SetFunc {
	return func(env *Env, args []types.Datum) (Rows, error) {
		step := types.Int(1)
		if len(args) > 2 {
			step = args[2]
		}
		if step.Int() == 0 {
			return nil, errZeroStep()
		}
		next, last, done := args[0], args[1].Int(), false
		return func() ([]types.Datum, error) {
			if done || step.Int() > 0 && next.Int() > last || step.Int() < 0 && next.Int() < last {
				return nil, nil
			}
			row := []types.Datum{next}
			var err error
			if next, err = r.add(env, next, step); err != nil {
				done = true
			}
			return row, nil
		}, nil
	}
}

func numericSeries(_ *Env, args []types.Datum) (Rows, error) {
	step := types.NumericFromInt(1)
	if len(args) > 2 {
		step = args[2]
	}
	for i, name := range []string{"start value", "stop value", "step size"} {
		v := step
		if i < 2 {
			v = args[i]
		}
		if isSpecial(v) {
			what := "infinity"
			if types.NumericIsNaN(v) {
				what = "NaN"
			}
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "%s cannot be %s", name, what)
		}
	}
	sign := types.NumericSign(step)
	if sign == 0 {
		return nil, errZeroStep()
	}
	next, ended := args[0], false
	return func() ([]types.Datum, error) {
		if ended || types.NumericCmp(next, args[1])*sign > 0 {
			return nil, nil
		}
		row := []types.Datum{next}
		var err error
		next, err = types.NumericAdd(next, step)
		ended = err != nil // beyond what numeric holds is beyond the stop too
		return row, nil
	}, nil
}

func timeSeries(add Func2) SetFunc {
	return func(env *Env, args []types.Datum) (Rows, error) {
		sign := types.Compare(types.IntervalOID, args[2], types.IntervalOf(types.Interval{}))
		if sign == 0 {
			return nil, errZeroStep()
		}
		next, last := args[0], args[1].Int()
		step := args[2]
		return func() ([]types.Datum, error) {
			if sign > 0 && next.Int() > last || sign < 0 && next.Int() < last {
				return nil, nil
			}
			row := []types.Datum{next}
			var err error
			next, err = add(env, next, step)
			return row, err
		}, nil
	}
}
