package expr

import (
	"cmp"
	"math"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// InRange reports whether value is at most (less) or at least base plus offset,
// or minus it (sub). None is NULL. 22013 for a negative offset.
type InRange func(env *Env, value, base, offset types.Datum, sub, less bool) (bool, error)

func errFrameSize() error {
	return sqlstate.New(sqlstate.InvalidPrecedingOrFollowingSize, "invalid preceding or following size in window function")
}

// rangePair is the type of a sort key and that of an offset.
type rangePair struct{ key, offset types.OID }

// inRanges are the support functions of PostgreSQL's btree operator families, with
// the names of their sources.
func inRanges() map[rangePair]rangeSupport {
	all := map[rangePair]rangeSupport{
		{types.Float8OID, types.Float8OID}:        {"in_range_float8_float8", inRangeFloat},
		{types.Float4OID, types.Float8OID}:        {"in_range_float4_float8", inRangeFloat},
		{types.NumericOID, types.NumericOID}:      {"in_range_numeric_numeric", inRangeNumeric},
		{types.DateOID, types.IntervalOID}:        {"in_range_date_interval", inRangeDate},
		{types.TimestampOID, types.IntervalOID}:   {"in_range_timestamp_interval", inRangeMoment(timestampPlus)},
		{types.TimestamptzOID, types.IntervalOID}: {"in_range_timestamptz_interval", inRangeMoment(timestamptzPlus)},
		{types.IntervalOID, types.IntervalOID}:    {"in_range_interval_interval", inRangeInterval},
		{types.TimeOID, types.IntervalOID}:        {"in_range_time_interval", inRangeTime},
		{types.TimetzOID, types.IntervalOID}:      {"in_range_timetz_interval", inRangeTimetz},
	}
	names := map[types.OID]string{types.Int2OID: "int2", types.Int4OID: "int4", types.Int8OID: "int8"}
	for key, k := range names {
		for offset, o := range names {
			if key != types.Int8OID || offset == types.Int8OID {
				all[rangePair{key, offset}] = rangeSupport{"in_range_" + k + "_" + o, inRangeInt}
			}
		}
	}
	return all
}

type rangeSupport struct {
	source string
	holds  InRange
}

// inRangeFunctions are the same, as functions that SQL can call.
func inRangeFunctions() map[string]any {
	all := map[string]any{}
	for _, s := range inRanges() {
		all[s.source] = FuncN(func(env *Env, v []types.Datum) (types.Datum, error) {
			ok, err := s.holds(env, v[0], v[1], v[2], v[3].Bool(), v[4].Bool())
			return types.Bool(ok), err
		})
	}
	return all
}

// RangeOffset gives the offset of a RANGE frame a type that fits the sort key's, as
// PostgreSQL chooses it. Errors: 0A000 where it has no such frame.
func (b *Binder) RangeOffset(e Expr, key types.OID) (Expr, InRange, error) {
	if key == types.VarcharOID {
		key = types.TextOID
	}
	given := e.Type().OID
	wanted := given
	if given == types.UnknownOID {
		wanted = key
	}
	var chosen rangePair
	some, fit := false, 0
	for pair := range inRanges() {
		if pair.key != key {
			continue
		}
		some = true
		if !canCoerce(given, pair.offset, Implicit) {
			continue
		}
		if fit++; chosen.offset != wanted {
			chosen = pair
		}
	}
	refuse := func(format string, args ...any) *sqlstate.Error {
		return b.errorAt(e.Pos(), sqlstate.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING "+format, args...)
	}
	switch {
	case !some:
		return nil, nil, refuse("is not supported for column type %s", typeName(key))
	case fit == 0:
		return nil, nil, refuse("is not supported for column type %s and offset type %s", typeName(key), typeName(given)).
			WithHint("Cast the offset value to an appropriate type.")
	case fit > 1 && chosen.offset != wanted:
		return nil, nil, refuse("has multiple interpretations for column type %s and offset type %s", typeName(key), typeName(given)).
			WithHint("Cast the offset value to the exact intended type.")
	}
	made, err := b.Coerce(e, types.Of(chosen.offset), Implicit)
	return made, inRanges()[chosen].holds, err
}

// within compares: less asks for at most, else for at least.
func within(c int, less bool) bool {
	if less {
		return c <= 0
	}
	return c >= 0
}

func inRangeInt(_ *Env, value, base, offset types.Datum, sub, less bool) (bool, error) {
	o, from := offset.Int(), base.Int()
	if o < 0 {
		return false, errFrameSize()
	}
	if sub {
		if from < math.MinInt64+o {
			return !less, nil
		}
		return within(cmp.Compare(value.Int(), from-o), less), nil
	}
	if from > math.MaxInt64-o {
		return less, nil
	}
	return within(cmp.Compare(value.Int(), from+o), less), nil
}

func inRangeFloat(_ *Env, value, base, offset types.Datum, sub, less bool) (bool, error) {
	v, from, o := value.Float(), base.Float(), offset.Float()
	switch {
	case math.IsNaN(o) || o < 0:
		return false, errFrameSize()
	case math.IsNaN(v):
		return math.IsNaN(from) || !less, nil
	case math.IsNaN(from):
		return less, nil
	case math.IsInf(o, 1) && (sub && math.IsInf(from, 1) || !sub && math.IsInf(from, -1)):
		return true, nil
	case sub:
		o = -o
	}
	if less {
		return v <= from+o, nil
	}
	return v >= from+o, nil
}

func inRangeNumeric(_ *Env, value, base, offset types.Datum, sub, less bool) (bool, error) {
	inf := types.NumericIsInf
	switch {
	case types.NumericIsNaN(offset) || types.NumericSign(offset) < 0:
		return false, errFrameSize()
	case types.NumericIsNaN(value):
		return types.NumericIsNaN(base) || !less, nil
	case types.NumericIsNaN(base):
		return less, nil
	case inf(offset) > 0 && (sub && inf(base) > 0 || !sub && inf(base) < 0):
		return true, nil
	}
	add := types.NumericAdd
	if sub {
		add = types.NumericSub
	}
	end, err := add(base, offset)
	return err == nil && within(types.NumericCmp(value, end), less), err
}

// inRangeMoment is that of timestamps, by the operator that adds an interval.
func inRangeMoment(plus Func2) InRange {
	return func(env *Env, value, base, offset types.Datum, sub, less bool) (bool, error) {
		if types.IntervalCmp(offset.Interval(), types.Interval{}) < 0 {
			return false, errFrameSize()
		}
		move := plus
		if sub {
			move = minus(plus)
		}
		end, err := move(env, base, offset)
		return err == nil && within(cmp.Compare(value.Int(), end.Int()), less), err
	}
}

func inRangeDate(env *Env, value, base, offset types.Datum, sub, less bool) (bool, error) {
	v, err := dateTimestamp(value.Int())
	if err != nil {
		return false, err
	}
	from, err := dateTimestamp(base.Int())
	if err != nil {
		return false, err
	}
	return inRangeMoment(timestampPlus)(env, types.Int(v), types.Int(from), offset, sub, less)
}

func inRangeInterval(_ *Env, value, base, offset types.Datum, sub, less bool) (bool, error) {
	if types.IntervalCmp(offset.Interval(), types.Interval{}) < 0 {
		return false, errFrameSize()
	}
	move := types.IntervalAdd
	if sub {
		move = types.IntervalSub
	}
	end, err := move(base.Interval(), offset.Interval())
	return err == nil && within(types.IntervalCmp(value.Interval(), end), less), err
}

// inRangeTime disregards the offset's months and days, as adding it to a time does.
func inRangeTime(env *Env, value, base, offset types.Datum, sub, less bool) (bool, error) {
	return inRangeInt(env, value, base, types.Int(offset.Interval().Micros), sub, less)
}

func inRangeTimetz(_ *Env, value, base, offset types.Datum, sub, less bool) (bool, error) {
	end, o := base.TimeTZ(), offset.Interval().Micros
	switch {
	case o < 0:
		return false, errFrameSize()
	case sub:
		end.Micros -= o
	case end.Micros > math.MaxInt64-o:
		return less, nil
	default:
		end.Micros += o
	}
	return within(types.Compare(types.TimetzOID, value, types.Pointer(&end)), less), nil
}
