package types

import (
	"encoding/binary"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Widen returns a value of a composite type, or of an array of it, with all the columns that
// the type has by now: those that came since are NULL.
func Widen(t OID, d Datum) Datum {
	switch v := d.ref.(type) {
	case *Record:
		all := NewRecord(Info(t))
		copy(all.Fields, v.Fields)
		return Pointer(all)
	case *Array:
		made := *v
		made.Items = make([]Datum, len(v.Items))
		for i, item := range v.Items {
			made.Items[i] = Widen(v.Elem, item)
		}
		return Pointer(&made)
	}
	return d
}

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

// recordParser reads a record literal, as PostgreSQL's record_in.
type recordParser struct {
	text, rest string
}

func (p *recordParser) fail(detail string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed record literal: \"%s\"", p.text).WithDetail("%s", detail)
}

func parseRecord(env *Env, t *TypeInfo, s string) (Datum, error) {
	p := &recordParser{text: s, rest: strings.TrimLeft(s, " \t\n\r\v\f")}
	if !strings.HasPrefix(p.rest, "(") {
		return Null, p.fail("Missing left parenthesis.")
	}
	p.rest = p.rest[1:]
	r := NewRecord(t)
	for i, a := range t.Attributes {
		if i > 0 {
			if !strings.HasPrefix(p.rest, ",") {
				return Null, p.fail("Too few columns.")
			}
			p.rest = p.rest[1:]
		}
		if p.rest != "" && (p.rest[0] == ',' || p.rest[0] == ')') {
			continue
		}
		text, err := p.field()
		if err != nil {
			return Null, err
		}
		if r.Fields[i], err = Parse(env, a.Type, text); err != nil {
			return Null, err
		}
	}
	if !strings.HasPrefix(p.rest, ")") {
		return Null, p.fail("Too many columns.")
	}
	if strings.TrimLeft(p.rest[1:], " \t\n\r\v\f") != "" {
		return Null, p.fail("Junk after right parenthesis.")
	}
	return Pointer(r), nil
}

// field reads up to the comma or parenthesis behind a field.
func (p *recordParser) field() (string, error) {
	text, rest, ok := quotedUntil(p.rest, ",)")
	if !ok {
		return "", p.fail("Unexpected end of input.")
	}
	p.rest = rest
	return text, nil
}

// quotedUntil reads up to the first of the ends that is not in quotes. Two quotes within
// quotes are one, and whatever follows a backslash is itself. ok is false if there is none.
func quotedUntil(s, ends string) (text, rest string, ok bool) {
	var made []byte
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case !quoted && strings.IndexByte(ends, c) >= 0:
			return string(made), s[i:], true
		case c == '\\' && i+1 < len(s):
			i++
			made = append(made, s[i])
		case c == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			i++
			made = append(made, c)
		case c == '"':
			quoted = !quoted
		case c != '\\':
			made = append(made, c)
		}
	}
	return "", s, false
}

// NewRecord returns a record of a composite type whose fields are all NULL, to be filled.
func NewRecord(t *TypeInfo) *Record {
	r := &Record{Fields: make([]Datum, len(t.Attributes))}
	for _, a := range t.Attributes {
		r.Names, r.Types = append(r.Names, a.Name), append(r.Types, a.Type.OID)
	}
	return r
}

// composite reads the wire's form of a value of a composite type.
func (r *wireReader) composite(t *TypeInfo) (Datum, error) {
	n := int(r.int32())
	if n != len(t.Attributes) {
		return Null, sqlstate.New(sqlstate.DatatypeMismatch, "wrong number of columns: %d, expected %d", n, len(t.Attributes))
	}
	rec := NewRecord(t)
	for i, a := range t.Attributes {
		oid := OID(r.int32())
		if r.short {
			return Null, nil
		}
		if mistaken(oid, a.Type.OID) {
			return Null, sqlstate.New(sqlstate.DatatypeMismatch, "binary data has type %d (%s) instead of expected %d (%s) in record column %d",
				oid, sqlName(oid), a.Type.OID, sqlName(a.Type.OID), i+1)
		}
		var err error
		if rec.Fields[i], err = r.sized(a.Type); err != nil {
			return Null, errPart(err, "record column", i+1)
		}
	}
	return Pointer(rec), nil
}

func appendRecordBinary(buf []byte, r *Record) []byte {
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(r.Fields)))
	for i, f := range r.Fields {
		buf = binary.BigEndian.AppendUint32(buf, uint32(r.Types[i]))
		buf = appendSized(buf, r.Types[i], f)
	}
	return buf
}

// firstGiven is where the OIDs begin that PostgreSQL gives types that are not its own.
const firstGiven = 10_000

// mistaken reports whether a value of another type than the one that is wanted was sent. The OIDs of
// types that are defined differ from one database to the next, so that they do not tell.
func mistaken(sent, want OID) bool { return sent != want && sent < firstGiven && want < firstGiven }
