package parse

import (
	"time"

	"github.com/projsql/projsql/engine/projection"
)

// Freshness is a freshness clause as written.
type Freshness struct {
	// Level is AsOfHLC for every AS OF without SEQUENCE or OCCURRED: whether a string
	// or parameter there is an HLC or a timestamptz, its reader decides.
	Level projection.Level
	// Age is the bound of MaybeStale when it is written out.
	Age time.Duration
	// Value is what follows AT LEAST and AS OF, and MAYBE STALE $n.
	Value Value
	// OnStale says what follows ON STALE; Wait belongs to WaitOnStale.
	OnStale OnStale
	Wait    time.Duration
	Pos     int // byte offset of the level's first word
}

// OnStale is the word after ON STALE.
type OnStale uint8

// What to do when no replica meets the freshness. DefaultOnStale: nothing was said.
const (
	DefaultOnStale OnStale = iota
	WaitOnStale
	ErrorOnStale
)

// Value is an argument of a freshness clause.
type Value struct {
	Kind  ValueKind
	Int   int64  // of NumberValue
	Text  string // of StringValue: the string's content
	Param int    // of ParamValue: n of $n
	Pos   int    // byte offset
}

// ValueKind says what a Value is.
type ValueKind uint8

// Kinds of values. NoValue: there is none.
const (
	NoValue ValueKind = iota
	NumberValue
	StringValue
	ParamValue
)

// ParseFreshness parses what may follow WITH FRESHNESS, alone: the value of the
// setting projsql.freshness or of the argument freshness => '…'. Parameters are not
// allowed. Errors are 42601 and 22007 with a position in text.
func ParseFreshness(text string) (*Freshness, error) {
	if err := checkUTF8(text); err != nil {
		return nil, err
	}
	return parseFreshnessText(text, 0, len(text))
}

// Equal reports whether f and g ask for the same.
func (f *Freshness) Equal(g *Freshness) bool {
	a, b := *f, *g
	a.Pos, b.Pos, a.Value.Pos, b.Value.Pos = 0, 0, 0, 0
	return a == b
}
