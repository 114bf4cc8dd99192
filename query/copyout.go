package query

import (
	"bytes"
	"context"
	"encoding/binary"
	"strconv"

	"github.com/projsql/projsql/query/types"
)

// binarySignature begins COPY's binary format; flags and an extension length,
// both zero, follow.
const binarySignature = "PGCOPY\n\xff\r\n\x00"

func (k *copyOutCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	rows, err := s.openQuery(ctx, x, k.query, queryOptions{})
	if err != nil {
		return result{}, err
	}
	defer rows.close()
	w := &copyWriter{session: s, command: k, out: x.out}
	n, err := w.all(ctx, rows)
	if err != nil {
		return result{}, err
	}
	return done("COPY " + strconv.Itoa(n))
}

// copyWriter writes rows as COPY data, one message a row.
type copyWriter struct {
	session *Session
	command *copyOutCommand
	out     Out
	buf     []byte
	value   []byte
}

func (w *copyWriter) all(ctx context.Context, rows *queryRows) (n int, err error) {
	batch, err := rows.next(ctx) // an error at the first row is told before COPY begins
	if err != nil {
		return 0, err
	}
	if err := w.begin(); err != nil {
		return 0, err
	}
	for len(batch) > 0 {
		for _, row := range batch {
			w.buf = w.row(w.buf[:0], row)
			if err := w.out.CopyData(w.buf); err != nil {
				return n, err
			}
			n++
		}
		if batch, err = rows.next(ctx); err != nil {
			return n, err
		}
	}
	return n, w.end()
}

func (w *copyWriter) begin() error {
	o, columns := w.command.options, w.command.query.Columns
	if err := w.out.CopyOut(o.wireFormat(), len(columns)); err != nil {
		return err
	}
	if o.format == copyBinary {
		return w.out.CopyData([]byte(binarySignature + "\x00\x00\x00\x00\x00\x00\x00\x00"))
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

func (w *copyWriter) end() error {
	if w.command.options.format == copyBinary {
		if err := w.out.CopyData([]byte{0xff, 0xff}); err != nil {
			return err
		}
	}
	return w.out.CopyDone()
}

func (w *copyWriter) row(buf []byte, row []types.Datum) []byte {
	o, columns := w.command.options, w.command.query.Columns
	if o.format == copyBinary {
		buf = binary.BigEndian.AppendUint16(buf, uint16(len(row)))
		for i, d := range row {
			buf = appendValue(buf, w.session.env, columns[i].Type.OID, binaryFormat, d)
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
		w.value = types.AppendText(w.session.env, w.value[:0], columns[i].Type.OID, d)
		forced := o.forceQuote["*"] || o.forceQuote[columns[i].Name]
		buf = w.text(buf, string(w.value), forced || (o.format == copyCSV && len(row) == 1 && string(w.value) == `\.`))
	}
	return append(buf, '\n')
}

// text appends a value in the text or csv format.
func (w *copyWriter) text(buf []byte, v string, quoted bool) []byte {
	o := w.command.options
	if o.format == copyText {
		return appendCopyText(buf, v, o.delimiter)
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

// copyEscapes are the letters of COPY's text format for control characters.
var copyEscapes = map[byte]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v', '\\': '\\'}

func appendCopyText(buf []byte, v string, delimiter byte) []byte {
	for i := range len(v) {
		c := v[i]
		if c > '\\' && c != delimiter {
			buf = append(buf, c)
			continue
		}
		if letter, ok := copyEscapes[c]; ok {
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
