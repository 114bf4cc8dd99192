package parse

import (
	"strconv"
	"strings"
)

// LiteralKind is the type that PostgreSQL gives a literal.
type LiteralKind byte

// Kinds of literals that a Shaper cuts out.
const (
	StringLiteral  LiteralKind = 's' // '…': unknown
	IntLiteral     LiteralKind = 'i' // digits that fit int4
	BigIntLiteral  LiteralKind = 'b' // digits that fit int8 only
	NumericLiteral LiteralKind = 'n' // all other decimal numbers; never negative
)

// Literal is one literal of a statement's text. Start is also the Location of its
// A_Const in a parse of the same text, but where the grammar has folded a minus sign
// into the constant: then the Location is the sign's.
type Literal struct {
	Kind       LiteralKind
	Start, End int // bytes, quotes included
}

// Value returns the literal's content: a number's digits, a string without quotes.
func (l Literal) Value(sql string) string {
	if l.Kind != StringLiteral {
		return sql[l.Start:l.End]
	}
	content := sql[l.Start+1 : l.End-1]
	if strings.IndexByte(content, '\'') < 0 {
		return content
	}
	return strings.ReplaceAll(content, "''", "'")
}

// shapeBytesMax bounds the statements whose shapes are worth knowing.
const shapeBytesMax = 16 << 10

// Shaper recognises statements that differ in literals only, without parsing them.
// The zero value is ready. It reuses its buffers and is used by one goroutine.
type Shaper struct {
	key      []byte
	literals []Literal
}

// Shape cuts the literals out of sql and reports whether the shape is known: Key and
// Literals then hold until the next call. Two texts have the same key only if they
// are equal but for the digits or the quoted content of literals of the same kinds,
// so a plan made for one serves the other wherever it takes those literals as
// parameters; a literal that a plan has built in (a LIMIT, a type modifier, ORDER BY
// 2) must be compared by the plan's owner. Comments, everything behind WITH FRESHNESS,
// and all other forms of strings and numbers stay in the key as written.
//
// Unknown are: several statements, unterminated or oddly lexed text, text longer than
// 16 KiB. The text must be read with standard_conforming_strings on or off alike:
// strings with a backslash stay in the key.
func (s *Shaper) Shape(sql string) bool {
	s.key, s.literals = s.key[:0], s.literals[:0]
	if len(sql) > shapeBytesMax {
		return false
	}
	return s.scan(sql)
}

// Key returns the shape's key: m[string(s.Key())] looks it up without allocation.
func (s *Shaper) Key() []byte { return s.key }

// Literals returns the literals that the key leaves out, in order.
func (s *Shaper) Literals() []Literal { return s.literals }

func (s *Shaper) scan(sql string) bool {
	l := lexer{text: sql}
	copied, ended, verbatim := 0, false, false
	var last token
	for t := l.next(); t.kind != tokEOF; t = l.next() {
		switch {
		case t.kind == tokBad, ended && t.kind != tokComment:
			return false
		case t.kind == tokOp && sql[t.start] == ';':
			ended = true
		case t.kind == tokIdent:
			verbatim = verbatim || isFreshness(sql, last, t)
		case t.kind == tokString || t.kind == tokInt || t.kind == tokNumeric:
			if touches(sql, t) {
				return false
			}
			if kind, ok := literalKind(sql, t); ok && !verbatim {
				s.key = append(s.key, sql[copied:t.start]...)
				s.key = append(s.key, 0, byte(kind))
				s.literals = append(s.literals, Literal{Kind: kind, Start: t.start, End: t.end})
				copied = t.end
			}
		}
		last = t
	}
	s.key = append(s.key, sql[copied:]...)
	return strings.IndexByte(sql, 0) < 0
}

func isFreshness(sql string, last, t token) bool {
	return last.kind == tokIdent && strings.EqualFold(sql[t.start:t.end], "FRESHNESS") && strings.EqualFold(sql[last.start:last.end], "WITH")
}

// touches reports a literal that runs into its neighbour: lexers may differ there.
func touches(sql string, t token) bool {
	if t.end < len(sql) && (isIdentPart(sql[t.end]) || sql[t.end] == '.' || sql[t.end] == '\'' || sql[t.end] == '"') {
		return true
	}
	return t.start > 0 && (isIdentPart(sql[t.start-1]) || sql[t.start-1] == '.' || sql[t.start-1] == '\'' || sql[t.start-1] == '"')
}

// literalKind tells the kind of a literal that may be cut.
func literalKind(sql string, t token) (LiteralKind, bool) {
	text := sql[t.start:t.end]
	switch t.kind {
	case tokString:
		return StringLiteral, strings.IndexByte(text, '\\') < 0
	case tokNumeric:
		return NumericLiteral, true
	}
	if len(text) < 10 {
		return IntLiteral, true
	}
	n, err := strconv.ParseUint(text, 10, 63)
	switch {
	case err != nil:
		return NumericLiteral, true
	case n <= 1<<31-1:
		return IntLiteral, true
	}
	return BigIntLiteral, true
}
