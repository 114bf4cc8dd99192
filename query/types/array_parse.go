package types

import (
	"math"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// arrayParser reads an array literal: [l:u]...={...}.
type arrayParser struct {
	env   *Env
	elem  Type
	text  string // for errors
	rest  string
	delim byte
	words []arrayWord
	dims  []Dim // as found; Length -1 = not known yet
}

// arrayWord is an element before its type has read it: a malformed literal is told
// before a wrong element.
type arrayWord struct {
	text string
	null bool
}

func parseArray(env *Env, elem Type, s string) (Datum, error) {
	p := arrayParser{env: env, elem: elem, text: s, rest: s, delim: ','}
	if i := Info(elem.OID); i != nil {
		p.delim = i.Delim
	}
	given, err := p.bounds()
	if err != nil {
		return Null, err
	}
	p.space()
	if !strings.HasPrefix(p.rest, "{") {
		if given != nil {
			return Null, p.fail("Array contents must start with \"{\".")
		}
		return Null, p.fail("Array value must start with \"{\" or dimension information.")
	}
	p.text = p.rest // the rest is told of without the dimensions
	if err := p.list(0); err != nil {
		return Null, err
	}
	if p.space(); p.rest != "" {
		return Null, p.fail("Junk after closing right brace.")
	}
	p.text = s
	return p.result(given)
}

func (p *arrayParser) result(given []Dim) (Datum, error) {
	if len(p.words) == 0 {
		if given != nil {
			return Null, p.fail("Specified array dimensions do not match array contents.")
		}
		return Pointer(&Array{Elem: p.elem.OID}), nil
	}
	for i := range p.dims {
		p.dims[i].Lower = 1
	}
	if given == nil {
		return p.array(p.dims)
	}
	match := len(given) == len(p.dims)
	for i := 0; match && i < len(given); i++ {
		match = given[i].Length == p.dims[i].Length
	}
	if !match {
		return Null, p.fail("Specified array dimensions do not match array contents.")
	}
	if err := CheckBounds(given); err != nil {
		return Null, err
	}
	return p.array(given)
}

func (p *arrayParser) array(dims []Dim) (Datum, error) {
	items := make([]Datum, len(p.words))
	for i, w := range p.words {
		if w.null {
			continue
		}
		d, err := Parse(p.env, p.elem, w.text)
		if err != nil {
			return Null, err
		}
		items[i] = d
	}
	return Pointer(&Array{Elem: p.elem.OID, Dims: dims, Items: items}), nil
}

func (p *arrayParser) fail(detail string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed array literal: \"%s\"", p.text).WithDetail("%s", detail)
}

func (p *arrayParser) space() { p.rest = strings.TrimLeft(p.rest, spaces) }

// bounds reads [l:u][n]...= if there is one.
func (p *arrayParser) bounds() ([]Dim, error) {
	var dims []Dim
	for {
		p.space()
		if !strings.HasPrefix(p.rest, "[") {
			break
		}
		if len(dims) == ArrayDimsMax {
			return nil, errTooManyDims(len(dims) + 1)
		}
		d, err := p.bound()
		if err != nil {
			return nil, err
		}
		dims = append(dims, d)
	}
	if dims == nil {
		return nil, nil
	}
	if !strings.HasPrefix(p.rest, "=") {
		return nil, p.fail("Missing \"=\" after array dimensions.")
	}
	p.rest = p.rest[1:]
	return dims, nil
}

func (p *arrayParser) bound() (Dim, error) {
	lower := int64(1)
	upper, rest, ok := scanInteger(p.rest[1:])
	if !ok {
		return Dim{}, p.fail("\"[\" must introduce explicitly-specified array dimensions.")
	}
	if strings.HasPrefix(rest, ":") {
		lower = upper
		if upper, rest, ok = scanInteger(rest[1:]); !ok {
			return Dim{}, p.fail("Missing array dimension value.")
		}
	}
	if !strings.HasPrefix(rest, "]") {
		return Dim{}, p.fail("Missing \"]\" after array dimensions.")
	}
	p.rest = rest[1:]
	if upper < lower {
		return Dim{}, sqlstate.New(sqlstate.ArraySubscriptError, "upper bound cannot be less than lower bound")
	}
	if upper-lower >= arrayItemsMax || lower < math.MinInt32 || upper > math.MaxInt32 {
		return Dim{}, errArrayTooLarge()
	}
	return Dim{Length: int32(upper - lower + 1), Lower: int32(lower)}, nil
}

const arrayMismatch = "Multidimensional arrays must have sub-arrays with matching dimensions."

// list reads one {...} of the given depth, at its brace.
func (p *arrayParser) list(depth int) error {
	if depth >= ArrayDimsMax {
		return errTooManyDims(depth + 1)
	}
	if depth == len(p.dims) {
		if len(p.words) > 0 {
			return p.fail(arrayMismatch)
		}
		p.dims = append(p.dims, Dim{Length: -1})
	}
	p.rest = p.rest[1:]
	count, err := p.members(depth)
	if err != nil {
		return err
	}
	d := &p.dims[depth]
	if d.Length < 0 {
		d.Length = count
	}
	if d.Length != count {
		return p.fail(arrayMismatch)
	}
	return nil
}

func (p *arrayParser) members(depth int) (count int32, err error) {
	for {
		p.space()
		switch {
		case p.rest == "":
			return 0, p.fail("Unexpected end of input.")
		case p.rest[0] == '}' && count == 0 && depth == 0:
			p.rest = p.rest[1:]
			return 0, nil
		case p.rest[0] == '{' && depth == len(p.dims)-1 && len(p.words) > 0:
			err = p.unexpected()
		case p.rest[0] == '{':
			err = p.list(depth + 1)
		case p.rest[0] == '}' || p.rest[0] == p.delim:
			err = p.fail("Unexpected \"" + p.rest[:1] + "\" character.")
		default:
			err = p.item(depth)
		}
		if err != nil {
			return 0, err
		}
		count++
		if p.space(); p.rest == "" {
			return 0, p.fail("Unexpected end of input.")
		}
		switch p.rest[0] {
		case p.delim:
			p.rest = p.rest[1:]
		case '}':
			p.rest = p.rest[1:]
			return count, nil
		default:
			return 0, p.unexpected()
		}
	}
}

func (p *arrayParser) unexpected() error {
	if p.rest[0] == '{' || p.rest[0] == '\\' {
		return p.fail("Unexpected \"" + p.rest[:1] + "\" character.")
	}
	return p.fail("Unexpected array element.")
}

func (p *arrayParser) item(depth int) error {
	if depth != len(p.dims)-1 {
		return p.unexpected()
	}
	if len(p.words) == ArrayMadeMax {
		return errArrayTooLarge()
	}
	text, quoted, err := p.word()
	if err != nil {
		return err
	}
	p.words = append(p.words, arrayWord{text: text, null: !quoted && strings.EqualFold(text, "null")})
	return nil
}

// word reads a quoted element, or a bare one up to the next delimiter.
func (p *arrayParser) word() (text string, quoted bool, err error) {
	if p.rest[0] == '"' {
		text, err = p.quoted()
		return text, true, err
	}
	var b []byte
	kept, escaped := 0, false // trailing spaces beyond kept are not part of it
	i := 0
	for ; i < len(p.rest); i++ {
		c := p.rest[i]
		switch {
		case c == p.delim || c == '}':
			p.rest = p.rest[i:]
			return string(b[:kept]), escaped, nil
		case c == '"':
			return "", false, p.fail("Unexpected array element.")
		case c == '{':
			return "", false, p.fail("Unexpected \"{\" character.")
		case c == '\\':
			if i++; i == len(p.rest) {
				return "", false, p.fail("Unexpected end of input.")
			}
			b, escaped = append(b, p.rest[i]), true
			kept = len(b)
		default:
			if b = append(b, c); !isSpace(c) {
				kept = len(b)
			}
		}
	}
	return "", false, p.fail("Unexpected end of input.")
}

func (p *arrayParser) quoted() (string, error) {
	var b []byte
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return string(b), nil
		case '\\':
			if i++; i < len(p.rest) {
				b = append(b, p.rest[i])
			}
		default:
			b = append(b, c)
		}
	}
	return "", p.fail("Unexpected end of input.")
}
