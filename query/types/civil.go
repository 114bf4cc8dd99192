package types

import "github.com/projsql/projsql/wire/sqlstate"

// Civil is a point of local time taken apart. Year 0 is 1 BC.
type Civil struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Micros               int
}

// Special dates and timestamps, and the units of timestamps.
const (
	DateInfinity      int64 = 1<<31 - 1
	DateMinusInfinity int64 = -1 << 31
	TimeInfinity      int64 = 1<<63 - 1
	TimeMinusInfinity int64 = -1 << 63
	MicrosPerSecond   int64 = 1e6
	MicrosPerDay      int64 = 86400e6
	UnixEpochMicros   int64 = -946684800e6 // 1970-01-01 as a timestamp
	UnixEpochDay      int64 = -10957       // 1970-01-01 as a date
	timestampMin      int64 = -211813488000000000
	timestampEnd      int64 = 9223371331200000000
	dateMin           int64 = -2451545
	dateEnd           int64 = 2147483494 - 2451545
	epochJulian       int64 = 2451545 // of 2000-01-01
)

// FiniteTime reports whether a timestamp is not an infinity.
func FiniteTime(micros int64) bool { return micros != TimeInfinity && micros != TimeMinusInfinity }

// UnixMicros converts a timestamptz to Unix microseconds. Infinities, and what lies beyond
// the range, become its ends; the least number is none of them: it is no time at all.
func UnixMicros(ts int64) int64 {
	if ts == TimeMinusInfinity {
		return TimeMinusInfinity + 1
	}
	if ts > TimeInfinity+UnixEpochMicros {
		return TimeInfinity
	}
	return ts - UnixEpochMicros
}

// OfUnixMicros converts what UnixMicros made back to a timestamptz.
func OfUnixMicros(micros int64) int64 {
	switch micros {
	case TimeInfinity:
		return TimeInfinity
	case TimeMinusInfinity + 1:
		return TimeMinusInfinity
	}
	return micros + UnixEpochMicros
}

// FiniteDate reports whether a date is not an infinity.
func FiniteDate(days int64) bool { return days != DateInfinity && days != DateMinusInfinity }

func errTimestampRange() *sqlstate.Error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "timestamp out of range")
}

func errDateRange() *sqlstate.Error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "date out of range")
}

// CheckTimestamp returns ts, or 22008 if it is out of timestamp's range or fits, which
// says that it did not overflow, is false.
func CheckTimestamp(ts int64, fits bool) (int64, error) { return checkTimestamp(ts, fits) }

func checkTimestamp(ts int64, fits bool) (int64, error) {
	if !fits || ts < timestampMin || ts >= timestampEnd {
		return 0, errTimestampRange()
	}
	return ts, nil
}

// floorDiv and floorMod divide towards minus infinity.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 {
	m := a % b
	if m < 0 {
		m += b
	}
	return m
}

// CivilOf takes a timestamp (microseconds since 2000-01-01) apart; it must be finite.
func CivilOf(micros int64) Civil {
	c := CivilOfDay(floorDiv(micros, MicrosPerDay))
	c.setTime(floorMod(micros, MicrosPerDay))
	return c
}

func (c *Civil) setTime(t int64) {
	c.Hour = int(t / 3600e6)
	c.Minute = int(t / 60e6 % 60)
	c.Second = int(t / 1e6 % 60)
	c.Micros = int(t % 1e6)
}

func (c Civil) timeOfDay() int64 {
	return int64(c.Hour)*3600e6 + int64(c.Minute)*60e6 + int64(c.Second)*1e6 + int64(c.Micros)
}

// CivilOfDay takes a date (days since 2000-01-01) apart; it must be finite.
func CivilOfDay(days int64) Civil {
	// Eras of 400 years that begin on the first of March of year 0.
	z := days + 730425
	era := floorDiv(z, 146097)
	doe := floorMod(z, 146097)
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	c := Civil{Day: int(doy - (153*mp+2)/5 + 1), Month: int(mp + 3), Year: int(yoe + era*400)}
	if c.Month > 12 {
		c.Month, c.Year = c.Month-12, c.Year+1
	}
	return c
}

// DaysOf returns the date (days since 2000-01-01) of a year (0 = 1 BC), month 1..12, day.
func DaysOf(year, month, day int) int64 {
	y, m := int64(year), int64(month)
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + int64(day) - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 730425
}

// Timestamp puts the civil time together, day and month within range; false if it
// is out of timestamp's range.
func (c Civil) Timestamp() (int64, bool) {
	days := DaysOf(c.Year, c.Month, c.Day)
	ts, ok := addInt64(days*MicrosPerDay, c.timeOfDay())
	if days > dateEnd || days < dateMin || days*MicrosPerDay/MicrosPerDay != days || !ok {
		return 0, false
	}
	return ts, ts >= timestampMin && ts < timestampEnd
}

// localTime is Timestamp of a time that an offset may bring into range yet.
func (c Civil) localTime() (int64, bool) {
	const julianSlack = 23 // days from 1 November to the first day of the Julian calendar
	days := DaysOf(c.Year, c.Month, c.Day)
	if days > dateEnd || days < dateMin-julianSlack {
		return 0, false
	}
	midnight, fits := mulInt64(days, MicrosPerDay)
	ts, ok := addInt64(midnight, c.timeOfDay())
	return ts, fits && ok
}

func addInt64(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (a^sum)&(b^sum) >= 0
}

// DaysInMonth returns the length of a month 1..12.
func DaysInMonth(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// roundMicros rounds to digits of the second, half away from zero.
func roundMicros(t int64, digits int32) int64 {
	if digits < 0 || digits >= 6 {
		return t
	}
	unit := int64(pow10[6-digits])
	if t < 0 {
		return -((-t + unit/2) / unit * unit)
	}
	return (t + unit/2) / unit * unit
}

// roundTimestamp may round to the end of the range, which is no timestamp otherwise.
func roundTimestamp(ts int64, digits int32) int64 {
	if !FiniteTime(ts) {
		return ts
	}
	return roundMicros(ts, digits)
}
