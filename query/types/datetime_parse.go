package types

import (
	"errors"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// timeError is the client's error for a text that is no value of the type.
func timeError(err error, typeName, s string) error {
	switch {
	case errors.Is(err, errTimeField):
		return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s)
	case errors.Is(err, errTimeOrder):
		return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s).
			WithHint("Perhaps you need a different \"datestyle\" setting.")
	case errors.Is(err, errTimeInterval):
		return sqlstate.New(sqlstate.IntervalFieldOverflow, "interval field value out of range: \"%s\"", s)
	case errors.Is(err, errTimeZone):
		return sqlstate.New(sqlstate.InvalidTimeZoneDisplacementValue, "time zone displacement out of range: \"%s\"", s)
	case errors.Is(err, errTimeNow):
		return sqlstate.New(sqlstate.FeatureNotSupported, "the %s literal \"%s\" is not supported here", typeName, s).
			WithHint("Use now() or current_date.")
	case errors.Is(err, errTimeFormat):
		return sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typeName, s)
	}
	return err
}

func decodeTime(env *Env, s string, timeOnly bool) (*timeDecoder, error) {
	fields, ok := scanFields(s)
	if !ok || len(fields) == 0 {
		return nil, errTimeFormat
	}
	d := &timeDecoder{env: env, timeOnly: timeOnly}
	return d, d.decode(fields)
}

// scanISO reads what programs write: YYYY-MM-DD HH:MM:SS[.ffffff] with a T or a
// space and perhaps a Z or an offset. false sends the text to the general reader.
func scanISO(s string) (c Civil, east int, zoned, ok bool) {
	if len(s) < 19 || s[4] != '-' || s[7] != '-' || s[10]|0x20 != 't' && s[10] != ' ' || s[13] != ':' || s[16] != ':' {
		return c, 0, false, false
	}
	if c, ok = scanISODate(s[:10]); !ok {
		return c, 0, false, false
	}
	var ok1, ok2, ok3 bool
	c.Hour, ok1 = twoDigits(s[11:13])
	c.Minute, ok2 = twoDigits(s[14:16])
	c.Second, ok3 = twoDigits(s[17:19])
	if !ok1 || !ok2 || !ok3 || c.Hour > 23 || c.Minute > 59 || c.Second > 59 {
		return c, 0, false, false
	}
	s = s[19:]
	if s != "" && s[0] == '.' {
		end := spanOf(s, 1, isDigit)
		if end < 2 || end > 7 {
			return c, 0, false, false
		}
		for i := 1; i < 7; i++ {
			c.Micros *= 10
			if i < end {
				c.Micros += int(s[i] - '0')
			}
		}
		s = s[end:]
	}
	switch {
	case s == "":
		return c, 0, false, true
	case s == "Z" || s == "z":
		return c, 0, true, true
	case s[0] != '+' && s[0] != '-' || strings.ContainsAny(s, " \t"):
		return c, 0, false, false
	}
	east, err := decodeZone(s)
	return c, east, true, err == nil
}

func scanISODate(s string) (c Civil, ok bool) {
	century, ok1 := twoDigits(s[0:2])
	year, ok2 := twoDigits(s[2:4])
	var ok3, ok4 bool
	c.Month, ok3 = twoDigits(s[5:7])
	c.Day, ok4 = twoDigits(s[8:10])
	c.Year = century*100 + year
	if !ok1 || !ok2 || !ok3 || !ok4 || c.Year == 0 || c.Month < 1 || c.Month > 12 {
		return c, false
	}
	return c, c.Day >= 1 && c.Day <= DaysInMonth(c.Year, c.Month)
}

func twoDigits(s string) (int, bool) {
	a, b := s[0]-'0', s[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

func parseTimestamp(env *Env, s string, mod int32) (int64, error) {
	if c, _, _, ok := scanISO(s); ok {
		ts, _ := c.Timestamp()
		return roundTimestamp(ts, mod), nil
	}
	d, err := decodeTime(env, s, false)
	if err != nil {
		return 0, timeError(err, "timestamp", s)
	}
	return d.timestamp(s, mod)
}

func (d *timeDecoder) timestamp(s string, mod int32) (int64, error) {
	switch d.reserved {
	case valueEpoch:
		return UnixEpochMicros, nil
	case valueLate:
		return TimeInfinity, nil
	case valueEarly:
		return TimeMinusInfinity, nil
	}
	ts, ok := d.c.Timestamp()
	if !ok {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
	}
	return roundTimestamp(ts, mod), nil
}

func parseTimestamptz(env *Env, s string, mod int32) (int64, error) {
	if c, east, zoned, ok := scanISO(s); ok {
		ts, _ := c.Timestamp()
		if !zoned {
			east = int(localOffset(ts, env.TimeZone))
		}
		return roundTimestamp(ts-int64(east)*MicrosPerSecond, mod), nil
	}
	d, err := decodeTime(env, s, false)
	if err != nil {
		return 0, timeError(err, "timestamp with time zone", s)
	}
	if d.reserved != 0 {
		return d.timestamp(s, mod)
	}
	local, ok := d.c.localTime()
	if !ok {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
	}
	ts := local - d.offset(local)*MicrosPerSecond
	if ts < timestampMin || ts >= timestampEnd {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
	}
	return roundTimestamp(ts, mod), nil
}

// offset is the zone as written, else that of the session, in seconds east.
func (d *timeDecoder) offset(local int64) int64 {
	switch {
	case d.abbreviation != nil:
		return d.abbreviation.atLocal(local)
	case d.zone != nil:
		return localOffset(local, d.zone)
	case d.have&hasZone != 0:
		return int64(d.east)
	}
	return localOffset(local, d.env.TimeZone)
}

func parseDate(env *Env, s string) (int64, error) {
	if len(s) == 10 && s[4] == '-' && s[7] == '-' {
		if c, ok := scanISODate(s); ok {
			return DaysOf(c.Year, c.Month, c.Day), nil
		}
	}
	d, err := decodeTime(env, s, false)
	if err != nil {
		return 0, timeError(err, "date", s)
	}
	switch d.reserved {
	case valueEpoch:
		return UnixEpochDay, nil
	case valueLate:
		return DateInfinity, nil
	case valueEarly:
		return DateMinusInfinity, nil
	}
	days := DaysOf(d.c.Year, d.c.Month, d.c.Day)
	if days < dateMin || days >= dateEnd {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "date out of range: \"%s\"", s)
	}
	return days, nil
}

func parseTime(env *Env, s string, mod int32) (int64, error) {
	d, err := decodeTime(env, s, true)
	if err == nil && d.reserved != 0 {
		err = errTimeFormat
	}
	if err != nil {
		return 0, timeError(err, "time", s)
	}
	return roundMicros(d.c.timeOfDay(), mod), nil
}

func parseTimetz(env *Env, s string, mod int32) (Datum, error) {
	d, err := decodeTime(env, s, true)
	if err == nil && d.reserved != 0 {
		err = errTimeFormat
	}
	if err != nil {
		return Null, timeError(err, "time with time zone", s)
	}
	if d.have&hasDate != hasDate && !env.Now.IsZero() {
		d.setDay(0) // today's offset, if none is written
	}
	local := d.c.timeOfDay()
	if d.c.Month > 0 {
		local, _ = d.c.Timestamp()
	}
	return Pointer(&TimeTZ{
		Micros:      roundMicros(d.c.timeOfDay(), mod),
		WestSeconds: int32(-d.offset(local)),
	}), nil
}
