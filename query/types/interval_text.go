package types

import "strconv"

// intervalParts is an interval taken apart, every part with its own sign.
type intervalParts struct {
	year, month, day     int64
	hour, minute, second int64
	micros               int64
}

func (i Interval) parts() intervalParts {
	return intervalParts{
		year: int64(i.Months / 12), month: int64(i.Months % 12), day: int64(i.Days),
		hour: i.Micros / 3600e6, minute: i.Micros / 60e6 % 60, second: i.Micros / 1e6 % 60, micros: i.Micros % 1e6,
	}
}

func appendInterval(env *Env, buf []byte, i Interval) []byte {
	p := i.parts()
	switch env.Interval {
	case IntervalPostgresVerbose:
		return p.appendVerbose(buf)
	case IntervalSQLStandard:
		return p.appendSQL(buf, i)
	case IntervalISO8601:
		return p.appendISO(buf)
	}
	return p.appendPostgres(buf, i)
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

func (p intervalParts) appendPostgres(buf []byte, i Interval) []byte {
	start := len(buf)
	negative := false // the part before was
	for _, part := range [...]struct {
		n    int64
		unit string
	}{{p.year, " year"}, {p.month, " mon"}, {p.day, " day"}} {
		if part.n == 0 {
			continue
		}
		if len(buf) > start {
			buf = append(buf, ' ')
		}
		if negative && part.n > 0 {
			buf = append(buf, '+')
		}
		buf = append(strconv.AppendInt(buf, part.n, 10), part.unit...)
		if part.n != 1 {
			buf = append(buf, 's')
		}
		negative = part.n < 0
	}
	if i.Micros == 0 && len(buf) > start {
		return buf
	}
	if len(buf) > start {
		buf = append(buf, ' ')
	}
	switch {
	case i.Micros < 0:
		buf = append(buf, '-')
	case negative:
		buf = append(buf, '+')
	}
	return p.appendClock(buf, true)
}

// appendClock writes hh:mm:ss.ffffff without a sign.
func (p intervalParts) appendClock(buf []byte, padHour bool) []byte {
	if hour := abs(p.hour); padHour && hour < 100 {
		buf = append2(buf, int(hour))
	} else {
		buf = strconv.AppendInt(buf, hour, 10)
	}
	buf = append2(append(buf, ':'), int(abs(p.minute)))
	buf = append2(append(buf, ':'), int(abs(p.second)))
	return appendFraction(buf, int(abs(p.micros)))
}

func (p intervalParts) appendVerbose(buf []byte) []byte {
	buf = append(buf, '@')
	empty, ago := true, false
	for _, part := range [...]struct {
		n    int64
		unit string
	}{{p.year, "year"}, {p.month, "mon"}, {p.day, "day"}, {p.hour, "hour"}, {p.minute, "min"}} {
		if part.n == 0 {
			continue
		}
		n := part.n
		if empty {
			ago, n = n < 0, abs(n)
		} else if ago {
			n = -n
		}
		empty = false
		buf = append(strconv.AppendInt(append(buf, ' '), n, 10), ' ')
		buf = append(buf, part.unit...)
		if n != 1 {
			buf = append(buf, 's')
		}
	}
	if p.second != 0 || p.micros != 0 {
		buf = append(buf, ' ')
		negative := p.second < 0 || p.micros < 0
		switch {
		case empty:
			ago = negative
		case negative != ago:
			buf = append(buf, '-')
		}
		empty = false
		buf = appendFraction(strconv.AppendInt(buf, abs(p.second), 10), int(abs(p.micros)))
		buf = append(buf, " sec"...)
		if abs(p.second) != 1 || p.micros != 0 {
			buf = append(buf, 's')
		}
	}
	if empty {
		buf = append(buf, " 0"...)
	}
	if ago {
		buf = append(buf, " ago"...)
	}
	return buf
}

func (p intervalParts) appendISO(buf []byte) []byte {
	if p == (intervalParts{}) {
		return append(buf, "PT0S"...)
	}
	buf = append(buf, 'P')
	add := func(n int64, unit byte) {
		if n != 0 {
			buf = append(strconv.AppendInt(buf, n, 10), unit)
		}
	}
	add(p.year, 'Y')
	add(p.month, 'M')
	add(p.day, 'D')
	if p.hour == 0 && p.minute == 0 && p.second == 0 && p.micros == 0 {
		return buf
	}
	buf = append(buf, 'T')
	add(p.hour, 'H')
	add(p.minute, 'M')
	if p.second != 0 || p.micros != 0 {
		if p.second < 0 || p.micros < 0 {
			buf = append(buf, '-')
		}
		buf = append(appendFraction(strconv.AppendInt(buf, abs(p.second), 10), int(abs(p.micros))), 'S')
	}
	return buf
}

func (p intervalParts) appendSQL(buf []byte, i Interval) []byte {
	negative := i.Months < 0 || i.Days < 0 || i.Micros < 0
	positive := i.Months > 0 || i.Days > 0 || i.Micros > 0
	dayTime := i.Days != 0 || i.Micros != 0
	switch {
	case !negative && !positive:
		return append(buf, '0')
	case negative && positive || i.Months != 0 && dayTime:
		return p.appendMixed(buf, i)
	case negative:
		buf = append(buf, '-')
	}
	if i.Months != 0 {
		buf = append(strconv.AppendInt(buf, abs(p.year), 10), '-')
		return strconv.AppendInt(buf, abs(p.month), 10)
	}
	if i.Days != 0 {
		buf = append(strconv.AppendInt(buf, abs(p.day), 10), ' ')
	}
	return p.appendClock(buf, false)
}

func (p intervalParts) appendMixed(buf []byte, i Interval) []byte {
	sign := func(n int64) byte {
		if n < 0 {
			return '-'
		}
		return '+'
	}
	buf = strconv.AppendInt(append(buf, sign(int64(i.Months))), abs(p.year), 10)
	buf = strconv.AppendInt(append(buf, '-'), abs(p.month), 10)
	buf = strconv.AppendInt(append(buf, ' ', sign(p.day)), abs(p.day), 10)
	return p.appendClock(append(buf, ' ', sign(i.Micros)), false)
}
