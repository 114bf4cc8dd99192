package types

import "github.com/projsql/projsql/wire/sqlstate"

func (r *wireReader) temporal(t Type) (Datum, error) {
	switch t.OID {
	case DateOID:
		days := int64(r.int32())
		if FiniteDate(days) && (days < dateMin || days >= dateEnd) {
			return Null, errDateRange()
		}
		return Int(days), nil
	case TimeOID:
		micros, err := r.timeOfDay()
		return Int(roundMicros(micros, t.Mod)), err
	case TimetzOID:
		return r.timetz(t.Mod)
	case IntervalOID:
		i := Interval{Micros: r.int64(), Days: r.int32(), Months: r.int32()}
		return IntervalOf(intervalTypmod(i, t.Mod)), nil
	}
	ts := r.int64()
	if FiniteTime(ts) && (ts < timestampMin || ts >= timestampEnd) {
		return Null, errTimestampRange()
	}
	return Int(roundTimestamp(ts, t.Mod)), nil
}

func (r *wireReader) timeOfDay() (int64, error) {
	micros := r.int64()
	if micros < 0 || micros > MicrosPerDay {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "time out of range")
	}
	return micros, nil
}

const zoneSecondsMax = 15*3600 + 59*60 + 59 // PostgreSQL's limit of an offset, itself included

func (r *wireReader) timetz(mod int32) (Datum, error) {
	micros, err := r.timeOfDay()
	if err != nil {
		return Null, err
	}
	west := r.int32()
	if west < -zoneSecondsMax || west > zoneSecondsMax {
		return Null, sqlstate.New(sqlstate.InvalidTimeZoneDisplacementValue, "time zone displacement out of range")
	}
	return Pointer(&TimeTZ{Micros: roundMicros(micros, mod), WestSeconds: west}), nil
}
