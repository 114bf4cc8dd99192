package hop

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// A Given travels as
//
//	version(1) binds(1) sequence(8) hlc(8) age(8) age allowed(8) definition(8) cluster length(1) cluster  node length(1) node  tidings
//
// What else a cut has means nothing to another node: moments of a clock, and what a
// session has read.
const givenVersion = 1

const givenBytes = 2 + 5*8

var errGiven = errors.New("hop: malformed cut")

// AppendGiven writes g behind b. The ids are at most 255 bytes.
func AppendGiven(b []byte, g *projection.Given) []byte {
	var binds byte
	if g.Cut.Binds {
		binds = 1
	}
	b = append(b, givenVersion, binds)
	for _, n := range [...]uint64{
		uint64(g.Cut.Sequence), uint64(g.Cut.HLC), uint64(g.Cut.Age), uint64(g.Cut.StaleMax), g.Definition,
	} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = append(append(b, byte(len(g.Cluster))), g.Cluster...)
	b = append(append(b, byte(len(g.To))), g.To...)
	return append(b, g.Tidings...)
}

// ParseGiven reads what AppendGiven wrote. It does not look into the tidings.
func ParseGiven(b string) (*projection.Given, error) {
	if len(b) < givenBytes || b[0] != givenVersion || b[1] > 1 {
		return nil, errGiven
	}
	at := func(i int) uint64 { return binary.BigEndian.Uint64([]byte(b[2+8*i : 10+8*i])) }
	g := &projection.Given{Definition: at(4), Cut: projection.Cut{
		Sequence: event.Sequence(at(0)), HLC: hlc.Timestamp(at(1)), Age: time.Duration(at(2)), StaleMax: time.Duration(at(3)),
		Newest: true, Foreign: true, Binds: b[1] == 1, OccurredBy: event.NoTime,
	}}
	cluster, rest, whole := cutShort(b[givenBytes:])
	to, tidings, wholeToo := cutShort(rest)
	if !whole || !wholeToo || g.Cut.Age < 0 || g.Cut.StaleMax < 0 {
		return nil, errGiven
	}
	g.Cluster, g.To, g.Tidings = cluster, to, tidings
	return g, nil
}

// cutShort takes a text with its length in a byte off the front.
func cutShort(b string) (text, rest string, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", "", false
	}
	return b[1 : 1+int(b[0])], b[1+int(b[0]):], true
}
