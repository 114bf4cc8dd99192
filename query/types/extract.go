package types

import (
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

func errUnit(field string, t OID, known bool) *sqlstate.Error {
	if known {
		return sqlstate.New(sqlstate.FeatureNotSupported, "unit \"%s\" not supported for type %s", field, sqlName(t))
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, "unit \"%s\" not recognized for type %s", field, sqlName(t))
}

// dateUnit is the full name of a unit that date_trunc and extract take: one of intervals', or of those that
// only they know. false: the name is of no unit.
func dateUnit(name string) (string, bool) {
	name = LowerASCII(name)
	if u, ok := unitNamed(name); ok && u != unitAgo {
		return unitNames[u], true
	}
	switch name {
	case "dow", "doy", "epoch", "isodow", "isoyear", "julian", "timezone", "timezone_hour", "timezone_minute":
		return name, true
	case "j", "jd":
		return "julian", true
	case "timezone_h":
		return "timezone_hour", true
	case "timezone_m":
		return "timezone_minute", true
	}
	return name, false
}

var unitNames = [...]string{
	unitMicrosecond: "microseconds", unitMillisecond: "milliseconds", unitSecond: "second",
	unitMinute: "minute", unitHour: "hour", unitDay: "day", unitWeek: "week", unitMonth: "month",
	unitQuarter: "quarter", unitYear: "year", unitDecade: "decade", unitCentury: "century",
	unitMillennium: "millennium", unitAgo: "ago",
}

// Extract is extract(field FROM value) for date, time, timetz, timestamp,
// timestamptz (local in env's zone) and interval: a numeric, or NULL for a field
// that an infinite value does not have. Errors: 22023, 0A000.
func Extract(env *Env, field string, t OID, d Datum) (Datum, error) {
	if env == nil {
		env = defaultEnv
	}
	unit, known := dateUnit(field)
	v, ok := Null, false
	switch {
	case !known:
	case t == DateOID:
		v, ok = extractDate(unit, d.Int())
	case t == TimestampOID:
		v, ok = extractTimestamp(unit, d.Int(), d.Int(), UnixEpochMicros)
	case t == TimestamptzOID:
		v, ok = extractTimestamptz(env, unit, d.Int())
	case t == IntervalOID:
		v, ok = extractInterval(unit, d.Interval())
	case t == TimeOID:
		v, ok = extractTime(unit, d.Int())
	case t == TimetzOID:
		v, ok = extractTimetz(unit, d.TimeTZ())
	}
	if !ok {
		return Null, errUnit(LowerASCII(field), t, known)
	}
	return v, nil
}

func extractDate(unit string, days int64) (Datum, bool) {
	if !FiniteDate(days) {
		if strings.HasSuffix(unit, "second") || strings.HasSuffix(unit, "seconds") || unit == "minute" || unit == "hour" || strings.HasPrefix(unit, "timezone") {
			return Null, false
		}
		return extractInfinite(unit, days < 0), true
	}
	if unit == "epoch" {
		return NumericFromInt((days - UnixEpochDay) * 86400), true
	}
	if unit == "julian" {
		return NumericFromInt(days + epochJulian), true
	}
	return extractDay(unit, CivilOfDay(days))
}

// extractInfinite gives what grows with time as an infinity, and NULL for the rest.
func extractInfinite(unit string, negative bool) Datum {
	switch unit {
	case "year", "decade", "century", "millennium", "julian", "isoyear", "epoch":
		return NumericInf(1 - 2*boolInt(negative))
	}
	return Null
}

func extractDay(unit string, c Civil) (Datum, bool) {
	n := int64(0)
	y := int64(c.Year)
	days := DaysOf(c.Year, c.Month, c.Day)
	switch unit {
	case "day":
		n = int64(c.Day)
	case "month":
		n = int64(c.Month)
	case "quarter":
		n = int64(c.Month-1)/3 + 1
	case "week":
		_, n = isoWeek(c)
	case "isoyear":
		if n, _ = isoWeek(c); n <= 0 {
			n--
		}
	case "year":
		if n = y; n <= 0 {
			n--
		}
	case "decade":
		n = floorDiv(y, 10)
	case "century":
		n = periodOf(y, 100)
	case "millennium":
		n = periodOf(y, 1000)
	case "dow":
		n = floorMod(days+6, 7)
	case "isodow":
		n = floorMod(days+5, 7) + 1
	case "doy":
		n = days - DaysOf(c.Year, 1, 1) + 1
	default:
		return Null, false
	}
	return NumericFromInt(n), true
}

// periodOf numbers centuries and millennia; there is none with number 0.
func periodOf(year, length int64) int64 {
	if year > 0 {
		return (year + length - 1) / length
	}
	return -((length - 1 - (year - 1)) / length)
}

// isoWeek returns the ISO 8601 year (0 = 1 BC) and week.
func isoWeek(c Civil) (year, week int64) {
	days := DaysOf(c.Year, c.Month, c.Day)
	thursday := days - floorMod(days+5, 7) + 3
	t := CivilOfDay(thursday)
	return int64(t.Year), (thursday-DaysOf(t.Year, 1, 1))/7 + 1
}

// extractTimestamp takes the fields of local; the epoch is counted from ts.
func extractTimestamp(unit string, local, ts, epoch int64) (Datum, bool) {
	if !FiniteTime(ts) {
		return extractInfinite(unit, ts < 0), true
	}
	c := CivilOf(local)
	if v, ok := extractClock(unit, c.timeOfDay()); ok {
		return v, true
	}
	switch unit {
	case "epoch":
		v, err := NumericSub(NumericScaled(ts, 6), NumericScaled(epoch, 6))
		return v, err == nil
	case "julian":
		part, err := NumericDiv(NumericFromInt(c.timeOfDay()), NumericFromInt(MicrosPerDay))
		if err != nil {
			return Null, false
		}
		v, err := NumericAdd(NumericFromInt(DaysOf(c.Year, c.Month, c.Day)+epochJulian), part)
		return v, err == nil
	}
	return extractDay(unit, c)
}

func extractClock(unit string, t int64) (Datum, bool) {
	switch unit {
	case "microseconds":
		return NumericFromInt(t % 60e6), true
	case "milliseconds":
		return NumericScaled(t%60e6, 3), true
	case "second":
		return NumericScaled(t%60e6, 6), true
	case "minute":
		return NumericFromInt(t / 60e6 % 60), true
	case "hour":
		return NumericFromInt(t / 3600e6), true
	}
	return Null, false
}

func extractTimestamptz(env *Env, unit string, ts int64) (Datum, bool) {
	if !FiniteTime(ts) {
		return extractInfinite(unit, ts < 0), true
	}
	offset := offsetAt(ts, env.TimeZone)
	if v, ok := extractZone(unit, offset); ok {
		return v, true
	}
	return extractTimestamp(unit, ts+offset*MicrosPerSecond, ts, UnixEpochMicros)
}

func extractZone(unit string, east int64) (Datum, bool) {
	switch unit {
	case "timezone":
		return NumericFromInt(east), true
	case "timezone_hour":
		return NumericFromInt(east / 3600), true
	case "timezone_minute":
		return NumericFromInt(east / 60 % 60), true
	}
	return Null, false
}

func extractTime(unit string, t int64) (Datum, bool) {
	if unit == "epoch" {
		return NumericScaled(t, 6), true
	}
	return extractClock(unit, t)
}

func extractTimetz(unit string, t TimeTZ) (Datum, bool) {
	if v, ok := extractZone(unit, -int64(t.WestSeconds)); ok {
		return v, true
	}
	if unit == "epoch" {
		return NumericScaled(t.Micros+int64(t.WestSeconds)*1e6, 6), true
	}
	return extractClock(unit, t.Micros)
}

func extractInterval(unit string, i Interval) (Datum, bool) {
	if v, ok := extractClock(unit, i.Micros); ok {
		return v, true
	}
	n, years := int64(0), int64(i.Months/12)
	switch unit {
	case "day":
		n = int64(i.Days)
	case "month":
		n = int64(i.Months % 12)
	case "quarter":
		n = int64(i.Months%12)/3 + 1
	case "year":
		n = years
	case "decade":
		n = years / 10
	case "century":
		n = years / 100
	case "millennium":
		n = years / 1000
	case "epoch":
		quarters := 1461*years + 120*int64(i.Months%12) + 4*int64(i.Days)
		v, err := NumericAdd(NumericScaled(i.Micros, 6), NumericFromInt(quarters*21600))
		return v, err == nil
	default:
		return Null, false
	}
	return NumericFromInt(n), true
}
