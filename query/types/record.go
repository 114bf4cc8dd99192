package types

import (
	"encoding/binary"

	"github.com/projsql/projsql/wire/sqlstate"
)

// appendRecord is record_out: (a,"b c",).
func appendRecord(env *Env, buf []byte, r *Record) []byte {
	buf = append(buf, '(')
	for i, f := range r.Fields {
		if i > 0 {
			buf = append(buf, ',')
		}
		if f.IsNull() {
			continue
		}
		at := len(buf)
		buf = AppendText(env, buf, r.Types[i], f)
		if text := buf[at:]; needsRecordQuotes(text) {
			buf = appendQuoted(buf[:at], string(text), `"`, `\`)
		}
	}
	return append(buf, ')')
}

func needsRecordQuotes(text []byte) bool {
	for _, b := range text {
		if b == '"' || b == '\\' || b == '(' || b == ')' || b == ',' || isSpace(b) {
			return true
		}
	}
	return len(text) == 0
}

func appendRecordBinary(buf []byte, r *Record) []byte {
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(r.Fields)))
	for i, f := range r.Fields {
		buf = binary.BigEndian.AppendUint32(buf, uint32(r.Types[i]))
		buf = appendSized(buf, r.Types[i], f)
	}
	return buf
}

const recordFieldsMax = 1664

func (r *wireReader) record() (Datum, error) {
	n := r.int32()
	if n < 0 || n > recordFieldsMax {
		return Null, sqlstate.New(sqlstate.DatatypeMismatch, "wrong number of columns: %d", n)
	}
	rec := &Record{}
	for range n {
		t := OID(r.int32())
		if r.short {
			return Null, nil
		}
		f, err := r.sized(Of(t))
		if err != nil {
			return Null, err
		}
		rec.Types, rec.Fields = append(rec.Types, t), append(rec.Fields, f)
	}
	return Pointer(rec), nil
}
