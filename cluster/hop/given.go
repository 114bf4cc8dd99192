package hop

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// A Given travels as
//
//	version(1) flags(1) sequence(8) hlc(8) age(8) age allowed(8) definition(8) [occurred by(8) share(32)] [term(8) voter length(1) voter [roles(8)]] cluster length(1) cluster  node length(1) node  tidings
//
// What is in the first brackets comes with a scan, whose version is 2: a node that knows only single
// reads refuses it. What is in the second comes with a vouch, which has a flag, as the roles have. What else a cut has means nothing to another node: moments of a clock,
// and what a session has read.
const (
	givenVersion = 1
	scanVersion  = 2
)

const (
	givenBytes   = 2 + 5*8
	scanBytes    = 8 + 8*len(projection.Share{})
	tidingsBytes = 80 // that may be written behind
)

// Flags of a Given.
const (
	cutBinds = 1 << iota
	cutPast  // of a scan: the cut is no newest one
	brief
	vouched
	leads // of what is vouched
	roles // are told in it
	flagsEnd
)

var errGiven = errors.New("hop: malformed cut")

// AppendGiven writes g behind b. The ids are at most 255 bytes.
func AppendGiven(b []byte, g *projection.Given) []byte {
	version, flags := byte(givenVersion), byte(0)
	if g.Cut.Binds {
		flags |= cutBinds
	}
	flags |= flag(g.Brief, brief) | flag(g.Vouch.Term != 0, vouched) | flag(g.Vouch.Leads, leads) | flag(g.Vouch.Roles != 0, roles)
	if g.Share != (projection.Share{}) {
		version = scanVersion
		if !g.Cut.Newest {
			flags |= cutPast
		}
	}
	b = slices.Grow(b, givenBytes+scanBytes+8+8+3+len(g.Vouch.Node)+len(g.Cluster)+len(g.To)+len(g.Tidings)+tidingsBytes)
	b = append(b, version, flags)
	for _, n := range [...]uint64{
		uint64(g.Cut.Sequence), uint64(g.Cut.HLC), uint64(g.Cut.Age), uint64(g.Cut.StaleMax), g.Definition,
	} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	if version == scanVersion {
		b = binary.BigEndian.AppendUint64(b, uint64(g.Cut.OccurredBy))
		for _, word := range g.Share {
			b = binary.BigEndian.AppendUint64(b, word)
		}
	}
	if g.Vouch.Term != 0 {
		b = binary.BigEndian.AppendUint64(b, g.Vouch.Term)
		b = append(append(b, byte(len(g.Vouch.Node))), g.Vouch.Node...)
		if g.Vouch.Roles != 0 {
			b = binary.BigEndian.AppendUint64(b, g.Vouch.Roles)
		}
	}
	b = append(append(b, byte(len(g.Cluster))), g.Cluster...)
	b = append(append(b, byte(len(g.To))), g.To...)
	return append(b, g.Tidings...)
}

func flag(set bool, f byte) byte {
	if set {
		return f
	}
	return 0
}

// ParseGiven reads what AppendGiven wrote. It does not look into the tidings.
func ParseGiven(b string) (*projection.Given, error) {
	if len(b) < givenBytes || b[0] != givenVersion && b[0] != scanVersion || b[1] >= flagsEnd || b[0] == givenVersion && b[1]&cutPast != 0 {
		return nil, errGiven
	}
	at := func(i int) uint64 { return binary.BigEndian.Uint64([]byte(b[2+8*i : 10+8*i])) }
	g := &projection.Given{Definition: at(4), Brief: b[1]&brief != 0, Cut: projection.Cut{
		Sequence: event.Sequence(at(0)), HLC: hlc.Timestamp(at(1)), Age: time.Duration(at(2)), StaleMax: time.Duration(at(3)),
		Newest: b[1]&cutPast == 0, Foreign: true, Binds: b[1]&cutBinds != 0, OccurredBy: event.NoTime,
	}}
	rest, ok := b[givenBytes:], true
	if b[0] == scanVersion {
		rest, ok = parseScan(rest, g)
	}
	if ok && b[1]&(vouched|leads|roles) != 0 {
		rest, ok = parseVouch(rest, g, b[1])
	}
	if !ok {
		return nil, errGiven
	}
	cluster, rest, whole := cutShort(rest)
	to, tidings, wholeToo := cutShort(rest)
	if !whole || !wholeToo || g.Cut.Age < 0 || g.Cut.StaleMax < 0 {
		return nil, errGiven
	}
	g.Cluster, g.To, g.Tidings = cluster, to, tidings
	return g, nil
}

// parseVouch takes what a vouch has.
func parseVouch(b string, g *projection.Given, flags byte) (rest string, ok bool) {
	if len(b) < 8 || flags&vouched == 0 {
		return "", false
	}
	g.Vouch.Term, g.Vouch.Leads = binary.BigEndian.Uint64([]byte(b[:8])), flags&leads != 0
	if g.Vouch.Node, rest, ok = cutShort(b[8:]); ok && flags&roles != 0 {
		if len(rest) < 8 {
			return "", false
		}
		g.Vouch.Roles, rest = binary.BigEndian.Uint64([]byte(rest[:8])), rest[8:]
		ok = g.Vouch.Roles != 0
	}
	return rest, ok && g.Vouch.Term != 0
}

// parseScan takes what a scan has more.
func parseScan(b string, g *projection.Given) (rest string, ok bool) {
	if len(b) < scanBytes {
		return "", false
	}
	at := func(i int) uint64 { return binary.BigEndian.Uint64([]byte(b[8*i : 8*i+8])) }
	g.Cut.OccurredBy = event.Micros(at(0))
	for i := range g.Share {
		g.Share[i] = at(1 + i)
	}
	return b[scanBytes:], g.Share != projection.Share{}
}

// cutShort takes a text with its length in a byte off the front.
func cutShort(b string) (text, rest string, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", "", false
	}
	return b[1 : 1+int(b[0])], b[1+int(b[0]):], true
}
