package types

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Why a text is no date or time; datetime_parse.go makes the client's error of it.
var (
	errTimeFormat   = errors.New("bad format")
	errTimeField    = errors.New("field out of range")
	errTimeOrder    = errors.New("month or day out of range")
	errTimeZone     = errors.New("zone displacement out of range")
	errTimeInterval = errors.New("interval field out of range")
	errTimeNow      = errors.New("no present time")
)

type fieldMask uint16

const (
	hasYear fieldMask = 1 << iota
	hasMonth
	hasDay
	hasDOY
	hasHour
	hasMinute
	hasSecond
	hasZone
	hasWeekday
	hasMeridian
	hasEra
	hasDST
	hasReserved
	hasDate = hasYear | hasMonth | hasDay
	hasTime = hasHour | hasMinute | hasSecond
)

// timeDecoder understands fields one after the other.
type timeDecoder struct {
	env       *Env
	timeOnly  bool
	mayDate   bool // the field may be a date
	have      fieldMask
	c         Civil
	doy       int
	twoDigits bool // the year
	textMonth bool
	julian    bool
	expect    int // what the next number is: valueJulian, valueYear …, or isoTime
	meridian  int
	bc        bool
	reserved  int
	east      int // offset, if hasZone
	// abbreviation, if set, has the offset instead: it depends on the time.
	abbreviation *abbreviation
	zone         *time.Location
}

// isoTime in expect says that a "t" stands before a time.
const isoTime = -1

func (d *timeDecoder) decode(fields []textField) error {
	for i, f := range fields {
		before := d.have
		d.mayDate = !d.timeOnly || i == 0 && len(fields) >= 2 && (fields[len(fields)-1].kind == fieldDate || fields[1].kind == fieldTime)
		mask, err := d.field(f, fields[i+1:])
		if err != nil {
			return err
		}
		if mask&before != 0 {
			return errTimeFormat
		}
		d.have = before | mask
	}
	return d.finish()
}

func (d *timeDecoder) field(f textField, rest []textField) (fieldMask, error) {
	switch f.kind {
	case fieldDate:
		return d.dateField(f.text)
	case fieldTime:
		return d.timeField(f.text)
	case fieldZone:
		east, err := decodeZone(f.text)
		d.east = east
		return hasZone, err
	case fieldNumber:
		return d.numberField(f.text)
	}
	return d.word(f.text, rest)
}

func (d *timeDecoder) dateField(s string) (fieldMask, error) {
	expect := d.expect
	if d.timeOnly {
		expect = 0 // what stood before is for the next number
	} else {
		d.expect = 0
	}
	if expect == valueJulian {
		return d.julianWithZone(s)
	}
	if expect == 0 && d.have&(hasMonth|hasDay) != hasMonth|hasDay && d.mayDate {
		return d.date(s)
	}
	if !isDigit(s[0]) && expect == 0 {
		if d.zone = zoneInText(s); d.zone == nil {
			return 0, errZone(s)
		}
		return hasZone, nil
	}
	if expect != 0 && expect != isoTime {
		return 0, errTimeFormat
	}
	// A run-together time with a zone: hhmmss-zz.
	at := strings.IndexByte(s, '-')
	if at < 0 || d.have&hasTime != 0 {
		return 0, errTimeFormat
	}
	east, err := decodeZone(s[at:])
	if err != nil {
		return 0, err
	}
	d.east = east
	mask, err := d.joined(s[:at], d.have|hasDate)
	return mask | hasZone, err
}

func (d *timeDecoder) julianWithZone(s string) (fieldMask, error) {
	end := spanOf(s, 0, isDigit)
	jd, err := strconv.ParseInt(s[:end], 10, 32)
	if err != nil || end == len(s) {
		return 0, errTimeField
	}
	d.setJulian(jd)
	if d.east, err = decodeZone(s[end:]); err != nil {
		return 0, err
	}
	return hasDate | hasTime | hasZone, nil
}

func (d *timeDecoder) setJulian(jd int64) {
	c := CivilOfDay(jd - epochJulian)
	d.c.Year, d.c.Month, d.c.Day = c.Year, c.Month, c.Day
	d.julian = true
}

// date reads a field of two or three parts: 2024-01-02, 2-jan-2024, 2024.123.
func (d *timeDecoder) date(s string) (fieldMask, error) {
	parts, ok := dateParts(s)
	if !ok {
		return 0, errTimeFormat
	}
	var have fieldMask
	for i, p := range parts { // names first: they help to read the numbers
		if !isAlpha(p[0]) {
			continue
		}
		w, ok := timeWords()[p]
		if !ok || w.kind != wordMonth || (d.have|have)&hasMonth != 0 {
			return 0, errTimeFormat
		}
		d.c.Month, d.textMonth, parts[i] = w.value, true, ""
		have |= hasMonth
	}
	for _, p := range parts {
		if p == "" {
			continue
		}
		mask, err := d.number(p, d.have|have)
		if err != nil {
			return 0, err
		}
		if have&mask != 0 {
			return 0, errTimeFormat
		}
		have |= mask
	}
	if (d.have|have)&^(hasDOY|hasZone) != hasDate { // nothing but a zone may stand before
		return 0, errTimeFormat
	}
	return have, nil
}

// dateParts splits at punctuation; numbers and letters are parts of their own. The byte behind a
// part is dropped, whatever it is. False if there is nothing behind the last punctuation.
func dateParts(s string) (parts []string, ok bool) {
	for i := 0; i < len(s); i++ {
		i = spanOf(s, i, func(b byte) bool { return !isDigit(b) && !isAlpha(b) })
		if i == len(s) {
			return nil, false
		}
		in := isAlpha
		if isDigit(s[i]) {
			in = isDigit
		}
		end := spanOf(s, i, in)
		parts = append(parts, s[i:end])
		i = end
	}
	return parts, len(parts) > 0
}

func (d *timeDecoder) timeField(s string) (fieldMask, error) {
	switch {
	case d.timeOnly:
	case d.expect != 0 && d.expect != isoTime:
		return 0, errTimeFormat
	default:
		d.expect = 0
	}
	return hasTime, d.clock(s)
}

// clock reads hh:mm[:ss[.ffffff]]. Minutes and seconds may be left out, not so their colons.
func (d *timeDecoder) clock(s string) error {
	hour, s, ok := cutInt(s)
	if !ok || !strings.HasPrefix(s, ":") {
		return errTimeFormat
	}
	minute, s, _ := cutInt(s[1:])
	d.c.Hour, d.c.Minute, d.c.Second, d.c.Micros = hour, minute, 0, 0
	var err error
	switch {
	case s == "":
	case s[0] == '.': // mm:ss.fff
		d.c.Hour, d.c.Minute, d.c.Second = 0, hour, minute
		d.c.Micros, err = fractionMicros(s)
	case s[0] == ':':
		if d.c.Second, s, _ = cutInt(s[1:]); s != "" {
			d.c.Micros, err = fractionMicros(s)
		}
	default:
		err = errTimeFormat
	}
	if err != nil {
		return err
	}
	if d.c.Minute > 59 || d.c.Second > 60 || d.c.Micros > 1000000 || !d.timeOnly && d.c.beyondDay() {
		return errTimeField
	}
	return nil
}

// beyondDay reports whether a time is none of a day's.
func (c Civil) beyondDay() bool {
	return c.Hour > 24 || c.Minute > 59 || c.Second > 60 || c.timeOfDay() > MicrosPerDay
}

func cutInt(s string) (int, string, bool) {
	digits, rest := cutDigits(s)
	n, err := strconv.ParseInt(digits, 10, 32)
	if digits != "" && err != nil {
		return math.MaxInt32, rest, true
	}
	return int(n), rest, digits != ""
}

// fractionMicros reads ".123456", rounding to the even microsecond.
func fractionMicros(s string) (int, error) {
	if s[0] != '.' || spanOf(s, 1, isDigit) != len(s) {
		return 0, errTimeFormat
	}
	if s == "." {
		return 0, nil
	}
	f, err := strconv.ParseFloat("0"+s, 64)
	if err != nil {
		return 0, errTimeFormat
	}
	return int(math.RoundToEven(f * 1e6)), nil
}
