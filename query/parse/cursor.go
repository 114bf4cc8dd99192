package parse

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
)

// cursor reads tokens of text, for the parts of the grammar that are ours.
type cursor struct {
	text   string
	tokens []token
	i      int
}

func (c *cursor) peek() token { return c.peekAt(0) }

func (c *cursor) peekAt(n int) token {
	if c.i+n < len(c.tokens) {
		return c.tokens[c.i+n]
	}
	return token{start: c.end(), end: c.end()}
}

// end is where the last token ends: errors at the end of a part point behind it.
func (c *cursor) end() int {
	if len(c.tokens) == 0 {
		return 0
	}
	return c.tokens[len(c.tokens)-1].end
}

func (c *cursor) take() token {
	t := c.peek()
	c.i++
	return t
}

func (c *cursor) textOf(t token) string { return c.text[t.start:t.end] }

func (c *cursor) isWord(n int, word string) bool {
	t := c.peekAt(n)
	return t.kind == tokIdent && strings.EqualFold(c.textOf(t), word)
}

func (c *cursor) isOp(n int, op byte) bool {
	t := c.peekAt(n)
	return t.kind == tokOp && c.text[t.start] == op
}

// words takes the given words if all of them are next.
func (c *cursor) words(words ...string) bool {
	for n, w := range words {
		if !c.isWord(n, w) {
			return false
		}
	}
	c.i += len(words)
	return true
}

func (c *cursor) op(op byte) bool {
	if !c.isOp(0, op) {
		return false
	}
	c.i++
	return true
}

// unexpected is the error for the next token.
func (c *cursor) unexpected() error {
	t := c.peek()
	switch t.kind {
	case tokEOF:
		return syntaxError(c.text, c.following(t))
	case tokBad:
		return lexError(c.text, t)
	}
	return syntaxError(c.text, t)
}

// following finds what stands in the text behind the last token, such as the
// semicolon that ends the statement.
func (c *cursor) following(t token) token {
	l := lexer{text: c.text, pos: t.start}
	for t = l.next(); t.kind == tokComment; t = l.next() {
	}
	return t
}

// name takes an identifier, folded as PostgreSQL folds it.
func (c *cursor) name() (string, token, error) {
	t := c.peek()
	switch t.kind {
	case tokIdent, tokQuoted:
	default:
		return "", t, c.unexpected()
	}
	name, err := identifier(c.text, t)
	if err != nil {
		return "", t, err
	}
	c.i++
	return name, t, nil
}

// identifier lets the grammar read one name, so that reserved words, U&"" and
// truncation are as in PostgreSQL.
func identifier(text string, t token) (string, error) {
	node, err := parseAt(text, t, "TABLE ")
	if err != nil {
		return "", err
	}
	from := node.GetSelectStmt().GetFromClause()
	if len(from) != 1 || from[0].GetRangeVar() == nil {
		return "", syntaxError(text, t)
	}
	return from[0].GetRangeVar().GetRelname(), nil
}

// stringConstant returns the content of a string token of any form.
func stringConstant(text string, t token) (string, error) {
	if t.kind == tokString {
		return strings.ReplaceAll(text[t.start+1:t.end-1], "''", "'"), nil
	}
	node, err := parseAt(text, t, "SELECT ")
	if err != nil {
		return "", err
	}
	targets := node.GetSelectStmt().GetTargetList()
	if len(targets) != 1 {
		return "", syntaxError(text, t)
	}
	value := targets[0].GetResTarget().GetVal().GetAConst()
	if value == nil || value.GetSval() == nil {
		return "", syntaxError(text, t)
	}
	return value.GetSval().GetSval(), nil
}

// parseAt parses prefix and one token.
func parseAt(text string, t token, prefix string) (*pg.Node, error) {
	parsed := prefix + text[t.start:t.end]
	tree, err := Tree(parsed)
	if err != nil {
		e, offset := grammarError(err, parsed, parsed)
		e.Position = Position(text, t.start+max(offset-len(prefix), 0))
		return nil, e
	}
	if len(tree.GetStmts()) != 1 {
		return nil, syntaxError(text, t)
	}
	return tree.GetStmts()[0].GetStmt(), nil
}

// param returns n of a $n token.
func (c *cursor) param(t token) (int, error) {
	n, err := strconv.Atoi(c.text[t.start+1 : t.end])
	if err != nil || n < 1 || n > 65535 || t.glued {
		return 0, errorAt(sqlstate.UndefinedParameter, c.text, t.start, "there is no parameter %s", c.textOf(t))
	}
	return n, nil
}

// skipTo moves to the next such word outside parentheses and CASE, or to the end,
// and returns the end of the token before it.
func (c *cursor) skipTo(word string) (end int) {
	depth := 0
	for ; c.peek().kind != tokEOF; c.i++ {
		if depth == 0 && c.isWord(0, word) && !c.afterDot() {
			break
		}
		switch {
		case c.isOp(0, '('), c.isOp(0, '['), c.isWord(0, "CASE") && !c.afterDot():
			depth++
		case c.isOp(0, ')'), c.isOp(0, ']'), c.isWord(0, "END") && !c.afterDot():
			depth--
		}
		end = c.peek().end
	}
	return end
}

func (c *cursor) afterDot() bool { return c.isOp(-1, '.') }

// reword gives a syntax error of the grammar over sql, a text of our making, the
// token that the user wrote there.
func (c *cursor) reword(e *sqlstate.Error, offset int, sql []byte) error {
	if e.Code != sqlstate.SyntaxError || e.Position == 0 {
		return e
	}
	if offset < len(sql) && offset < len(c.text) && sql[offset] == c.text[offset] {
		return e
	}
	for _, t := range c.tokens {
		if t.start >= offset {
			return syntaxError(c.text, t)
		}
	}
	return syntaxError(c.text, c.following(token{start: c.end()}))
}
