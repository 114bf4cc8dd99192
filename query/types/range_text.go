package types

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// emptyWord is the text of a range without values.
const emptyWord = "empty"

// appendRange is range_out: [1,4), empty, ["a b",].
func appendRange(env *Env, buf []byte, r *Range) []byte {
	if r.Empty {
		return append(buf, emptyWord...)
	}
	opening, closing := byte('('), byte(')')
	if r.Lower.Inclusive {
		opening = '['
	}
	if r.Upper.Inclusive {
		closing = ']'
	}
	buf = appendBound(env, append(buf, opening), r.lower())
	buf = appendBound(env, append(buf, ','), r.upper())
	return append(buf, closing)
}

func appendBound(env *Env, buf []byte, e end) []byte {
	if e.Infinite() {
		return buf
	}
	at := len(buf)
	buf = AppendText(env, buf, e.subtype, e.Value)
	if text := buf[at:]; needsRecordQuotes(text) || bytes.ContainsAny(text, "[]") {
		buf = appendQuoted(buf[:at], string(text), `"`, `\`)
	}
	return buf
}

// rangeParser reads a range literal, as PostgreSQL's range_in.
type rangeParser struct {
	text, rest string
}

func (p *rangeParser) fail(detail string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed range literal: \"%s\"", p.text).WithDetail("%s", detail)
}

// takes takes one of two characters, and tells whether it was the first.
func (p *rangeParser) takes(first, second byte) (isFirst, ok bool) {
	if p.rest == "" || p.rest[0] != first && p.rest[0] != second {
		return false, false
	}
	isFirst = p.rest[0] == first
	p.rest = p.rest[1:]
	return isFirst, true
}

func parseRange(env *Env, t *TypeInfo, s string) (*Range, error) {
	p := &rangeParser{text: s, rest: strings.TrimLeft(s, spaces)}
	if n := len(emptyWord); len(p.rest) >= n && strings.EqualFold(p.rest[:n], emptyWord) {
		if strings.TrimLeft(p.rest[n:], spaces) != "" {
			return nil, p.fail("Junk after \"empty\" key word.")
		}
		return EmptyRange(t), nil
	}
	lower, upper, err := p.bounds()
	if err != nil {
		return nil, err
	}
	if err := lower.read(env, t); err != nil {
		return nil, err
	}
	if err := upper.read(env, t); err != nil {
		return nil, err
	}
	return NewRange(t, lower.Bound, upper.Bound)
}

// boundText is a bound before its type has read it.
type boundText struct {
	Bound
	text  string
	given bool
}

func (b *boundText) read(env *Env, t *TypeInfo) (err error) {
	if b.given {
		b.Value, err = Parse(env, Of(t.Subtype), b.text)
	}
	return err
}

func (p *rangeParser) bounds() (lower, upper boundText, err error) {
	inclusive, ok := p.takes('[', '(')
	if !ok {
		return lower, upper, p.fail("Missing left parenthesis or bracket.")
	}
	if lower, err = p.bound(); err != nil {
		return lower, upper, err
	}
	lower.Inclusive = inclusive
	if _, ok := p.takes(',', ','); !ok {
		return lower, upper, p.fail("Missing comma after lower bound.")
	}
	if upper, err = p.bound(); err != nil {
		return lower, upper, err
	}
	if upper.Inclusive, ok = p.takes(']', ')'); !ok {
		return lower, upper, p.fail("Too many commas.")
	}
	if strings.TrimLeft(p.rest, spaces) != "" {
		return lower, upper, p.fail("Junk after right parenthesis or bracket.")
	}
	return lower, upper, nil
}

// bound reads up to the comma, parenthesis or bracket behind a bound; none is there if
// that is at once.
func (p *rangeParser) bound() (boundText, error) {
	text, rest, ok := quotedUntil(p.rest, ",)]")
	if !ok {
		return boundText{}, p.fail("Unexpected end of input.")
	}
	given := len(rest) < len(p.rest)
	p.rest = rest
	return boundText{text: text, given: given}, nil
}

func appendRangeBinary(buf []byte, r *Range) []byte {
	buf = append(buf, r.flags())
	for _, b := range []Bound{r.Lower, r.Upper} {
		if !b.Infinite() {
			buf = appendSized(buf, r.Type.Subtype, b.Value)
		}
	}
	return buf
}

// rangeValue reads the wire's form of a range, which is all of the message.
func (r *wireReader) rangeValue(t *TypeInfo) (*Range, error) {
	flags := r.octet()
	if r.short {
		return EmptyRange(t), nil
	}
	lower, err := r.boundValue(t, flags&(rangeEmpty|rangeLowerInfinite) == 0)
	if err != nil {
		return nil, err
	}
	upper, err := r.boundValue(t, flags&(rangeEmpty|rangeUpperInfinite) == 0)
	switch {
	case err != nil || r.short:
		return EmptyRange(t), err
	case len(r.b) > 0:
		return nil, sqlstate.New(sqlstate.ProtocolViolation, "invalid message format")
	case flags&rangeEmpty != 0:
		return EmptyRange(t), nil
	}
	lower.Inclusive, upper.Inclusive = flags&rangeLowerInclusive != 0, flags&rangeUpperInclusive != 0
	return NewRange(t, lower, upper)
}

// boundValue reads a bound behind its length; what its type leaves of it is passed over.
func (r *wireReader) boundValue(t *TypeInfo, given bool) (b Bound, err error) {
	if !given {
		return b, nil
	}
	own := wireReader{b: r.take(int(r.int32()))}
	if r.short {
		return b, nil
	}
	b.Value, err = own.value(Of(t.Subtype))
	r.short = own.short
	return b, err
}

func (r *wireReader) multirange(t *TypeInfo) (Datum, error) {
	n := int64(uint32(r.int32()))
	var ranges []*Range
	for range n {
		own := wireReader{b: r.take(int(r.int32()))}
		if r.short {
			return Null, nil
		}
		made, err := own.rangeValue(Info(t.Range))
		if err != nil || own.short {
			r.short, r.empty = own.short, own.empty
			return Null, err
		}
		ranges = append(ranges, made)
	}
	if len(r.b) > 0 {
		return Null, sqlstate.New(sqlstate.ProtocolViolation, "invalid message format")
	}
	return Pointer(NewMultirange(t, ranges)), nil
}

func appendMultirangeBinary(buf []byte, m *Multirange) []byte {
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(m.Ranges)))
	for _, r := range m.Ranges {
		buf = appendSized(buf, r.Type.OID, Pointer(r))
	}
	return buf
}
