package settings

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// unit is a name and its size in bytes or microseconds.
type unit struct {
	name string
	size float64
}

var (
	memoryUnits = []unit{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1}}
	timeUnits   = []unit{{"d", 86_400e6}, {"h", 3_600e6}, {"min", 60e6}, {"s", 1e6}, {"ms", 1e3}, {"us", 1}}
)

const (
	memoryHint = `Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`
	timeHint   = `Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`
)

// units returns the units that p takes, the size of its base unit, and the hint
// for others.
func (p *Parameter) units() (all []unit, base float64, hint string) {
	if p.Unit == "8kB" {
		return memoryUnits, 8 << 10, memoryHint
	}
	for _, u := range memoryUnits {
		if u.name == p.Unit {
			return memoryUnits, u.size, memoryHint
		}
	}
	for _, u := range timeUnits {
		if u.name == p.Unit {
			return timeUnits, u.size, timeHint
		}
	}
	return nil, 1, ""
}

// Parse validates a value as a client writes it and returns it normalised, in
// the base unit.
func (p *Parameter) Parse(value string) (string, error) {
	switch p.Kind {
	case Boolean:
		return p.parseBool(value)
	case Integer, Real:
		return p.parseNumber(value)
	case Enum:
		return p.parseEnum(value)
	case Text:
		if p.Check != nil {
			return p.Check(value)
		}
	}
	return value, nil
}

func (p *Parameter) parseBool(value string) (string, error) {
	b, ok := boolean(value)
	if !ok {
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "parameter %q requires a Boolean value", p.Name)
	}
	if b {
		return "on", p.checkEffect("on")
	}
	return "off", p.checkEffect("off")
}

// boolean reads a Boolean as PostgreSQL does: any unambiguous prefix.
func boolean(s string) (value, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	switch {
	case s == "":
		return false, false
	case strings.HasPrefix("true", s), strings.HasPrefix("yes", s), s == "on", s == "1":
		return true, true
	case strings.HasPrefix("false", s), strings.HasPrefix("no", s), s == "of", s == "off", s == "0":
		return false, true
	}
	return false, false
}

func (p *Parameter) parseEnum(value string) (string, error) {
	for _, v := range p.Values {
		if strings.EqualFold(v, value) {
			return v, p.checkEffect(v)
		}
	}
	if v, ok := p.hidden(value); ok {
		return v, p.checkEffect(v)
	}
	e := sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", strings.ToLower(p.Name), value)
	return "", e.WithHint("Available values: %s.", strings.Join(p.Values, ", "))
}

// hidden takes the spellings that PostgreSQL accepts and does not list.
func (p *Parameter) hidden(value string) (string, bool) {
	if strings.HasSuffix(p.Name, "_min_messages") || p.Name == "log_min_error_statement" {
		switch strings.ToLower(value) {
		case "debug":
			return "debug2", true
		case "info", "fatal", "panic":
			return strings.ToLower(value), true
		}
	}
	b, ok := boolean(value)
	name := map[bool]string{true: "on", false: "off"}[b]
	if !ok || len(value) == 0 {
		return "", false
	}
	for _, v := range p.Values {
		if v == name {
			return v, true
		}
	}
	return "", false
}

func (p *Parameter) parseNumber(value string) (string, error) {
	n, hint, ok := p.number(value)
	if !ok {
		e := p.invalid(value)
		e.Hint = hint
		return "", e
	}
	if n < p.Min || n > p.Max {
		return "", p.outside(n)
	}
	if p.Kind == Integer {
		return strconv.FormatInt(int64(n), 10), nil
	}
	return strconv.FormatFloat(n, 'g', -1, 64), nil
}

func (p *Parameter) number(value string) (n float64, hint string, ok bool) {
	text := strings.TrimSpace(value)
	end := numberEnd(text)
	n, err := parseFloat(text[:end])
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, "", false
	}
	all, base, unitHint := p.units()
	if suffix := strings.TrimSpace(text[end:]); suffix != "" {
		found := false
		for _, u := range all {
			if u.name == suffix {
				n, found = n*u.size/base, true
			}
		}
		if !found {
			return 0, unitHint, false
		}
	}
	if p.Kind == Integer {
		n = math.RoundToEven(n)
		if n > math.MaxInt32 || n < math.MinInt32 {
			return 0, "Value exceeds integer range.", false
		}
	}
	return n, "", true
}

func parseFloat(s string) (float64, error) {
	if i, err := strconv.ParseInt(s, 0, 64); err == nil && !strings.Contains(s, "_") {
		return float64(i), nil
	}
	return strconv.ParseFloat(s, 64)
}

func numberEnd(s string) int {
	if strings.HasPrefix(strings.TrimLeft(s, "+-"), "0x") {
		return len(s) - len(strings.TrimLeft(s, "+-0123456789abcdefABCDEFx"))
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '+', c == '-':
		case (c == 'e' || c == 'E') && i > 0 && i+1 < len(s) && strings.IndexByte("+-0123456789", s[i+1]) >= 0:
		default:
			return i
		}
	}
	return len(s)
}

func (p *Parameter) invalid(value string) *sqlstate.Error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", p.Name, value)
}

func (p *Parameter) outside(n float64) error {
	unit := p.Unit
	if unit != "" {
		unit = " " + unit
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, "%s%s is outside the valid range for parameter %q (%s .. %s)",
		p.short(n), unit, p.Name, p.short(p.Min), p.short(p.Max))
}

func (p *Parameter) short(f float64) string {
	if p.Kind == Integer && f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', 6, 64)
}

// modes are parameters that SHOW and pg_settings write in octal.
var modes = map[string]bool{"data_directory_mode": true, "log_file_mode": true, "unix_socket_permissions": true}

// plain formats a stored value as pg_settings does: without a unit.
func (p *Parameter) plain(stored string) string {
	if modes[p.Name] {
		if n, err := strconv.Atoi(stored); err == nil {
			return fmt.Sprintf("%04o", n)
		}
	}
	return stored
}

// show formats a stored value as SHOW does: with the largest unit that fits.
func (p *Parameter) show(stored string) string {
	stored = p.plain(stored)
	all, base, _ := p.units()
	n, err := strconv.ParseFloat(stored, 64)
	if all == nil || err != nil || n <= 0 {
		return stored
	}
	for _, u := range all {
		count := n * base / u.size
		if rounded := math.Round(count); rounded >= 1 && math.Abs(count-rounded) < 1e-9*rounded {
			return strconv.FormatFloat(rounded, 'f', -1, 64) + u.name
		}
	}
	return stored + p.Unit
}

// Bounds are the least and greatest value of a number, "" for other kinds.
func (p *Parameter) Bounds() (lowest, highest string) {
	if p.Kind != Integer && p.Kind != Real {
		return "", ""
	}
	return p.short(p.Min), p.short(p.Max)
}
