package parse

import (
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// place is where in a SELECT a token stands, inside one pair of parentheses.
type place uint8

const (
	elsewhere  place = iota
	targetList       // after SELECT
	fromClause       // after FROM: a clause may follow each item
	laterOn          // after WHERE, GROUP, ORDER, …
)

// locator follows the places of a statement's tokens.
type locator struct {
	text  string
	outer []place
	now   place
	// last is the token before: a parenthesis behind a name is a call's, and words
	// behind a dot or DISTINCT are not clauses.
	last token
}

func (l *locator) step(t token) {
	switch t.kind {
	case tokOp:
		l.parenthesis(l.text[t.start])
	case tokIdent:
		if !l.lastIs('.') {
			l.word(l.text[t.start:t.end])
		}
	}
	l.last = t
}

func (l *locator) lastIs(op byte) bool {
	return l.last.kind == tokOp && l.text[l.last.start] == op
}

func (l *locator) lastWord(word string) bool {
	return l.last.kind == tokIdent && strings.EqualFold(l.text[l.last.start:l.last.end], word)
}

func (l *locator) parenthesis(c byte) {
	switch c {
	case '(':
		l.outer = append(l.outer, l.now)
		if l.now != fromClause || !l.groupsJoin() {
			l.now = elsewhere
		}
	case ')':
		if n := len(l.outer); n > 0 {
			l.now, l.outer = l.outer[n-1], l.outer[:n-1]
		}
	}
}

// groupsJoin reports whether a parenthesis behind the last token can group joins.
func (l *locator) groupsJoin() bool {
	switch l.last.kind {
	case tokOp:
		return l.lastIs(',') || l.lastIs('(')
	case tokIdent:
		return l.lastWord("FROM") || l.lastWord("JOIN") || l.lastWord("LATERAL")
	}
	return false
}

func (l *locator) word(w string) {
	switch strings.ToUpper(w) {
	case "SELECT":
		l.now = targetList
	case "TABLE":
		if l.last.kind == tokEOF || l.lastIs('(') {
			l.now = laterOn
		}
	case "FROM":
		if l.now == targetList && !l.lastWord("DISTINCT") {
			l.now = fromClause
		}
	case "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR":
		if l.now == fromClause || l.now == targetList {
			l.now = laterOn
		}
	}
}

// allows reports whether a freshness clause may stand here with next behind it.
func (l *locator) allows(c *cursor) bool {
	if l.now == elsewhere {
		return false
	}
	next := c.peek()
	if next.kind == tokEOF || c.isOp(0, ')') {
		return true
	}
	if next.kind == tokOp {
		return l.now == fromClause && c.isOp(0, ',')
	}
	if next.kind != tokIdent {
		return false
	}
	switch strings.ToUpper(c.textOf(next)) {
	case "UNION", "INTERSECT", "EXCEPT", "RETURNING":
		return true
	case "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR",
		"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "ON", "USING":
		return l.now == fromClause
	}
	return false
}

// freshness finds the statement's freshness clauses and hints, blanks the clauses
// and keeps what they say. With an error it returns where the clause begins.
func (p *sqlParser) freshness(c *piece) (from int, err error) {
	l := locator{text: p.text}
	for i := 0; i < len(c.tokens); i++ {
		if !p.beginsClause(c.tokens[i:]) {
			l.step(c.tokens[i])
			continue
		}
		begin := c.tokens[i].start
		cp := clauseParser{cursor: cursor{text: p.text, tokens: c.tokens, i: i + 2}, params: true}
		f, err := cp.freshness()
		if err != nil {
			return begin, err
		}
		if !l.allows(&cp.cursor) {
			return begin, p.misplaced(&l, &cp.cursor, c.tokens[i])
		}
		if err := p.keep(c, f); err != nil {
			return begin, err
		}
		i = cp.i - 1
		p.blank(begin, c.tokens[i].end)
	}
	return p.hinted(c)
}

// misplaced blames the clause where none may stand, else what follows it.
func (p *sqlParser) misplaced(l *locator, c *cursor, with token) error {
	if next := c.peek(); l.now == fromClause && next.kind != tokEOF {
		return hintedSyntax(c.unexpected(), misplacedHint(c))
	}
	return hinted(syntaxError(p.text, with), placeHint)
}

func misplacedHint(c *cursor) string {
	if c.isWord(0, "ON") {
		return staleHint
	}
	return placeHint
}

// beginsClause tells WITH FRESHNESS from a common table expression of that name.
func (p *sqlParser) beginsClause(tokens []token) bool {
	c := cursor{text: p.text, tokens: tokens}
	if !c.isWord(0, "WITH") || !c.isWord(1, "FRESHNESS") {
		return false
	}
	return !c.isOp(2, '(') && (!c.isWord(2, "AS") || c.isWord(3, "OF"))
}

func (p *sqlParser) keep(c *piece, f *Freshness) error {
	if own := c.stmt.Freshness; own != nil && !own.Equal(f) {
		return errorAt(sqlstate.SyntaxError, p.text, f.Pos, "conflicting freshness clauses").
			WithDetail("A statement reads everything with one freshness.")
	}
	if c.stmt.Freshness == nil {
		c.stmt.Freshness = f
	}
	return nil
}

// hinted reads the hint comments that belong to the statement.
func (p *sqlParser) hinted(c *piece) (from int, err error) {
	for _, hint := range p.takeHints(c) {
		f, err := parseHint(p.text, hint)
		if err != nil {
			return hint.start, err
		}
		if f == nil {
			continue
		}
		if err := p.keep(c, f); err != nil {
			return hint.start, err
		}
	}
	return 0, nil
}

// takeHints returns the hints before the statement's semicolon that no statement
// before it took.
func (p *sqlParser) takeHints(c *piece) []token {
	n := 0
	for n < len(p.hints) && p.hints[n].start < c.limit {
		n++
	}
	taken := p.hints[:n]
	p.hints = p.hints[n:]
	return taken
}
