package copydata

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/projsql/projsql/query/types"
)

// binarySignature begins COPY's binary format; flags and an extension length,
// both zero, follow.
const binarySignature = "PGCOPY\n\xff\r\n\x00"

// Out takes COPY data, message by message.
type Out interface {
	CopyOut(format int8, columns int) error
	CopyData(b []byte) error
	CopyDone() error
}

// Writer writes rows as COPY data, one message a row.
type Writer struct {
	columns []Column
	options *Options
	env     *types.Env
	out     Out
	buf     []byte
	value   []byte
	// head is the binary format's header until a message takes it along: as PostgreSQL sends
	// it in front of the first row or the end, clients take a message for a row.
	head []byte
}

// NewWriter returns a writer of rows of these columns.
func NewWriter(columns []Column, o *Options, env *types.Env, out Out) *Writer {
	return &Writer{columns: columns, options: o, env: env, out: out}
}

// Begin says what comes, and writes the header.
func (w *Writer) Begin() error {
	o, columns := w.options, w.columns
	if err := w.out.CopyOut(o.WireFormat(), len(columns)); err != nil {
		return err
	}
	if o.format == binaryFormat {
		w.head = []byte(binarySignature + "\x00\x00\x00\x00\x00\x00\x00\x00")
		return nil
	}
	if !o.header {
		return nil
	}
	for i, c := range columns {
		if i > 0 {
			w.buf = append(w.buf, o.delimiter)
		}
		w.buf = w.text(w.buf, c.Name, false)
	}
	return w.out.CopyData(append(w.buf, '\n'))
}

// Row writes one row.
func (w *Writer) Row(row []types.Datum) error {
	for i, c := range w.columns {
		if w.options.format != binaryFormat {
			break
		}
		if err := types.Sendable(c.Type.OID, row[i]); err != nil {
			return err
		}
	}
	w.buf = w.row(append(w.buf[:0], w.head...), row)
	w.head = nil
	return w.out.CopyData(w.buf)
}

// End ends the data.
func (w *Writer) End() error {
	if w.options.format == binaryFormat {
		if err := w.out.CopyData(append(w.head, 0xff, 0xff)); err != nil {
			return err
		}
	}
	return w.out.CopyDone()
}

func (w *Writer) row(buf []byte, row []types.Datum) []byte {
	o, columns := w.options, w.columns
	if o.format == binaryFormat {
		buf = binary.BigEndian.AppendUint16(buf, uint16(len(row)))
		for i, d := range row {
			buf = types.AppendField(buf, w.env, columns[i].Type.OID, types.BinaryFormat, d)
		}
		return buf
	}
	for i, d := range row {
		if i > 0 {
			buf = append(buf, o.delimiter)
		}
		if d.IsNull() {
			buf = append(buf, o.null...)
			continue
		}
		w.value = types.AppendText(w.env, w.value[:0], columns[i].Type.OID, d)
		forced := o.quoteAll || slices.Contains(o.forceQuote, columns[i].Name)
		buf = w.text(buf, string(w.value), forced || (o.format == csvFormat && len(row) == 1 && string(w.value) == `\.`))
	}
	return append(buf, '\n')
}

// text appends a value in the text or csv format.
func (w *Writer) text(buf []byte, v string, quoted bool) []byte {
	o := w.options
	if o.format == textFormat {
		return appendText(buf, v, o.delimiter)
	}
	special := string([]byte{o.delimiter, o.quote, '\n', '\r'})
	if !quoted && v != o.null && !bytes.ContainsAny([]byte(v), special) {
		return append(buf, v...)
	}
	buf = append(buf, o.quote)
	for i := range len(v) {
		if v[i] == o.quote || v[i] == o.escape {
			buf = append(buf, o.escape)
		}
		buf = append(buf, v[i])
	}
	return append(buf, o.quote)
}

// escapes are the letters of COPY's text format for control characters.
var escapes = map[byte]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v', '\\': '\\'}

func appendText(buf []byte, v string, delimiter byte) []byte {
	for i := range len(v) {
		c := v[i]
		if c > '\\' && c != delimiter {
			buf = append(buf, c)
			continue
		}
		if letter, ok := escapes[c]; ok {
			buf = append(buf, '\\', letter)
			continue
		}
		if c == delimiter {
			buf = append(buf, '\\')
		}
		buf = append(buf, c)
	}
	return buf
}
