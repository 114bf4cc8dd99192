// Package guard turns the conditions of assertions over events into guards: what the
// log must not gain before a transaction is in it.
//
// A guard is judged in the state machine, on every replica, for as long as the log is
// kept. So its predicate is in a small language of its own, fixed for each format, and
// not in SQL, which grows and is mended: see ADR 6. Conditions that the language has
// not are left out of the predicate, which then is true too often, never too seldom.
//
// The package knows events and jsonb. It does not know transactions.
package guard

import (
	"encoding/binary"

	"github.com/projsql/projsql/storage/event"
)

// format is the first byte of an encoded predicate. Its meaning never changes: a
// mended operation is a new format.
const format = 1

// Limits of a predicate; beyond them it is not exact.
const (
	nodesMax = 2000
	depthMax = 200
)

// op is what a node of a predicate does.
type op byte

const (
	opAnd      op = iota + 1 // of none: true
	opOr                     // of none: false
	opText                   // a text compares with value
	opPrefix                 // a text begins with value
	opInteger                // an integer compares with number
	opContains               // a document contains value, as @>
	opKey                    // a document has the key value, as ?
	opNull                   // an operand is NULL
	opEnd
)

// comparison is how opText and opInteger compare.
type comparison byte

const (
	equal comparison = iota + 1
	less
	atMost
	more
	atLeast
	comparisonEnd
)

// column is a column of events.
type column byte

const (
	colEntity column = iota + 1
	colKind
	colRecordedBy
	colID
	colCorrelation
	colCausation
	colData
	colMetadata
	colVersion
	colSequence
	colHLC
	colOccurredAt
	colRecordedAt
	columnEnd
)

// node is a predicate in negation normal form. A test of NULL is neither true nor
// false: so a negated test is true where the test is false.
type node struct {
	op     op
	not    bool // of a test
	args   []*node
	column column
	path   []string // keys into a document; ends in a text but for opContains, opKey
	how    comparison
	value  string
	number int64
}

var (
	always = &node{op: opAnd}
	never  = &node{op: opOr}
)

func (n *node) isAlways() bool { return n.op == opAnd && len(n.args) == 0 }

func (n *node) isNever() bool { return n.op == opOr && len(n.args) == 0 }

// conjunction and disjunction join predicates, and drop what decides nothing.
func conjunction(args ...*node) *node { return join(opAnd, args) }

func disjunction(args ...*node) *node { return join(opOr, args) }

func join(o op, args []*node) *node {
	kept := []*node{}
	for _, a := range args {
		switch {
		case a.op == o:
			kept = append(kept, a.args...)
		case o == opAnd && a.isNever(), o == opOr && a.isAlways():
			return a
		default:
			kept = append(kept, a)
		}
	}
	if len(kept) == 1 {
		return kept[0]
	}
	return &node{op: o, args: kept}
}

// size returns the nodes and the depth of a predicate.
func (n *node) size() (nodes, depth int) {
	for _, a := range n.args {
		more, deep := a.size()
		nodes, depth = nodes+more, max(depth, deep)
	}
	return nodes + 1, depth + 1
}

// encode returns the form that guards carry.
func (n *node) encode() []byte { return n.append([]byte{format}) }

func (n *node) append(buf []byte) []byte {
	buf = append(buf, byte(n.op))
	if n.op == opAnd || n.op == opOr {
		buf = binary.AppendUvarint(buf, uint64(len(n.args)))
		for _, a := range n.args {
			buf = a.append(buf)
		}
		return buf
	}
	not := byte(0)
	if n.not {
		not = 1
	}
	buf = append(buf, not, byte(n.column))
	buf = binary.AppendUvarint(buf, uint64(len(n.path)))
	for _, key := range n.path {
		buf = appendText(buf, key)
	}
	switch n.op {
	case opText:
		buf = appendText(append(buf, byte(n.how)), n.value)
	case opInteger:
		buf = binary.BigEndian.AppendUint64(append(buf, byte(n.how)), uint64(n.number))
	case opPrefix, opContains, opKey:
		buf = appendText(buf, n.value)
	}
	return buf
}

func appendText(buf []byte, s string) []byte {
	return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
}

// Compile returns what an encoded predicate says of an event. It is a pure function of
// the bytes, and so is what it returns of the event. Bytes that are no predicate, or
// one of another format, are an error.
func Compile(encoded []byte) (func(*event.Event) bool, error) {
	n, err := decode(encoded)
	if err != nil {
		return nil, err
	}
	return n.compile(), nil
}
