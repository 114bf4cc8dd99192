package jsonb

import (
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Parse returns the encoding of a JSON text. Errors: 22P02 with PostgreSQL's
// DETAIL, 22P05 (\u0000), 54000, 54001 (too deep).
func Parse(text string) (string, error) {
	p := parser{lexer: lexer{text: text, line: 1, unescape: true}, build: new(Builder)}
	p.build.buf = make([]byte, 0, len(text)+16)
	if err := p.document(); err != nil {
		return "", err
	}
	return p.build.Doc()
}

// CheckText reports what is wrong with a JSON text by the rules of type json.
func CheckText(text string) error {
	p := parser{lexer: lexer{text: text, line: 1}}
	return p.document()
}

// parser builds as it reads; without a builder it only checks.
type parser struct {
	lexer
	build *Builder
	depth int
	// expanded is how many bytes longer the numbers became than they were written.
	expanded int
}

// expandedBytesMax keeps a short text like [1e99999,1e99999,…] from a huge document.
const expandedBytesMax = 1 << 18

func (p *parser) document() error {
	if !utf8.ValidString(p.text) {
		return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
	}
	if err := p.next(); err != nil {
		return err
	}
	if err := p.value(); err != nil {
		return err
	}
	if p.tok != tokEnd {
		return p.expected("end of input")
	}
	return nil
}

// expected tells what stands at the place of what.
func (p *parser) expected(what string) error {
	if p.tok == tokEnd {
		return p.fail("The input string ended unexpectedly.")
	}
	return p.fail("Expected %s, but found \"%s\".", what, p.found())
}

func (p *parser) value() error {
	if p.build != nil {
		if err := p.build.room(); err != nil {
			return err
		}
	}
	switch {
	case p.punct('{'):
		return p.nested(p.object)
	case p.punct('['):
		return p.nested(p.array)
	case p.tok == tokEnd || p.tok == tokPunct:
		return p.expected("JSON value")
	}
	if p.build != nil {
		if err := p.scalar(); err != nil {
			return err
		}
	}
	return p.next()
}

func (p *parser) scalar() error {
	switch p.tok {
	case tokString:
		p.build.String(p.str)
	case tokNumber:
		text, err := canonical(p.found())
		if err != nil {
			return err
		}
		if p.expanded += max(len(text)-len(p.found()), 0); p.expanded > expandedBytesMax {
			return errTooLarge()
		}
		p.build.Number(text)
	case tokTrue, tokFalse:
		p.build.Bool(p.tok == tokTrue)
	case tokNull:
		p.build.Null()
	}
	return p.build.room()
}

func (p *parser) nested(read func() error) error {
	if p.depth++; p.depth > DepthMax {
		return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	if err := read(); err != nil {
		return err
	}
	p.depth--
	if p.build != nil {
		p.build.End()
	}
	return p.next()
}

func (p *parser) object() error {
	if p.build != nil {
		p.build.BeginObject()
	}
	if err := p.next(); err != nil || p.punct('}') {
		return err
	}
	if p.tok != tokString {
		return p.expected("string or \"}\"")
	}
	for {
		if err := p.pair(); err != nil {
			return err
		}
		switch {
		case p.punct('}'):
			return nil
		case !p.punct(','):
			return p.expected("\",\" or \"}\"")
		}
		if err := p.next(); err != nil {
			return err
		}
	}
}

func (p *parser) pair() error {
	if p.tok != tokString {
		return p.expected("string")
	}
	if p.build != nil {
		p.build.Key(p.str)
	}
	if err := p.next(); err != nil {
		return err
	}
	if !p.punct(':') {
		return p.expected("\":\"")
	}
	if err := p.next(); err != nil {
		return err
	}
	return p.value()
}

func (p *parser) array() error {
	if p.build != nil {
		p.build.BeginArray()
	}
	if err := p.next(); err != nil || p.punct(']') {
		return err
	}
	for {
		if err := p.value(); err != nil {
			return err
		}
		switch {
		case p.punct(']'):
			return nil
		case !p.punct(','):
			return p.expected("\",\" or \"]\"")
		}
		if err := p.next(); err != nil {
			return err
		}
	}
}
