package jsonb

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

type token byte

const (
	tokEnd token = iota + 1
	tokString
	tokNumber
	tokTrue
	tokFalse
	tokNull
	tokPunct // the byte at start says which
)

// lexer reads one token ahead.
type lexer struct {
	text     string
	tok      token
	start    int // of the token
	end      int // behind it
	line     int // from 1
	lineAt   int // where the line starts
	unescape bool
	str      string // the string token's value, if unescape
	buf      []byte
}

func (l *lexer) found() string { return l.text[l.start:l.end] }

func (l *lexer) punct(b byte) bool { return l.tok == tokPunct && l.text[l.start] == b }

func (l *lexer) next() error {
	l.skipSpace()
	l.start = l.end
	if l.end == len(l.text) {
		l.tok = tokEnd
		return nil
	}
	switch b := l.text[l.end]; {
	case b == '"':
		l.tok = tokString
		return l.readString()
	case b == '-' || b-'0' <= 9:
		l.tok = tokNumber
		return l.readNumber()
	case strings.IndexByte("{}[],:", b) >= 0:
		l.tok = tokPunct
		l.end++
		return nil
	}
	return l.readWord()
}

func (l *lexer) skipSpace() {
	for l.end < len(l.text) {
		switch l.text[l.end] {
		case '\n':
			l.line++
			l.lineAt = l.end + 1
		case ' ', '\t', '\r':
		default:
			return
		}
		l.end++
	}
}

func isWordByte(b byte) bool {
	return b-'a' <= 25 || b-'A' <= 25 || b-'0' <= 9 || b == '_' || b >= 0x80
}

func (l *lexer) skipWord() {
	for l.end < len(l.text) && isWordByte(l.text[l.end]) {
		l.end++
	}
}

func (l *lexer) readWord() error {
	l.skipWord()
	if l.end == l.start {
		l.end++
		return l.fail("Token \"%s\" is invalid.", l.found())
	}
	switch l.found() {
	case "true":
		l.tok = tokTrue
	case "false":
		l.tok = tokFalse
	case "null":
		l.tok = tokNull
	default:
		return l.fail("Token \"%s\" is invalid.", l.found())
	}
	return nil
}

func (l *lexer) digits() bool {
	from := l.end
	for l.end < len(l.text) && l.text[l.end]-'0' <= 9 {
		l.end++
	}
	return l.end > from
}

func (l *lexer) skip(set string) bool {
	if l.end < len(l.text) && strings.IndexByte(set, l.text[l.end]) >= 0 {
		l.end++
		return true
	}
	return false
}

func (l *lexer) readNumber() error {
	l.skip("-")
	ok := l.skip("0") || l.digits()
	if l.skip(".") {
		ok = l.digits() && ok
	}
	if l.skip("eE") {
		l.skip("+-")
		ok = l.digits() && ok
	}
	from := l.end
	l.skipWord()
	if !ok || l.end > from {
		return l.fail("Token \"%s\" is invalid.", l.found())
	}
	return nil
}

func (l *lexer) readString() error {
	from := l.end + 1
	for i := from; i < len(l.text); i++ {
		switch b := l.text[i]; {
		case b == '"':
			l.str, l.end = l.text[from:i], i+1
			return nil
		case b == '\\':
			return l.readEscaped(from, i)
		case b < ' ':
			return l.failAt(i, "Character with value 0x%02x must be escaped.", b)
		}
	}
	return l.failOpen()
}

// readEscaped reads a string from its first backslash on.
func (l *lexer) readEscaped(from, i int) error {
	l.buf = append(l.buf[:0], l.text[from:i]...)
	for i < len(l.text) {
		switch b := l.text[i]; {
		case b == '"':
			l.end = i + 1
			if l.unescape {
				l.str = string(l.buf)
			}
			return nil
		case b == '\\':
			n, err := l.readEscape(i)
			if err != nil {
				return err
			}
			i += n
		case b < ' ':
			return l.failAt(i, "Character with value 0x%02x must be escaped.", b)
		default:
			l.buf = append(l.buf, b)
			i++
		}
	}
	return l.failOpen()
}

const simpleEscapes = "\"\"\\\\//b\bf\fn\nr\rt\t"

// readEscape reads the escape at i and returns its length.
func (l *lexer) readEscape(i int) (int, error) {
	if i+1 == len(l.text) {
		return 0, l.failOpen()
	}
	c := l.text[i+1]
	if c == 'u' {
		return l.readUnicode(i)
	}
	for k := 0; k < len(simpleEscapes); k += 2 {
		if simpleEscapes[k] == c {
			l.buf = append(l.buf, simpleEscapes[k+1])
			return 2, nil
		}
	}
	r, size := utf8.DecodeRuneInString(l.text[i+1:])
	return 0, l.failAt(i+1+size, "Escape sequence \"\\%c\" is invalid.", r)
}

func (l *lexer) readUnicode(i int) (int, error) {
	r, err := l.hex4(i + 2)
	if err != nil || !l.unescape {
		return 6, err
	}
	switch {
	case r == 0:
		l.end = i + 6
		e := sqlstate.New(sqlstate.UntranslatableCharacter, "unsupported Unicode escape sequence")
		return 0, l.locate(e.WithDetail("%s", "\\u0000 cannot be converted to text."))
	case r >= 0xdc00 && r < 0xe000:
		return 0, l.failAt(i+6, "%s", lowSurrogate)
	case r < 0xd800 || r >= 0xe000:
		l.buf = utf8.AppendRune(l.buf, r)
		return 6, nil
	}
	if !strings.HasPrefix(l.text[i+6:], `\u`) {
		return 0, l.failAt(min(i+7, len(l.text)), "%s", lowSurrogate)
	}
	low, err := l.hex4(i + 8)
	switch {
	case err != nil:
		return 0, err
	case low >= 0xd800 && low < 0xdc00:
		return 0, l.failAt(i+12, "Unicode high surrogate must not follow a high surrogate.")
	case low < 0xdc00 || low >= 0xe000:
		return 0, l.failAt(i+12, "%s", lowSurrogate)
	}
	l.buf = utf8.AppendRune(l.buf, (r-0xd800)<<10+(low-0xdc00)+0x10000)
	return 12, nil
}

const lowSurrogate = "Unicode low surrogate must follow a high surrogate."

func (l *lexer) hex4(at int) (r rune, err error) {
	for k := at; k < at+4; k++ {
		if k >= len(l.text) {
			return 0, l.failOpen()
		}
		d := strings.IndexByte("0123456789abcdef", l.text[k]|0x20)
		if d < 0 || l.text[k] < '0' {
			return 0, l.failAt(k+1, "\"\\u\" must be followed by four hexadecimal digits.")
		}
		r = r<<4 | rune(d)
	}
	return r, nil
}

// failOpen is the error of a string without its end.
func (l *lexer) failOpen() error {
	l.end = len(l.text)
	return l.fail("Token \"%s\" is invalid.", l.found())
}

func (l *lexer) failAt(end int, format string, args ...any) error {
	l.end = end
	return l.fail(format, args...)
}

func (l *lexer) fail(format string, args ...any) error {
	e := sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type json")
	return l.locate(e.WithDetail(format, args...))
}

const contextBytes = 50

// locate adds the CONTEXT line, with the end of the line read so far.
func (l *lexer) locate(e *sqlstate.Error) error {
	from, prefix, suffix := l.lineAt, "...", ""
	for l.end-from >= contextBytes {
		_, size := utf8.DecodeRuneInString(l.text[from:])
		from += size
	}
	if from-l.lineAt <= 3 {
		from, prefix = l.lineAt, ""
	}
	if l.tok != tokEnd && l.end < len(l.text) && l.text[l.end] != '\n' && l.text[l.end] != '\r' {
		suffix = "..."
	}
	e.Where = fmt.Sprintf("JSON data, line %d: %s%s%s", l.line, prefix, l.text[min(from, l.end):l.end], suffix)
	return e
}
