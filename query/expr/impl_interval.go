package expr

import (
	"math"
	"strings"
	"time"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func timestampPlus(_ *Env, a, b types.Datum) (types.Datum, error) {
	if !finite(a.Int()) {
		return a, nil
	}
	return moment(types.TimestampAdd(a.Int(), b.Interval()))
}

func timestamptzPlus(env *Env, a, b types.Datum) (types.Datum, error) {
	if !finite(a.Int()) {
		return a, nil
	}
	return moment(types.TimestamptzAdd(a.Int(), b.Interval(), env.TimeZone))
}

func datePlus(env *Env, a, b types.Datum) (types.Datum, error) {
	ts, err := dateTimestamp(a.Int())
	if err != nil {
		return types.Null, err
	}
	return timestampPlus(env, types.Int(ts), b)
}

// minus subtracts by adding the negated interval; swapped takes its arguments the
// other way round.
func minus(add Func2) Func2 {
	return func(env *Env, a, b types.Datum) (types.Datum, error) {
		i := b.Interval() // whose parts wrap around, as PostgreSQL's do
		return add(env, a, types.IntervalOf(types.Interval{Months: -i.Months, Days: -i.Days, Micros: -i.Micros}))
	}
}

func swapped(f Func2) Func2 {
	return func(env *Env, a, b types.Datum) (types.Datum, error) { return f(env, b, a) }
}

func interval1(f func(types.Interval) (types.Interval, error)) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) { return span(f(a.Interval())) }
}

func interval2(f func(a, b types.Interval) (types.Interval, error)) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) { return span(f(a.Interval(), b.Interval())) }
}

func interval2f(f func(types.Interval, float64) (types.Interval, error)) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) { return span(f(a.Interval(), b.Float())) }
}

func intervals() map[string]any {
	return map[string]any{
		"timestamp_pl_interval": Func2(timestampPlus), "timestamp_mi_interval": minus(timestampPlus),
		"timestamptz_pl_interval": Func2(timestamptzPlus), "timestamptz_mi_interval": minus(timestamptzPlus),
		"date_pl_interval": Func2(datePlus), "date_mi_interval": minus(datePlus),
		"interval_pl_date(interval,date)":                             swapped(datePlus),
		"interval_pl_timestamp(interval,timestamp without time zone)": swapped(timestampPlus),
		"interval_pl_timestamptz(interval,timestamp with time zone)":  swapped(timestamptzPlus),
		"timestamp_mi": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return span(types.TimestampSub(a.Int(), b.Int())) }),
		"interval_pl":  interval2(types.IntervalAdd), "interval_mi": interval2(types.IntervalSub), "interval_um": interval1(types.IntervalNeg),
		"interval_mul": interval2f(types.IntervalMul), "interval_div": interval2f(types.IntervalDiv), "mul_d_interval": swapped(interval2f(types.IntervalMul)),
		"interval_justify_hours": interval1(types.JustifyHours), "interval_justify_days": interval1(types.JustifyDays), "interval_justify_interval": interval1(types.Justify),
		"timestamp_to_char": charMaker(false), "timestamptz_to_char": charMaker(true), "interval_to_char": Func2(intervalToChar),
		"timestamp_age":   Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return span(types.TimestampAge(a.Int(), b.Int())) }),
		"timestamptz_age": Func2(zonedAge),
		"age(timestamp without time zone)": Func1(func(env *Env, a types.Datum) (types.Datum, error) {
			return span(types.TimestampAge(today(env), a.Int()))
		}),
		"age(timestamp with time zone)": Func1(func(env *Env, a types.Datum) (types.Datum, error) {
			midnight, err := instant(env, today(env))
			if err != nil {
				return types.Null, err
			}
			return span(types.ZonedAge(midnight, a.Int(), env.TimeZone))
		}),
		"timestamp_trunc": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return truncate(a, b.Int()) }),
		"timestamptz_trunc": Func2(func(env *Env, a, b types.Datum) (types.Datum, error) {
			return truncateZoned(env.TimeZone, a, b)
		}),
		"timestamptz_trunc_zone": Func3(truncateIn),
		"interval_trunc": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return span(types.IntervalTrunc(unitOf(a), b.Interval()))
		}),
		"timestamp_zone": Func2(zoneTimestamp), "timestamptz_zone": Func2(zoneTimestamptz),
		"timestamp_izone": intervalZone(-1), "timestamptz_izone": intervalZone(1),
		"timetz_zone": Func2(zoneTimetz), "timetz_izone": Func2(intervalZoneTimetz),
		"timestamp_bin": Func3(bin), "timestamptz_bin": Func3(bin),
		"timestamp_larger": compareLarger(true), "timestamp_smaller": compareLarger(false),
		"date_larger": compareLarger(true), "date_smaller": compareLarger(false),
		"time_larger": compareLarger(true), "time_smaller": compareLarger(false),
		"extract_date": extract(types.DateOID), "extract_time": extract(types.TimeOID), "extract_timetz": extract(types.TimetzOID),
		"extract_timestamp": extract(types.TimestampOID), "extract_timestamptz": extract(types.TimestamptzOID), "extract_interval": extract(types.IntervalOID),
		"time_part": part(types.TimeOID), "timetz_part": part(types.TimetzOID), "timestamp_part": part(types.TimestampOID),
		"timestamptz_part": part(types.TimestamptzOID), "interval_part": part(types.IntervalOID),
		"date_part(text,date)": Func2(datePart),
		"overlaps_timestamp":   FuncN(overlaps(types.TimestampOID)), "overlaps_time": FuncN(overlaps(types.TimeOID)),
		"overlaps_timetz": FuncN(overlaps(types.TimetzOID)),
	}
}

func compareLarger(larger bool) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		if (a.Int() > b.Int()) == larger {
			return a, nil
		}
		return b, nil
	}
}

func zonedAge(env *Env, a, b types.Datum) (types.Datum, error) {
	return span(types.ZonedAge(a.Int(), b.Int(), env.TimeZone))
}

// today is midnight of the transaction's day.
func today(env *Env) int64 {
	now := local(env, micros(env.TransactionTime))
	return now - floorMod(now, microsPerDay)
}

func truncate(unit types.Datum, ts int64) (types.Datum, error) {
	if !finite(ts) {
		return types.Int(ts), nil
	}
	return moment(types.DateTrunc(unitOf(unit), ts))
}

func truncateZoned(zone *time.Location, unit, ts types.Datum) (types.Datum, error) {
	if !finite(ts.Int()) {
		return truncate(unit, ts.Int())
	}
	switch unitOf(unit) {
	case "hour", "minute", "second", "milliseconds", "microseconds", "hours", "minutes", "seconds":
		return truncateOffset(zone, unit, ts.Int())
	}
	cut, err := types.DateTrunc(unitOf(unit), types.LocalOf(ts.Int(), zone))
	if err != nil {
		e := *sqlstate.Of(err)
		e.Message = strings.Replace(e.Message, "timestamp without time zone", "timestamp with time zone", 1)
		return types.Null, &e
	}
	return moment(types.InstantOf(cut, zone))
}

// truncateOffset keeps the offset of ts, so that units below a day work in the
// hour that a zone repeats.
func truncateOffset(zone *time.Location, unit types.Datum, ts int64) (types.Datum, error) {
	l := types.LocalOf(ts, zone)
	cut, err := types.DateTrunc(unitOf(unit), l)
	return types.Int(cut - (l - ts)), err
}

func truncateIn(_ *Env, unit, ts, zone types.Datum) (types.Datum, error) {
	if !finite(ts.Int()) {
		return ts, nil
	}
	z, err := types.LoadZone(zone.Str())
	if err != nil {
		return types.Null, err
	}
	return truncateZoned(z, unit, ts)
}

// zoneTimestamp is timestamp AT TIME ZONE name: the instant.
func zoneTimestamp(_ *Env, zone, ts types.Datum) (types.Datum, error) {
	if !finite(ts.Int()) {
		return ts, nil
	}
	z, err := types.LoadZoneAt(zone.Str(), ts.Int(), true)
	if err != nil {
		return types.Null, err
	}
	return moment(types.InstantOf(ts.Int(), z))
}

// zoneTimestamptz is timestamptz AT TIME ZONE name: local time.
func zoneTimestamptz(_ *Env, zone, ts types.Datum) (types.Datum, error) {
	if !finite(ts.Int()) {
		return ts, nil
	}
	z, err := types.LoadZoneAt(zone.Str(), ts.Int(), false)
	if err != nil {
		return types.Null, err
	}
	return localTimestamp(z, ts.Int())
}

// zoneOffset is an interval as a time zone: whole seconds, in microseconds.
func zoneOffset(env *Env, zone types.Datum) (int64, error) {
	i := zone.Interval()
	if i.Months != 0 || i.Days != 0 {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "interval time zone \"%s\" must not include months or days", types.Text(env.Env, types.IntervalOID, zone))
	}
	return i.Micros / 1e6 * 1e6, nil
}

// intervalZone is a timestamp (sign -1) or timestamptz (1) AT TIME ZONE interval.
func intervalZone(sign int64) Func2 {
	return func(env *Env, zone, ts types.Datum) (types.Datum, error) {
		if !finite(ts.Int()) {
			return ts, nil
		}
		offset, err := zoneOffset(env, zone)
		if err != nil {
			return types.Null, err
		}
		return moment(types.CheckTimestamp(ts.Int()+sign*offset, true))
	}
}

// zoneTimetz is timetz AT TIME ZONE name, with the offset that the zone has now.
func zoneTimetz(env *Env, zone, t types.Datum) (types.Datum, error) {
	if env.Clock == nil {
		return types.Null, unavailable("function timezone(text, time with time zone)")
	}
	now := micros(env.Clock())
	z, err := types.LoadZoneAt(zone.Str(), now, false)
	if err != nil {
		return types.Null, err
	}
	return timetzAt(t, (types.LocalOf(now, z)-now)/1e6), nil
}

func intervalZoneTimetz(env *Env, zone, t types.Datum) (types.Datum, error) {
	offset, err := zoneOffset(env, zone)
	if err != nil {
		return types.Null, err
	}
	return timetzAt(t, offset/1e6), nil
}

// timetzAt is the same time of day so many seconds east of Greenwich.
func timetzAt(t types.Datum, east int64) types.Datum {
	v := t.TimeTZ()
	return types.Pointer(&types.TimeTZ{Micros: floorMod(v.Micros+(int64(v.WestSeconds)+east)*1e6, microsPerDay), WestSeconds: int32(-east)})
}

// bin is date_bin(stride, source, origin).
func bin(_ *Env, stride, ts, origin types.Datum) (types.Datum, error) {
	i := stride.Interval()
	switch {
	case !finite(ts.Int()):
		return ts, nil
	case !finite(origin.Int()):
		return types.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "origin out of range")
	case i.Months != 0:
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "timestamps cannot be binned into intervals containing months or years")
	}
	out := sqlstate.New(sqlstate.DatetimeFieldOverflow, "interval out of range")
	days := int64(i.Days) * microsPerDay
	width := days + i.Micros
	if days/microsPerDay != int64(i.Days) || (width < days) != (i.Micros < 0) {
		return types.Null, out
	}
	if width <= 0 {
		return types.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "stride must be greater than zero")
	}
	away := ts.Int() - origin.Int()
	if (away > ts.Int()) != (origin.Int() < 0) {
		return types.Null, out
	}
	over := floorMod(away, width)
	return moment(types.CheckTimestamp(ts.Int()-over, ts.Int() >= math.MinInt64+over))
}

func extract(t types.OID) Func2 {
	return func(env *Env, a, b types.Datum) (types.Datum, error) { return types.Extract(env.Env, unitOf(a), t, b) }
}

// part is date_part: extract as float8.
func part(t types.OID) Func2 {
	return func(env *Env, a, b types.Datum) (types.Datum, error) { return types.DatePart(env.Env, unitOf(a), t, b) }
}

// datePart takes a date for its midnight, as PostgreSQL's SQL function does.
func datePart(env *Env, a, b types.Datum) (types.Datum, error) {
	ts, err := dateTimestamp(b.Int())
	if err != nil {
		return types.Null, err
	}
	return part(types.TimestampOID)(env, a, types.Int(ts))
}
