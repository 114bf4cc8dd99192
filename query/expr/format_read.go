package expr

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// timeFields are what a text says by a format. Zero is what it does not say.
type timeFields struct {
	calendar                                         calendar
	hour, minute, second, secondOfDay, millis, micro int
	year, month, day, yearDay, weekday, week         int
	monthWeek, century, julian                       int
	bc, pm                                           int
	yearDigits, precision                            int
	twelve                                           bool
	zoneSign, zoneHour, zoneMinute                   int
}

// calendar is the kind of year that a pattern belongs to.
type calendar uint8

const (
	gregorian calendar = iota + 1
	isoWeeks
)

// digitPatterns are read from digits.
var digitPatterns = words("CC D DD DDD FF1 FF2 FF3 FF4 FF5 FF6 HH HH12 HH24 ID IDDD IW IYYY IYY IY I J MI MM MS Q SS SSSS SSSSS TZM US WW W Y,YYY YYYY YYY YY Y")

func calendarOf(pattern string) calendar {
	switch pattern {
	case "D", "DD", "DDD", "MM", "MONTH", "MON", "RM", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y":
		return gregorian
	case "ID", "IDDD", "IW", "IYYY", "IYY", "IY", "I":
		return isoWeeks
	}
	return 0
}

// timeReader reads a text by a format.
type timeReader struct {
	timeFields
	in      string
	rest    string
	nodes   []formatNode
	fixed   bool // FX, or the strict mode
	strict  bool
	skipped int // spaces passed over that the format does not have
}

func errDatetime(format string, args ...any) *sqlstate.Error {
	return sqlstate.New(sqlstate.InvalidDatetimeFormat, format, args...)
}

// readTime reads the fields. In strict mode, which is jsonpath's, format and text
// agree in every character.
func readTime(in, format string, strict bool) (*timeReader, error) {
	nodes, err := parseFormat(format, datePatterns, true)
	if err != nil {
		return nil, err
	}
	r := &timeReader{in: in, rest: in, nodes: nodes, fixed: strict, strict: strict}
	if strict {
		if err := r.checkSeparators(); err != nil {
			return nil, err
		}
	}
	for i := range r.nodes {
		if r.rest == "" {
			if strict {
				return nil, errDatetime("input string is too short for datetime format")
			}
			return r, nil
		}
		if err := r.node(i); err != nil {
			return nil, err
		}
	}
	if strict && trimSpaces(r.rest) != "" {
		return nil, errDatetime("trailing characters remain in input string after datetime format")
	}
	return r, nil
}

func (r *timeReader) checkSeparators() error {
	for _, n := range r.nodes {
		if n.key == "" && !n.quoted && !strings.Contains("-./,':; ", n.literal) {
			return errDatetime("invalid datetime format separator: \"%s\"", n.literal)
		}
	}
	return nil
}

func trimSpaces(s string) string { return strings.TrimLeft(s, " \t\n\v\f\r") }

// isSeparator reports whether a character of a format or a text separates fields.
func isSeparator(s string) bool {
	c := s[0]
	return c > 0x20 && c < 0x7f && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9')
}

func isSpaceChar(s string) bool { return strings.IndexByte(" \t\n\v\f\r", s[0]) >= 0 }

func (r *timeReader) skipSpaces() {
	rest := trimSpaces(r.rest)
	r.skipped += len(r.rest) - len(rest)
	r.rest = rest
}

// drop passes over a character, if there is one.
func (r *timeReader) drop() {
	_, n := utf8.DecodeRuneInString(r.rest)
	r.rest = r.rest[n:]
}

func (r *timeReader) node(i int) error {
	n := &r.nodes[i]
	pattern := strings.ToUpper(n.key)
	if !r.fixed && pattern != "FX" && (n.key != "" || i == 0) {
		r.skipSpaces()
	}
	if n.key == "" {
		return r.literal(n)
	}
	if c := calendarOf(pattern); c != 0 {
		if r.calendar != 0 && r.calendar != c {
			return errDatetime("invalid combination of date conventions").
				WithHint("Do not mix Gregorian and ISO week date conventions in a formatting template.")
		}
		r.calendar = c
	}
	if err := r.pattern(i, pattern); err != nil {
		return err
	}
	if n.th != "" && digitPatterns[pattern] && pattern != "TZM" {
		r.drop()
		r.drop()
	}
	if !r.fixed {
		r.skipped = 0
		r.skipSpaces()
	}
	return nil
}

// literal passes over what stands for a character of the format that is no pattern.
func (r *timeReader) literal(n *formatNode) error {
	separates := !n.quoted && (isSeparator(n.literal) || isSpaceChar(n.literal))
	switch {
	case r.strict && separates:
		if !strings.HasPrefix(r.rest, n.literal) {
			return errDatetime("unmatched format separator \"%s\"", n.literal)
		}
		r.drop()
	case r.strict:
		if !strings.HasPrefix(r.rest, n.literal) {
			return errDatetime("unmatched format character \"%s\"", n.literal)
		}
		r.drop()
	case r.fixed:
		r.drop()
	case separates:
		r.skipped--
		if r.rest != "" && (isSpaceChar(r.rest) || isSeparator(r.rest)) {
			r.drop()
			r.skipped++
		}
	case r.skipped > 0:
		r.skipped--
	default:
		r.drop()
	}
	return nil
}

// endsField reports whether the pattern at i takes as many digits as there are.
func (r *timeReader) endsField(i int) bool {
	if r.nodes[i].th != "" || i+1 == len(r.nodes) {
		return true
	}
	next := &r.nodes[i+1]
	if next.key != "" {
		return !digitPatterns[strings.ToUpper(next.key)]
	}
	return len(next.literal) != 1 || next.literal[0] < '0' || next.literal[0] > '9'
}

// number reads a whole number of at most width characters into a field, and returns
// how many it took.
func (r *timeReader) number(i, width int, field *int) (int, error) {
	n := &r.nodes[i]
	before := r.rest
	after := trimSpaces(r.rest)
	copied := after[:min(width, len(after))]
	var v int64
	var used int
	if !n.fill || r.endsField(i) {
		v, used = leadingInteger(before)
		r.rest = before[used:]
	} else {
		if len(after) < width {
			return 0, errDatetime("source string too short for \"%s\" formatting field", n.key).
				WithDetail("Field requires %d characters, but only %d remain.", width, len(after)).
				WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
		}
		if v, used = leadingInteger(copied); used > 0 && used < width {
			return 0, r.badValue(n, copied).
				WithDetail("Field requires %d characters, but only %d could be parsed.", width, used).
				WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
		}
		r.rest = after[used:]
	}
	if len(r.rest) == len(before) {
		return 0, r.badValue(n, copied).WithDetail("Value must be an integer.")
	}
	if v < math.MinInt32 || v > math.MaxInt32 {
		return 0, sqlstate.New(sqlstate.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", n.key).
			WithDetail("Value must be in the range %d to %d.", math.MinInt32, math.MaxInt32)
	}
	return len(before) - len(r.rest), r.set(n, field, int(v))
}

func (r *timeReader) badValue(n *formatNode, value string) *sqlstate.Error {
	return errDatetime("invalid value \"%s\" for \"%s\"", value, n.key)
}

// leadingInteger reads what C's strtol reads.
func leadingInteger(s string) (v int64, used int) {
	rest := trimSpaces(s)
	end := 0
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		end = 1
	}
	digits := end
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	if end == digits {
		return 0, 0
	}
	v, _ = strconv.ParseInt(rest[:end], 10, 64) // out of range it is the nearest
	return v, len(s) - len(rest) + end
}

// set fills in a field, which must not say something else already.
func (r *timeReader) set(n *formatNode, field *int, v int) error {
	if field == nil {
		return nil
	}
	if *field != 0 && *field != v {
		return errDatetime("conflicting values for \"%s\" field in formatting string", n.key).
			WithDetail("This value contradicts a previous setting for the same field type.")
	}
	*field = v
	return nil
}

// word reads one of the given words in any case, and returns which.
func (r *timeReader) word(n *formatNode, all []string) (int, error) {
	for i, w := range all {
		if len(r.rest) >= len(w) && strings.EqualFold(r.rest[:len(w)], w) {
			r.rest = r.rest[len(w):]
			return i, nil
		}
	}
	shown := r.rest
	if i := strings.IndexAny(shown, " \t\n\r\f"); i >= 0 {
		shown = shown[:i]
	}
	return 0, r.badValue(n, shown).WithDetail("The given value did not match any of the allowed values for this field.")
}

var (
	monthWords, dayWords = calendarWords()
	romanMonthWords      = strings.Fields("xii xi x ix viii vii vi v iv iii ii i")
)

func calendarWords() (months, days []string) {
	for m := time.January; m <= time.December; m++ {
		months = append(months, m.String())
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		days = append(days, d.String())
	}
	return months, days
}

func shortened(all []string) []string {
	made := make([]string, len(all))
	for i, w := range all {
		made[i] = w[:3]
	}
	return made
}
