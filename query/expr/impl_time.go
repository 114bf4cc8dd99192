package expr

import (
	"math"
	"time"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func errTimestampRange() error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range")
}

func errDateRange() error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date out of range")
}

func moment(ts int64, err error) (types.Datum, error) { return types.Int(ts), err }

func span(i types.Interval, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.IntervalOf(i), nil
}

// Moments, in microseconds or days since 2000-01-01, and the ends of their ranges.
const (
	timeInfinity      int64 = math.MaxInt64
	timeMinusInfinity int64 = math.MinInt64
	dateInfinity      int64 = math.MaxInt32
	dateMinusInfinity int64 = math.MinInt32
	microsPerDay      int64 = 86400e6
	unixEpochMicros   int64 = -946684800e6

	dateMin int64 = -2451545   // 4714-11-24 BC
	dateEnd int64 = 2145031949 // 5874898-01-01
	lastDay int64 = 106741035  // of timestamps, 294277-01-01
)

// dateTimestamp is the beginning of a day.
func dateTimestamp(date int64) (int64, error) {
	switch {
	case date == dateInfinity:
		return timeInfinity, nil
	case date == dateMinusInfinity:
		return timeMinusInfinity, nil
	case date >= lastDay:
		return 0, errDateForTimestamp()
	}
	return date * microsPerDay, nil
}

// timestampDate is the day of a timestamp.
func timestampDate(ts int64) int64 {
	switch ts {
	case timeInfinity:
		return dateInfinity
	case timeMinusInfinity:
		return dateMinusInfinity
	}
	return floorDiv(ts, microsPerDay)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// besideDays is what an interval's time is beside whole days. Near the least of all it overflows
// as in PostgreSQL, which gives times after midnight then.
func besideDays(micros int64) int64 {
	if micros < 0 {
		return micros - (micros-microsPerDay+1)/microsPerDay*microsPerDay
	}
	return micros % microsPerDay
}

func local(env *Env, ts int64) int64 {
	if !finite(ts) {
		return ts
	}
	return types.LocalOf(ts, env.TimeZone)
}

// localTimestamp is local as a timestamp, which it may be out of range for.
func localTimestamp(zone *time.Location, ts int64) (types.Datum, error) {
	if !finite(ts) {
		return types.Int(ts), nil
	}
	return moment(types.CheckTimestamp(types.LocalOf(ts, zone), true))
}

func instant(env *Env, ts int64) (int64, error) { return instantIn(env.TimeZone, ts) }

func instantIn(zone *time.Location, ts int64) (int64, error) {
	if !finite(ts) {
		return ts, nil
	}
	return types.InstantOf(ts, zone)
}

// localDateInstant is a date's midnight in the session's zone.
func localDateInstant(env *Env, date int64) (int64, error) {
	ts, err := dateTimestamp(date)
	if err != nil {
		return 0, err
	}
	if ts, err = instant(env, ts); err != nil {
		return 0, errDateForTimestamp()
	}
	return ts, nil
}

func errDateForTimestamp() error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date out of range for timestamp")
}

func dates() map[string]any {
	return map[string]any{
		"date_pli":                      Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return addDays(a.Int(), b.Int()) }),
		"date_mii":                      Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return addDays(a.Int(), -b.Int()) }),
		"date_mi":                       Func2(dateSub),
		"integer_pl_date(integer,date)": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return addDays(b.Int(), a.Int()) }),
		"date_timestamp":                Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return moment(dateTimestamp(a.Int())) }),
		"date_timestamptz":              Func1(func(env *Env, a types.Datum) (types.Datum, error) { return moment(localDateInstant(env, a.Int())) }),
		"timestamp_date":                Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Int(timestampDate(a.Int())), nil }),
		"timestamptz_date": Func1(func(env *Env, a types.Datum) (types.Datum, error) {
			return types.Int(timestampDate(local(env, a.Int()))), nil
		}),
		"timestamp_timestamptz":                    Func1(func(env *Env, a types.Datum) (types.Datum, error) { return moment(instant(env, a.Int())) }),
		"timestamptz_timestamp":                    Func1(func(env *Env, a types.Datum) (types.Datum, error) { return localTimestamp(env.TimeZone, a.Int()) }),
		"timestamp_time":                           Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return timeOf(a.Int()) }),
		"timestamptz_time":                         Func1(func(env *Env, a types.Datum) (types.Datum, error) { return timeOf(local(env, a.Int())) }),
		"datetime_timestamp":                       Func2(dateTime),
		"timedate_pl(time without time zone,date)": Func2(func(env *Env, a, b types.Datum) (types.Datum, error) { return dateTime(env, b, a) }),
		"timestamptz(date,time without time zone)": Func2(dateTimeZone),
		"make_date":                                Func3(makeDate), "make_time": Func3(makeTime), "make_timestamp": FuncN(makeTimestamp),
		"make_timestamptz": FuncN(makeTimestamptz), "make_timestamptz_at_timezone": FuncN(makeTimestamptz),
		"make_interval": FuncN(makeInterval),
		"date_finite": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return types.Bool(a.Int() != dateInfinity && a.Int() != dateMinusInfinity), nil
		}),
		"timestamp_finite":   Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Bool(finite(a.Int())), nil }),
		"interval_finite":    Func1(func(*Env, types.Datum) (types.Datum, error) { return types.Bool(true), nil }),
		"float8_timestamptz": Func1(floatTimestamp),
		"time_interval": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return types.IntervalOf(types.Interval{Micros: a.Int()}), nil
		}),
		"interval_time": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return types.Int(besideDays(a.Interval().Micros)), nil
		}),
		"time_mi_time": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.IntervalOf(types.Interval{Micros: a.Int() - b.Int()}), nil
		}),
		"time_pl_interval": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return timeAdd(a.Int(), b.Interval().Micros), nil }),
		"time_mi_interval": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return timeAdd(a.Int(), -b.Interval().Micros), nil
		}),
		"interval_pl_time(interval,time without time zone)": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return timeAdd(b.Int(), a.Interval().Micros), nil }),
		"timetz_time":        Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Int(a.TimeTZ().Micros), nil }),
		"timestamptz_timetz": Func1(timestampTimetz),
		"time_timetz":        Func1(timeTimetz),
		"to_timestamp":       Func2(toTimestamp), "to_date": Func2(toDate), "numeric_to_number": Func2(toNumber),
	}
}

func addDays(date, days int64) (types.Datum, error) {
	if date == dateInfinity || date == dateMinusInfinity {
		return types.Int(date), nil
	}
	d := date + days
	if d < dateMin || d >= dateEnd {
		return types.Null, errDateRange()
	}
	return types.Int(d), nil
}

func dateSub(_ *Env, a, b types.Datum) (types.Datum, error) {
	for _, d := range []int64{a.Int(), b.Int()} {
		if d == dateInfinity || d == dateMinusInfinity {
			return types.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "cannot subtract infinite dates")
		}
	}
	return types.Int(a.Int() - b.Int()), nil
}

func timeOf(ts int64) (types.Datum, error) {
	if !finite(ts) {
		return types.Null, nil
	}
	return types.Int(floorMod(ts, microsPerDay)), nil
}

func timeAdd(t, micros int64) types.Datum { return types.Int(floorMod(t+micros, microsPerDay)) }

func dateTime(_ *Env, a, b types.Datum) (types.Datum, error) {
	ts, err := dateTimestamp(a.Int())
	if err != nil || !finite(ts) {
		return types.Int(ts), err
	}
	return types.Int(ts + b.Int()), nil
}

func dateTimeZone(env *Env, a, b types.Datum) (types.Datum, error) {
	ts, err := dateTime(env, a, b)
	if err != nil {
		return types.Null, err
	}
	return moment(instant(env, ts.Int()))
}

func timestampTimetz(env *Env, a types.Datum) (types.Datum, error) {
	if !finite(a.Int()) {
		return types.Null, nil
	}
	l := local(env, a.Int())
	west := (a.Int() - l) / 1e6
	return types.Pointer(&types.TimeTZ{Micros: floorMod(l, microsPerDay), WestSeconds: int32(west)}), nil
}

// timeTimetz takes the zone's offset of the transaction's time.
func timeTimetz(env *Env, a types.Datum) (types.Datum, error) {
	now := micros(env.TransactionTime)
	west := (now - local(env, now)) / 1e6
	return types.Pointer(&types.TimeTZ{Micros: a.Int(), WestSeconds: int32(west)}), nil
}

// micros is a time as a timestamptz.
func micros(t time.Time) int64 { return t.UnixMicro() + unixEpochMicros }

func daysIn(year, month int64) int64 {
	return int64(time.Date(int(year), time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day())
}

// civilDay checks a date; negative years are BC. Errors tell of the year as shown.
func civilDay(year, month, day, shown int64) (int64, error) {
	y := year
	if y < 0 {
		y++
	}
	if year == 0 || year == math.MinInt32 || month < 1 || month > 12 || day < 1 || day > daysIn(y, month) {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "date field value out of range: %d-%02d-%02d", shown, month, day)
	}
	d := types.DaysOf(int(y), int(month), int(day))
	if d < dateMin || d >= dateEnd {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "date out of range: %d-%02d-%02d", shown, month, day)
	}
	return d, nil
}

// makeDate counts years BC from zero by the time that PostgreSQL tells of an error.
func makeDate(_ *Env, a, b, c types.Datum) (types.Datum, error) {
	shown := a.Int()
	if shown < 0 && shown > math.MinInt32 {
		shown++
	}
	d, err := civilDay(a.Int(), b.Int(), c.Int(), shown)
	return types.Int(d), err
}

// civilTime checks hour, minute and seconds; 24:00:00 is the day's end.
func civilTime(hour, minute int64, second float64) (int64, error) {
	bad := func() error {
		return sqlstate.New(sqlstate.DatetimeFieldOverflow, "time field value out of range: %d:%02d:%02s", hour, minute, types.ShortFloat(second))
	}
	if math.IsNaN(second) || math.IsInf(second, 0) {
		return 0, bad()
	}
	us := int64(math.RoundToEven(second * 1e6))
	if hour < 0 || hour > 24 || minute < 0 || minute > 59 || us < 0 || us > 60e6 || hour == 24 && (minute > 0 || us > 0) {
		return 0, bad()
	}
	return (hour*60+minute)*60e6 + us, nil
}

func makeTime(_ *Env, a, b, c types.Datum) (types.Datum, error) {
	t, err := civilTime(a.Int(), b.Int(), c.Float())
	return types.Int(t), err
}

func civilMoment(args []types.Datum) (int64, error) {
	d, err := civilDay(args[0].Int(), args[1].Int(), args[2].Int(), args[0].Int())
	if err != nil {
		return 0, err
	}
	t, err := civilTime(args[3].Int(), args[4].Int(), args[5].Float())
	if err != nil {
		return 0, err
	}
	if d >= lastDay {
		return 0, errTimestampRange()
	}
	return d*microsPerDay + t, nil
}

func makeTimestamp(_ *Env, args []types.Datum) (types.Datum, error) { return moment(civilMoment(args)) }

func makeTimestamptz(env *Env, args []types.Datum) (types.Datum, error) {
	ts, err := civilMoment(args)
	if err != nil {
		return types.Null, err
	}
	zone := env.TimeZone
	if len(args) > 6 {
		if zone, err = types.LoadISOZone(args[6].Str(), ts); err != nil {
			return types.Null, err
		}
	}
	return moment(instantIn(zone, ts))
}

// makeInterval checks nothing but the seconds, as PostgreSQL 15: what does not fit wraps
// around.
func makeInterval(_ *Env, args []types.Datum) (types.Datum, error) {
	months, days := args[0].Int()*12+args[1].Int(), args[2].Int()*7+args[3].Int()
	seconds := args[6].Float()
	if math.IsNaN(seconds) || math.IsInf(seconds, 0) {
		return types.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "interval out of range")
	}
	us := int64(math.MinInt64) // what the processor makes of a number that does not fit
	if f := math.RoundToEven(seconds * 1e6); math.Abs(f) < 1<<63 {
		us = int64(f)
	}
	whole := args[4].Int()*3600e6 + args[5].Int()*60e6
	return types.IntervalOf(types.Interval{Months: int32(months), Days: int32(days), Micros: whole + us}), nil
}

// floatTimestamp is to_timestamp(seconds since 1970).
func floatTimestamp(_ *Env, a types.Datum) (types.Datum, error) {
	s := a.Float()
	switch {
	case math.IsNaN(s):
		return types.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp cannot be NaN")
	case math.IsInf(s, 1):
		return types.Int(timeInfinity), nil
	case math.IsInf(s, -1):
		return types.Int(timeMinusInfinity), nil
	case s < -210866803200 || s >= 9224318016000:
		return types.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", types.ShortFloat(s))
	}
	return types.Int(int64(math.RoundToEven((s + float64(unixEpochMicros/1e6)) * 1e6))), nil
}

func unitOf(d types.Datum) string { return types.LowerASCII(d.Str()) }
