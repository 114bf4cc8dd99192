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

	"github.com/projsql/projsql/query/types"
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

// ZoneNames are the names of all time zones, sorted.
func ZoneNames() []string { return strings.Fields(zonesText) }

// checkTimeZone normalises a time zone: a name in any case, hours east of
// Greenwich, or a POSIX zone.
func checkTimeZone(value string) (string, error) {
	if name, ok := zoneNames()[strings.ToLower(value)]; ok {
		return name, nil
	}
	if hours, err := strconv.ParseFloat(value, 64); err == nil && math.Abs(hours) <= 168 {
		return FixedZone(int(math.Round(hours * 3600))), nil
	}
	if _, ok := types.PosixZone(value); ok && !strings.HasPrefix(value, "interval") {
		return strings.ToUpper(value), nil
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
	if loc, ok := types.PosixZone(zone); ok {
		return loc, nil
	}
	return nil, sqlstate.New(sqlstate.InvalidParameterValue, "time zone %q not recognized", zone)
}
