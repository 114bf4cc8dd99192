package parse

import (
	"bytes"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Assert is ASSERT condition [THEN INSERT …].
type Assert struct {
	Condition *pg.Node
	Pos       int            // of the condition
	Insert    *pg.InsertStmt // nil: the assertion stands alone
}

// assertParser parses one ASSERT. PostgreSQL's grammar reads it as two statements of
// the same length, so that all offsets stay true:
//
//	ASSERT NOT EXISTS (SELECT …) THEN INSERT INTO events …
//	SELECT NOT EXISTS (SELECT …) ;    INSERT INTO events …
type assertParser struct {
	cursor
	sql  []byte
	then int // the token THEN; behind the last one if there is none
}

// assertion parses an ASSERT whose first word is taken.
func (p *sqlParser) assertion(c *piece, cur cursor) (any, error) {
	for i := range c.tokens {
		if p.beginsClause(c.tokens[i:]) {
			return nil, errorAt(sqlstate.FeatureNotSupported, p.text, c.tokens[i].start, "an assertion cannot have a freshness").
				WithHint("It is judged at the transaction's position, and again when the transaction commits.")
		}
	}
	a := assertParser{cursor: cur, sql: bytes.Repeat([]byte{' '}, c.stmt.End)}
	return a.parse()
}

func (p *assertParser) parse() (*Assert, error) {
	first := p.i
	copy(p.sql[p.tokens[0].start:], "SELECT")
	p.skipTo("THEN")
	p.then = p.i
	if p.then == first {
		return nil, p.unexpected()
	}
	if err := p.onlyCondition(first); err != nil {
		return nil, err
	}
	copy(p.sql[p.tokens[first].start:], p.text[p.tokens[first].start:p.tokens[p.then-1].end])
	if p.then < len(p.tokens) {
		if err := p.insert(); err != nil {
			return nil, err
		}
	}
	return p.grammar(&Assert{Pos: p.tokens[first].start})
}

// onlyCondition refuses what a SELECT can have beside one expression.
func (p *assertParser) onlyCondition(first int) error {
	depth := 0
	for p.i = first; p.i < p.then; p.i++ {
		switch {
		case p.isOp(0, '('), p.isOp(0, '['):
			depth++
		case p.isOp(0, ')'), p.isOp(0, ']'):
			depth--
		case depth == 0 && p.endsCondition(p.i == first):
			return p.unexpected()
		}
	}
	return nil
}

func (p *assertParser) endsCondition(first bool) bool {
	if p.afterDot() {
		return false
	}
	if p.isOp(0, ',') || first && (p.isWord(0, "ALL") || p.isWord(0, "DISTINCT")) {
		return true
	}
	if p.isWord(0, "FROM") {
		return !p.isWord(-1, "DISTINCT")
	}
	for _, w := range [...]string{
		"AS", "INTO", "WHERE", "GROUP", "HAVING", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR",
	} {
		if p.isWord(0, w) {
			return true
		}
	}
	return false
}

// insert copies the INSERT behind THEN.
func (p *assertParser) insert() error {
	p.i = p.then
	p.sql[p.take().start] = ';'
	if !p.isWord(0, "INSERT") {
		return p.unexpected()
	}
	copy(p.sql[p.peek().start:], p.text[p.peek().start:p.end()])
	return nil
}

func (p *assertParser) grammar(a *Assert) (*Assert, error) {
	tree, err := Tree(string(p.sql))
	if err != nil {
		e, offset := grammarError(err, string(p.sql), p.text)
		return nil, p.reword(e, offset, p.sql)
	}
	statements := tree.GetStmts()
	targets := statements[0].GetStmt().GetSelectStmt().GetTargetList()
	if len(targets) != 1 || len(statements) > 2 {
		return nil, syntaxError(p.text, p.tokens[0])
	}
	target := targets[0].GetResTarget()
	if target.GetName() != "" { // an alias without AS is the last word
		return nil, syntaxError(p.text, p.tokens[p.then-1])
	}
	a.Condition = target.GetVal()
	if len(statements) == 2 {
		a.Insert = statements[1].GetStmt().GetInsertStmt()
	}
	return a, nil
}
