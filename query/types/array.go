package types

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Limits of arrays, as in PostgreSQL.
const (
	ArrayDimsMax  = 6
	arrayItemsMax = 134217727
)

// ArrayMadeMax bounds the arrays that are made of a text or of a length, below PostgreSQL's own bound.
const ArrayMadeMax = 1 << 24

func errArrayTooLarge() error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", arrayItemsMax)
}

// appendArray is array_out.
func appendArray(env *Env, buf []byte, a *Array) []byte {
	if len(a.Items) == 0 {
		return append(buf, "{}"...)
	}
	if hasLowerBounds(a.Dims) {
		for _, d := range a.Dims {
			buf = append(strconv.AppendInt(append(buf, '['), int64(d.Lower), 10), ':')
			buf = append(strconv.AppendInt(buf, int64(d.Lower)+int64(d.Length)-1, 10), ']')
		}
		buf = append(buf, '=')
	}
	w := arrayWriter{env: env, buf: buf, a: a, delim: ','}
	if i := Info(a.Elem); i != nil {
		w.delim = i.Delim
	}
	w.level(0)
	return w.buf
}

func hasLowerBounds(dims []Dim) bool {
	for _, d := range dims {
		if d.Lower != 1 {
			return true
		}
	}
	return false
}

type arrayWriter struct {
	env   *Env
	buf   []byte
	a     *Array
	next  int
	delim byte
}

func (w *arrayWriter) level(dim int) {
	w.buf = append(w.buf, '{')
	for i := range int(w.a.Dims[dim].Length) {
		if i > 0 {
			w.buf = append(w.buf, w.delim)
		}
		if dim+1 < len(w.a.Dims) {
			w.level(dim + 1)
			continue
		}
		w.item(w.a.Items[w.next])
		w.next++
	}
	w.buf = append(w.buf, '}')
}

func (w *arrayWriter) item(d Datum) {
	if d.IsNull() {
		w.buf = append(w.buf, "NULL"...)
		return
	}
	at := len(w.buf)
	w.buf = AppendText(w.env, w.buf, w.a.Elem, d)
	if text := w.buf[at:]; needsArrayQuotes(text, w.delim) {
		w.buf = appendQuoted(w.buf[:at], string(text), `\`, `\`)
	}
}

func needsArrayQuotes(text []byte, delim byte) bool {
	if len(text) == 0 || len(text) == 4 && strings.EqualFold(string(text), "null") {
		return true
	}
	for _, b := range text {
		if b == '"' || b == '\\' || b == '{' || b == '}' || b == delim || isSpace(b) {
			return true
		}
	}
	return false
}

// appendQuoted writes s in double quotes, with the given escapes before a quote and
// a backslash.
func appendQuoted(buf []byte, s, quoteEscape, slashEscape string) []byte {
	buf = append(buf, '"')
	for i := range len(s) {
		switch s[i] {
		case '"':
			buf = append(buf, quoteEscape...)
		case '\\':
			buf = append(buf, slashEscape...)
		}
		buf = append(buf, s[i])
	}
	return append(buf, '"')
}

func appendArrayBinary(buf []byte, a *Array) []byte {
	be := binary.BigEndian
	nulls := uint32(0)
	if a.FlagsNulls() {
		nulls = 1
	}
	buf = be.AppendUint32(buf, uint32(len(a.Dims)))
	buf = be.AppendUint32(buf, nulls)
	buf = be.AppendUint32(buf, uint32(a.Elem))
	for _, d := range a.Dims {
		buf = be.AppendUint32(buf, uint32(d.Length))
		buf = be.AppendUint32(buf, uint32(d.Lower))
	}
	for _, item := range a.Items {
		buf = appendSized(buf, a.Elem, item)
	}
	return buf
}

func (r *wireReader) array(elem Type) (Datum, error) {
	dims := r.int32()
	switch {
	case dims < 0:
		return Null, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid number of dimensions: %d", dims)
	case dims > ArrayDimsMax:
		return Null, errTooManyDims(int(dims))
	}
	if flags := r.int32(); flags != 0 && flags != 1 {
		return Null, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid array flags")
	}
	switch oid := OID(r.int32()); {
	case r.short:
		return Null, nil
	case mistaken(oid, elem.OID):
		return Null, sqlstate.New(sqlstate.DatatypeMismatch, "binary data has array element type %d (%s) instead of expected %d (%s)", oid, sqlName(oid), elem.OID, sqlName(elem.OID))
	}
	a := &Array{Elem: elem.OID}
	count, err := r.dims(a, int(dims))
	if err != nil || count == 0 {
		return Pointer(&Array{Elem: elem.OID}), err
	}
	if count > len(r.b)/4 { // each item has at least a length
		r.short = true
		return Null, nil
	}
	a.Items = make([]Datum, count)
	for i := range a.Items {
		if a.Items[i], err = r.sized(elem); err != nil {
			return Null, errPart(err, "array element", i+1)
		}
	}
	return Pointer(a), nil
}

func (r *wireReader) dims(a *Array, n int) (items int, err error) {
	items = min(n, 1)
	for range n {
		d := Dim{Length: r.int32(), Lower: r.int32()}
		if d.Length < 0 || int64(items)*int64(d.Length) > ArrayMadeMax {
			return 0, errArrayTooLarge()
		}
		items *= int(d.Length)
		a.Dims = append(a.Dims, d)
	}
	return items, CheckBounds(a.Dims)
}

// CheckBounds refuses dimensions that end where no subscript is behind them: 54000.
func CheckBounds(dims []Dim) error {
	for _, d := range dims {
		if int64(d.Lower)+int64(d.Length) > math.MaxInt32 {
			return sqlstate.New(sqlstate.ProgramLimitExceeded, "array lower bound is too large: %d", d.Lower)
		}
	}
	return nil
}

func errTooManyDims(n int) error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", n, ArrayDimsMax)
}

func sqlName(t OID) string {
	if i := Info(t); i != nil {
		return i.SQLName
	}
	if t == 0 {
		return "-"
	}
	return "???"
}
