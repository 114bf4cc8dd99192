package regex

// escapedChars are the escapes that stand for one character.
var escapedChars = map[rune]rune{
	'a': '\a', 'b': '\b', 'B': '\\', 'e': 0x1b, 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
}

var escapedAsserts = map[rune]assertion{
	'A': textStart, 'Z': textEnd, 'm': wordStart, 'M': wordEnd, 'y': wordEdge, 'Y': noWordEdge,
}

// escape reads an escape outside of brackets, behind its backslash.
func (p *parser) escape() (*node, error) {
	if len(p.in) == 0 {
		return nil, errInvalid(badEscape)
	}
	r := p.in[0]
	if p.o.Syntax != Advanced {
		p.in = p.in[1:]
		return p.char(r), nil
	}
	if a := escapedAsserts[r]; a != 0 {
		p.in = p.in[1:]
		return &node{op: opAssert, assert: a}, nil
	}
	if s, ok := p.shorthand(); ok {
		return &node{op: opSet, set: s}, nil
	}
	if end, n, refers := p.reference(); refers {
		p.in = p.in[end:]
		return p.backReference(n)
	}
	r, err := p.escapedChar()
	if err != nil {
		return nil, err
	}
	return p.char(r), nil
}

// shorthand reads the letter of \d, \D and the like.
func (p *parser) shorthand() (set, bool) {
	r := p.in[0]
	name := shorthands[r|0x20]
	if name == "" || !isLetter(r) {
		return nil, false
	}
	p.in = p.in[1:]
	s := p.o.classes()[name]
	if r < 'a' {
		s = s.complement()
	}
	return s, true
}

// reference is the number that stands here, which means a group if it is one digit, or not
// beyond the groups so far; others are octal.
func (p *parser) reference() (end, n int, refers bool) {
	for end < len(p.in) && isDigit(p.in[end]) && n < 1<<20 {
		n = n*10 + int(p.in[end]-'0')
		end++
	}
	return end, n, end > 0 && p.in[0] != '0' && (end == 1 || n < len(p.groups))
}

func (p *parser) backReference(n int) (*node, error) {
	if p.inLook > 0 || n >= len(p.groups) || p.groups[n] == nil {
		return nil, errInvalid(badBackReference)
	}
	p.refers = true
	return &node{op: opBackReference, number: n, group: p.groups[n], min: 1, max: 1}, nil
}

// escapedChar reads an escape that stands for a character.
func (p *parser) escapedChar() (rune, error) {
	r := p.in[0]
	p.in = p.in[1:]
	if !isLetter(r) && !isDigit(r) {
		return r, nil
	}
	if c, ok := escapedChars[r]; ok {
		return c, nil
	}
	switch r {
	case 'c':
		if len(p.in) == 0 {
			return 0, errInvalid(badEscape)
		}
		c := p.in[0] & 0x1f
		p.in = p.in[1:]
		return c, nil
	case 'u':
		return p.digits(16, 4, 4)
	case 'U':
		return p.digits(16, 8, 8)
	case 'x':
		return p.digits(16, 1, 255)
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		p.in = append([]rune{r}, p.in...)
		return p.digits(8, 1, 3)
	}
	return 0, errInvalid(badEscape)
}

// codeMax is the last code that PostgreSQL takes; those that no character has match
// nothing.
const codeMax = 0x7ffffffe

// digits reads so many digits as a character's code.
func (p *parser) digits(base rune, least, most int) (rune, error) {
	n, read := uint32(0), 0
	for ; read < most && len(p.in) > 0; read++ {
		d := digitOf(p.in[0])
		if d >= base {
			break
		}
		n = n*uint32(base) + uint32(d)
		p.in = p.in[1:]
	}
	if read < least || n > codeMax {
		return 0, errInvalid(badEscape)
	}
	return rune(n), nil
}

func digitOf(r rune) rune {
	switch {
	case isDigit(r):
		return r - '0'
	case r|0x20 >= 'a' && r|0x20 <= 'f':
		return r | 0x20 - 'a' + 10
	}
	return 99
}
