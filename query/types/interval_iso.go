package types

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// isoReader reads ISO 8601: P1Y2M3DT4H5M6.7S, P0001-02-03T04:05:06, P00010203T040506.
type isoReader struct {
	sum   intervalSum
	rest  string
	clock bool // behind T
	found bool // a number with a unit, on this side of T
}

func decodeISOInterval(s string) (Interval, error) {
	if len(s) < 2 || s[0] != 'P' {
		return Interval{}, errTimeFormat
	}
	r := &isoReader{rest: s[1:]}
	for r.rest != "" {
		if r.rest[0] == 'T' {
			r.clock, r.found, r.rest = true, false, r.rest[1:]
			continue
		}
		if err := r.part(); err != nil {
			return Interval{}, err
		}
	}
	return r.sum.interval()
}

// isoNumberPattern is what C's strtod reads, but for hexadecimal and infinities.
var isoNumberPattern = regexp.MustCompile(`^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`)

// isoNumberMax is the largest number whose fraction is still exact enough.
const isoNumberMax = 1e15

func (r *isoReader) number() (n int64, fraction float64, err error) {
	text := isoNumberPattern.FindString(r.rest)
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case text == "":
		return 0, 0, errTimeFormat
	case err != nil || math.Abs(v) > isoNumberMax:
		return 0, 0, errTimeField
	}
	r.rest = r.rest[len(text):]
	whole := math.Trunc(v)
	return int64(whole), v - whole, nil
}

// part reads a number with its unit, or all of a side of T in the alternative format.
func (r *isoReader) part() error {
	start := strings.TrimPrefix(r.rest, "-")
	width := spanOf(start, 0, isDigit)
	n, fraction, err := r.number()
	if err != nil {
		return err
	}
	if unit, ok := r.unit(); ok {
		r.add(unit, n, fraction)
		r.rest, r.found = r.rest[1:], true
		return nil
	}
	separator, units := "-", []intervalUnit{unitYear, unitMonth, unitDay}
	if r.clock {
		separator, units = ":", []intervalUnit{unitHour, unitMinute, unitSecond}
	}
	ends := r.rest == "" || !r.clock && r.rest[0] == 'T'
	switch {
	case ends && !r.found && !r.clock && width == len("yyyymmdd"), ends && !r.found && r.clock && width == len("hhmmss"):
		r.add(units[0], n/10000, 0)
		r.add(units[1], n/100%100, 0)
		r.add(units[2], n%100, fraction)
		return nil
	case r.found || !ends && !strings.HasPrefix(r.rest, separator):
		return errTimeFormat
	}
	return r.extended(n, fraction, separator, units)
}

// extended reads what is behind the first number of yyyy-mm-dd or hh:mm:ss.
func (r *isoReader) extended(n int64, fraction float64, separator string, units []intervalUnit) error {
	for i, unit := range units {
		r.add(unit, n, fraction)
		if r.rest == "" || !r.clock && r.rest[0] == 'T' {
			return nil
		}
		if i == len(units)-1 || !strings.HasPrefix(r.rest, separator) {
			return errTimeFormat
		}
		r.rest = r.rest[1:]
		var err error
		if n, fraction, err = r.number(); err != nil {
			return err
		}
	}
	return nil
}

// add adds a number of a unit, which may come again.
func (r *isoReader) add(unit intervalUnit, n int64, fraction float64) {
	r.sum.seen = 0
	r.sum.addUnit(unit, n, fraction)
}

func (r *isoReader) unit() (intervalUnit, bool) {
	if r.rest == "" {
		return 0, false
	}
	if r.clock {
		u, ok := map[byte]intervalUnit{'H': unitHour, 'M': unitMinute, 'S': unitSecond}[r.rest[0]]
		return u, ok
	}
	u, ok := map[byte]intervalUnit{'Y': unitYear, 'M': unitMonth, 'W': unitWeek, 'D': unitDay}[r.rest[0]]
	return u, ok
}
