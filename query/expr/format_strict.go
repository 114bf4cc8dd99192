package expr

import (
	"strings"

	"github.com/projsql/projsql/query/types"
)

// readDatetime is jsonpath's datetime(): it reads a text by a format in strict mode,
// as the type that the format's patterns make. west is the zone that was written.
func readDatetime(in, format string) (t types.OID, d types.Datum, west int, err error) {
	r, err := readTime(in, format, true)
	if err != nil {
		return 0, types.Null, 0, err
	}
	m, err := r.moment()
	if err != nil {
		return 0, types.Null, 0, err
	}
	dated, timed, zoned := r.kinds()
	if zoned && timed && !m.zoned {
		name := "timetz"
		if dated {
			name = "timestamptz"
		}
		return 0, types.Null, 0, errDatetime("missing time zone in input string for type %s", name)
	}
	switch {
	case dated && timed:
		t = types.TimestampOID
		if zoned {
			t = types.TimestamptzOID
		}
		var ts int64
		if ts, err = m.timestamp(t); err == nil && zoned {
			ts, err = types.CheckTimestamp(ts+int64(m.west)*1e6, true)
		}
		d = types.Int(ts)
	case dated && zoned:
		return 0, types.Null, 0, errDatetime("datetime format is zoned but not timed")
	case dated:
		t = types.DateOID
		d, err = m.asDate(in)
		return t, d, 0, err
	case timed:
		t, d = m.asTime(zoned)
	default:
		return 0, types.Null, 0, errDatetime("datetime format is not dated and not timed")
	}
	if err != nil {
		return 0, types.Null, 0, err
	}
	d, err = m.rounded(t, d)
	return t, d, m.west, err
}

func (m *readMoment) asTime(zoned bool) (types.OID, types.Datum) {
	micros := ((int64(m.Hour)*60+int64(m.Minute))*60+int64(m.Second))*1e6 + int64(m.Micros)
	if zoned {
		return types.TimetzOID, types.Pointer(&types.TimeTZ{Micros: micros, WestSeconds: int32(m.west)})
	}
	return types.TimeOID, types.Int(micros)
}

var (
	clockPatterns = words("A.M. P.M. AM PM HH HH12 HH24 MI SS SSSS SSSSS MS US FF1 FF2 FF3 FF4 FF5 FF6")
	zonePatterns  = words("TZ TZH TZM OF")
)

// kinds reports what the format's patterns are about.
func (r *timeReader) kinds() (dated, timed, zoned bool) {
	for _, n := range r.nodes {
		switch pattern := strings.ToUpper(n.key); {
		case pattern == "" || pattern == "FX":
		case clockPatterns[pattern]:
			timed = true
		case zonePatterns[pattern]:
			zoned = true
		default:
			dated = true
		}
	}
	return dated, timed, zoned
}
