package settings

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // answers must not depend on the machine's files

	"github.com/projsql/projsql/wire/sqlstate"
)

//go:embed zones.txt
var zonesText string

// zoneNames maps lower-case names to the IANA database's spelling.
var zoneNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for _, name := range strings.Fields(zonesText) {
		names[strings.ToLower(name)] = name
	}
	return names
})

const zoneSecondsMax = 168 * 3600

// checkTimeZone normalises a time zone: a name in any case, hours east of
// Greenwich, or a POSIX zone without daylight saving.
func checkTimeZone(value string) (string, error) {
	if name, ok := zoneNames()[strings.ToLower(value)]; ok {
		return name, nil
	}
	if hours, err := strconv.ParseFloat(value, 64); err == nil && math.Abs(hours) <= 168 {
		return FixedZone(int(math.Round(hours * 3600))), nil
	}
	if _, _, ok := posixZone(value); ok {
		return value, nil
	}
	return "", sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", "TimeZone", value)
}

// FixedZone names the zone so many seconds east of Greenwich, as POSIX does:
// <+05:30>-05:30.
func FixedZone(east int) string {
	return "<" + offset(east) + ">" + offset(-east)
}

func offset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("%c%02d", sign, seconds/3600)
	if seconds%3600 != 0 {
		text += fmt.Sprintf(":%02d", seconds/60%60)
	}
	if seconds%60 != 0 {
		text += fmt.Sprintf(":%02d", seconds%60)
	}
	return text
}

// Location returns the location of a normalised TimeZone value.
func Location(zone string) (*time.Location, error) {
	if name, ok := zoneNames()[strings.ToLower(zone)]; ok {
		return time.LoadLocation(name)
	}
	if name, east, ok := posixZone(zone); ok {
		return time.FixedZone(name, east), nil
	}
	return nil, sqlstate.New(sqlstate.InvalidParameterValue, "time zone %q not recognized", zone)
}

// posixZone reads STD or <STD> and an offset west of Greenwich: UTC+3, <+04>-04.
func posixZone(s string) (name string, east int, ok bool) {
	rest := ""
	if strings.HasPrefix(s, "<") {
		name, rest, ok = strings.Cut(s[1:], ">")
	} else {
		end := strings.IndexAny(s, "+-0123456789")
		ok = end >= 3
		if ok {
			name, rest = s[:end], s[end:]
		}
	}
	if !ok || strings.ContainsAny(name, ", ") {
		return "", 0, false
	}
	west, ok := clock(rest)
	return name, -west, ok
}

// clock reads [+-]hh[:mm[:ss]] as seconds.
func clock(s string) (seconds int, ok bool) {
	sign := 1
	if strings.HasPrefix(s, "-") {
		sign = -1
	}
	parts := strings.Split(strings.TrimLeft(s, "+-"), ":")
	if len(parts) > 3 {
		return 0, false
	}
	for i, scale := range []int{3600, 60, 1}[:len(parts)] {
		n, err := strconv.ParseUint(parts[i], 10, 16)
		if err != nil || (i > 0 && n > 59) {
			return 0, false
		}
		seconds += int(n) * scale
	}
	return sign * seconds, seconds <= zoneSecondsMax
}
