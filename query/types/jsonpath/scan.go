package jsonpath

import (
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// token is a word of a path.
type token struct {
	kind tokenKind
	text string // what a string, name or number stands for; a keyword in lower case
	name string // of a keyword where it is a key
	raw  string // what errors show: what is written, but of names the blank behind, and of strings a quote
}

type tokenKind uint8

const (
	end tokenKind = iota
	str
	ident
	keyword
	variable
	number
	integer
	symbol
)

// keywords; those that are true may be written in any case.
var keywords = map[string]bool{
	"is": true, "to": true, "abs": true, "lax": true, "flag": true, "last": true, "null": false, "size": true, "true": false, "type": true,
	"with": true, "false": false, "floor": true, "double": true, "exists": true, "starts": true, "strict": true, "ceiling": true,
	"datetime": true, "keyvalue": true, "unknown": true, "like_regex": true,
}

const (
	specials = `?%$.[]{}()|&!=<>@#,*:-+/`
	blanks   = " \t\n\r\f"
)

type scanner struct {
	in    string
	token token
}

func syntaxError(what, near string) error {
	if near == "" {
		return sqlstate.New(sqlstate.SyntaxError, "%s at end of jsonpath input", what)
	}
	return sqlstate.New(sqlstate.SyntaxError, "%s at or near \"%s\" of jsonpath input", what, near)
}

func (s *scanner) at(prefix string) bool { return strings.HasPrefix(s.in, prefix) }

// next reads the next token.
func (s *scanner) next() error {
	for {
		s.in = strings.TrimLeft(s.in, blanks)
		if !s.at("/*") {
			break
		}
		_, rest, closed := strings.Cut(s.in[2:], "*/")
		if !closed {
			return syntaxError("unexpected end of comment", "")
		}
		s.in = rest
	}
	s.token = token{}
	switch {
	case s.in == "":
		return nil
	case s.in[0] == '"':
		return s.quoted(str)
	case s.at(`$"`):
		s.in = s.in[1:]
		return s.quoted(variable)
	case s.in[0] == '$' && len(s.in) > 1 && !endsName(s.in[1]):
		s.in = s.in[1:]
		return s.name(variable)
	case isDigit(s.in[0]) || s.in[0] == '.' && len(s.in) > 1 && isDigit(s.in[1]):
		return s.number()
	case strings.IndexByte(specials, s.in[0]) >= 0:
		s.symbol()
		return nil
	}
	return s.name(ident)
}

func endsName(c byte) bool {
	return strings.IndexByte(specials, c) >= 0 || strings.IndexByte(blanks, c) >= 0 || c == '"' || c == '\\'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

var symbols = []string{"&&", "||", "**", "<=", "<>", "==", "!=", ">="}

func (s *scanner) symbol() {
	n := 1
	for _, t := range symbols {
		if s.at(t) {
			n = 2
		}
	}
	s.token = token{kind: symbol, text: s.in[:n], raw: s.in[:n]}
	s.in = s.in[n:]
	if s.token.text == "<>" {
		s.token.text = "!="
	}
}

// number reads an integer, a decimal or a real. A name may begin with a digit: what is
// longer counts; what is as long is an error.
func (s *scanner) number() error {
	n, kind, bad := numberAt(s.in)
	name := 0
	for name < len(s.in) && !endsName(s.in[name]) {
		name++
	}
	junk := n
	if n < len(s.in) && !endsName(s.in[n]) {
		junk++
	}
	switch {
	case bad > 0:
		return syntaxError("invalid numeric literal", s.in[:bad])
	case name > junk:
		return s.name(ident)
	case junk > n:
		return syntaxError("trailing junk after numeric literal", s.in[:junk])
	}
	s.token = token{kind: kind, text: s.in[:n], raw: s.in[:n]}
	s.in = s.in[n:]
	return nil
}

// numberAt returns the length of the number that s begins with; bad is that of one
// whose exponent has a sign and no digits.
func numberAt(s string) (n int, kind tokenKind, bad int) {
	digits := func() int {
		from := n
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		return n - from
	}
	kind = integer
	if s[0] == '0' {
		n = 1
	} else {
		digits()
	}
	if n < len(s) && s[n] == '.' {
		kind = number
		n++
		digits()
	}
	if n == len(s) || s[n]|0x20 != 'e' {
		return n, kind, 0
	}
	mantissa := n
	n++
	signed := n < len(s) && (s[n] == '+' || s[n] == '-')
	if signed {
		n++
	}
	switch {
	case digits() > 0:
		return n, number, 0
	case signed:
		return n, number, n
	}
	return mantissa, kind, 0
}

// name reads a name without quotes, where escapes are read too.
func (s *scanner) name(kind tokenKind) error {
	before := s.in
	var b builder
	for s.in != "" && (s.in[0] == '\\' || !endsName(s.in[0])) && !s.at("/*") {
		if err := s.char(&b); err != nil {
			return err
		}
	}
	text, err := b.done()
	if err == nil && kind == ident && s.at("/*") {
		return s.next() // PostgreSQL loses a name that a comment ends
	}
	s.token = token{kind: kind, text: text}
	switch {
	case kind == variable:
		s.token.raw = "$" + before[:len(before)-len(s.in)]
	case s.in != "" && strings.IndexByte(blanks, s.in[0]) >= 0:
		s.token.raw = s.in[:1]
	}
	if kind == ident {
		s.token.recognize()
	}
	return err
}

// recognize makes a keyword of a name that is one.
func (t *token) recognize() {
	lower := strings.ToLower(t.text)
	if anyCase, ok := keywords[lower]; ok && (anyCase || lower == t.text) {
		t.kind, t.text, t.name = keyword, lower, t.text
	}
}

func (s *scanner) quoted(kind tokenKind) error {
	s.in = s.in[1:]
	var b builder
	for !s.at(`"`) {
		if s.in == "" {
			return syntaxError("unexpected end of quoted string", "")
		}
		if err := s.char(&b); err != nil {
			return err
		}
	}
	s.in = s.in[1:]
	text, err := b.done()
	s.token = token{kind: kind, text: text, raw: `"`}
	return err
}
