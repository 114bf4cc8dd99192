package parse

import "strings"

type tokenKind uint8

const (
	tokEOF     tokenKind = iota
	tokIdent             // unquoted identifier or keyword
	tokQuoted            // "…" and U&"…"
	tokString            // '…' in one piece
	tokXString           // every other string: E'' B'' X'' N'' U&'' $$…$$ and continued ones
	tokInt               // decimal digits only
	tokNumeric           // with a point or an exponent, and hex and the like
	tokParam             // $n
	tokOp                // one character of punctuation or of an operator
	tokComment
	tokBad // unterminated: reaches to the end of the text
)

// token is a piece of the text. glued: the next byte continues it in a way that
// PostgreSQL calls trailing junk, as in 500ms.
type token struct {
	kind       tokenKind
	glued      bool
	start, end int
}

// lexer cuts text as PostgreSQL 15's scan.l does (standard_conforming_strings on),
// but operators come out character by character.
type lexer struct {
	text string
	pos  int
}

func isSpace(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r'
}

func isDigit(c byte) bool { return c-'0' <= 9 }

func isIdentStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80
}

func isIdentPart(c byte) bool { return isIdentStart(c) || isDigit(c) || c == '$' }

func (l *lexer) at(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return 0
}

// next returns the next token, comments included; tokEOF has start = end = len.
func (l *lexer) next() token {
	for l.pos < len(l.text) && isSpace(l.text[l.pos]) {
		l.pos++
	}
	t := token{start: l.pos}
	if l.pos >= len(l.text) {
		t.end = l.pos
		return t
	}
	t.kind, t.glued = l.lex()
	t.end = l.pos
	return t
}

// lex consumes one token at l.pos, which is no white space.
func (l *lexer) lex() (kind tokenKind, glued bool) {
	c, d := l.text[l.pos], l.at(l.pos+1)
	switch {
	case c == '\'':
		return l.plainString(), false
	case isIdentStart(c):
		return l.word(c, d), false
	case isDigit(c), c == '.' && isDigit(d):
		return l.number()
	case c == '"':
		return l.quoted(1), false
	case c == '$':
		return l.dollar()
	case c == '-' && d == '-':
		l.lineComment()
		return tokComment, false
	case c == '/' && d == '*':
		return l.blockComment(), false
	case c == '.' && d == '.':
		l.pos++ // PostgreSQL's DOT_DOT: 1..2 is 1, .., 2
	}
	l.pos++
	return tokOp, false
}

func (l *lexer) word(c, d byte) tokenKind {
	switch c | 0x20 {
	case 'e':
		if d == '\'' {
			return l.prefixed(1, true)
		}
	case 'b', 'x', 'n':
		if d == '\'' {
			return l.prefixed(1, false)
		}
	case 'u':
		switch {
		case d != '&':
		case l.at(l.pos+2) == '\'':
			return l.prefixed(2, false)
		case l.at(l.pos+2) == '"':
			return l.quoted(3)
		}
	}
	for l.pos++; l.pos < len(l.text) && isIdentPart(l.text[l.pos]); l.pos++ {
	}
	return tokIdent
}

func (l *lexer) plainString() tokenKind {
	switch pieces := l.pieces(false); pieces {
	case 0:
		return tokBad
	case 1:
		return tokString
	default:
		return tokXString
	}
}

func (l *lexer) prefixed(prefixBytes int, escapes bool) tokenKind {
	l.pos += prefixBytes
	if l.pieces(escapes) == 0 {
		return tokBad
	}
	return tokXString
}

// pieces consumes a string at its opening quote, with the pieces that continue it
// after a line break, and returns their number; 0 if it is unterminated.
func (l *lexer) pieces(escapes bool) int {
	for n := 1; ; n++ {
		if !l.piece(escapes) {
			l.pos = len(l.text)
			return 0
		}
		next, ok := l.continuation()
		if !ok {
			return n
		}
		l.pos = next
	}
}

// piece consumes from an opening quote past the closing one.
func (l *lexer) piece(escapes bool) bool {
	for i := l.pos + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '\\' && escapes:
			i++
		case c != '\'':
		case l.at(i+1) == '\'':
			i++
		default:
			l.pos = i + 1
			return true
		}
	}
	return false
}

// continuation finds the quote that continues a string: after white space and line
// comments with at least one line break before the first comment's end.
func (l *lexer) continuation() (int, bool) {
	broken := false
	for i := l.pos; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '\n' || c == '\r':
			broken = true
		case isSpace(c):
		case c == '\'':
			return i, broken
		case broken && c == '-' && l.at(i+1) == '-':
			end := strings.IndexAny(l.text[i:], "\r\n")
			if end < 0 {
				return 0, false
			}
			i += end
		default:
			return 0, false
		}
	}
	return 0, false
}

func (l *lexer) quoted(openBytes int) tokenKind {
	for i := l.pos + openBytes; i < len(l.text); i++ {
		if l.text[i] != '"' {
			continue
		}
		if l.at(i+1) != '"' {
			l.pos = i + 1
			return tokQuoted
		}
		i++
	}
	l.pos = len(l.text)
	return tokBad
}

func (l *lexer) digits() {
	for isDigit(l.at(l.pos)) {
		l.pos++
	}
}

func (l *lexer) number() (tokenKind, bool) {
	kind := tokInt
	l.digits()
	if l.at(l.pos) == '.' && l.at(l.pos+1) != '.' {
		kind = tokNumeric
		l.pos++
		l.digits()
	}
	if c := l.at(l.pos); c|0x20 == 'e' {
		sign := 0
		if s := l.at(l.pos + 1); s == '+' || s == '-' {
			sign = 1
		}
		if isDigit(l.at(l.pos + 1 + sign)) {
			kind = tokNumeric
			l.pos += 1 + sign
			l.digits()
		}
	}
	return kind, isIdentStart(l.at(l.pos))
}

// dollar consumes $n, a dollar-quoted string or a lone dollar sign.
func (l *lexer) dollar() (tokenKind, bool) {
	start := l.pos
	l.pos++
	if isDigit(l.at(l.pos)) {
		l.digits()
		return tokParam, isIdentStart(l.at(l.pos))
	}
	i := l.pos
	if isIdentStart(l.at(i)) {
		for i++; isIdentStart(l.at(i)) || isDigit(l.at(i)); i++ {
		}
	}
	if l.at(i) != '$' {
		return tokOp, false
	}
	tag := l.text[start : i+1]
	end := strings.Index(l.text[i+1:], tag)
	if end < 0 {
		l.pos = len(l.text)
		return tokBad, false
	}
	l.pos = i + 1 + end + len(tag)
	return tokXString, false
}

func (l *lexer) lineComment() {
	end := strings.IndexAny(l.text[l.pos:], "\r\n")
	if end < 0 {
		end = len(l.text) - l.pos
	}
	l.pos += end
}

// blockComment consumes a comment, which may hold others.
func (l *lexer) blockComment() tokenKind {
	depth := 0
	for i := l.pos; i+1 < len(l.text); i++ {
		switch l.text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				l.pos = i + 1
				return tokComment
			}
		}
	}
	l.pos = len(l.text)
	return tokBad
}
