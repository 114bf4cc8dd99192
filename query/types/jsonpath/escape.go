package jsonpath

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// builder collects what a string or a name stands for. \u escapes are UTF-16.
type builder struct {
	strings.Builder
	high rune // a high surrogate that waits for its low one
}

const (
	orphanLow  = "Unicode low surrogate must follow a high surrogate."
	doubleHigh = "Unicode high surrogate must not follow a high surrogate."
)

func errSurrogate(detail string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type %s", "jsonpath").WithDetail("%s", detail)
}

func (b *builder) put(r rune) error {
	if b.high != 0 {
		return errSurrogate(orphanLow)
	}
	b.WriteRune(r)
	return nil
}

// unicode adds a code unit.
func (b *builder) unicode(r rune) error {
	switch {
	case r >= 0xd800 && r < 0xdc00:
		if b.high != 0 {
			return errSurrogate(doubleHigh)
		}
		b.high = r
		return nil
	case r >= 0xdc00 && r < 0xe000:
		if b.high == 0 {
			return errSurrogate(orphanLow)
		}
		r = 0x10000 + (b.high-0xd800)<<10 + r - 0xdc00
		b.high = 0
	case b.high != 0:
		return errSurrogate(orphanLow)
	}
	if r == 0 {
		return sqlstate.New(sqlstate.UntranslatableCharacter, "unsupported Unicode escape sequence").WithDetail(`\u0000 cannot be converted to text.`)
	}
	if !utf8.ValidRune(r) {
		return sqlstate.New(sqlstate.SyntaxError, "invalid Unicode code point")
	}
	b.WriteRune(r)
	return nil
}

func (b *builder) done() (string, error) {
	if b.high != 0 {
		return "", errSurrogate(orphanLow)
	}
	return b.String(), nil
}

var escapes = map[byte]rune{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// char reads a character of a string or a name, which may be an escape.
func (s *scanner) char(b *builder) error {
	if s.in[0] != '\\' {
		r, n := utf8.DecodeRuneInString(s.in)
		s.in = s.in[n:]
		return b.put(r)
	}
	if len(s.in) == 1 {
		return syntaxError("unexpected end after backslash", `\`)
	}
	c := s.in[1]
	switch {
	case escapes[c] != 0:
		s.in = s.in[2:]
		return b.put(escapes[c])
	case c == 'x':
		return s.hex(b)
	case c == 'u':
		return s.unicode(b)
	}
	s.in = s.in[1:]
	r, n := utf8.DecodeRuneInString(s.in)
	s.in = s.in[n:]
	return b.put(r)
}

func hexDigits(s string) int {
	n := 0
	for n < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[n]) >= 0 {
		n++
	}
	return n
}

// hex reads \xHH.
func (s *scanner) hex(b *builder) error {
	if n := hexDigits(s.in[2:min(4, len(s.in))]); n < 2 {
		return syntaxError("invalid hex character sequence", s.in[:2+n])
	}
	return s.code(b, s.in[2:4], 4)
}

// unicode reads \uHHHH or \u{H…}.
func (s *scanner) unicode(b *builder) error {
	const bad = "invalid unicode sequence"
	if strings.HasPrefix(s.in[2:], "{") {
		n := hexDigits(s.in[3:min(9, len(s.in))])
		if n == 0 || !strings.HasPrefix(s.in[3+n:], "}") {
			return syntaxError(bad, s.in[:3+n])
		}
		return s.code(b, s.in[3:3+n], 4+n)
	}
	if n := hexDigits(s.in[2:min(6, len(s.in))]); n < 4 {
		return syntaxError(bad, s.in[:2+n])
	}
	return s.code(b, s.in[2:6], 6)
}

func (s *scanner) code(b *builder, digits string, size int) error {
	s.in = s.in[size:]
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return err
	}
	return b.unicode(rune(n))
}
