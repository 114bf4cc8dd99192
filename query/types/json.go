package types

import (
	"math"
	"strings"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// ToJSON returns to_json's text of a value; NULL is null. Errors: 54000 (it is too long).
func ToJSON(env *Env, t OID, d Datum) (string, error) {
	if quotedWithin(t, d, jsonBytesMax) < 0 {
		return "", sqlstate.New(sqlstate.ProgramLimitExceeded, "requested length too large")
	}
	return string(appendJSON(env, nil, t, d)), nil
}

// jsonBytesMax bounds what the strings of a value may take in JSON: of a control character it makes six.
const jsonBytesMax = 1 << 28

// quotedWithin is what of so many bytes the texts of a value leave in JSON, less than 0 if they are too long.
func quotedWithin(t OID, d Datum, left int) int {
	switch v := d.ref.(type) {
	case *Array:
		for i := 0; i < len(v.Items) && left >= 0; i++ {
			left = quotedWithin(v.Elem, v.Items[i], left)
		}
	case *Record:
		for i := 0; i < len(v.Fields) && left >= 0; i++ {
			left = quotedWithin(v.Types[i], v.Fields[i], left)
		}
	case stringData:
		switch BaseOf(t) {
		case TextOID, VarcharOID, BpcharOID:
			left -= jsonb.QuotedLen(d.Str())
		}
	}
	return left
}

// ToJSONLines is ToJSON with a line for each element of an array, or field of a
// record.
func ToJSONLines(env *Env, t OID, d Datum) string {
	var parts []string
	open, closing := "[", "]"
	switch v := d.ref.(type) {
	case *Array:
		if len(v.Items) > 0 {
			next := 0
			for range v.Dims[0].Length {
				if len(v.Dims) > 1 {
					parts = append(parts, string(appendJSONArray(env, nil, v, 1, &next)))
					continue
				}
				parts = append(parts, string(appendJSON(env, nil, v.Elem, v.Items[next])))
				next++
			}
		}
	case *Record:
		open, closing = "{", "}"
		for i, f := range v.Fields {
			key := append(jsonb.AppendQuoted(nil, v.name(i)), ':')
			parts = append(parts, string(appendJSON(env, key, v.Types[i], f)))
		}
	default:
		return string(appendJSON(env, nil, t, d))
	}
	return open + strings.Join(parts, ",\n ") + closing
}

func appendJSON(env *Env, buf []byte, t OID, d Datum) []byte {
	t = BaseOf(t)
	switch v := d.ref.(type) {
	case nil:
		return append(buf, "null"...)
	case *Array:
		next := 0
		return appendJSONArray(env, buf, v, 0, &next)
	case *Record:
		return appendJSONRecord(env, buf, v)
	}
	switch t {
	case JSONOID, JSONBOID:
		return AppendText(env, buf, t, d)
	case BoolOID:
		if d.Bool() {
			return append(buf, "true"...)
		}
		return append(buf, "false"...)
	}
	if jsonNumber(t, d) {
		return AppendText(env, buf, t, d)
	}
	return jsonb.AppendQuoted(buf, jsonText(env, t, d))
}

// jsonNumber reports whether JSON shows the value as a number.
func jsonNumber(t OID, d Datum) bool {
	switch t {
	case Int2OID, Int4OID, Int8OID:
		return true
	case Float4OID, Float8OID:
		return !math.IsNaN(d.Float()) && !math.IsInf(d.Float(), 0)
	case NumericOID:
		return !NumericIsNaN(d) && NumericIsInf(d) == 0
	}
	return false
}

// jsonText is the value's text, dates and timestamps as XML Schema writes them.
func jsonText(env *Env, t OID, d Datum) string {
	if env == nil {
		env = defaultEnv
	}
	switch t {
	case DateOID, TimestampOID, TimestamptzOID:
	default:
		return Text(env, t, d)
	}
	iso := *env
	iso.Date = DateISO
	b := AppendText(&iso, nil, t, d)
	for i, c := range b {
		if c == ' ' { // the first is between date and time, or before BC
			if t != DateOID && i+1 < len(b) && isDigit(b[i+1]) {
				b[i] = 'T'
			}
			break
		}
	}
	if t == TimestamptzOID && FiniteTime(d.Int()) {
		b = fullOffset(b)
	}
	return string(b)
}

// fullOffset makes +02 the +02:00 that XML Schema wants.
func fullOffset(b []byte) []byte {
	end := len(b)
	if end > 3 && string(b[end-3:]) == " BC" {
		end -= 3
	}
	if end < 3 || b[end-3] != '+' && b[end-3] != '-' {
		return b
	}
	return append(append(append([]byte{}, b[:end]...), ":00"...), b[end:]...)
}

func appendJSONArray(env *Env, buf []byte, a *Array, dim int, next *int) []byte {
	buf = append(buf, '[')
	if len(a.Items) > 0 {
		for i := range int(a.Dims[dim].Length) {
			if i > 0 {
				buf = append(buf, ',')
			}
			if dim+1 < len(a.Dims) {
				buf = appendJSONArray(env, buf, a, dim+1, next)
				continue
			}
			buf = appendJSON(env, buf, a.Elem, a.Items[*next])
			*next++
		}
	}
	return append(buf, ']')
}

func appendJSONRecord(env *Env, buf []byte, r *Record) []byte {
	buf = append(buf, '{')
	for i, f := range r.Fields {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(jsonb.AppendQuoted(buf, r.name(i)), ':')
		buf = appendJSON(env, buf, r.Types[i], f)
	}
	return append(buf, '}')
}

func (r *Record) name(i int) string {
	if i < len(r.Names) {
		return r.Names[i]
	}
	return "f" + Text(nil, Int4OID, Int(int64(i+1)))
}

// ToJSONB returns to_jsonb's encoding of a value (package jsonb); NULL is null.
// Errors: 22P02 for a json value that does not parse, 54000.
func ToJSONB(env *Env, t OID, d Datum) (Datum, error) {
	if t == JSONBOID && !d.IsNull() {
		return d, nil
	}
	var b jsonb.Builder
	if err := buildJSONB(env, &b, t, d); err != nil {
		return Null, err
	}
	doc, err := b.Doc()
	return String(doc), err
}

func buildJSONB(env *Env, b *jsonb.Builder, t OID, d Datum) error {
	t = BaseOf(t)
	switch v := d.ref.(type) {
	case nil:
		b.Null()
		return nil
	case *Array:
		next := 0
		return buildJSONBArray(env, b, v, 0, &next)
	case *Record:
		return buildJSONBRecord(env, b, v)
	}
	switch {
	case t == JSONBOID:
		b.Value(jsonb.Root(d.Str()))
	case t == BoolOID:
		b.Bool(d.Bool())
	case t == JSONOID || (t == Float4OID || t == Float8OID) && jsonNumber(t, d):
		doc, err := jsonb.Parse(Text(env, t, d))
		if err != nil {
			return err
		}
		b.Value(jsonb.Root(doc))
	case jsonNumber(t, d):
		b.Number(Text(env, t, d))
	default:
		b.String(jsonText(env, t, d))
	}
	return nil
}

func buildJSONBArray(env *Env, b *jsonb.Builder, a *Array, dim int, next *int) error {
	b.BeginArray()
	defer b.End()
	if len(a.Items) == 0 {
		return nil
	}
	for range a.Dims[dim].Length {
		if dim+1 < len(a.Dims) {
			if err := buildJSONBArray(env, b, a, dim+1, next); err != nil {
				return err
			}
			continue
		}
		if err := buildJSONB(env, b, a.Elem, a.Items[*next]); err != nil {
			return err
		}
		*next++
	}
	return nil
}

func buildJSONBRecord(env *Env, b *jsonb.Builder, r *Record) error {
	b.BeginObject()
	defer b.End()
	for i, f := range r.Fields {
		b.Key(r.name(i))
		if err := buildJSONB(env, b, r.Types[i], f); err != nil {
			return err
		}
	}
	return nil
}
