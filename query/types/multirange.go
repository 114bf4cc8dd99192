package types

import (
	"slices"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Multirange is a value of a multirange type, Pointer(*Multirange), immutable.
type Multirange struct {
	Type   *TypeInfo
	Ranges Spans
}

// Multirange returns the multirange. d must be one.
func (d Datum) Multirange() *Multirange { return d.ref.(*Multirange) }

// NewMultirange returns what is in one of the ranges, whose slice it takes.
func NewMultirange(t *TypeInfo, ranges []*Range) *Multirange {
	slices.SortStableFunc(ranges, compareRanges)
	merged := ranges[:0]
	for _, r := range ranges {
		last := len(merged) - 1
		switch {
		case r.Empty:
		case last >= 0 && (!merged[last].before(r) || merged[last].adjacent(r)):
			merged[last] = merged[last].Merge(r)
		default:
			merged = append(merged, r)
		}
	}
	return &Multirange{Type: t, Ranges: merged}
}

// Hull returns the least range with all of m.
func (m *Multirange) Hull() *Range {
	if len(m.Ranges) == 0 {
		return EmptyRange(Info(m.Type.Range))
	}
	first, last := m.Ranges[0], m.Ranges[len(m.Ranges)-1]
	if first == last {
		return first
	}
	return first.within(first.Lower, last.Upper)
}

// Minus returns what is in m and not in o.
func (m *Multirange) Minus(o *Multirange) *Multirange {
	var kept []*Range
	others := o.Ranges
	for _, rest := range m.Ranges {
		others = others.from(rest)
		for _, taken := range others {
			if !rest.overlaps(taken) {
				break
			}
			below, above := rest.without(taken)
			if above == nil {
				rest = below
				continue
			}
			if below != nil {
				kept = append(kept, below)
			}
			rest = above
		}
		kept = append(kept, rest)
	}
	return NewMultirange(m.Type, kept)
}

// Intersect returns what is in both.
func (m *Multirange) Intersect(o *Multirange) *Multirange {
	var common []*Range
	others := o.Ranges
	for _, r := range m.Ranges {
		others = others.from(r)
		for _, s := range others {
			if !r.overlaps(s) {
				break
			}
			common = append(common, r.Intersect(s))
		}
	}
	return NewMultirange(m.Type, common)
}

func compareMultiranges(a, b *Multirange) int {
	return slices.CompareFunc(a.Ranges, b.Ranges, compareRanges)
}

func appendMultirange(env *Env, buf []byte, m *Multirange) []byte {
	buf = append(buf, '{')
	for i, r := range m.Ranges {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = appendRange(env, buf, r)
	}
	return append(buf, '}')
}

// multirangeParser reads a multirange literal, as PostgreSQL's multirange_in.
type multirangeParser struct {
	text, rest string
}

func (p *multirangeParser) fail(detail string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed multirange literal: \"%s\"", p.text).WithDetail("%s", detail)
}

// next is the next character that is no space; 0 at the end.
func (p *multirangeParser) next() byte {
	p.rest = strings.TrimLeft(p.rest, spaces)
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

func parseMultirange(env *Env, t *TypeInfo, s string) (Datum, error) {
	p := &multirangeParser{text: s, rest: s}
	if p.next() != '{' {
		return Null, p.fail("Missing left brace.")
	}
	var ranges []*Range
	for first := true; ; first = false {
		p.rest = p.rest[1:]
		if first && p.next() == '}' {
			break
		}
		text, err := p.member()
		if err != nil {
			return Null, err
		}
		r, err := parseRange(env, Info(t.Range), text)
		if err != nil {
			return Null, err
		}
		ranges = append(ranges, r)
		if c := p.next(); c == '}' {
			break
		} else if c == 0 {
			return Null, p.fail("Unexpected end of input.")
		} else if c != ',' {
			return Null, p.fail("Expected comma or end of multirange.")
		}
	}
	if p.rest = p.rest[1:]; p.next() != 0 {
		return Null, p.fail("Junk after closing right brace.")
	}
	return Pointer(NewMultirange(t, ranges)), nil
}

// member takes the text of a range: up to the first bracket or parenthesis that closes one
// and is not quoted. A space does not count behind a backslash, as it is passed over first.
func (p *multirangeParser) member() (string, error) {
	switch c := p.next(); {
	case c == 0:
		return "", p.fail("Unexpected end of input.")
	case len(p.rest) >= len(emptyWord) && strings.EqualFold(p.rest[:len(emptyWord)], emptyWord):
		p.rest = p.rest[len(emptyWord):]
		return emptyWord, nil
	case c != '[' && c != '(':
		return "", p.fail("Expected range start.")
	}
	quoted, escaped := false, false
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case isSpace(c):
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"' && quoted && i+1 < len(p.rest) && p.rest[i+1] == '"':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ']' || c == ')'):
			text := p.rest[:i+1]
			p.rest = p.rest[i+1:]
			return text, nil
		}
	}
	return "", p.fail("Unexpected end of input.")
}
