package expr

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// charTime is what to_char prints: the fields of a timestamp or of an interval.
type charTime struct {
	year, month, day, hour, minute, second, micros int
	yearDay, weekday                               int

	interval bool
	zone     string
	east     int // seconds
}

// julian is PostgreSQL's date2j, for any numbers.
func julian(y, m, d int) int {
	if m > 2 {
		m, y = m+1, y+4800
	} else {
		m, y = m+13, y+4799
	}
	century := y / 100
	return y*365 - 32167 + y/4 - century + century/4 + 7834*m/256 + d
}

func weekdayOf(julian int) int {
	d := (julian + 1) % 7
	if d < 0 {
		d += 7
	}
	return d
}

// isoWeekOne is the Monday of a year's first ISO week.
func isoWeekOne(year int) int {
	fourth := julian(year, 1, 4)
	return fourth - weekdayOf(fourth-1)
}

// iso returns the ISO year, week and day of the year.
func (c *charTime) iso() (year, week, day int) {
	at := julian(c.year, c.month, c.day)
	year = c.year
	if at < isoWeekOne(year) {
		year--
	} else if at >= isoWeekOne(year+1) {
		year++
	}
	first := isoWeekOne(year)
	return year, (at-first)/7 + 1, at - first + 1
}

func charTimeOf(ts int64) charTime {
	c := types.CivilOf(ts)
	at := julian(c.Year, c.Month, c.Day)
	return charTime{
		year: c.Year, month: c.Month, day: c.Day, hour: c.Hour, minute: c.Minute, second: c.Second, micros: int(c.Micros),
		yearDay: at - julian(c.Year, 1, 1) + 1, weekday: weekdayOf(at),
	}
}

func charTimeOfInterval(i types.Interval) charTime {
	const micros, day = 1_000_000, 30
	c := charTime{interval: true, year: int(i.Months / 12), month: int(i.Months % 12), day: int(i.Days)}
	c.micros = int(i.Micros % micros)
	seconds := i.Micros / micros
	c.hour, c.minute, c.second = int(seconds/3600), int(seconds/60%60), int(seconds%60)
	c.yearDay = int(i.Months)*day + c.day
	return c
}

// shownYear counts from 1 on both sides of the era.
func (c *charTime) shownYear(year int) int {
	if c.interval || year > 0 {
		return year
	}
	return 1 - year
}

func (c *charTime) century() int {
	switch {
	case c.interval:
		return c.year / 100
	case c.year > 0:
		return (c.year-1)/100 + 1
	}
	return c.year/100 - 1
}

func (c *charTime) hour12() int {
	if h := c.hour % 12; h != 0 {
		return h
	}
	return 12
}

// pad writes a number with two digits at least, a sign not counted.
func (n *formatNode) pad(v int) string {
	if !n.fill {
		return strconv.Itoa(v)
	}
	if v < 0 {
		return fmt.Sprintf("-%02d", -v)
	}
	return fmt.Sprintf("%02d", v)
}

// cased writes a name in the case of the pattern.
func (n *formatNode) cased(width int, name string) string {
	switch {
	case n.key == strings.ToUpper(n.key):
		name = strings.ToUpper(name)
	case n.key == strings.ToLower(n.key):
		name = strings.ToLower(name)
	}
	if n.fill && !n.local {
		return fmt.Sprintf("%-*s", width, name)
	}
	return name
}

func errIntervalFormat() error {
	return sqlstate.New(sqlstate.InvalidDatetimeFormat, "invalid format specification for an interval value").
		WithHint("Intervals are not tied to specific calendar dates.")
}

// notOfIntervals are the patterns that need a calendar.
var notOfIntervals = words("TZ TZH TZM OF A.D. AD B.C. BC MONTH MON DAY DY D ID")

// formatTime prints a time by a format.
func formatTime(c *charTime, format string) (string, error) {
	nodes, err := parseFormat(format, datePatterns, true)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, n := range nodes {
		if n.key == "" {
			out.WriteString(n.literal)
			continue
		}
		upper := strings.ToUpper(n.key)
		if c.interval && notOfIntervals[upper] {
			return "", errIntervalFormat()
		}
		s, counts := c.number(&n, upper)
		if !counts {
			s = c.word(&n, upper)
		} else if n.th != "" {
			s += ordinal(s, n.th)
		}
		out.WriteString(s)
	}
	return out.String(), nil
}

// number prints a pattern that an ordinal's ending may follow.
func (c *charTime) number(n *formatNode, pattern string) (s string, ok bool) {
	switch pattern {
	case "HH", "HH12":
		if c.hour < 0 && c.hour12() > 0 && n.fill {
			return fmt.Sprintf("%03d", c.hour12()), true
		}
		return n.pad(c.hour12()), true
	case "HH24":
		return n.pad(c.hour), true
	case "MI":
		return n.pad(c.minute), true
	case "SS":
		return n.pad(c.second), true
	case "SSSS", "SSSSS":
		return strconv.Itoa(c.hour*3600 + c.minute*60 + c.second), true
	case "MS":
		return fmt.Sprintf("%03d", c.micros/1000), true
	case "US":
		return fmt.Sprintf("%06d", c.micros), true
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		digits, v := int(pattern[2]-'0'), c.micros
		for range 6 - digits {
			v /= 10
		}
		return fmt.Sprintf("%0*d", digits, v), true
	case "MM":
		return n.pad(c.month), true
	case "Q":
		if c.month == 0 {
			return "", false
		}
		return strconv.Itoa((c.month-1)/3 + 1), true
	case "J":
		return strconv.Itoa(julian(c.year, c.month, c.day)), true
	case "CC":
		return n.pad(c.century()), true
	}
	if s, ok = c.dayNumber(n, pattern); ok {
		return s, ok
	}
	return c.yearNumber(n, pattern)
}

func (c *charTime) dayNumber(n *formatNode, pattern string) (s string, ok bool) {
	// These have a fixed width, a sign included.
	fixed := func(width, v int) (string, bool) {
		if !n.fill {
			width = 0
		}
		return fmt.Sprintf("%0*d", width, v), true
	}
	_, week, isoDay := c.iso()
	switch pattern {
	case "DDD":
		return fixed(3, int(int32(c.yearDay)))
	case "IDDD":
		return fixed(3, isoDay)
	case "DD":
		return fixed(2, c.day)
	case "D":
		return fixed(0, c.weekday+1)
	case "ID":
		return fixed(0, (c.weekday+6)%7+1)
	case "WW":
		return fixed(2, (c.yearDay-1)/7+1)
	case "IW":
		return fixed(2, week)
	case "W":
		return fixed(0, (c.day-1)/7+1)
	}
	return "", false
}

func (c *charTime) yearNumber(n *formatNode, pattern string) (s string, ok bool) {
	year := c.shownYear(c.year)
	if pattern[0] == 'I' {
		isoYear, _, _ := c.iso()
		year = c.shownYear(isoYear)
	}
	// The sign of the year widens each part of it.
	part := func(width, modulus int) (string, bool) {
		v := year % modulus
		if n.fill && c.shownYear(c.year) < 0 {
			return fmt.Sprintf("%0*d", width+1, v), true
		}
		if n.fill {
			return fmt.Sprintf("%0*d", width, v), true
		}
		return strconv.Itoa(v), true
	}
	switch pattern {
	case "Y,YYY":
		thousands := year / 1000
		return fmt.Sprintf("%d,%03d", thousands, year-thousands*1000), true
	case "YYYY", "IYYY":
		return part(4, math.MaxInt)
	case "YYY", "IYY":
		return part(3, 1000)
	case "YY", "IY":
		return part(2, 100)
	case "Y", "I":
		return strconv.Itoa(year % 10), true
	}
	return "", false
}

// word prints a pattern that is no number.
func (c *charTime) word(n *formatNode, pattern string) string {
	const widest = 9 // of a month's or a day's name
	switch pattern {
	case "A.M.", "P.M.", "AM", "PM":
		half := "am"
		if c.hour%24 >= 12 {
			half = "pm"
		}
		return dotted(n, half)
	case "A.D.", "B.C.", "AD", "BC":
		era := "ad"
		if c.year <= 0 {
			era = "bc"
		}
		return dotted(n, era)
	case "MONTH":
		return n.cased(widest, time.Month(c.month).String())
	case "MON":
		return n.cased(3, time.Month(c.month).String()[:3])
	case "DAY":
		return n.cased(widest, time.Weekday(c.weekday).String())
	case "DY":
		return n.cased(3, time.Weekday(c.weekday).String()[:3])
	case "RM":
		return c.romanMonth(n)
	case "TZ":
		return n.cased(0, c.zone)
	case "TZH":
		return fmt.Sprintf("%c%02d", sign(c.east), abs(c.east)/3600)
	case "TZM":
		return fmt.Sprintf("%02d", abs(c.east)/60%60)
	case "OF":
		s := fmt.Sprintf("%c%s", sign(c.east), n.pad(abs(c.east)/3600))
		if abs(c.east)%3600 != 0 {
			s += fmt.Sprintf(":%02d", abs(c.east)/60%60)
		}
		return s
	}
	return "" // FX, and Q of no month
}

func dotted(n *formatNode, s string) string {
	if strings.Contains(n.key, ".") {
		s = s[:1] + "." + s[1:] + "."
	}
	if n.key == strings.ToUpper(n.key) {
		return strings.ToUpper(s)
	}
	return s
}

func sign(v int) byte {
	if v < 0 {
		return '-'
	}
	return '+'
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}

// romanMonths are those of December to January.
var romanMonths = []string{"XII", "XI", "X", "IX", "VIII", "VII", "VI", "V", "IV", "III", "II", "I"}

func (c *charTime) romanMonth(n *formatNode) string {
	at := len(romanMonths) - c.month
	switch {
	case c.month == 0 && c.year == 0:
		return ""
	case c.month == 0 && c.year > 0:
		at = 0
	case c.month == 0:
		at = len(romanMonths) - 1
	case c.month < 0:
		at = -c.month - 1
	}
	plain := *n
	plain.local = false // TM is for names
	return plain.cased(4, romanMonths[at])
}

// charMaker makes to_char of a timestamp or (zoned) a timestamptz.
func charMaker(zoned bool) maker {
	return func(*Call) any {
		return Func2(func(env *Env, a, b types.Datum) (types.Datum, error) {
			ts := a.Int()
			if b.Str() == "" || !finite(ts) {
				return types.Null, nil
			}
			c := charTimeOf(ts)
			if zoned {
				there := local(env, ts)
				c = charTimeOf(there)
				c.zone, c.east = types.ZoneName(ts, env.TimeZone), int(floorDiv(there-ts, 1_000_000))
			}
			s, err := formatTime(&c, b.Str())
			if err != nil {
				return types.Null, err
			}
			return text(s)
		})
	}
}

func intervalToChar(_ *Env, a, b types.Datum) (types.Datum, error) {
	if b.Str() == "" {
		return types.Null, nil
	}
	c := charTimeOfInterval(a.Interval())
	s, err := formatTime(&c, b.Str())
	if err != nil {
		return types.Null, err
	}
	return text(s)
}
