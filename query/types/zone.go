package types

import (
	_ "embed" // zone_abbrevs.tsv
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/projsql/projsql/wire/sqlstate"
)

//go:embed zone_abbrevs.tsv
var zoneAbbrevTSV string

// abbreviation is what a time zone's abbreviation means: an offset, or, where zone is
// set, the one that it stood for in that zone at the time in question.
type abbreviation struct {
	name string // in upper case
	east int    // seconds
	dst  bool
	zone *time.Location
}

// zoneAbbrevs maps an abbreviation in lower case to its meaning.
var zoneAbbrevs = sync.OnceValue(func() map[string]abbreviation {
	m := map[string]abbreviation{}
	for line := range strings.Lines(zoneAbbrevTSV) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		a := abbreviation{name: strings.ToUpper(f[0]), dst: f[2] == "t"}
		var err error
		if a.east, err = strconv.Atoi(f[1]); err == nil && len(f) > 3 {
			a.zone, err = time.LoadLocation(f[3])
		}
		if err != nil {
			panic("types: zone_abbrevs.tsv: " + err.Error())
		}
		m[f[0]] = a
	}
	return m
})

// at returns the offset at an instant, as PostgreSQL's pg_interpret_timezone_abbrev
// finds it: that of the abbreviation's last use until then, else of its next one; the
// zone's own where it uses no such abbreviation.
func (a *abbreviation) at(unix int64) int64 {
	east, _ := a.meaning(unix)
	return east
}

// meaning is what at finds, and whether that is daylight-saving time.
func (a *abbreviation) meaning(unix int64) (east int64, dst bool) {
	if a.zone == nil {
		return int64(a.east), a.dst
	}
	for t, steps := time.Unix(unix, 0).In(a.zone), 0; steps < zoneStepsMax; steps++ {
		if name, east := t.Zone(); name == a.name {
			return int64(east), t.IsDST()
		}
		start, _ := t.ZoneBounds()
		if start.IsZero() {
			break
		}
		t = start.Add(-time.Second)
	}
	for t, steps := time.Unix(unix, 0).In(a.zone), 0; steps < zoneStepsMax; steps++ {
		if name, east := t.Zone(); name == a.name {
			return int64(east), t.IsDST()
		}
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		t = end
	}
	t := time.Unix(unix, 0).In(a.zone)
	_, own := t.Zone()
	return int64(own), t.IsDST()
}

// ZoneAbbreviation is an abbreviation of a time zone as it is meant at some time.
type ZoneAbbreviation struct {
	Name        string
	EastSeconds int64
	DST         bool
}

// ZoneAbbreviations are all, by name, as they are meant at a time.
func ZoneAbbreviations(at time.Time) []ZoneAbbreviation {
	var all []ZoneAbbreviation
	for _, a := range zoneAbbrevs() {
		east, dst := a.meaning(at.Unix())
		all = append(all, ZoneAbbreviation{a.name, east, dst})
	}
	slices.SortFunc(all, func(a, b ZoneAbbreviation) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// zoneStepsMax bounds the walk through a zone's changes.
const zoneStepsMax = 400

// atLocal is at for a local time of the zone.
func (a *abbreviation) atLocal(local int64) int64 {
	if a.zone == nil {
		return int64(a.east)
	}
	return a.at(sameCycle(unixOf(local)) - localOffset(local, a.zone))
}

func unixOf(micros int64) int64 { return floorDiv(micros, 1e6) - UnixEpochMicros/1e6 }

// sameCycle moves a far future into the present cycle of 400 years, over which
// calendars and rules of summer time repeat: package time ends before PostgreSQL.
func sameCycle(unix int64) int64 {
	const cycle, limit = 146097 * 86400, 253402300800
	if unix < limit {
		return unix
	}
	return limit - cycle + (unix-limit)%cycle
}

// offsetAt returns seconds east of UTC at a timestamptz.
func offsetAt(micros int64, loc *time.Location) int64 {
	if loc == nil || loc == time.UTC {
		return 0
	}
	_, offset := time.Unix(sameCycle(unixOf(micros)), 0).In(loc).Zone()
	return int64(offset)
}

// LocalOf converts a timestamptz to the local timestamp in loc (nil = UTC).
func LocalOf(micros int64, loc *time.Location) int64 {
	if !FiniteTime(micros) {
		return micros
	}
	return micros + offsetAt(micros, loc)*MicrosPerSecond
}

// InstantOf converts a local timestamp in loc to a timestamptz, resolving gaps and
// overlaps as PostgreSQL does; 22008 if out of range.
func InstantOf(local int64, loc *time.Location) (int64, error) {
	if !FiniteTime(local) {
		return local, nil
	}
	return checkTimestamp(local-localOffset(local, loc)*MicrosPerSecond, true)
}

// localOffset returns seconds east of UTC at a local time: in a gap that before the
// transition, in an overlap that after it.
func localOffset(local int64, loc *time.Location) int64 {
	if loc == nil || loc == time.UTC {
		return 0
	}
	unix := sameCycle(unixOf(local))
	dayBefore := time.Unix(unix-86400, 0).In(loc)
	_, before := dayBefore.Zone()
	_, boundary := dayBefore.ZoneBounds()
	if boundary.IsZero() {
		return int64(before)
	}
	_, after := boundary.Zone()
	asBefore, asAfter := unix-int64(before), unix-int64(after)
	switch at := boundary.Unix(); {
	case asBefore < at && asAfter < at:
		return int64(before)
	case asBefore >= at && asAfter >= at:
		return int64(after)
	case asBefore > asAfter:
		return int64(before)
	}
	return int64(after)
}

func errZone(name string) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "time zone \"%s\" not recognized", name)
}

// LoadZone finds a time zone by the names SET TIME ZONE and AT TIME ZONE accept:
// IANA names in any case, abbreviations, POSIX offsets (+02 is west, as POSIX has
// it; use FixedZone for SQL's meaning); 22023.
func LoadZone(name string) (*time.Location, error) {
	if a, ok := zoneAbbrevs()[strings.ToLower(name)]; ok && a.name != "UTC" {
		return time.FixedZone(a.name, a.east), nil
	}
	if loc := namedZone(name); loc != nil {
		return loc, nil
	}
	if loc, ok := PosixZone(name); ok {
		return loc, nil
	}
	return nil, errZone(name)
}

// LoadZoneAt is LoadZone for one time, local or not, since an abbreviation may have
// stood for different offsets.
func LoadZoneAt(name string, micros int64, local bool) (*time.Location, error) {
	a, ok := zoneAbbrevs()[strings.ToLower(name)]
	switch {
	case !ok || a.zone == nil || !FiniteTime(micros):
		return LoadZone(name)
	case local:
		return time.FixedZone(a.name, int(a.atLocal(micros))), nil
	}
	return time.FixedZone(a.name, int(a.at(sameCycle(unixOf(micros))))), nil
}

// LoadISOZone is LoadZoneAt for make_timestamptz, where a number is an offset with a
// sign, and +02 is east; 22023.
func LoadISOZone(name string, local int64) (*time.Location, error) {
	if name != "" && isDigit(name[0]) {
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "invalid input syntax for type numeric time zone: \"%s\"", name).
			WithHint("Numeric time zones must have \"-\" or \"+\" as first character.")
	}
	if name == "" || name[0] != '+' && name[0] != '-' {
		return LoadZoneAt(name, local, true)
	}
	east, err := decodeZone(name)
	switch {
	case errors.Is(err, errTimeZone):
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "numeric time zone \"%s\" out of range", name)
	case err != nil:
		return LoadZoneAt(name, local, true)
	}
	return time.FixedZone(name, east), nil
}

// zoneInText finds the zone that a date's text names.
func zoneInText(name string) *time.Location {
	if loc := namedZone(name); loc != nil {
		return loc
	}
	if loc, ok := PosixZone(name); ok {
		return loc
	}
	return nil
}

func namedZone(name string) *time.Location {
	if name == "" || name == "Local" || strings.HasPrefix(name, ".") {
		return nil
	}
	if strings.EqualFold(name, "utc") {
		return time.UTC
	}
	for _, spelled := range []string{name, zoneCase(name), strings.ToUpper(name)} {
		if loc, err := time.LoadLocation(spelled); err == nil && !strings.EqualFold(spelled, "local") {
			return loc
		}
	}
	return nil
}

// zoneCase capitalises the words of an IANA name, but for the small ones.
func zoneCase(name string) string {
	b := []byte(strings.ToLower(name))
	for i := range b {
		starts := i == 0 || b[i-1] == '/' || b[i-1] == '_' || b[i-1] == '-'
		rest := string(b[i:])
		small := strings.HasPrefix(rest, "of_") || strings.HasPrefix(rest, "es_") || strings.HasPrefix(rest, "au_")
		if starts && !small && b[i]-'a' <= 25 {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// appendZone writes an offset: +02, -03:30, +00:19:32.
func appendZone(buf []byte, east int64) []byte {
	sign := byte('+')
	if east < 0 {
		sign, east = '-', -east
	}
	buf = append2(append(buf, sign), int(east/3600))
	if east%3600 == 0 {
		return buf
	}
	buf = append2(append(buf, ':'), int(east/60%60))
	if east%60 == 0 {
		return buf
	}
	return append2(append(buf, ':'), int(east%60))
}

func append2(buf []byte, n int) []byte {
	if n > 99 {
		return strconv.AppendInt(buf, int64(n), 10)
	}
	return append(buf, byte('0'+n/10), byte('0'+n%10))
}
