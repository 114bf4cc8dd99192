package wire

import (
	"encoding/binary"
	"strings"
	"sync"

	"github.com/jackc/pgproto3/v2"

	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	// An answer is written in pieces, so that the client reads while the rest is made: the
	// first of pieceBytesMin or more, each of the next twice that, up to flushBytes.
	pieceBytesMin = 8 << 10
	flushBytes    = 64 << 10
	// keptWriteBytes bounds the buffers that are kept for reuse.
	keptWriteBytes = 256 << 10
)

var writeBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// output gathers messages and writes them with one call per Sync, Flush or piece. It is
// the query.Out of the connection's session. A write error sticks: the client is gone.
type output struct {
	c    *conn
	buf  *[]byte // from writeBuffers; nil when empty
	due  int     // when the next piece is written; 0: pieceBytesMin
	err  error
	bare bool // Execute: RowDescription was the answer to Describe
	// gathers: a batch's answer may wait for those of the batches behind it.
	gathers bool
	sent    func() // release
}

var (
	_ query.Out       = (*output)(nil)
	_ query.LookAhead = (*output)(nil)
	_ query.BindAhead = (*output)(nil)
	_ query.Flusher   = (*output)(nil)
)

func (o *output) buffer() *[]byte {
	if o.buf == nil {
		o.buf = writeBuffers.Get().(*[]byte)
	}
	return o.buf
}

// send appends a message.
func (o *output) send(m pgproto3.BackendMessage) error {
	b := o.buffer()
	grown, err := m.Encode(*b)
	if err != nil {
		return err
	}
	*b = grown
	return o.spill()
}

// spill writes a piece once it has gathered.
func (o *output) spill() error {
	if len(*o.buf) < max(o.due, pieceBytesMin) {
		return o.err
	}
	o.due = min(2*max(o.due, pieceBytesMin), flushBytes)
	return o.write()
}

// write writes what has gathered and keeps the buffer.
func (o *output) write() error {
	if o.buf == nil || len(*o.buf) == 0 {
		return o.err
	}
	if o.err == nil {
		o.err = o.c.write(*o.buf)
	}
	*o.buf = (*o.buf)[:0]
	return o.err
}

// flush writes what has gathered and gives the buffer back.
func (o *output) flush() error {
	err := o.write()
	if o.buf != nil {
		o.release()
	}
	return err
}

// release gives back the buffer, whose bytes are sent.
func (o *output) release() {
	o.due = 0
	if cap(*o.buf) <= keptWriteBytes {
		*o.buf = (*o.buf)[:0]
		writeBuffers.Put(o.buf)
	}
	o.buf = nil
}

// shift forgets all but the rest of the buffer's bytes.
func (o *output) shift(rest []byte) { *o.buf = (*o.buf)[:copy(*o.buf, rest)] }

// Flush implements query.Flusher.
func (o *output) Flush() error { return o.write() }

// Fields begins a result set.
func (o *output) Fields(fields []query.Field) error {
	if o.bare {
		return o.err
	}
	return o.rowDescription(fields)
}

func (o *output) rowDescription(fields []query.Field) error {
	b := o.buffer()
	*b = appendRowDescription(*b, fields)
	return o.spill()
}

func appendRowDescription(b []byte, fields []query.Field) []byte {
	start := len(b)
	b = append(b, 'T', 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(len(fields)))
	for i := range fields {
		f := &fields[i]
		b = append(b, f.Name...)
		b = append(b, 0)
		b = binary.BigEndian.AppendUint32(b, f.TableOID)
		b = binary.BigEndian.AppendUint16(b, f.ColumnNumber)
		b = binary.BigEndian.AppendUint32(b, f.TypeOID)
		b = binary.BigEndian.AppendUint16(b, uint16(f.TypeBytes))
		b = binary.BigEndian.AppendUint32(b, uint32(f.TypeMod))
		b = binary.BigEndian.AppendUint16(b, uint16(f.Format))
	}
	binary.BigEndian.PutUint32(b[start+1:], uint32(len(b)-start-1))
	return b
}

// Row appends a DataRow.
func (o *output) Row(frame []byte) error {
	b := o.buffer()
	*b = append(*b, frame...)
	return o.spill()
}

// Complete ends a statement.
func (o *output) Complete(tag string) error {
	b := o.buffer()
	*b = append(*b, 'C')
	*b = binary.BigEndian.AppendUint32(*b, uint32(len(tag)+5))
	*b = append(*b, tag...)
	*b = append(*b, 0)
	o.due = 0 // the next answer of a pipeline begins with a small piece, too
	return o.spill()
}

// Empty answers a query string without a statement.
func (o *output) Empty() error { return o.bodiless('I') }

// Suspended says that the row limit was reached.
func (o *output) Suspended() error { return o.bodiless('s') }

// CopyDone ends COPY TO STDOUT.
func (o *output) CopyDone() error { return o.bodiless('c') }

func (o *output) bodiless(kind byte) error {
	b := o.buffer()
	*b = append(*b, kind, 0, 0, 0, 4)
	return o.spill()
}

// functionResult answers FunctionCall.
func (o *output) functionResult(result []byte) error {
	b := o.buffer()
	*b = append(*b, 'V')
	*b = binary.BigEndian.AppendUint32(*b, uint32(4+4+len(result)))
	*b = binary.BigEndian.AppendUint32(*b, uint32(len(result)))
	*b = append(*b, result...)
	return o.spill()
}

func (o *output) readyForQuery(status byte) error {
	b := o.buffer()
	*b = append(*b, 'Z', 0, 0, 0, 5, status)
	if o.c.notifier != nil || !o.gathers && o.c.in.complete() {
		return o.flush()
	}
	return o.spill() // the connection sends it when it receives
}

// Notice tells a warning or notice.
func (o *output) Notice(severity string, n *sqlstate.Error) error {
	m := pgproto3.NoticeResponse(response(severity, n))
	return o.send(&m)
}

func (o *output) fail(severity string, e *sqlstate.Error) error {
	m := response(severity, e)
	return o.send(&m)
}

// response spells an error as ErrorResponse and NoticeResponse have it.
func response(severity string, e *sqlstate.Error) pgproto3.ErrorResponse {
	return pgproto3.ErrorResponse{
		Severity:            severity,
		SeverityUnlocalized: severity,
		Code:                string(e.Code),
		Message:             field0(e.Message),
		Detail:              field0(e.Detail),
		Hint:                field0(e.Hint),
		Position:            int32(e.Position),
		InternalPosition:    int32(e.QueryPosition),
		InternalQuery:       field0(e.Query),
		Where:               field0(e.Where),
		SchemaName:          field0(e.Schema),
		TableName:           field0(e.Table),
		ColumnName:          field0(e.Column),
		DataTypeName:        field0(e.DataType),
		ConstraintName:      field0(e.Constraint),
	}
}

// field0 removes the byte that ends a field.
func field0(s string) string {
	if strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\x00", "")
}

// Parameter tells that a reported setting changed.
func (o *output) Parameter(name, value string) error {
	b := o.buffer()
	*b = append(*b, 'S')
	*b = binary.BigEndian.AppendUint32(*b, uint32(4+len(name)+1+len(value)+1))
	*b = append(append(*b, name...), 0)
	*b = append(append(*b, value...), 0)
	return o.spill()
}

// CopyIn asks for COPY data.
func (o *output) CopyIn(format int8, columns int) (query.CopyReader, error) {
	if err := o.send(&pgproto3.CopyInResponse{OverallFormat: byte(format), ColumnFormatCodes: copyFormats(format, columns)}); err != nil {
		return nil, err
	}
	if err := o.write(); err != nil {
		return nil, err
	}
	return o.c.beginCopy(), nil
}

// CopyOut begins COPY TO STDOUT.
func (o *output) CopyOut(format int8, columns int) error {
	return o.send(&pgproto3.CopyOutResponse{OverallFormat: byte(format), ColumnFormatCodes: copyFormats(format, columns)})
}

func copyFormats(format int8, columns int) []uint16 {
	codes := make([]uint16, columns)
	for i := range codes {
		codes[i] = uint16(format)
	}
	return codes
}

// CopyData sends a chunk of COPY TO STDOUT.
func (o *output) CopyData(chunk []byte) error {
	b := o.buffer()
	*b = append(*b, 'd')
	*b = binary.BigEndian.AppendUint32(*b, uint32(len(chunk)+4))
	*b = append(*b, chunk...)
	return o.spill()
}

// BindsAhead implements query.BindAhead. It does not look behind messages that may change what
// those after them mean.
func (o *output) BindsAhead(each func(statement string, formats []int16, values [][]byte) bool) {
	c := o.c
	for kind, body := range c.in.ahead() {
		switch kind {
		case 'B':
			if m, err := c.decoder.decodeBind(body); err != nil || !each(m.PreparedStatement, m.ParameterFormatCodes, m.Parameters) {
				return
			}
		case 'D', 'E', 'S', 'H':
		default:
			return
		}
	}
}

// SyncNext reports that a Sync has arrived behind the message being served.
func (o *output) SyncNext() bool { return o.c.in.waiting('S') }
