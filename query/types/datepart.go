package types

// DatePart is date_part(field, value): Extract in float8, computed in floats as PostgreSQL
// does, whose last digit may not be that of the number nearest to Extract's.
func DatePart(env *Env, field string, t OID, d Datum) (Datum, error) {
	if env == nil {
		env = defaultEnv
	}
	n, err := Extract(env, field, t, d)
	if err != nil || n.IsNull() {
		return Null, err
	}
	unit, _ := dateUnit(field)
	if f, ok := floatPart(env, unit, t, d); ok {
		return Float(f), nil
	}
	f, err := NumericToFloat(n, 64)
	return Float(f), err
}

// floatPart computes what has a fraction; false leaves it to Extract.
func floatPart(env *Env, unit string, t OID, d Datum) (float64, bool) {
	switch t {
	case TimestampOID, TimestamptzOID:
		return timestampPart(env, unit, t, d.Int())
	case IntervalOID:
		i := d.Interval()
		if unit == "epoch" {
			const day = 86400.0
			years, months := float64(i.Months/12), float64(i.Months%12)
			return float64(i.Micros)/1e6 + 365.25*day*years + 30*day*months + day*float64(i.Days), true
		}
		return secondsPart(unit, i.Micros)
	case TimeOID:
		if unit == "epoch" {
			return float64(d.Int()) / 1e6, true
		}
		return secondsPart(unit, d.Int())
	case TimetzOID:
		v := d.TimeTZ()
		if unit == "epoch" {
			return float64(v.Micros)/1e6 + float64(v.WestSeconds), true
		}
		return secondsPart(unit, v.Micros)
	}
	return 0, false
}

func timestampPart(env *Env, unit string, t OID, ts int64) (float64, bool) {
	if !FiniteTime(ts) {
		return 0, false
	}
	if unit == "epoch" {
		if ts < TimeInfinity+UnixEpochMicros {
			return float64(ts-UnixEpochMicros) / 1e6, true
		}
		return (float64(ts) - float64(UnixEpochMicros)) / 1e6, true
	}
	if t == TimestamptzOID {
		ts = LocalOf(ts, env.TimeZone)
	}
	day, time := floorDiv(ts, MicrosPerDay), floorMod(ts, MicrosPerDay)
	if unit == "julian" {
		return float64(day+epochJulian) + (float64(time/1e6)+float64(time%1e6)/1e6)/86400, true
	}
	return secondsPart(unit, time)
}

func secondsPart(unit string, micros int64) (float64, bool) {
	seconds, fraction := float64(micros/1e6%60), float64(micros%1e6)
	switch unit {
	case "second":
		return seconds + fraction/1e6, true
	case "milliseconds":
		return seconds*1e3 + fraction/1e3, true
	}
	return 0, false
}
