// Package hop has the words in which a node asks another: the statement that goes to the
// owner of an entity, the cut that goes with it, and the proof that comes back beside the
// rows. It says how each is written.
//
// It knows nothing of connections, and not who asks whom or why.
package hop

import (
	"encoding/binary"
	"errors"
	"time"
)

// User is the name that nodes connect by.
const User = "projsql_node"

// CallOID is the function that nodes call by FunctionCall, with a request of theirs as its only
// argument, in binary. No catalog has it.
const CallOID = 4_000_000_001

// Statement is SQL for another node's session. Its last parameter is a Given as bytea,
// which who sends it appends.
type Statement struct {
	SQL     string
	Params  []uint32 // type OIDs
	Values  [][]byte // binary; nil is NULL
	Formats []int16  // of the result's columns; none: text
	Given   []byte   // memory for who sends it, of the statement before
	// Settings of the session that asks, name=value joined by NUL: what its text output
	// depends on.
	Settings string
	// Roles is the version of the roles by which the session may ask this; 0: there are none.
	Roles uint64
	// Brief, unless 0: the other node answers at once and with little, or refuses, since its
	// Given says so. Then the statement may share a connection with others, which is given up
	// when nothing comes for so long.
	Brief time.Duration
	// Until is when who asks gives up, unless ctx ends before; zero: when ctx ends. A context
	// with a deadline of its own for each statement would cost as much as a hit's answer.
	Until time.Time
}

// Answer is what came back for a statement.
type Answer struct {
	// Row is the last DataRow whole, type byte and length included, as it came; nil if there
	// was none. It is the caller's.
	Row   []byte
	Proof string // as AppendProof writes it
	Cut   string // as AppendCut writes it, of a statement that was vouched for
}

// Value is the value of a row with one column; nil is NULL.
func (a *Answer) Value() ([]byte, error) {
	const header = 1 + 4 + 2 // type, length, columns
	if len(a.Row) < header+4 || a.Row[header-1] != 1 {
		return nil, errRow
	}
	switch n := int32(binary.BigEndian.Uint32(a.Row[header:])); {
	case n < 0:
		return nil, nil
	case int(n) != len(a.Row)-header-4:
		return nil, errRow
	}
	return a.Row[header+4:], nil
}

var errRow = errors.New("hop: malformed row")
