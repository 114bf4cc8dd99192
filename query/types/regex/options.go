package regex

import "github.com/projsql/projsql/wire/sqlstate"

// Syntax is the language of an expression.
type Syntax uint8

// Syntaxes; the zero value is PostgreSQL's default.
const (
	Advanced Syntax = iota
	Extended
	Literal
	Basic
)

// Options are what flags say. The zero value has none set.
type Options struct {
	Syntax   Syntax
	Fold     bool // i: upper and lower case are alike
	Stop     bool // p: neither . nor [^ ] matches a line's end
	Anchor   bool // w: ^ and $ match at lines' ends too
	Expanded bool // x: white space and comments are left out
	ASCII    bool // other characters have no cases and are in no class, as in the collation C
}

// WithFlags returns the options that letters change, as the flags argument of the
// regexp functions has them; global is g. Errors: 22023.
func (o Options) WithFlags(flags string) (_ Options, global bool, err error) {
	for _, f := range flags {
		if f == 'g' {
			global = true
		} else if f == 'e' {
			o.Syntax = Basic // as PostgreSQL does; (?e) is what it says
		} else if !o.set(f) {
			return o, false, sqlstate.New(sqlstate.InvalidParameterValue, "invalid regular expression option: \"%c\"", f)
		}
	}
	return o, global, nil
}

// set changes what one letter says, false if it says nothing.
func (o *Options) set(letter rune) bool {
	switch letter {
	case 'b':
		o.Syntax = Basic
	case 'c':
		o.Fold = false
	case 'e':
		o.Syntax = Extended
	case 'i':
		o.Fold = true
	case 'm', 'n':
		o.Stop, o.Anchor = true, true
	case 'p':
		o.Stop, o.Anchor = true, false
	case 'q':
		o.Syntax = Literal
	case 's':
		o.Stop, o.Anchor = false, false
	case 't':
		o.Expanded = false
	case 'w':
		o.Stop, o.Anchor = false, true
	case 'x':
		o.Expanded = true
	default:
		return false
	}
	return true
}

// prefix reads what stands before the expression proper: *** and (?letters).
func (p *parser) prefix() error {
	if p.o.Syntax == Literal {
		return nil
	}
	if p.at("***") && len(p.in) > 3 {
		switch p.in[3] {
		case '?':
			return errInvalid(badVersion)
		case '=':
			p.o = Options{Syntax: Literal, Fold: p.o.Fold, ASCII: p.o.ASCII}
			p.in = p.in[4:]
			return nil
		case ':':
			p.o.Syntax = Advanced
			p.in = p.in[4:]
		default:
			return errInvalid(badQuantifier)
		}
	}
	if p.o.Syntax == Advanced && p.at("(?") && len(p.in) > 2 && isLetter(p.in[2]) {
		return p.embedded()
	}
	return nil
}

func (p *parser) embedded() error {
	p.in = p.in[2:]
	for len(p.in) > 0 && isLetter(p.in[0]) {
		if !p.o.set(p.in[0]) {
			return errInvalid(badOption)
		}
		p.in = p.in[1:]
	}
	if !p.eat(')') {
		return errInvalid(badOption)
	}
	if p.o.Syntax == Literal {
		p.o.Expanded, p.o.Stop, p.o.Anchor = false, false, false
	}
	return nil
}

func isLetter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }
