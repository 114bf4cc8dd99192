package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// readMoment is the local time that a text says by a format.
type readMoment struct {
	types.Civil
	precision int // of the second that the format has; 0 = none
	zoned     bool
	west      int // seconds, if zoned
}

func (r *timeReader) overflow() error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", r.in)
}

// moment puts the fields together.
func (r *timeReader) moment() (*readMoment, error) {
	m := &readMoment{Civil: types.Civil{Month: 1, Day: 1}, precision: r.precision}
	if err := r.clock(m); err != nil {
		return nil, err
	}
	if err := r.date(m); err != nil {
		return nil, err
	}
	m.Micros = r.millis*1000 + r.micro
	if m.Hour < 0 || m.Hour >= 24 || m.Minute < 0 || m.Minute >= 60 || m.Second < 0 || m.Second >= 60 || m.Micros < 0 || m.Micros >= 1e6 {
		return nil, r.overflow()
	}
	return m, r.zone(m)
}

func (r *timeReader) clock(m *readMoment) error {
	if s := r.secondOfDay; s != 0 {
		m.Hour, m.Minute, m.Second = s/3600, s/60%60, s%60
	}
	for from, to := range map[*int]*int{&r.second: &m.Second, &r.minute: &m.Minute, &r.hour: &m.Hour} {
		if *from != 0 {
			*to = *from
		}
	}
	if !r.twelve {
		return nil
	}
	if m.Hour < 1 || m.Hour > 12 {
		return errDatetime("hour \"%d\" is invalid for the 12-hour clock", m.Hour).
			WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
	}
	m.Hour %= 12
	if r.pm != 0 {
		m.Hour += 12
	}
	return nil
}

// fullYear is the year that the fields say, 0 = 1 BC; false if none does.
func (r *timeReader) fullYear() (int, bool) {
	century := r.century
	if r.bc != 0 {
		century = -century
	}
	switch {
	case r.year != 0 && century != 0 && r.yearDigits <= 2:
		year := r.year % 100
		switch {
		case year != 0 && century >= 0:
			return year + (century-1)*100, true
		case year != 0:
			return (century+1)*100 - year + 1, true
		case century >= 0:
			return century * 100, true
		}
		return century*100 + 1, true
	case r.year != 0:
		year := r.year
		if r.bc != 0 {
			year = -year
		}
		if year < 0 {
			year++
		}
		return year, true
	case century > 0:
		return (century-1)*100 + 1, true
	case century < 0:
		return century*100 + 1, true
	}
	return 0, false
}

// date fills in year, month and day. Days are checked where the whole date is given.
func (r *timeReader) date(m *readMoment) error {
	var year, month, day bool
	m.Year, year = r.fullYear()
	put := func(julian int) {
		c := types.CivilOfDay(int64(julian) - epochJulianDay)
		m.Year, m.Month, m.Day = c.Year, c.Month, c.Day
		year, month, day = true, true, true
	}
	if r.julian != 0 {
		put(r.julian)
	}
	if r.week != 0 && r.calendar == isoWeeks {
		put(isoWeekOne(m.Year) + (r.week-1)*7 + isoDay(r.weekday))
	} else if r.week != 0 {
		r.yearDay = (r.week-1)*7 + 1
	}
	if r.monthWeek != 0 {
		r.day = (r.monthWeek-1)*7 + 1
	}
	if r.day != 0 {
		m.Day, day = r.day, true
	}
	if r.month != 0 {
		m.Month, month = r.month, true
	}
	if r.yearDay != 0 && (m.Month <= 1 || m.Day <= 1) {
		if m.Year == 0 && r.bc == 0 {
			return errDatetime("cannot calculate day of year without year information")
		}
		if r.calendar == isoWeeks {
			put(isoWeekOne(m.Year) - 1 + r.yearDay)
		} else {
			r.dayOfYear(m)
			month, day = true, true
		}
	}
	if month && (m.Month < 1 || m.Month > 12) || day && (m.Day < 1 || m.Day > 31) ||
		year && month && day && m.Day > types.DaysInMonth(m.Year, m.Month) {
		return r.overflow()
	}
	return nil
}

// epochJulianDay is 2000-01-01's.
const epochJulianDay = 2451545

// isoDay counts from Monday; no day is Monday.
func isoDay(weekday int) int {
	switch {
	case weekday == 0:
		return 0
	case weekday > 1:
		return weekday - 2
	}
	return 6
}

func (r *timeReader) dayOfYear(m *readMoment) {
	month, before := 1, 0
	for ; month <= 12; month++ {
		n := types.DaysInMonth(m.Year, month)
		if r.yearDay <= before+n {
			break
		}
		before += n
	}
	if m.Month <= 1 {
		m.Month = month
	}
	if m.Day <= 1 {
		m.Day = r.yearDay - before
	}
}

const zoneHoursMax = 15

func (r *timeReader) zone(m *readMoment) error {
	if r.zoneSign == 0 {
		return nil
	}
	if r.zoneHour < 0 || r.zoneHour > zoneHoursMax || r.zoneMinute < 0 || r.zoneMinute >= 60 {
		return sqlstate.New(sqlstate.InvalidTimeZoneDisplacementValue, "time zone displacement out of range: \"%s\"", r.in)
	}
	m.zoned, m.west = true, -r.zoneSign*(r.zoneHour*3600+r.zoneMinute*60)
	return nil
}

// timestamp rounds to the precision that the format has.
func (m *readMoment) timestamp(t types.OID) (int64, error) {
	ts, fits := m.Timestamp()
	if !fits {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "%s out of range", map[types.OID]string{types.TimestampOID: "timestamp", types.TimestamptzOID: "timestamptz"}[t])
	}
	return ts, nil
}

func (m *readMoment) rounded(t types.OID, d types.Datum) (types.Datum, error) {
	if m.precision == 0 {
		return d, nil
	}
	return types.Coerce(types.Type{OID: t, Mod: int32(m.precision)}, d, true)
}

func readByFormat(in, format string) (*readMoment, error) {
	r, err := readTime(in, format, false)
	if err != nil {
		return nil, err
	}
	return r.moment()
}

// toTimestamp is to_timestamp(text, text).
func toTimestamp(env *Env, a, b types.Datum) (types.Datum, error) {
	m, err := readByFormat(a.Str(), b.Str())
	if err != nil {
		return types.Null, err
	}
	ts, fits := m.Timestamp()
	if !fits {
		return types.Null, errTimestampRange()
	}
	if m.zoned {
		ts, err = types.CheckTimestamp(ts+int64(m.west)*1e6, true)
	} else {
		ts, err = instant(env, ts)
	}
	if err != nil {
		return types.Null, err
	}
	return m.rounded(types.TimestamptzOID, types.Int(ts))
}

// toDate is to_date(text, text).
func toDate(_ *Env, a, b types.Datum) (types.Datum, error) {
	m, err := readByFormat(a.Str(), b.Str())
	if err != nil {
		return types.Null, err
	}
	return m.asDate(a.Str())
}

func (m *readMoment) asDate(in string) (types.Datum, error) {
	days := types.DaysOf(m.Year, m.Month, m.Day)
	if days < dateMin || days >= dateEnd {
		return types.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "date out of range: \"%s\"", in)
	}
	return types.Int(days), nil
}
