package types

import (
	"math"
	"time"

	"github.com/projsql/projsql/wire/sqlstate"
)

func errIntervalRange() error {
	return sqlstate.New(sqlstate.DatetimeFieldOverflow, "interval out of range")
}

// span is the interval's length as days of 24 hours, months of 30 days, and the
// microseconds of a day.
func (i Interval) span() (days, micros int64) {
	days = int64(i.Months)*30 + int64(i.Days) + floorDiv(i.Micros, MicrosPerDay)
	return days, floorMod(i.Micros, MicrosPerDay)
}

// IntervalCmp compares with months of 30 days and days of 24 hours.
func IntervalCmp(a, b Interval) int {
	ad, am := a.span()
	bd, bm := b.span()
	if c := cmpOrdered(ad, bd); c != 0 {
		return c
	}
	return cmpOrdered(am, bm)
}

// intervalFrom checks the ranges of an interval's parts; 22008.
func intervalFrom(months, days, micros int64, fits bool) (Interval, error) {
	if !fits || int64(int32(months)) != months || int64(int32(days)) != days {
		return Interval{}, errIntervalRange()
	}
	return Interval{Months: int32(months), Days: int32(days), Micros: micros}, nil
}

// IntervalAdd returns a + b; 22008 if out of range, as the others.
func IntervalAdd(a, b Interval) (Interval, error) {
	micros, ok := addInt64(a.Micros, b.Micros)
	return intervalFrom(int64(a.Months)+int64(b.Months), int64(a.Days)+int64(b.Days), micros, ok)
}

// IntervalSub returns a - b.
func IntervalSub(a, b Interval) (Interval, error) {
	micros := a.Micros - b.Micros
	ok := (a.Micros^b.Micros)&(a.Micros^micros) >= 0
	return intervalFrom(int64(a.Months)-int64(b.Months), int64(a.Days)-int64(b.Days), micros, ok)
}

// IntervalNeg returns -a.
func IntervalNeg(a Interval) (Interval, error) { return IntervalSub(Interval{}, a) }

// IntervalMul returns a * f, fractions cascading down as in PostgreSQL.
func IntervalMul(a Interval, f float64) (Interval, error) {
	return scaleInterval(a, func(x float64) float64 { return x * f })
}

// IntervalDiv returns a / f; 22012 if f is 0.
func IntervalDiv(a Interval, f float64) (Interval, error) {
	if f == 0 {
		return Interval{}, errDivisionByZero()
	}
	return scaleInterval(a, func(x float64) float64 { return x / f })
}

func scaleInterval(a Interval, scale func(float64) float64) (Interval, error) {
	months, days := scale(float64(a.Months)), scale(float64(a.Days))
	if !fitsInt32(months) || !fitsInt32(days) {
		return Interval{}, errIntervalRange()
	}
	wholeMonths, wholeDays := math.Trunc(months), math.Trunc(days)
	restDays := roundToMicro((months - wholeMonths) * 30)
	restSeconds := roundToMicro((days - wholeDays + restDays - math.Trunc(restDays)) * 86400)
	if math.Abs(restSeconds) >= 86400 {
		whole := math.Trunc(restSeconds / 86400)
		wholeDays += whole
		restSeconds -= whole * 86400
	}
	wholeDays += math.Trunc(restDays)
	micros := math.RoundToEven(scale(float64(a.Micros)) + restSeconds*1e6)
	if math.IsNaN(micros) || micros < math.MinInt64 || micros >= math.MaxInt64 {
		return Interval{}, errIntervalRange()
	}
	return intervalFrom(int64(wholeMonths), int64(wholeDays), int64(micros), true)
}

func fitsInt32(f float64) bool { return f >= math.MinInt32 && f < math.MaxInt32+1 }

func roundToMicro(f float64) float64 { return math.RoundToEven(f*1e6) / 1e6 }

// JustifyHours moves whole days out of the hours, as PostgreSQL's justify_hours.
func JustifyHours(a Interval) (Interval, error) {
	days, micros := carry(int64(a.Days)+a.Micros/MicrosPerDay, a.Micros%MicrosPerDay, MicrosPerDay)
	return intervalFrom(int64(a.Months), days, micros, true)
}

// JustifyDays moves months of 30 days out of the days.
func JustifyDays(a Interval) (Interval, error) {
	months, days := carry(int64(a.Months)+int64(a.Days)/30, int64(a.Days)%30, 30)
	return intervalFrom(months, days, a.Micros, true)
}

// carry gives low the sign of high by one unit.
func carry(high, low, unit int64) (int64, int64) {
	switch {
	case high > 0 && low < 0:
		return high - 1, low + unit
	case high < 0 && low > 0:
		return high + 1, low - unit
	}
	return high, low
}

// Justify does both and gives all parts one sign, as justify_interval.
func Justify(a Interval) (Interval, error) {
	days, micros := int64(a.Days)+a.Micros/MicrosPerDay, a.Micros%MicrosPerDay
	months := int64(a.Months) + days/30
	days %= 30
	switch {
	case months > 0 && (days < 0 || days == 0 && micros < 0):
		months, days = months-1, days+30
	case months < 0 && (days > 0 || days == 0 && micros > 0):
		months, days = months+1, days-30
	}
	days, micros = carry(days, micros, MicrosPerDay)
	return intervalFrom(months, days, micros, true)
}

// intervalTypmod applies interval's fields and precision.
func intervalTypmod(i Interval, mod int32) Interval {
	if mod < 0 {
		return i
	}
	switch mod >> 16 & 0x7fff {
	case intervalYear:
		i = Interval{Months: i.Months / 12 * 12}
	case intervalMonth, intervalYear | intervalMonth:
		i = Interval{Months: i.Months}
	case intervalDay:
		i.Micros = 0
	case intervalHour, intervalDay | intervalHour:
		i.Micros -= i.Micros % 3600e6
	case intervalMinute, intervalHour | intervalMinute, intervalDay | intervalHour | intervalMinute:
		i.Micros -= i.Micros % 60e6
	}
	if precision := mod & 0xffff; precision != intervalFullDigit {
		i.Micros = roundMicros(i.Micros, precision)
	}
	return i
}

// addMonths moves a civil time by months, the day cut to the month's length.
func (c Civil) addMonths(n int64) Civil {
	m := int64(c.Year)*12 + int64(c.Month-1) + n
	c.Year, c.Month = int(floorDiv(m, 12)), int(floorMod(m, 12))+1
	c.Day = min(c.Day, DaysInMonth(c.Year, c.Month))
	return c
}

// addCalendar adds the months and days of i to a local timestamp.
func addCalendar(ts int64, i Interval) (int64, error) {
	fits := true
	if i.Months != 0 {
		if ts, fits = CivilOf(ts).addMonths(int64(i.Months)).Timestamp(); !fits {
			return 0, errTimestampRange()
		}
	}
	if i.Days != 0 {
		midnight, inRange := mulInt64(floorDiv(ts, MicrosPerDay)+int64(i.Days), MicrosPerDay)
		ts, fits = addInt64(midnight, floorMod(ts, MicrosPerDay))
		fits = fits && inRange
	}
	return checkTimestamp(ts, fits)
}

// TimestampAdd returns a timestamp plus an interval; 22008 if out of range.
func TimestampAdd(ts int64, i Interval) (int64, error) {
	if !FiniteTime(ts) {
		return ts, nil
	}
	ts, err := addCalendar(ts, i)
	if err != nil {
		return 0, err
	}
	return checkTimestamp(addInt64(ts, i.Micros))
}

// TimestampSub returns a - b as days and microseconds; 22008 for infinities. What is too far
// apart wraps around, as in PostgreSQL 15.
func TimestampSub(a, b int64) (Interval, error) {
	if !FiniteTime(a) || !FiniteTime(b) {
		return Interval{}, sqlstate.New(sqlstate.DatetimeFieldOverflow, "cannot subtract infinite timestamps")
	}
	return JustifyHours(Interval{Micros: a - b})
}

// TimestampAge returns age(a, b) in years, months, days. PostgreSQL 15 takes infinity for the
// moment that its number would be, and has none for -infinity: 22008.
func TimestampAge(a, b int64) (Interval, error) { return ZonedAge(a, b, nil) }

// ZonedAge is TimestampAge of two timestamptz, by the local times in loc (nil = UTC).
func ZonedAge(a, b int64, loc *time.Location) (Interval, error) {
	if min(a, b) == TimeMinusInfinity {
		return Interval{}, errTimestampRange()
	}
	first, second := civilIn(a, loc), civilIn(b, loc)
	if a < b {
		return IntervalNeg(ageBetween(second, first, first))
	}
	return ageBetween(first, second, second), nil
}

// civilIn is the local time in loc, of infinity too.
func civilIn(micros int64, loc *time.Location) Civil {
	day, t := floorDiv(micros, MicrosPerDay), floorMod(micros, MicrosPerDay)
	t += offsetAt(micros, loc) * MicrosPerSecond
	c := CivilOfDay(day + floorDiv(t, MicrosPerDay))
	c.setTime(floorMod(t, MicrosPerDay))
	return c
}

// ageBetween borrows days from the month of lender.
func ageBetween(late, early, lender Civil) Interval {
	micros := late.timeOfDay() - early.timeOfDay()
	days := late.Day - early.Day
	months := (late.Year-early.Year)*12 + late.Month - early.Month
	if micros < 0 {
		micros, days = micros+MicrosPerDay, days-1
	}
	for days < 0 {
		days, months = days+DaysInMonth(lender.Year, lender.Month), months-1
	}
	return Interval{Months: int32(months), Days: int32(days), Micros: micros}
}
