package expr

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// charField prints one pattern of to_char; fill is false behind FM.
type charField func(c types.Civil, fill bool) string

func digits(width int, get func(types.Civil) int) charField {
	return func(c types.Civil, fill bool) string {
		if !fill {
			return strconv.Itoa(get(c))
		}
		return fmt.Sprintf("%0*d", width, get(c))
	}
}

func word(width int, change func(string) string, get func(types.Civil) string) charField {
	return func(c types.Civil, fill bool) string {
		s := change(get(c))
		if fill {
			return fmt.Sprintf("%-*s", width, s)
		}
		return s
	}
}

func civilDate(c types.Civil) time.Time {
	return time.Date(c.Year, time.Month(c.Month), c.Day, 0, 0, 0, 0, time.UTC)
}

func monthOf(c types.Civil) string   { return time.Month(c.Month).String() }
func weekdayOf(c types.Civil) string { return civilDate(c).Weekday().String() }

func short(get func(types.Civil) string) func(types.Civil) string {
	return func(c types.Civil) string { return get(c)[:3] }
}

func asIs(s string) string { return s }

func hour12(c types.Civil) int { return (c.Hour+11)%12 + 1 }

func half(am, pm string) charField {
	return func(c types.Civil, _ bool) string {
		if c.Hour >= 12 {
			return pm
		}
		return am
	}
}

// charPattern is a pattern and what prints it.
type charPattern struct {
	name  string
	print charField
}

// charPatterns are the patterns known here, longer ones before their beginnings.
func charPatterns() []charPattern {
	const widest = 9 // of a month's or a day's name
	return []charPattern{
		{"HH24", digits(2, func(c types.Civil) int { return c.Hour })},
		{"HH12", digits(2, hour12)},
		{"HH", digits(2, hour12)},
		{"MI", digits(2, func(c types.Civil) int { return c.Minute })},
		{"SSSS", nil},
		{"SS", digits(2, func(c types.Civil) int { return c.Second })},
		{"MS", func(c types.Civil, _ bool) string { return fmt.Sprintf("%03d", c.Micros/1000) }},
		{"US", func(c types.Civil, _ bool) string { return fmt.Sprintf("%06d", c.Micros) }},
		{"YYYY", digits(4, func(c types.Civil) int { return c.Year })},
		{"YYY", nil},
		{"YY", digits(2, func(c types.Civil) int { return c.Year % 100 })},
		{"MM", digits(2, func(c types.Civil) int { return c.Month })},
		{"MONTH", word(widest, strings.ToUpper, monthOf)},
		{"Month", word(widest, asIs, monthOf)},
		{"month", word(widest, strings.ToLower, monthOf)},
		{"MON", word(3, strings.ToUpper, short(monthOf))},
		{"Mon", word(3, asIs, short(monthOf))},
		{"mon", word(3, strings.ToLower, short(monthOf))},
		{"DAY", word(widest, strings.ToUpper, weekdayOf)},
		{"Day", word(widest, asIs, weekdayOf)},
		{"day", word(widest, strings.ToLower, weekdayOf)},
		{"DY", word(3, strings.ToUpper, short(weekdayOf))},
		{"Dy", word(3, asIs, short(weekdayOf))},
		{"dy", word(3, strings.ToLower, short(weekdayOf))},
		{"DDD", digits(3, func(c types.Civil) int { return civilDate(c).YearDay() })},
		{"DD", digits(2, func(c types.Civil) int { return c.Day })},
		{"D", digits(1, func(c types.Civil) int { return int(civilDate(c).Weekday()) + 1 })},
		{"Q", digits(1, func(c types.Civil) int { return (c.Month-1)/3 + 1 })},
		{"AM", half("AM", "PM")},
		{"PM", half("AM", "PM")},
		{"am", half("am", "pm")},
		{"pm", half("am", "pm")},
	}
}

// charPart is a piece of a to_char format: a literal, or a field.
type charPart struct {
	literal string
	field   charField
	fill    bool
}

// parseChar reads a format. Letters that are no pattern known here are refused,
// since PostgreSQL may know them.
func parseChar(format string) ([]charPart, error) {
	var parts []charPart
	patterns := charPatterns()
	for format != "" {
		if format[0] == '"' {
			end := strings.IndexByte(format[1:], '"')
			if end < 0 || strings.Contains(format[1:1+end], `\`) {
				return nil, charUnsupported(format)
			}
			parts = append(parts, charPart{literal: format[1 : 1+end]})
			format = format[end+2:]
			continue
		}
		part, rest, err := nextPart(format, patterns)
		if err != nil {
			return nil, err
		}
		parts, format = append(parts, part), rest
	}
	return parts, nil
}

func charUnsupported(format string) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "to_char format %q is not supported yet", format)
}

func nextPart(format string, patterns []charPattern) (charPart, string, error) {
	rest, fill := format, true
	if strings.HasPrefix(rest, "FM") {
		rest, fill = rest[2:], false
	}
	for _, p := range patterns {
		after, ok := strings.CutPrefix(rest, p.name)
		if !ok {
			continue
		}
		if p.print == nil || strings.HasPrefix(after, "TH") || strings.HasPrefix(after, "th") || strings.HasPrefix(after, "SP") {
			return charPart{}, "", charUnsupported(format)
		}
		return charPart{field: p.print, fill: fill}, after, nil
	}
	if c := rest; !fill || c == "" || c[0] >= 'a' && c[0] <= 'z' || c[0] >= 'A' && c[0] <= 'Z' || c[0] == '\\' || c[0] >= 0x80 {
		return charPart{}, "", charUnsupported(format)
	}
	return charPart{literal: rest[:1]}, rest[1:], nil
}

// charMaker makes to_char of a timestamp or (zoned) a timestamptz.
func charMaker(zoned bool) maker {
	return func(*Call) any {
		return Func2(func(env *Env, a, b types.Datum) (types.Datum, error) {
			ts := a.Int()
			if b.Str() == "" || !finite(ts) {
				return types.Null, nil
			}
			if zoned {
				ts = local(env, ts)
			}
			parts, err := parseChar(b.Str())
			if err != nil {
				return types.Null, err
			}
			c := types.CivilOf(ts)
			if c.Year < 1 || c.Year > 9999 {
				return types.Null, charUnsupported(b.Str())
			}
			var out strings.Builder
			for _, p := range parts {
				if p.field == nil {
					out.WriteString(p.literal)
					continue
				}
				out.WriteString(p.field(c, p.fill))
			}
			return text(out.String())
		})
	}
}
