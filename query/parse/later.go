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

// laterSyntax finds the first token that is wrong in 15, of what only a later version takes.
func (p *sqlParser) laterSyntax() (wrong token, found bool) {
	for _, c := range p.pieces {
		at := cursor{text: p.text, tokens: c.tokens}
		switch {
		case at.isWord(0, "GRANT"), at.isWord(0, "REVOKE"):
			wrong, found = at.laterOption()
		case at.words("REINDEX"):
			at.options()
			if at.words("DATABASE") || at.words("SYSTEM") {
				at.words("CONCURRENTLY")
				wrong, found = at.laterEnd()
			}
		case at.words("CLUSTER"):
			if at.options() {
				wrong, found = at.laterEnd()
			}
		case at.words("ALTER"):
			wrong, found = at.laterAlter()
		case at.words("CREATE"):
			wrong, found = at.laterCreate()
		}
		if found {
			return wrong, true
		}
	}
	return token{}, false
}

// laterOption is about a GRANT or a REVOKE of roles, whose options beside ADMIN are no
// option of 15: it is where that calls the syntax wrong.
func (c *cursor) laterOption() (wrong token, found bool) {
	known := func() bool { return c.isWord(1, "ADMIN") || c.isWord(1, "GRANT") }
	if c.isWord(0, "REVOKE") {
		return c.peekAt(2), c.isWord(2, "OPTION") && !known()
	}
	for c.skipTo("WITH"); c.peek().kind != tokEOF; c.skipTo("WITH") {
		n := 1
		if known() {
			n = 2
		}
		if n == 2 && c.isWord(2, "OPTION") {
			n = 3
		}
		if t := c.peekAt(n); t.kind != tokEOF && (n < 3 || c.isOp(n, ',')) {
			return t, true
		}
		c.i++
	}
	return token{}, false
}

// options passes what stands in parentheses, if anything does.
func (c *cursor) options() bool {
	if !c.isOp(0, '(') {
		return false
	}
	for c.peek().kind != tokEOF && !c.isOp(0, ')') {
		c.i++
	}
	c.i++
	return true
}

// laterEnd finds that a statement ends where 15 wants a name.
func (c *cursor) laterEnd() (wrong token, found bool) {
	if c.peek().kind != tokEOF {
		return token{}, false
	}
	return c.following(c.peek()), true
}

// laterAlter is about what ALTER COLUMN sets, and the columns that are added.
func (c *cursor) laterAlter() (wrong token, found bool) {
	for ; c.peek().kind != tokEOF; c.i++ {
		switch {
		case !c.isWord(0, "SET"):
		case (c.isWord(1, "STORAGE") || c.isWord(1, "STATISTICS")) && c.isWord(2, "DEFAULT"):
			return c.peekAt(2), true
		case c.isWord(1, "EXPRESSION") && c.isWord(2, "AS"):
			return c.peekAt(1), true
		}
		if c.isWord(0, "ADD") {
			column := *c
			column.i++
			column.words("COLUMN")
			column.words("IF", "NOT", "EXISTS")
			if wrong, found = column.laterStorage(); found {
				return wrong, true
			}
		}
	}
	return token{}, false
}

// laterCreate is about the columns of CREATE TABLE.
func (c *cursor) laterCreate() (wrong token, found bool) {
	table := false
	for ; !c.isOp(0, '('); c.i++ {
		table = table || c.isWord(0, "TABLE")
		if c.peek().kind == tokEOF || c.isWord(0, "AS") {
			return token{}, false
		}
	}
	if !table {
		return token{}, false
	}
	depth := 0
	for ; c.peek().kind != tokEOF; c.i++ {
		switch {
		case c.isOp(0, '('):
			depth++
		case c.isOp(0, ')'):
			depth--
		}
		switch {
		case depth == 0:
			return token{}, false
		case depth == 1 && (c.isOp(0, '(') || c.isOp(0, ',')):
			column := *c
			column.i++
			if wrong, found = column.laterStorage(); found {
				return wrong, true
			}
		}
	}
	return token{}, false
}

// notColumns begin what stands among columns and is none, behindType what may stand behind a column's type.
var (
	notColumns = map[string]bool{"check": true, "constraint": true, "foreign": true, "like": true, "primary": true, "unique": true}
	behindType = map[string]bool{
		"check": true, "collate": true, "compression": true, "constraint": true, "default": true, "generated": true, "not": true, "null": true,
		"options": true, "primary": true, "references": true, "unique": true,
	}
)

// laterStorage finds STORAGE behind the name and the type of a column.
func (c *cursor) laterStorage() (wrong token, found bool) {
	if t := c.peek(); t.kind == tokIdent && notColumns[strings.ToLower(c.textOf(t))] {
		return token{}, false
	}
	depth := 0
	for c.i += 2; c.peek().kind != tokEOF; c.i++ {
		t := c.peek()
		switch {
		case c.isOp(0, '('):
			depth++
		case depth > 0 && c.isOp(0, ')'):
			depth--
		case depth > 0:
		case c.isOp(0, ','), c.isOp(0, ')'), t.kind == tokIdent && behindType[strings.ToLower(c.textOf(t))]:
			return token{}, false
		case c.isWord(0, "STORAGE") && !c.afterDot():
			return t, true
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
