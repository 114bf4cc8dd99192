package parse

import (
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
)

// AlterEventKind is ALTER EVENT KIND 'kind' action [, ...].
type AlterEventKind struct {
	Kind    string
	KindPos int
	Actions []UpcastAction // one at least
	Text    string         // the whole query string, which positions count in
}

// UpcastAction is ADD, ALTER or DROP UPCAST FROM VERSION n.
type UpcastAction struct {
	Verb UpcastVerb
	// Lenient is IF NOT EXISTS of ADD, IF EXISTS of DROP.
	Lenient bool
	From    int // the schema version, at least 1
	FromPos int
	Expr    *pg.Node // nil: DROP
	Source  string   // the expression's text
}

// UpcastVerb is the first word of an UpcastAction.
type UpcastVerb uint8

// Verbs. The zero value is not valid.
const (
	AddUpcast UpcastVerb = iota + 1
	AlterUpcast
	DropUpcast
)

// SchemaVersionMax is the last schema version of a kind.
const SchemaVersionMax = 10_000

// eventKindParser parses one ALTER EVENT KIND. As projectionParser does, it leaves
// the expressions to PostgreSQL's grammar, at their own offsets:
//
//	ALTER EVENT KIND 'a' ADD UPCAST FROM VERSION 1 AS (data || '{}')
//	                                          ;SELECT (data || '{}')
type eventKindParser struct {
	cursor
	sql  []byte
	stmt *AlterEventKind
}

func (p *sqlParser) alterEventKind(piece *piece, c cursor) (any, error) {
	ep := &eventKindParser{cursor: c, sql: []byte(p.text[:piece.stmt.End]), stmt: &AlterEventKind{Text: p.text}}
	blank(ep.sql)
	if last := c.tokens[len(c.tokens)-1]; last.kind == tokBad {
		return nil, lexError(p.text, last)
	}
	if err := ep.frame(); err != nil {
		return nil, err
	}
	return ep.stmt, ep.grammar()
}

// frame reads everything but the expressions, which it copies into sql.
func (p *eventKindParser) frame() (err error) {
	k := p.peek()
	switch k.kind {
	case tokString, tokXString:
	case tokIdent, tokQuoted:
		return hinted(p.unexpected(), "The name of an event kind is a string: 'OrderPlaced'.")
	default:
		return p.unexpected()
	}
	p.take()
	p.stmt.KindPos = k.start
	if p.stmt.Kind, err = stringConstant(p.text, k); err != nil {
		return err
	}
	for first := true; first || p.op(','); first = false {
		if err := p.action(); err != nil {
			return err
		}
	}
	if p.peek().kind != tokEOF {
		return p.unexpected()
	}
	return nil
}

const actionHint = "An event kind has upcasts: ADD UPCAST FROM VERSION 1 AS (expression), ALTER UPCAST FROM VERSION 1 AS (expression), DROP UPCAST FROM VERSION 1."

func (p *eventKindParser) action() error {
	a := UpcastAction{}
	verb := p.peek()
	switch {
	case p.words("ADD"):
		a.Verb = AddUpcast
	case p.words("ALTER"):
		a.Verb = AlterUpcast
	case p.words("DROP"):
		a.Verb = DropUpcast
	case p.isWord(0, "RENAME"):
		return errorAt(sqlstate.FeatureNotSupported, p.text, verb.start, "renaming an event kind is not supported").
			WithHint("Let the WHEN clauses of projections name both kinds.")
	default:
		return hinted(p.unexpected(), actionHint)
	}
	if !p.words("UPCAST") {
		return hinted(p.unexpected(), actionHint)
	}
	a.Lenient = a.Verb == AddUpcast && p.words("IF", "NOT", "EXISTS") || a.Verb == DropUpcast && p.words("IF", "EXISTS")
	if !p.words("FROM", "VERSION") {
		p.words("FROM")
		return p.unexpected()
	}
	if err := p.version(&a); err != nil {
		return err
	}
	if a.Verb != DropUpcast {
		if err := p.expression(&a); err != nil {
			return err
		}
	}
	p.stmt.Actions = append(p.stmt.Actions, a)
	return nil
}

func (p *eventKindParser) version(a *UpcastAction) error {
	t := p.peek()
	if t.kind != tokInt {
		return p.unexpected()
	}
	p.take()
	if t.glued {
		return errorAt(sqlstate.SyntaxError, p.text, t.start, "trailing junk after numeric literal at or near \"%s\"", p.text[t.start:p.peek().end])
	}
	n, err := strconv.Atoi(p.textOf(t))
	if err != nil || n < 1 || n >= SchemaVersionMax {
		return errorAt(sqlstate.InvalidParameterValue, p.text, t.start, "schema version %s is out of range", p.textOf(t)).
			WithDetail("Upcasts begin at versions 1 to %d; events that name no version are of version 1.", SchemaVersionMax-1)
	}
	a.From, a.FromPos = n, t.start
	return nil
}

// selectText stands before the expression, where there is room: after FROM VERSION.
const selectText = ";SELECT"

// expression copies what stands in the parentheses.
func (p *eventKindParser) expression(a *UpcastAction) error {
	if !p.words("AS") {
		return p.unexpected()
	}
	open := p.peek()
	if !p.isOp(0, '(') {
		return hinted(p.unexpected(), "The expression of an upcast stands in parentheses.")
	}
	end, err := p.closing()
	if err != nil {
		return err
	}
	copy(p.sql[open.start-len(selectText):], selectText)
	copy(p.sql[open.start:end], p.text[open.start:end])
	a.Source = p.text[open.end : end-1]
	return nil
}

// closing takes a parenthesis and all up to the one that matches it.
func (p *eventKindParser) closing() (end int, err error) {
	for depth := 0; ; {
		t := p.take()
		switch {
		case t.kind == tokEOF:
			return 0, syntaxError(p.text, p.following(t))
		case t.kind != tokOp:
		case p.text[t.start] == '(':
			depth++
		case p.text[t.start] == ')':
			if depth--; depth == 0 {
				return t.end, nil
			}
		}
	}
}

// grammar parses sql and hands its expressions to the actions.
func (p *eventKindParser) grammar() error {
	tree, err := Tree(string(p.sql))
	if err != nil {
		e, offset := grammarError(err, string(p.sql), p.text)
		return p.reword(e, offset, p.sql)
	}
	all := tree.GetStmts()
	for i := range p.stmt.Actions {
		a := &p.stmt.Actions[i]
		if a.Verb == DropUpcast {
			continue
		}
		if len(all) == 0 || len(all[0].GetStmt().GetSelectStmt().GetTargetList()) != 1 {
			return syntaxError(p.text, p.tokens[0])
		}
		a.Expr = all[0].GetStmt().GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal()
		all = all[1:]
	}
	return nil
}
