package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The grammar is that of a later PostgreSQL, which has more words of its own: where one of them stands,
// 15 sees a name, and so does the grammar if the word's last letters are none. What is replaced
// has as many bytes, so that locations stay true.

// laterMark stands for the last two letters of a word.
const laterMark = "\u0080"

// laterCalls are words that a later version reads as no function's name.
var laterCalls = map[string]bool{
	"json": true, "json_array": true, "json_arrayagg": true, "json_exists": true, "json_object": true, "json_objectagg": true, "json_query": true,
	"json_scalar": true, "json_serialize": true, "json_table": true, "json_value": true, "merge_action": true,
}

// laterWords finds the tokens of a statement that are names, or wrong, in PostgreSQL 15.
func (p *sqlParser) laterWords(c *piece) (all []token) {
	c0 := cursor{text: p.text, tokens: c.tokens}
	merge := c0.isWord(0, "MERGE")
	open := 0
	for i, t := range c.tokens {
		at := cursor{text: p.text, tokens: c.tokens, i: i}
		if t.kind == tokOp {
			switch p.text[t.start] {
			case '(':
				open++
			case ')':
				open--
			}
		}
		if t.kind != tokIdent || i == 0 {
			continue
		}
		before := cursor{text: p.text, tokens: c.tokens, i: i - 1}
		word := p.text[t.start:t.end]
		later := false
		switch len(word) {
		case len("BY"):
			later = before.isWord(0, "MATCHED") && at.isWord(0, "BY")
		case len("LOCAL"):
			later = before.isWord(0, "AT") && at.isWord(0, "LOCAL")
		case len("RETURNING"):
			later = merge && open == 0 && at.isWord(0, "RETURNING")
		case len("SYSTEM_USER"):
			later = at.isWord(0, "SYSTEM_USER")
		}
		if word[0]|0x20 == 'j' || word[0]|0x20 == 'm' {
			call := at.isOp(1, '(') && laterCalls[strings.ToLower(word)]
			test := at.isWord(0, "JSON") && (before.isWord(0, "IS") || before.isWord(0, "NOT"))
			later = later || call || test
		}
		if later {
			all = append(all, t)
		}
	}
	return all
}

// hideLater puts marks into later words, and reports whether there were any.
func (p *sqlParser) hideLater() {
	for _, c := range p.pieces {
		if c.stmt.Own != nil {
			continue
		}
		for _, t := range p.laterWords(c) {
			if p.clean == nil {
				p.clean = []byte(p.text)
			}
			copy(p.clean[t.end-len(laterMark):t.end], laterMark)
			p.later = append(p.later, t)
		}
	}
}

// spellLater gives a text of the grammar's the words that marks stand for.
func (p *sqlParser) spellLater(s string) string {
	for _, t := range p.later {
		s = strings.ReplaceAll(s, p.text[t.start:t.end-len(laterMark)]+laterMark, p.text[t.start:t.end])
	}
	return s
}

// showLater gives trees the names that marks stand for.
func (p *sqlParser) showLater(trees []*pg.RawStmt) {
	if len(p.later) == 0 {
		return
	}
	names := map[string]string{}
	for _, t := range p.later {
		word := strings.ToLower(p.text[t.start:t.end])
		names[word[:len(word)-len(laterMark)]+laterMark] = word
	}
	for _, tree := range trees {
		renamed(tree.ProtoReflect(), names)
	}
}

func renamed(m protoreflect.Message, names map[string]string) {
	m.Range(func(d protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if d.Kind() == protoreflect.StringKind && !d.IsList() {
			if name, ok := names[v.String()]; ok {
				m.Set(d, protoreflect.ValueOfString(name))
			}
		}
		return true
	})
	eachMessage(m, func(child protoreflect.Message) { renamed(child, names) })
}

// laterOption finds what only a later version takes in a GRANT or a REVOKE of roles, whose options beside ADMIN are no
// option of 15: it is where that calls the syntax wrong.
func (p *sqlParser) laterOption() (wrong token, found bool) {
	for _, c := range p.pieces {
		at := cursor{text: p.text, tokens: c.tokens}
		known := func() bool { return at.isWord(1, "ADMIN") || at.isWord(1, "GRANT") }
		switch {
		case at.isWord(0, "REVOKE") && at.isWord(2, "OPTION") && !known():
			return at.peekAt(2), true
		case !at.isWord(0, "GRANT"):
			continue
		}
		for at.skipTo("WITH"); at.peek().kind != tokEOF; at.skipTo("WITH") {
			n := 1
			if known() {
				n = 2
			}
			if n == 2 && at.isWord(2, "OPTION") {
				n = 3
			}
			if t := at.peekAt(n); t.kind != tokEOF && (n < 3 || at.isOp(n, ',')) {
				return t, true
			}
			at.i++
		}
	}
	return token{}, false
}

// Tree has the grammar read a text. Of a string with escapes it takes the backslash before a v, as 15 does: a later
// version reads a vertical tab. Blanks behind the string keep locations true.
func Tree(text string) (*pg.ParseResult, error) {
	if !strings.Contains(text, `\v`) {
		return pg.Parse(text)
	}
	l, read := lexer{text: text}, []byte(text)
	for t := l.next(); t.kind != tokEOF; t = l.next() {
		if t.kind != tokXString || text[t.start]|0x20 != 'e' {
			continue
		}
		kept := read[t.start:t.start]
		for i := t.start; i < t.end; i++ {
			if text[i] == '\\' {
				if i++; text[i] != 'v' {
					kept = append(kept, '\\')
				}
			}
			kept = append(kept, text[i])
		}
		blank(read[t.start+len(kept) : t.end])
	}
	return pg.Parse(string(read))
}
