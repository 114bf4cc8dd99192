package hop

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// Rows are the rows of a statement as another node sends them. They are used by one
// goroutine.
type Rows interface {
	// Next returns the next rows, at least one: whole DataRow messages, one behind the other,
	// valid until the next call. io.EOF alone says that they are all there were.
	Next() ([]byte, error)
	// Progress is what the other node has read so far.
	Progress() Progress
	// Proof is what AppendProof wrote of the last state that was read; "": there was none.
	Proof() string
	// Close ends the statement, wherever it is.
	Close()
}

// ProgressParameter is the name of the ParameterStatus in which a node that scans says how
// far it is: now and then, and at the end.
const ProgressParameter = "projsql.progress"

// Progress is how far a scan is.
type Progress struct {
	States int64 // that were read
	Folded int64 // events, for these
}

// String writes it for another node.
func (p Progress) String() string {
	return strconv.FormatInt(p.States, 10) + " " + strconv.FormatInt(p.Folded, 10)
}

// ParseProgress reads what String wrote.
func ParseProgress(text string) (p Progress, ok bool) {
	states, folded, _ := strings.Cut(text, " ")
	var err, errToo error
	p.States, err = strconv.ParseInt(states, 10, 64)
	p.Folded, errToo = strconv.ParseInt(folded, 10, 64)
	return p, err == nil && errToo == nil && p.States >= 0 && p.Folded >= 0
}

// CutRow takes the first of several DataRow messages apart: its values, nil for NULL, which
// share the message's memory, and what follows it.
func CutRow(b []byte, into [][]byte) (values [][]byte, rest []byte, err error) {
	const header = 1 + 4
	if len(b) < header+2 || b[0] != 'D' {
		return nil, nil, errRow
	}
	length := int(binary.BigEndian.Uint32(b[1:])) + 1
	if length < header+2 || length > len(b) {
		return nil, nil, errRow
	}
	body, rest := b[header+2:length], b[length:]
	values = into[:0]
	for range binary.BigEndian.Uint16(b[header:]) {
		if len(body) < 4 {
			return nil, nil, errRow
		}
		n := int(int32(binary.BigEndian.Uint32(body)))
		body = body[4:]
		if n < 0 {
			values = append(values, nil)
			continue
		}
		if n > len(body) {
			return nil, nil, errRow
		}
		values, body = append(values, body[:n:n]), body[n:]
	}
	if len(body) > 0 {
		return nil, nil, errRow
	}
	return values, rest, nil
}
