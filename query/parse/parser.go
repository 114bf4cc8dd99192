package parse

import (
	"strings"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
)

// sqlParser parses one query string. Everything of ours is overwritten with spaces
// before PostgreSQL's grammar sees the text, so that all locations stay true.
type sqlParser struct {
	text   string
	tokens []token  // without comments
	bad    bool     // a comment or string is unterminated
	hints  []token  // the /*+ comments
	clean  []byte   // text with our parts blanked; nil while nothing is
	pieces []*piece // the statements, in order
	later  []token  // that are words in a later version alone
}

// piece is a statement before the grammar has seen it.
type piece struct {
	tokens []token
	limit  int // where its semicolon, or the text's end, is
	stmt   *Statement
}

func newParser(text string) (*sqlParser, error) {
	if len(text) > BytesMax {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "query string is longer than %d bytes", BytesMax)
	}
	if err := checkUTF8(text); err != nil {
		return nil, err
	}
	p := &sqlParser{text: text}
	if err := p.scan(); err != nil {
		return nil, err
	}
	p.split()
	return p, nil
}

func checkUTF8(text string) error {
	if i := strings.IndexByte(text, 0); i >= 0 {
		return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00")
	}
	if utf8.ValidString(text) {
		return nil
	}
	for i, r := range text {
		if r != utf8.RuneError {
			continue
		}
		if _, n := utf8.DecodeRuneInString(text[i:]); n == 1 {
			return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x%02x", text[i])
		}
	}
	return nil
}

func (p *sqlParser) scan() error {
	l, d := lexer{text: p.text}, depth{}
	p.tokens = make([]token, 0, 16+len(p.text)/5)
	for t := l.next(); t.kind != tokEOF; t = l.next() {
		if t.kind == tokComment {
			if strings.HasPrefix(p.text[t.start:], "/*+") {
				p.hints = append(p.hints, t)
			}
			continue
		}
		p.bad = p.bad || t.kind == tokBad
		if !d.add(p.text, t) {
			return errTooDeep
		}
		p.tokens = append(p.tokens, t)
		if len(p.tokens) > tokensMax {
			return sqlstate.New(sqlstate.ProgramLimitExceeded, "query string has more than %d tokens", tokensMax)
		}
	}
	return nil
}

// split cuts the tokens at semicolons outside parentheses.
func (p *sqlParser) split() {
	start, open := 0, 0
	for i, t := range p.tokens {
		if t.kind != tokOp {
			continue
		}
		switch p.text[t.start] {
		case '(':
			open++
		case ')':
			open--
		case ';':
			if open <= 0 {
				p.addPiece(p.tokens[start:i], t.start)
				start, open = i+1, 0
			}
		}
	}
	p.addPiece(p.tokens[start:], len(p.text))
}

func (p *sqlParser) addPiece(tokens []token, limit int) {
	if len(tokens) == 0 {
		return
	}
	s := &Statement{Text: p.text, Start: tokens[0].start, End: tokens[len(tokens)-1].end}
	p.pieces = append(p.pieces, &piece{tokens: tokens, limit: limit, stmt: s})
}

// parse is the whole way: our parts first, then PostgreSQL's grammar over the rest
// in one call. Of two errors the one that stands first in the text is told.
func (p *sqlParser) parse() ([]*Statement, error) {
	from, ourErr := p.ours()
	if ourErr != nil {
		p.blank(from, len(p.text))
	} else if p.onlyOurs() {
		return p.statements(), nil
	}
	p.hideLater()
	tree, err := Tree(p.cleanText())
	junk, junkErr := p.junk()
	if t, found := p.laterSyntax(); found && (junkErr == nil || t.start < junk) {
		junk, junkErr = t.start, syntaxError(p.text, t)
	}
	if err != nil {
		e, offset := p.grammarError(err)
		if (ourErr == nil || offset < from) && (junkErr == nil || offset < junk) {
			if e.Code == sqlstate.SyntaxError && e.Hint == "" {
				e.Hint = p.clauseHint(offset)
			}
			return nil, e
		}
	}
	if junkErr != nil && (ourErr == nil || junk < from) {
		return nil, junkErr
	}
	if ourErr != nil {
		return nil, ourErr
	}
	p.showLater(tree.GetStmts())
	p.assign(tree.GetStmts())
	return p.statements(), nil
}

// ours parses our own statements and clauses and blanks them. With an error it
// returns the offset where the part of ours begins that is wrong.
func (p *sqlParser) ours() (from int, err error) {
	for _, c := range p.pieces {
		own, err := p.own(c)
		if err != nil {
			return c.stmt.Start, err
		}
		if own != nil {
			c.stmt.Own = own
			p.blank(c.stmt.Start, c.stmt.End)
			p.takeHints(c)
			continue
		}
		if from, err := p.freshness(c); err != nil {
			return from, err
		}
	}
	return 0, nil
}

// junk finds 0x1F and 1_000, which the grammar knows from later versions of PostgreSQL, and $1a; 15 calls
// their tails junk.
func (p *sqlParser) junk() (offset int, err error) {
	for i, t := range p.tokens {
		what := map[tokenKind]string{tokInt: "numeric literal", tokNumeric: "numeric literal", tokParam: "parameter"}[t.kind]
		if !t.glued || what == "" || p.clean != nil && p.clean[t.start] == ' ' {
			continue
		}
		end := p.tokens[min(i+1, len(p.tokens)-1)].end
		if exponent := p.text[t.end:end]; t.kind != tokParam && (exponent == "e" || exponent == "E") && strings.ContainsAny(p.text[end:min(end+1, len(p.text))], "+-") {
			end++ // its sign
		}
		return t.start, errorAt(sqlstate.SyntaxError, p.text, t.start, "trailing junk after %s at or near \"%s\"", what, p.text[t.start:end])
	}
	return 0, nil
}

func (p *sqlParser) onlyOurs() bool {
	for _, c := range p.pieces {
		if c.stmt.Own == nil {
			return false
		}
	}
	return !p.bad
}

func (p *sqlParser) statements() []*Statement {
	all := make([]*Statement, 0, len(p.pieces))
	for _, c := range p.pieces {
		if c.stmt.Node != nil || c.stmt.Own != nil {
			all = append(all, c.stmt)
		}
	}
	return all
}

// assign hands each tree to the piece in which it lies. A tree that spans several
// pieces (a function body of several statements) belongs to the first.
func (p *sqlParser) assign(trees []*pg.RawStmt) {
	i := 0
	for _, raw := range trees {
		start := int(raw.GetStmtLocation())
		for i < len(p.pieces) && (p.pieces[i].stmt.Own != nil || p.pieces[i].stmt.End <= start) {
			i++
		}
		if i == len(p.pieces) {
			return
		}
		s := p.pieces[i].stmt
		s.Node = raw.GetStmt()
		for end := start + int(raw.GetStmtLen()); i+1 < len(p.pieces) && p.pieces[i+1].stmt.Start < end; i++ {
			s.End = p.pieces[i+1].stmt.End
		}
		i++
	}
}

func (p *sqlParser) cleanText() string {
	if p.clean == nil {
		return p.text
	}
	return string(p.clean)
}

// blank overwrites text[start:end] with spaces for the grammar. Byte offsets stay
// true; positions in characters do not where the text had longer characters.
func (p *sqlParser) blank(start, end int) {
	if p.clean == nil {
		p.clean = []byte(p.text)
	}
	blank(p.clean[start:end])
}

func blank(b []byte) {
	for i := range b {
		b[i] = ' '
	}
}

// grammarError returns an error of the grammar over the clean text, and its byte
// offset.
func (p *sqlParser) grammarError(err error) (*sqlstate.Error, int) {
	e, offset := grammarError(err, p.cleanText(), p.text)
	if len(p.later) > 0 {
		e.Message = p.spellLater(e.Message)
	}
	return e, offset
}
