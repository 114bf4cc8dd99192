package regex

import (
	"slices"
	"strings"
)

// node is a piece of an expression.
type node struct {
	op   op
	set  set
	subs []*node // of a sequence, an alternation, a group, a repetition, a look
	// A repetition's bounds and preference; max is unbounded if many.
	min, max int
	prefer   flags
	number   int // of a group (0: it captures nothing), of a back reference
	group    *node
	look     look
	assert   assertion
}

type op uint8

const (
	opSet op = iota + 1
	opSequence
	opAlternation
	opGroup
	opRepeat
	opBackReference
	opAssert
	opLook
)

const many = 1 << 30

// look is what a lookaround constraint asks.
type look struct{ behind, negative bool }

type assertion uint8

const (
	lineStart assertion = iota + 1
	lineEnd
	textStart
	textEnd
	wordStart
	wordEnd
	wordEdge
	noWordEdge
)

// Limits of an expression.
const (
	countMax = 255
	depthMax = 2000
)

type parser struct {
	in     []rune
	o      Options
	groups []*node // by number, nil while open; the first is unused
	depth  int
	inLook int
	refers bool // has back references
	looks  bool
}

func parse(pattern string, o Options) (*node, *parser, error) {
	p := &parser{in: []rune(pattern), o: o, groups: []*node{nil}}
	if err := p.prefix(); err != nil {
		return nil, nil, err
	}
	switch p.o.Syntax {
	case Literal:
		return p.literal(), p, nil
	case Basic:
		if err := p.advance(); err != nil {
			return nil, nil, err
		}
	}
	n, err := p.alternation()
	if err == nil && len(p.in) > 0 {
		err = errInvalid(badParens)
	}
	return n, p, err
}

func (p *parser) literal() *node {
	n := &node{op: opSequence}
	for _, r := range p.in {
		n.subs = append(n.subs, p.char(r))
	}
	return n
}

func (p *parser) char(r rune) *node {
	s := set{{r, r}}
	if p.o.Fold {
		s = s.folded(p.o.ASCII)
	}
	return &node{op: opSet, set: s}
}

func (p *parser) at(s string) bool { return len(p.in) >= len(s) && string(p.in[:len(s)]) == s }

func (p *parser) eat(r rune) bool {
	if len(p.in) > 0 && p.in[0] == r {
		p.in = p.in[1:]
		return true
	}
	return false
}

// skip passes over what an expanded expression leaves out, and (?#comments).
func (p *parser) skip() {
	for {
		before := len(p.in)
		if p.o.Expanded {
			for len(p.in) > 0 && strings.ContainsRune(" \t\n\v\f\r", p.in[0]) {
				p.in = p.in[1:]
			}
			if len(p.in) > 0 && p.in[0] == '#' {
				p.past('\n')
			}
		}
		if p.o.Syntax == Advanced && p.at("(?#") {
			p.past(')')
		}
		if len(p.in) == before {
			return
		}
	}
}

// past leaves what comes up to r.
func (p *parser) past(r rune) {
	if i := slices.Index(p.in, r); i >= 0 {
		p.in = p.in[i+1:]
		return
	}
	p.in = nil
}

func (p *parser) alternation() (*node, error) {
	if p.depth++; p.depth > depthMax {
		return nil, errInvalid(tooComplex)
	}
	defer func() { p.depth-- }()
	n := &node{op: opAlternation}
	for {
		branch, err := p.branch()
		if err != nil {
			return nil, err
		}
		n.subs = append(n.subs, branch)
		if !p.eat('|') {
			break
		}
	}
	if len(n.subs) == 1 {
		return n.subs[0], nil
	}
	return n, nil
}

func (p *parser) branch() (*node, error) {
	n := &node{op: opSequence}
	for {
		p.skip()
		if len(p.in) == 0 || p.in[0] == '|' || p.in[0] == ')' && p.depth > 1 {
			return n, nil
		}
		atom, err := p.atom()
		if err != nil {
			return nil, err
		}
		if atom.op != opAssert && atom.op != opLook {
			if atom, err = p.quantified(atom); err != nil {
				return nil, err
			}
		}
		n.subs = append(n.subs, atom)
	}
}

func (p *parser) atom() (*node, error) {
	r := p.in[0]
	p.in = p.in[1:]
	switch r {
	case '^':
		return &node{op: opAssert, assert: lineStart}, nil
	case '$':
		return &node{op: opAssert, assert: lineEnd}, nil
	case '*', '+', '?':
		return nil, errInvalid(badQuantifier)
	case ')':
		if p.o.Syntax == Advanced {
			return nil, errInvalid(badParens)
		}
	case '{':
		if len(p.in) > 0 && isDigit(p.in[0]) {
			return nil, errInvalid(badQuantifier)
		}
	case '(':
		return p.parens()
	case '[':
		return p.bracket()
	case '\\':
		return p.escape()
	case '.':
		s := set{{0, runeMax}}
		if p.o.Stop {
			s = set{{'\n', '\n'}}.complement()
		}
		return &node{op: opSet, set: s}, nil
	}
	return p.char(r), nil
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func (p *parser) parens() (*node, error) {
	n := &node{op: opGroup}
	if p.o.Syntax == Advanced && p.eat('?') {
		switch {
		case p.eat(':'):
		case p.eat('='):
			n.op = opLook
		case p.eat('!'):
			n.op, n.look.negative = opLook, true
		case p.at("<=") || p.at("<!"):
			n.op, n.look = opLook, look{behind: true, negative: p.in[1] == '!'}
			p.in = p.in[2:]
		default:
			return nil, errInvalid(badQuantifier)
		}
	} else if p.inLook == 0 {
		n.number = len(p.groups)
		p.groups = append(p.groups, nil)
	}
	if n.op == opLook {
		p.looks = true
		p.inLook++
		defer func() { p.inLook-- }()
	}
	sub, err := p.alternation()
	if err != nil {
		return nil, err
	}
	if !p.eat(')') {
		return nil, errInvalid(badParens)
	}
	n.subs = []*node{sub}
	if n.number > 0 {
		p.groups[n.number] = n
	}
	return n, nil
}

// quantified reads the quantifier behind an atom, if there is one.
func (p *parser) quantified(atom *node) (*node, error) {
	p.skip()
	n := &node{op: opRepeat, subs: []*node{atom}}
	switch {
	case p.eat('*'):
		n.max = many
	case p.eat('+'):
		n.min, n.max = 1, many
	case p.eat('?'):
		n.max = 1
	case len(p.in) > 1 && p.in[0] == '{' && isDigit(p.in[1]):
		p.in = p.in[1:]
		passes, err := p.bounds(n)
		if err != nil {
			return nil, err
		}
		short := p.o.Syntax == Advanced && p.eat('?')
		if !passes {
			n.prefer = preference(short)
		}
		return n, nil
	default:
		return atom, nil
	}
	n.prefer = preference(p.o.Syntax == Advanced && p.eat('?'))
	return n, nil
}

func preference(short bool) flags {
	if short {
		return shorter
	}
	return longer
}

// bounds reads m}, m,} or m,n}. The first passes the preference of its atom on.
func (p *parser) bounds(n *node) (passes bool, err error) {
	if n.min, err = p.count(); err != nil {
		return false, err
	}
	n.max = n.min
	if passes = !p.eat(','); !passes {
		n.max = many
		if len(p.in) > 0 && isDigit(p.in[0]) {
			if n.max, err = p.count(); err != nil {
				return false, err
			}
		}
	}
	switch {
	case len(p.in) == 0:
		return false, errInvalid(badBraces)
	case n.min > n.max || !p.eat('}'):
		return false, errInvalid(badCount)
	}
	return passes, nil
}

func (p *parser) count() (int, error) {
	n := 0
	for len(p.in) > 0 && isDigit(p.in[0]) && n <= countMax {
		n = n*10 + int(p.in[0]-'0')
		p.in = p.in[1:]
	}
	if n > countMax {
		return 0, errInvalid(badCount)
	}
	return n, nil
}
