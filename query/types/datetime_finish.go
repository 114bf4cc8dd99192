package types

import (
	"strings"
	"time"
)

func (d *timeDecoder) word(s string, rest []textField) (fieldMask, error) {
	w, known := timeWords()[s]
	if a, ok := zoneAbbrevs()[s]; ok && !(known && w.kind != wordUnit) {
		d.east = a.east
		if a.zone != nil {
			d.abbreviation = &a
		}
		return hasZone, nil
	}
	if !known {
		if d.zone = zoneInText(s); d.zone == nil {
			return 0, errTimeFormat
		}
		return hasZone, nil
	}
	if d.timeOnly && (w.kind == wordMonth || w.kind == wordWeekday || w.kind == wordReserved && w.value != valueNow && w.value != valueAllBalls) {
		return 0, errTimeFormat
	}
	switch w.kind {
	case wordReserved:
		return d.reserve(w.value)
	case wordMonth:
		return d.monthWord(w.value)
	case wordWeekday:
		return hasWeekday, nil
	case wordMeridian:
		d.meridian = w.value
		return hasMeridian, nil
	case wordEra:
		d.bc = w.value == valueBC
		return hasEra, nil
	case wordDST:
		if d.have&hasZone == 0 {
			return 0, errTimeFormat
		}
		d.east += 3600
		return hasDST, nil
	case wordISOTime:
		return 0, d.isoTime(rest)
	case wordUnit:
		d.expect = w.value
	}
	return 0, nil
}

func (d *timeDecoder) isoTime(rest []textField) error {
	if !d.timeOnly && d.have&hasDate != hasDate || len(rest) == 0 || d.expect != 0 {
		return errTimeFormat
	}
	switch rest[0].kind {
	case fieldNumber, fieldTime, fieldDate:
		d.expect = isoTime
		return nil
	}
	return errTimeFormat
}

// monthWord takes a month's name; a number read as the month before was the day.
func (d *timeDecoder) monthWord(month int) (fieldMask, error) {
	swapped := d.have&hasMonth != 0 && !d.textMonth && d.have&hasDay == 0 && d.c.Month >= 1 && d.c.Month <= 31
	d.textMonth = true
	if swapped {
		d.c.Day, d.c.Month = d.c.Month, month
		return hasDay, nil
	}
	d.c.Month = month
	return hasMonth, nil
}

func (d *timeDecoder) reserve(value int) (fieldMask, error) {
	d.reserved = 0
	switch value {
	case valueNow:
		now, err := d.present()
		if err != nil {
			return 0, err
		}
		d.c.setTime(floorMod(LocalOf(MicrosOf(now), d.env.TimeZone), MicrosPerDay))
		d.zone = d.env.TimeZone
		return hasDate | hasTime | hasZone, d.setDay(0)
	case valueToday:
		return hasDate, d.setDay(0)
	case valueTomorrow:
		return hasDate, d.setDay(1)
	case valueYesterday:
		return hasDate, d.setDay(-1)
	case valueAllBalls:
		return hasTime | hasZone, nil
	}
	d.reserved = value // whatever else there is
	return hasReserved, nil
}

// MicrosOf converts a Go time to a timestamptz.
func MicrosOf(t time.Time) int64 { return t.UnixMicro() + UnixEpochMicros }

// present is the start of the transaction.
func (d *timeDecoder) present() (time.Time, error) {
	switch {
	case !d.env.Now.IsZero():
		return d.env.Now, nil
	case d.env.Present == nil:
		return time.Time{}, errTimeNow
	}
	return d.env.Present(), nil
}

// setDay sets the date to that of the present and some days.
func (d *timeDecoder) setDay(offset int64) error {
	now, err := d.present()
	if err != nil {
		return err
	}
	c := CivilOfDay(floorDiv(LocalOf(MicrosOf(now), d.env.TimeZone), MicrosPerDay) + offset)
	d.c.Year, d.c.Month, d.c.Day = c.Year, c.Month, c.Day
	d.julian = true // already a true year
	return nil
}

func (d *timeDecoder) finish() error {
	if err := d.finishDate(); err != nil {
		return err
	}
	if d.meridian != 0 {
		if err := d.finishMeridian(); err != nil {
			return err
		}
	}
	if d.reserved != 0 {
		return nil
	}
	if d.timeOnly {
		if d.c.beyondDay() {
			return errTimeField
		}
		if d.twiceDST() {
			return errTimeFormat
		}
		d.fixZone()
		// A zone whose offset depends on the date needs all of it, or at least its name.
		fixed := d.have&hasZone != 0 && d.zone == nil && d.abbreviation == nil
		partial := d.have&hasDate != 0 && d.have&hasDate != hasDate
		if d.have&hasTime != hasTime || partial && !fixed || d.zone != nil && d.have&hasDate != hasDate {
			return errTimeFormat
		}
		return nil
	}
	if d.have&hasDate != hasDate || d.twiceDST() {
		return errTimeFormat
	}
	return nil
}

// twiceDST reports whether DST is said of a zone that says itself when that is.
func (d *timeDecoder) twiceDST() bool {
	return d.have&hasDST != 0 && (d.zone != nil || d.abbreviation != nil)
}

// fixZone takes a zone whose offset was always the same for that offset.
func (d *timeDecoder) fixZone() {
	if d.zone == nil || d.have&hasDate == hasDate {
		return
	}
	at := time.Unix(0, 0).In(d.zone)
	if from, to := at.ZoneBounds(); from.IsZero() && to.IsZero() {
		_, d.east = at.Zone()
		d.zone = nil
	}
}

func (d *timeDecoder) finishMeridian() error {
	if d.c.Hour > 12 {
		return errTimeField
	}
	switch {
	case d.meridian == valueAM && d.c.Hour == 12:
		d.c.Hour = 0
	case d.meridian == valuePM && d.c.Hour != 12:
		d.c.Hour += 12
	}
	return nil
}

func (d *timeDecoder) finishDate() error {
	if d.have&hasYear != 0 && !d.julian {
		if err := d.finishYear(); err != nil {
			return err
		}
	}
	if d.have&hasDOY != 0 {
		c := CivilOfDay(DaysOf(d.c.Year, 1, 1) + int64(d.doy) - 1)
		d.c.Year, d.c.Month, d.c.Day = c.Year, c.Month, c.Day
	}
	if d.have&hasMonth != 0 && (d.c.Month < 1 || d.c.Month > 12) {
		return errTimeOrder
	}
	if d.have&hasDay != 0 && (d.c.Day < 1 || d.c.Day > 31) {
		return errTimeOrder
	}
	if d.have&hasDate == hasDate && d.c.Day > DaysInMonth(d.c.Year, d.c.Month) {
		return errTimeField
	}
	return nil
}

func (d *timeDecoder) finishYear() error {
	switch {
	case d.bc:
		if d.c.Year <= 0 {
			return errTimeField
		}
		d.c.Year = 1 - d.c.Year
	case d.twoDigits && d.c.Year < 70:
		d.c.Year += 2000
	case d.twoDigits && d.c.Year < 100:
		d.c.Year += 1900
	case d.c.Year <= 0:
		return errTimeField
	}
	return nil
}

// decodeZone reads an offset: +hh, +hhmm, +hhmmss, +hh:mm[:ss]; seconds east.
func decodeZone(s string) (int, error) {
	sign := 1
	if s[0] == '-' {
		sign = -1
	}
	digits, rest := cutDigits(s[1:])
	if digits == "" {
		return 0, errTimeFormat
	}
	hour, minute, second := 0, 0, 0
	switch {
	case strings.HasPrefix(rest, ":"):
		var ok bool
		hour = atoi(digits)
		if minute, rest, ok = cutInt(rest[1:]); !ok {
			minute = 0
		}
		if strings.HasPrefix(rest, ":") {
			second, rest, _ = cutInt(rest[1:])
		}
	case len(digits) > 4:
		hour, minute, second = atoi(digits[:len(digits)-4]), atoi(digits[len(digits)-4:len(digits)-2]), atoi(digits[len(digits)-2:])
	case len(digits) > 2:
		hour, minute = atoi(digits[:len(digits)-2]), atoi(digits[len(digits)-2:])
	default:
		hour = atoi(digits)
	}
	if hour > 15 || minute > 59 || second > 59 {
		return 0, errTimeZone
	}
	if rest != "" {
		return 0, errTimeFormat
	}
	return sign * (hour*3600 + minute*60 + second), nil
}
