package types

import (
	"strconv"
	"strings"
	"time"
)

const (
	monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"
	dayNames   = "SunMonTueWedThuFriSat"
)

func appendInfinity(buf []byte, negative bool) []byte {
	if negative {
		return append(buf, "-infinity"...)
	}
	return append(buf, "infinity"...)
}

func appendDate(env *Env, buf []byte, days int64) []byte {
	if !FiniteDate(days) {
		return appendInfinity(buf, days < 0)
	}
	c := CivilOfDay(days)
	buf = appendDay(env, buf, c, '-')
	return appendEra(buf, c)
}

// appendDay writes year, month and day in the style's order; dash separates them in
// the style Postgres.
func appendDay(env *Env, buf []byte, c Civil, dash byte) []byte {
	switch {
	case env.Date == DateISO:
		buf = append2(append(appendYear(buf, c), '-'), c.Month)
		return append2(append(buf, '-'), c.Day)
	case env.Date == DateGerman:
		buf = append2(append(append2(buf, c.Day), '.'), c.Month)
		return appendYear(append(buf, '.'), c)
	case env.Date == DateSQL:
		dash = '/'
	}
	first, second := c.Month, c.Day
	if env.Order == OrderDMY {
		first, second = second, first
	}
	buf = append2(append(append2(buf, first), dash), second)
	return appendYear(append(buf, dash), c)
}

func appendYear(buf []byte, c Civil) []byte {
	y := c.Year
	if y <= 0 {
		y = 1 - y
	}
	for limit := 1000; limit > y; limit /= 10 {
		buf = append(buf, '0')
	}
	return strconv.AppendInt(buf, int64(y), 10)
}

func appendEra(buf []byte, c Civil) []byte {
	if c.Year <= 0 {
		return append(buf, " BC"...)
	}
	return buf
}

func appendClock(buf []byte, c Civil) []byte {
	buf = append2(append(append2(buf, c.Hour), ':'), c.Minute)
	return appendFraction(append2(append(buf, ':'), c.Second), c.Micros)
}

// appendFraction writes microseconds without trailing zeros.
func appendFraction(buf []byte, micros int) []byte {
	if micros == 0 {
		return buf
	}
	buf = append(buf, '.')
	for unit := 100000; micros > 0; unit /= 10 {
		buf = append(buf, byte('0'+micros/unit))
		micros %= unit
	}
	return buf
}

func appendTimestamp(env *Env, buf []byte, ts int64) []byte {
	if !FiniteTime(ts) {
		return appendInfinity(buf, ts < 0)
	}
	c := CivilOf(ts)
	return appendEra(appendMoment(env, buf, c), c)
}

func appendMoment(env *Env, buf []byte, c Civil) []byte {
	if env.Date == DatePostgres {
		return appendYear(append(appendWords(env, buf, c), ' '), c)
	}
	return appendClock(append(appendDay(env, buf, c, '-'), ' '), c)
}

// appendWords writes Tue Jan 02 03:04:05.
func appendWords(env *Env, buf []byte, c Civil) []byte {
	weekday := floorMod(DaysOf(c.Year, c.Month, c.Day)+6, 7)
	month := monthNames[c.Month*3-3 : c.Month*3]
	buf = append(append(buf, dayNames[weekday*3:weekday*3+3]...), ' ')
	if env.Order == OrderDMY {
		buf = append(append(append2(buf, c.Day), ' '), month...)
	} else {
		buf = append2(append(append(buf, month...), ' '), c.Day)
	}
	return appendClock(append(buf, ' '), c)
}

func appendTimestamptz(env *Env, buf []byte, ts int64) []byte {
	if !FiniteTime(ts) {
		return appendInfinity(buf, ts < 0)
	}
	offset := offsetAt(ts, env.TimeZone)
	c := CivilOf(ts + offset*MicrosPerSecond)
	buf = appendMoment(env, buf, c)
	if env.Date == DateISO {
		buf = appendZone(buf, offset)
	} else {
		buf = append(append(buf, ' '), ZoneName(ts, env.TimeZone)...)
	}
	return appendEra(buf, c)
}

// ZoneName is the abbreviation of a zone (nil = UTC) at a timestamptz.
func ZoneName(ts int64, loc *time.Location) string {
	if loc == nil {
		loc = time.UTC
	}
	name, _ := time.Unix(sameCycle(unixOf(ts)), 0).In(loc).Zone()
	if shown, _, ok := strings.Cut(strings.TrimPrefix(name, "<"), ">"); ok {
		return shown
	}
	return name
}

func appendTime(buf []byte, t int64) []byte {
	var c Civil
	c.setTime(t)
	return appendClock(buf, c)
}

func appendTimetz(buf []byte, t TimeTZ) []byte {
	return appendZone(appendTime(buf, t.Micros), -int64(t.WestSeconds))
}
