package parse

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/projsql/projsql/wire/sqlstate"
)

// ParseInterval reads the forms of PostgreSQL's interval that make sense as a
// bound: '500ms', '2 s', '1 minute 30 seconds', '1.5h', '00:00:05', '1 day 02:00'.
// Stricter than the type itself: every number has its unit, nothing is negative, and
// there are no months or years. Errors: 22007, 22008 beyond 100 years, 22023 negative.
func ParseInterval(text string) (time.Duration, error) {
	p := intervalParser{rest: strings.TrimSpace(text)}
	if strings.HasPrefix(p.rest, "-") {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "interval must not be negative: \"%s\"", text)
	}
	if p.rest == "" {
		return 0, badInterval(text)
	}
	for p.rest != "" {
		if !p.part() {
			return 0, badInterval(text)
		}
	}
	if p.sum > intervalMax {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "interval field value out of range: \"%s\"", text)
	}
	return time.Duration(math.Round(p.sum)), nil
}

const intervalMax = float64(100 * 365 * 24 * time.Hour)

func badInterval(text string) error {
	return sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid input syntax for type interval: \"%s\"", text).
		WithHint("Write a number and a unit, as in '500ms', '2 s' or '1 minute'.")
}

// intervalParser adds up nanoseconds.
type intervalParser struct {
	rest string
	sum  float64
}

// part takes one number with its unit, or a time of day.
func (p *intervalParser) part() bool {
	number := p.span(func(c byte) bool { return isDigit(c) || c == '.' })
	if number == "" {
		return false
	}
	if strings.HasPrefix(p.rest, ":") {
		return p.clock(number)
	}
	p.rest = strings.TrimLeft(p.rest, " \t\n\r")
	unit, known := intervalUnit(p.span(func(c byte) bool { return isIdentStart(c) }))
	value, err := strconv.ParseFloat(number, 64)
	if !known || err != nil {
		return false
	}
	p.sum += value * float64(unit)
	return p.separate()
}

// clock takes what follows the hours of hh:mm[:ss[.fraction]].
func (p *intervalParser) clock(hours string) bool {
	fields := strings.Split(hours+p.span(func(c byte) bool { return isDigit(c) || c == '.' || c == ':' }), ":")
	if len(fields) > 3 {
		return false
	}
	unit := float64(time.Hour)
	for i, f := range fields {
		value, err := strconv.ParseFloat(f, 64)
		if err != nil || i < 2 && strings.Contains(f, ".") || i > 0 && value >= 60 {
			return false
		}
		p.sum += value * unit
		unit /= 60
	}
	return p.separate()
}

// separate takes white space, which '1h30m' may leave out.
func (p *intervalParser) separate() bool {
	p.rest = strings.TrimLeft(p.rest, " \t\n\r")
	return p.rest == "" || isDigit(p.rest[0]) || p.rest[0] == '.'
}

func (p *intervalParser) span(in func(byte) bool) string {
	n := 0
	for n < len(p.rest) && in(p.rest[n]) {
		n++
	}
	s := p.rest[:n]
	p.rest = p.rest[n:]
	return s
}

func intervalUnit(word string) (time.Duration, bool) {
	switch strings.ToLower(word) {
	case "us", "usec", "usecs", "microsecond", "microseconds":
		return time.Microsecond, true
	case "ms", "msec", "msecs", "millisecond", "milliseconds":
		return time.Millisecond, true
	case "s", "sec", "secs", "second", "seconds":
		return time.Second, true
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute, true
	case "h", "hr", "hrs", "hour", "hours":
		return time.Hour, true
	case "d", "day", "days":
		return 24 * time.Hour, true
	case "w", "week", "weeks":
		return 7 * 24 * time.Hour, true
	}
	return 0, false
}
