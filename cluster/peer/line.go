package peer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/wire/sqlstate"
)

// line is a connection that is past its startup. One statement at a time uses it.
type line struct {
	conn     net.Conn
	in       *bufio.Reader
	out      []byte // what is written next, kept for its memory
	addr     string
	settings string
	wide     bool // for many rows

	byStatement bool      // the other side knows no FunctionCall
	bound       time.Time // deadline for what is read; zero: none

	prepared map[string]string // SQL → name
	named    int               // statements that were ever given a name
	asked    int               // statements that were answered
	heard    bool              // the other side has begun to answer the last statement
	broken   bool
}

const (
	readBytes   = 8 << 10
	wideBytes   = 64 << 10
	frameMax    = 64 << 20
	preparedMax = 512 // then the connection is given up, and with it what is prepared there
	headerBytes = 5
	dataRow     = 'D'
)

func newLine(conn net.Conn, addr, settings string, wide bool) *line {
	size := readBytes
	if wide {
		size = wideBytes
	}
	return &line{conn: conn, in: bufio.NewReaderSize(conn, size), addr: addr, settings: settings, wide: wide, prepared: map[string]string{}}
}

func (l *line) usable() bool { return !l.broken && l.named < preparedMax }

// ask sends a statement and takes its answer, unless ctx ends before. An error that is no
// *sqlstate.Error leaves the line broken.
func (l *line) ask(ctx context.Context, s *hop.Statement) (hop.Answer, error) {
	l.heard, l.broken = false, true
	stop := context.AfterFunc(ctx, l.interrupt)
	defer stop()
	if err := l.send(s); err != nil {
		return hop.Answer{}, err
	}
	r, err := l.receive()
	if err != nil {
		return hop.Answer{}, err
	}
	l.broken = !stop()
	l.asked++
	if r.refused != nil {
		delete(l.prepared, s.SQL) // what it was prepared for may be gone
		return hop.Answer{}, r.refused
	}
	return r.answer, nil
}

func (l *line) send(s *hop.Statement) (err error) {
	if l.out, err = l.encode(l.out[:0], s); err != nil {
		return err
	}
	return l.write()
}

// write sends what is in out.
func (l *line) write() error {
	n, err := l.conn.Write(l.out)
	if err != nil && n == 0 {
		err = fmt.Errorf("%w: %w", cluster.ErrNotSent, err)
	}
	return err
}

// encode writes behind b what has the other side answer a statement.
func (l *line) encode(b []byte, s *hop.Statement) (_ []byte, err error) {
	name, known := l.prepared[s.SQL]
	if !known {
		l.named++
		name = "r" + strconv.Itoa(l.named)
		l.prepared[s.SQL] = name
		if b, err = (&pgproto3.Parse{Name: name, Query: s.SQL, ParameterOIDs: s.Params}).Encode(b); err != nil {
			return b, err
		}
	}
	bind := pgproto3.Bind{PreparedStatement: name, ParameterFormatCodes: binaryFormat, Parameters: s.Values, ResultFormatCodes: s.Formats}
	if b, err = bind.Encode(b); err != nil {
		return b, err
	}
	b = append(b, "E\x00\x00\x00\x09\x00\x00\x00\x00\x00"...) // Execute the unnamed portal, all rows
	return append(b, "S\x00\x00\x00\x04"...), nil             // Sync
}

// call sends a request between nodes.
func (l *line) call(request []byte) error {
	if l.byStatement {
		return l.send(&hop.Statement{SQL: statement, Params: byteaParams, Values: [][]byte{request}, Formats: binaryFormat})
	}
	l.out = appendCall(l.out[:0], request)
	return l.write()
}

// appendCall writes a FunctionCall with one argument and a result, both in binary.
func appendCall(b, argument []byte) []byte {
	const around = 4 + 4 + 3*2 + 4 + 2
	b = binary.BigEndian.AppendUint32(append(b, 'F'), uint32(around+len(argument)))
	b = binary.BigEndian.AppendUint32(b, hop.CallOID)
	b = append(b, 0, 1, 0, 1, 0, 1) // one format, binary; one argument
	b = binary.BigEndian.AppendUint32(b, uint32(len(argument)))
	return append(append(b, argument...), 0, 1)
}

// result takes the answer to a request between nodes.
func (l *line) result() ([]byte, error) {
	a, err := l.receive()
	if err == nil {
		err = a.refused
	}
	if err != nil {
		return nil, err
	}
	if l.byStatement {
		return a.answer.Value()
	}
	return a.result, nil
}

// interrupt ends what waits for the connection.
func (l *line) interrupt() { _ = l.conn.SetDeadline(past) } // an error means that it is closed

// bind has who reads wait until a moment at least, and not much longer. To set a deadline mostly
// wakes a processor, also to set a later one, which costs more than a call: that of the calls
// before is good enough if it comes later.
func (l *line) bind(moment time.Time) error {
	if !l.bound.Before(moment) {
		return nil
	}
	const slack = 8 * time.Millisecond
	l.bound = moment.Add(slack)
	return l.conn.SetReadDeadline(l.bound)
}

// unbind has who reads wait for as long as it takes.
func (l *line) unbind() {
	if !l.bound.IsZero() {
		l.bound = time.Time{}
		_ = l.conn.SetReadDeadline(l.bound) // an error means that it is closed
	}
}

// reply is an answer as far as it has come. refused is what the session says against the
// statement.
type reply struct {
	answer   hop.Answer
	result   []byte // of a FunctionCall
	refused  error
	complete bool
}

var end = []byte{0} // of a text

// take takes a message that is no row; over says that it was the last.
func (r *reply) take(kind byte, body []byte) (over bool, err error) {
	switch kind {
	case 'C':
		r.complete = true
	case 'V':
		r.complete = true
		r.result, err = resultOf(body)
	case 'S':
		name, value, _ := bytes.Cut(bytes.TrimSuffix(body, end), end)
		switch string(name) {
		case hop.ProofParameter:
			r.answer.Proof = string(value)
		case hop.CutParameter:
			r.answer.Cut = string(value)
		}
	case 'E':
		r.refused, err = errorOf(body)
	case 'Z':
		over = true
		if !r.complete && r.refused == nil {
			err = errors.New("peer: the answer is not whole")
		}
	}
	return over, err
}

// receive reads up to ReadyForQuery.
func (l *line) receive() (r reply, err error) {
	for over := false; !over; {
		kind, length, err := l.header()
		if err != nil {
			return r, err
		}
		if kind == dataRow {
			if r.answer.Row, err = l.frame(r.answer.Row, 1+length); err != nil {
				return r, err
			}
			continue
		}
		_, _ = l.in.Discard(headerBytes) // it was peeked at
		body, err := l.body(length - 4)
		if err != nil {
			return r, err
		}
		if over, err = r.take(kind, body); err != nil {
			return r, err
		}
	}
	return r, nil
}

// header looks at the next message: its type, and its length without that.
func (l *line) header() (kind byte, length int, err error) {
	header, err := l.in.Peek(headerBytes)
	if err != nil {
		return 0, 0, err
	}
	l.heard = true
	kind, length = header[0], int(binary.BigEndian.Uint32(header[1:]))
	if length < 4 || length > frameMax {
		return 0, 0, fmt.Errorf("peer: a message of %d bytes", length)
	}
	return kind, length, nil
}

// arrived reports whether the next message has arrived whole, and its type.
func (l *line) arrived() (kind byte, whole bool) {
	if l.in.Buffered() < headerBytes {
		return 0, false
	}
	kind, length, err := l.header()
	return kind, err == nil && l.in.Buffered() > length
}

// rowArrived reports whether the next message is a row that has arrived whole.
func (l *line) rowArrived() bool {
	kind, whole := l.arrived()
	return whole && kind == dataRow
}

// frame reads a whole message of n bytes into b's memory.
func (l *line) frame(b []byte, n int) ([]byte, error) {
	if cap(b) < n {
		b = make([]byte, n)
	}
	b = b[:n]
	_, err := io.ReadFull(l.in, b)
	return b, err
}

// body reads n bytes, valid until the next read.
func (l *line) body(n int) ([]byte, error) {
	if n > readBytes {
		return l.frame(nil, n)
	}
	b, err := l.in.Peek(n)
	if err == nil {
		_, _ = l.in.Discard(n) // it was peeked at
	}
	return b, err
}

// resultOf is the value of a FunctionCallResponse.
func resultOf(body []byte) ([]byte, error) {
	const header = 4
	if len(body) < header || uint64(binary.BigEndian.Uint32(body)) != uint64(len(body)-header) {
		return nil, errors.New("peer: malformed result")
	}
	return append([]byte{}, body[header:]...), nil
}

// errorOf is the error of an ErrorResponse.
func errorOf(body []byte) (refused, err error) {
	var m pgproto3.ErrorResponse
	if err := m.Decode(body); err != nil {
		return nil, err
	}
	e := sqlstate.New(sqlstate.Code(m.Code), "%s", m.Message)
	e.Detail, e.Hint = m.Detail, m.Hint
	return e, nil
}
