package types

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// posixPattern is what PostgreSQL takes for a POSIX time zone: a name, which may be
// missing, an offset west, and perhaps the name of summer time, its offset and rules.
var posixPattern = regexp.MustCompile(`^(<[^<>]*>|[^0-9,+<>-]*)([+-]?\d{1,3}(?::\d{1,2}(?::\d{1,2})?)?)` +
	`(?:(<[^<>]*>|[^0-9,+<>-]+)([+-]?\d{1,3}(?::\d{1,2}(?::\d{1,2})?)?)?(,` + posixRule + `,` + posixRule + `)?)?$`)

const (
	posixRule = `(?:J?\d{1,3}|M\d{1,2}\.[1-5]\.[0-6])(?:/[+-]?\d{1,3}(?::\d{2}){0,2})?`
	// defaultRules are those of a zone that has summer time and does not say when.
	defaultRules = ",M3.2.0,M11.1.0"
	// zoneHoursEnd is the first offset in hours that is too large.
	zoneHoursEnd = 24 * 7
)

// PosixZone returns the zone of a POSIX specification: EST5, <+03>-3, -3:30,
// CST7CDT,M4.1.0,M10.5.0. Offsets are west.
func PosixZone(name string) (*time.Location, bool) {
	m := posixPattern.FindStringSubmatch(name)
	if m == nil {
		return nil, false
	}
	standard := strings.Trim(m[1], "<>")
	west, ok := posixOffset(m[2])
	if !ok || m[3] == "" {
		return time.FixedZone(standard, -west), ok
	}
	rules := m[5]
	if rules == "" {
		rules = defaultRules
	}
	if _, ok := posixOffset(m[4]); !ok && m[4] != "" {
		return nil, false
	}
	footer := "<" + standard + ">" + m[2] + "<" + strings.Trim(m[3], "<>") + ">" + m[4] + rules
	loc, err := time.LoadLocationFromTZData(name, zoneFile(standard, -west, footer))
	return loc, err == nil
}

// posixOffset reads [+-]hh[:mm[:ss]] as seconds.
func posixOffset(s string) (seconds int, ok bool) {
	sign := 1
	if strings.HasPrefix(s, "-") {
		sign = -1
	}
	for i, part := range strings.Split(strings.TrimLeft(s, "+-"), ":") {
		n, err := strconv.Atoi(part)
		if err != nil || i == 0 && n >= zoneHoursEnd || i == 1 && n > 59 || i == 2 && n > 60 {
			return 0, false
		}
		seconds += n * []int{3600, 60, 1}[i]
	}
	return sign * seconds, true
}

// zoneFile is a file of the time zone database (RFC 8536) without transitions, whose
// last line says the rules.
func zoneFile(standard string, east int, footer string) []byte {
	header := func(b []byte) []byte {
		b = append(b, "TZif2"...)
		b = append(b, make([]byte, 15)...)
		for _, n := range []int{0, 0, 0, 0, 1, len(standard) + 1} {
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		}
		b = binary.BigEndian.AppendUint32(b, uint32(int32(east)))
		b = append(b, 0, 0)
		return append(append(b, standard...), 0)
	}
	b := header(header(nil))
	return append(append(append(b, '\n'), footer...), '\n')
}
