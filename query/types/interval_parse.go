package types

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"
)

type intervalUnit uint8

const (
	unitMicrosecond intervalUnit = iota + 1
	unitMillisecond
	unitSecond
	unitMinute
	unitHour
	unitDay
	unitWeek
	unitMonth
	unitQuarter
	unitYear
	unitDecade
	unitCentury
	unitMillennium
	unitAgo
)

// unitWords are the units' names; longer words count by their first ten letters.
var unitWords = sync.OnceValue(func() map[string]intervalUnit {
	m := map[string]intervalUnit{}
	for unit, words := range map[intervalUnit]string{
		unitMicrosecond: "us usec usecs usecond useconds microsecon",
		unitMillisecond: "ms msec msecs msecond mseconds millisecon",
		unitSecond:      "s sec secs second seconds",
		unitMinute:      "m min mins minute minutes",
		unitHour:        "h hr hrs hour hours",
		unitDay:         "d day days",
		unitWeek:        "w week weeks",
		unitMonth:       "mon mons month months",
		unitQuarter:     "qtr quarter",
		unitYear:        "y yr yrs year years",
		unitDecade:      "dec decs decade decades",
		unitCentury:     "c cent century centuries",
		unitMillennium:  "mil mils millennia millennium",
		unitAgo:         "ago",
	} {
		for _, w := range strings.Fields(words) {
			m[w] = unit
		}
	}
	return m
})

func unitNamed(s string) (intervalUnit, bool) {
	u, ok := unitWords()[s[:min(len(s), 10)]]
	return u, ok
}

// intervalSum adds up the parts of an interval text.
type intervalSum struct {
	years, months, days, micros int64
	overflow                    bool
	seen                        uint32 // units, a bit each
	any                         bool
}

func (v *intervalSum) add(to *int64, n int64) {
	sum, ok := addInt64(*to, n)
	*to = sum
	v.overflow = v.overflow || !ok
}

func (v *intervalSum) addTimes(to *int64, n, unit int64) {
	p, ok := mulInt64(n, unit)
	v.overflow = v.overflow || !ok
	v.add(to, p)
}

// addMicros adds a fraction of a unit of so many microseconds.
func (v *intervalSum) addMicros(fraction float64, unit int64) {
	f := fraction * float64(unit)
	whole := math.Trunc(f)
	switch rest := f - whole; {
	case rest > 0.5:
		whole++
	case rest < -0.5:
		whole--
	}
	v.add(&v.micros, int64(whole))
}

func (v *intervalSum) addDays(fraction float64, unit float64) {
	f := fraction * unit
	whole := math.Trunc(f)
	v.add(&v.days, int64(whole))
	v.addMicros(f-whole, MicrosPerDay)
}

func (v *intervalSum) addYears(n int64, fraction float64, unit int64) {
	v.addTimes(&v.years, n, unit)
	v.add(&v.months, int64(math.RoundToEven(fraction*float64(unit)*12)))
}

func (v *intervalSum) addUnit(u intervalUnit, n int64, fraction float64) bool {
	mask := uint32(1) << u
	if u == unitSecond && fraction != 0 {
		mask |= 1<<unitMillisecond | 1<<unitMicrosecond
	}
	fresh := v.seen&mask == 0
	v.seen |= mask
	v.any = true
	switch u {
	case unitMicrosecond:
		v.add(&v.micros, n)
		v.addMicros(fraction, 1)
	case unitMillisecond:
		v.clock(n, fraction, 1000)
	case unitSecond:
		v.clock(n, fraction, 1e6)
	case unitMinute:
		v.clock(n, fraction, 60e6)
	case unitHour:
		v.clock(n, fraction, 3600e6)
	case unitDay:
		v.add(&v.days, n)
		v.addMicros(fraction, MicrosPerDay)
	case unitWeek:
		v.addTimes(&v.days, n, 7)
		v.addDays(fraction, 7)
	case unitMonth:
		v.add(&v.months, n)
		v.addDays(fraction, 30)
	case unitYear:
		v.addYears(n, fraction, 1)
	case unitDecade:
		v.addYears(n, fraction, 10)
	case unitCentury:
		v.addYears(n, fraction, 100)
	case unitMillennium:
		v.addYears(n, fraction, 1000)
	default:
		return false
	}
	v.overflow = v.overflow || !v.fits()
	return fresh || v.overflow
}

// fits reports whether all but the time are numbers of 32 bits.
func (v *intervalSum) fits() bool {
	return int64(int32(v.years)) == v.years && int64(int32(v.months)) == v.months && int64(int32(v.days)) == v.days
}

func (v *intervalSum) clock(n int64, fraction float64, unit int64) {
	v.addTimes(&v.micros, n, unit)
	v.addMicros(fraction, unit)
}

func (v *intervalSum) negate() {
	v.overflow = v.overflow || v.months == math.MinInt32 || v.days == math.MinInt32 || v.micros == math.MinInt64
	v.years, v.months, v.days, v.micros = -v.years, -v.months, -v.days, -v.micros
}

func (v *intervalSum) interval() (Interval, error) {
	if v.overflow || !v.fits() {
		return Interval{}, errTimeInterval
	}
	return intervalFrom(v.years*12+v.months, v.days, v.micros, true)
}

func parseInterval(env *Env, s string, mod int32) (Datum, error) {
	i, err := decodeInterval(env, s, mod)
	if errors.Is(err, errTimeFormat) {
		i, err = decodeISOInterval(s)
	}
	if errors.Is(err, errTimeField) {
		err = errTimeInterval
	}
	if err != nil {
		return Null, timeError(err, "interval", s)
	}
	return IntervalOf(intervalTypmod(i, mod)), nil
}

func decodeInterval(env *Env, s string, mod int32) (Interval, error) {
	fields, ok := scanFields(s)
	if !ok || len(fields) == 0 {
		return Interval{}, errTimeFormat
	}
	d := intervalDecoder{fields: mod >> 16 & 0x7fff}
	if mod < 0 {
		d.fields = intervalFullRange
	}
	d.negative = env.Interval == IntervalSQLStandard && leadingMinus(fields)
	for i := len(fields) - 1; i >= 0; i-- {
		if err := d.field(fields[i]); err != nil {
			return Interval{}, err
		}
	}
	if !d.sum.any {
		return Interval{}, errTimeFormat
	}
	if d.ago {
		d.sum.negate()
	}
	return d.sum.interval()
}

// leadingMinus reports whether the only sign is the one in front, which the SQL
// standard means for all fields.
func leadingMinus(fields []textField) bool {
	for _, f := range fields[1:] {
		if f.text[0] == '-' || f.text[0] == '+' {
			return false
		}
	}
	return fields[0].text[0] == '-'
}

// intervalDecoder reads fields from the right: a unit stands behind its number.
type intervalDecoder struct {
	sum    intervalSum
	unit   intervalUnit // of the next number to the left; 0 = none named
	fields int32
	ago    bool
	// negative makes every number so.
	negative bool
}

func (d *intervalDecoder) field(f textField) error {
	switch f.kind {
	case fieldTime:
		return d.clock(f.text, 1)
	case fieldZone:
		if strings.ContainsRune(f.text, ':') {
			sign := int64(1)
			if f.text[0] == '-' {
				sign = -1
			}
			if d.clock(f.text[1:], sign) == nil {
				return nil
			}
		}
		return d.number(f.text)
	case fieldDate, fieldNumber:
		return d.number(f.text)
	}
	u, ok := unitNamed(f.text)
	if !ok {
		return errTimeFormat
	}
	if u == unitAgo {
		d.ago = true // a number before it has no unit
	}
	d.unit = u
	return nil
}

// clock reads hh:mm[:ss[.fff]]; the number to its left counts days.
func (d *intervalDecoder) clock(s string, sign int64) error {
	const mask = 1<<unitHour | 1<<unitMinute | 1<<unitSecond | 1<<unitMillisecond | 1<<unitMicrosecond
	micros, err := clockMicros(s, d.fields == intervalMinute|intervalSecond)
	if err != nil {
		return err
	}
	if d.sum.seen&mask != 0 {
		return errTimeFormat
	}
	d.sum.seen |= mask
	d.sum.any = true
	if d.negative {
		sign = -1
	}
	d.sum.add(&d.sum.micros, sign*micros)
	d.unit = unitDay
	return nil
}

const intervalHoursMax = math.MaxInt64 / 3600000000

func clockMicros(s string, minutes bool) (int64, error) {
	digits, rest := cutDigits(s)
	hour, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !strings.HasPrefix(rest, ":") {
		return 0, errTimeFormat
	}
	minute, rest, _ := cutInt(rest[1:])
	second, fraction := 0, 0
	switch {
	case rest == "" && minutes, strings.HasPrefix(rest, "."):
		hour, minute, second = 0, int(min(hour, math.MaxInt32)), minute
	case strings.HasPrefix(rest, ":"):
		second, rest, _ = cutInt(rest[1:])
	}
	if rest != "" {
		fraction, err = fractionMicros(rest)
	}
	if err != nil {
		return 0, errTimeFormat
	}
	if minute > 59 || second > 60 || fraction > 1000000 || hour > intervalHoursMax {
		return 0, errTimeField
	}
	micros, ok := addInt64(hour*3600e6, int64(minute)*60e6+int64(second)*1e6+int64(fraction))
	if !ok {
		return 0, errTimeField
	}
	return micros, nil
}

func (d *intervalDecoder) number(s string) error {
	if d.unit == 0 {
		d.unit = d.lastUnit()
	}
	negative := s[0] == '-' || d.negative
	digits, rest := cutDigits(strings.TrimLeft(s, "+-"))
	if digits == "" && !strings.HasPrefix(rest, ".") {
		return errTimeFormat
	}
	sign := ""
	if negative {
		sign = "-"
	}
	n, err := strconv.ParseInt(sign+"0"+digits, 10, 64)
	if err != nil {
		return errTimeField
	}
	fraction := 0.0
	switch {
	case rest == "":
	case rest[0] == '-':
		return d.yearMonth(n, rest[1:], negative)
	case rest[0] == '.':
		f, err := strconv.ParseFloat("0"+rest, 64)
		if err != nil || len(rest) > 1 && !isDigit(rest[1]) {
			return errTimeFormat
		}
		if fraction = f; negative {
			fraction = -f
		}
	default:
		return errTimeFormat
	}
	if !d.sum.addUnit(d.unit, n, fraction) {
		return errTimeFormat
	}
	if d.unit == unitHour {
		d.unit = unitDay
	}
	if d.sum.overflow {
		return errTimeField
	}
	return nil
}

func (d *intervalDecoder) yearMonth(years int64, s string, negative bool) error {
	months, rest, _ := cutInt(s)
	if months >= 12 || years > math.MaxInt32 || years < math.MinInt32 {
		return errTimeField
	}
	if rest != "" {
		return errTimeFormat
	}
	n := years*12 + int64(months)
	if negative {
		n = years*12 - int64(months)
	}
	d.unit = unitMonth
	if !d.sum.addUnit(unitMonth, n, 0) {
		return errTimeFormat
	}
	return nil
}

// lastUnit is the unit of a rightmost number without one, by the declared fields.
func (d *intervalDecoder) lastUnit() intervalUnit {
	switch d.fields {
	case intervalYear:
		return unitYear
	case intervalMonth, intervalYear | intervalMonth:
		return unitMonth
	case intervalDay:
		return unitDay
	case intervalHour, intervalDay | intervalHour:
		return unitHour
	case intervalMinute, intervalHour | intervalMinute, intervalDay | intervalHour | intervalMinute:
		return unitMinute
	}
	return unitSecond
}
