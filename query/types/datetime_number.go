package types

import (
	"math"
	"strconv"
	"strings"
)

func (d *timeDecoder) numberField(s string) (fieldMask, error) {
	if d.expect != 0 {
		return d.expected(s)
	}
	point := strings.IndexByte(s, '.')
	switch {
	case d.timeOnly:
		if point > 0 && point <= 2 || point < 0 && len(s) < 4 {
			return 0, errTimeFormat
		}
		return d.joined(s, d.have|hasDate)
	case point >= 0 && d.have&hasDate == 0:
		return d.date(s)
	case point > 2, len(s) >= 6 && (d.have&hasDate == 0 || d.have&hasTime == 0):
		return d.joined(s, d.have)
	}
	return d.number(s, d.have)
}

// expected reads a number whose unit stood before it: j2451187, y2024m01d02.
func (d *timeDecoder) expected(s string) (fieldMask, error) {
	unit := d.expect
	d.expect = 0
	if unit == isoTime {
		return d.joined(s, d.have|hasDate)
	}
	digits, rest := cutDigits(s)
	if digits == "" || rest != "" && rest[0] != '.' || rest != "" && unit != valueSecond && unit != valueJulian {
		return 0, errTimeFormat
	}
	parsed, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		return 0, errTimeField
	}
	n := int(parsed)
	if unit == valueMonth && d.have&hasMonth != 0 && d.have&hasHour != 0 {
		unit = valueMinute
	}
	switch unit {
	case valueYear:
		d.c.Year = n
		return hasYear, nil
	case valueMonth:
		d.c.Month = n
		return hasMonth, nil
	case valueHour:
		d.c.Hour = n
		return hasHour, nil
	case valueMinute:
		d.c.Minute = n
		return hasMinute, nil
	case valueSecond:
		d.c.Second = n
		if rest != "" {
			d.c.Micros, err = fractionMicros(rest)
		}
		return hasSecond, err
	case valueDay:
		d.c.Day = n
		return hasDay, nil
	case valueJulian:
		return d.julianDay(int64(n), rest)
	}
	return 0, errTimeFormat
}

func (d *timeDecoder) julianDay(day int64, fraction string) (fieldMask, error) {
	d.setJulian(day)
	if fraction == "" {
		return hasDate, nil
	}
	f, err := strconv.ParseFloat("0"+fraction, 64)
	if err != nil {
		return 0, errTimeFormat
	}
	d.c.setTime(int64(f * float64(MicrosPerDay)))
	return hasDate | hasTime, nil
}

// joined reads digits without separators: yyyymmdd, hhmmss, hhmm, with a fraction.
func (d *timeDecoder) joined(s string, have fieldMask) (fieldMask, error) {
	if point := strings.IndexByte(s, '.'); point >= 0 {
		micros, err := fractionMicros(s[point:])
		if err != nil {
			return 0, err
		}
		d.c.Micros, s = micros, s[:point]
	} else if have&hasDate != hasDate && len(s) >= 6 {
		n := len(s)
		d.c.Day, d.c.Month = atoi(s[n-2:]), atoi(s[n-4:n-2])
		d.c.Year, d.twoDigits = atoi(s[:n-4]), n-4 == 2
		return hasDate, nil
	}
	if have&hasTime != 0 {
		return 0, errTimeFormat
	}
	switch len(s) {
	case 6:
		d.c.Hour, d.c.Minute, d.c.Second = atoi(s[:2]), atoi(s[2:4]), atoi(s[4:])
	case 4:
		d.c.Hour, d.c.Minute, d.c.Second = atoi(s[:2]), atoi(s[2:]), 0
	default:
		return 0, errTimeFormat
	}
	return hasTime, nil // in a timestamp, what is too much carries over
}

func atoi(s string) int {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return math.MaxInt32
	}
	return int(n)
}

// number reads one number of a date by what is there already and the date order.
func (d *timeDecoder) number(s string, have fieldMask) (fieldMask, error) {
	if point := strings.IndexByte(s, '.'); point >= 0 {
		return d.joined(s, have|hasDate)
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0, errTimeField
	}
	mask := d.role(s, have)
	if mask == hasDate { // the date is complete
		return d.joined(s, have)
	}
	switch mask {
	case hasYear:
		d.c.Year, d.twoDigits = int(n), len(s) <= 2
	case hasMonth:
		d.c.Month = int(n)
	case hasDay:
		d.c.Day = int(n)
	case hasYear | hasDay: // a day was taken for the year: dd-mon-yyyy in YMD order
		d.c.Day, d.c.Year, d.twoDigits = d.c.Year, int(n), false
		return hasDay, nil
	case hasDOY:
		d.doy = int(n)
		return hasDOY | hasMonth | hasDay, nil
	default:
		return 0, errTimeFormat
	}
	return mask, nil
}

func (d *timeDecoder) role(s string, have fieldMask) fieldMask {
	wide := len(s) >= 3
	n := atoi(s)
	if len(s) == 3 && have&hasDate == hasYear && n >= 1 && n <= 366 {
		return hasDOY
	}
	switch have & hasDate {
	case 0:
		switch {
		case wide || d.env.Order == OrderYMD:
			return hasYear
		case d.env.Order == OrderDMY:
			return hasDay
		}
		return hasMonth
	case hasYear, hasDay:
		return hasMonth
	case hasMonth:
		if d.textMonth && (wide || d.env.Order == OrderYMD) {
			return hasYear
		}
		return hasDay
	case hasYear | hasMonth:
		if d.textMonth && wide && d.twoDigits {
			return hasYear | hasDay
		}
		return hasDay
	case hasMonth | hasDay:
		return hasYear
	case hasDate:
		return hasDate
	}
	return 0
}
