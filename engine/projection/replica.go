package projection

import (
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// Replica is what one node's copy of the log comes to, up to a sequence that all were
// compared at.
type Replica struct {
	Node     string
	Events   uint64
	Last     event.Sequence // of them
	HLC      hlc.Timestamp  // of the last
	Checksum string         // over every field of every event, in order; "" if it could not be computed
	// Trouble says what is wrong: how it differs from the node that was asked, or why it
	// could not be compared; "" if nothing is.
	Trouble string
}
