package types

import (
	"math"
	"strconv"
	"strings"
)

// decodeISOInterval reads ISO 8601: P1Y2M3DT4H5M6.7S, or P0001-02-03T04:05:06.
func decodeISOInterval(s string) (Interval, error) {
	if len(s) < 2 || s[0] != 'P' {
		return Interval{}, errTimeFormat
	}
	var sum intervalSum
	inTime, found := false, false
	for s = s[1:]; s != ""; {
		if s[0] == 'T' {
			if inTime {
				return Interval{}, errTimeFormat
			}
			inTime, s = true, s[1:]
			continue
		}
		n, fraction, rest, err := isoNumber(s)
		if err != nil {
			return Interval{}, err
		}
		if rest == "" || rest[0] == '-' || rest[0] == ':' || rest[0] == 'T' {
			return isoAlternative(&sum, s, inTime)
		}
		unit, ok := isoUnit(rest[0], inTime)
		if !ok {
			return Interval{}, errTimeFormat
		}
		sum.seen = 0 // a unit may come again
		sum.addUnit(unit, n, fraction)
		s, found = rest[1:], true
	}
	if !found && !inTime {
		return Interval{}, errTimeFormat
	}
	return sum.interval()
}

func isoNumber(s string) (n int64, fraction float64, rest string, err error) {
	end := 0
	if s[0] == '-' || s[0] == '+' {
		end = 1
	}
	end = spanOf(s, end, isDigit)
	whole := end
	if end < len(s) && s[end] == '.' {
		end = spanOf(s, end+1, isDigit)
	}
	text := s[:end]
	if strings.TrimLeft(text, "+-.") == "" {
		return 0, 0, "", errTimeFormat
	}
	if digits := strings.TrimLeft(s[:whole], "+-"); digits != "" {
		if n, err = strconv.ParseInt(digits, 10, 64); err != nil || n > math.MaxInt64/2 {
			return 0, 0, "", errTimeField
		}
	}
	if end > whole+1 {
		// As PostgreSQL: what is left of the whole number as a double.
		value, err := strconv.ParseFloat(strings.TrimLeft(text, "+-"), 64)
		if err != nil {
			return 0, 0, "", errTimeFormat
		}
		fraction = value - math.Floor(value)
	}
	if s[0] == '-' {
		n, fraction = -n, -fraction
	}
	return n, fraction, s[end:], nil
}

func isoUnit(b byte, inTime bool) (intervalUnit, bool) {
	if inTime {
		switch b {
		case 'H':
			return unitHour, true
		case 'M':
			return unitMinute, true
		case 'S':
			return unitSecond, true
		}
		return 0, false
	}
	switch b {
	case 'Y':
		return unitYear, true
	case 'M':
		return unitMonth, true
	case 'W':
		return unitWeek, true
	case 'D':
		return unitDay, true
	}
	return 0, false
}

// isoAlternative reads yyyy-mm-ddThh:mm:ss and parts of it.
func isoAlternative(sum *intervalSum, s string, inTime bool) (Interval, error) {
	date, clock, hasClock := s, "", false
	if inTime {
		date, clock, hasClock = "", s, true
	} else if d, c, ok := strings.Cut(s, "T"); ok {
		date, clock, hasClock = d, c, true
	}
	if date != "" {
		if err := isoParts(sum, strings.Split(date, "-"), []intervalUnit{unitYear, unitMonth, unitDay}); err != nil {
			return Interval{}, err
		}
	}
	if hasClock {
		if err := isoParts(sum, strings.Split(clock, ":"), []intervalUnit{unitHour, unitMinute, unitSecond}); err != nil {
			return Interval{}, err
		}
	}
	return sum.interval()
}

func isoParts(sum *intervalSum, parts []string, units []intervalUnit) error {
	if len(parts) > len(units) {
		return errTimeFormat
	}
	for i, p := range parts {
		if p == "" {
			return errTimeFormat
		}
		n, fraction, rest, err := isoNumber(p)
		if err != nil || rest != "" {
			return errTimeFormat
		}
		sum.addUnit(units[i], n, fraction)
	}
	return nil
}
