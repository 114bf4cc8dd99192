package parse

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/wire/sqlstate"
)

// clauseParser reads what may follow WITH FRESHNESS.
type clauseParser struct {
	cursor
	params bool // $n is allowed
}

// parseFreshnessText reads text[start:] alone, with positions in text.
func parseFreshnessText(text string, start int, end int) (*Freshness, error) {
	p := clauseParser{cursor: cursor{text: text[:end]}}
	l := lexer{text: text[:end], pos: start}
	for t := l.next(); t.kind != tokEOF; t = l.next() {
		if t.kind != tokComment {
			p.tokens = append(p.tokens, t)
		}
	}
	f, err := p.freshness()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != tokEOF {
		return nil, hintedSyntax(p.unexpected(), cmp.Or(argumentHints[f.Level], levelHint))
	}
	return f, nil
}

func (p *clauseParser) freshness() (*Freshness, error) {
	f := &Freshness{Pos: p.peek().start}
	if err := p.level(f); err != nil {
		return nil, hintedSyntax(err, cmp.Or(argumentHints[f.Level], levelHint))
	}
	if err := p.onStale(f); err != nil {
		return nil, hintedSyntax(err, staleHint)
	}
	return f, nil
}

func (p *clauseParser) level(f *Freshness) error {
	switch {
	case p.words("CONSISTENT"):
		f.Level = projection.Consistent
		return nil
	case p.words("MAYBE", "STALE"):
		f.Level = projection.MaybeStale
		return p.age(f)
	case p.words("MAYBE_STALE"):
		f.Level = projection.MaybeStale
		return p.inParentheses(func() error { return p.age(f) })
	case p.words("AT", "LEAST"):
		f.Level = projection.AtLeast
		return p.value(f, tokInt, tokString, tokXString)
	case p.words("AT", "CUT"):
		f.Level = projection.AtCut
		return p.value(f)
	case p.words("AS", "OF", "SEQUENCE"):
		f.Level = projection.AsOfSequence
		return p.value(f, tokInt, tokString, tokXString)
	case p.words("AS", "OF", "OCCURRED"):
		f.Level = projection.AsOfOccurred
		return p.time(f)
	case p.words("AS", "OF"):
		f.Level = projection.AsOfHLC
		if p.peek().kind == tokInt {
			return p.value(f, tokInt)
		}
		return p.time(f)
	}
	p.skipKnown()
	return p.unexpected()
}

// skipKnown moves to the first word that is not one of ours, for the error.
func (p *clauseParser) skipKnown() {
	for _, w := range [...]string{"MAYBE", "AT", "AS"} {
		if p.words(w) {
			return
		}
	}
}

func (p *clauseParser) inParentheses(inner func() error) error {
	if !p.op('(') {
		return p.unexpected()
	}
	if err := inner(); err != nil {
		return err
	}
	if !p.op(')') {
		return p.unexpected()
	}
	return nil
}

func (p *clauseParser) age(f *Freshness) error {
	if p.peek().kind == tokParam {
		return p.value(f)
	}
	d, err := p.duration()
	f.Age = d
	return err
}

func (p *clauseParser) time(f *Freshness) error {
	p.words("TIMESTAMPTZ")
	return p.value(f, tokString, tokXString)
}

// value takes a parameter or a token of one of the kinds.
func (p *clauseParser) value(f *Freshness, kinds ...tokenKind) error {
	t := p.peek()
	f.Value.Pos = t.start
	if t.kind == tokParam && p.params {
		p.take()
		f.Value.Kind = ParamValue
		var err error
		f.Value.Param, err = p.param(t)
		return err
	}
	for _, k := range kinds {
		if t.kind == k {
			return p.literal(f, p.take())
		}
	}
	return p.unexpected()
}

func (p *clauseParser) literal(f *Freshness, t token) (err error) {
	if t.kind != tokInt {
		f.Value.Kind = StringValue
		f.Value.Text, err = stringConstant(p.text, t)
		return err
	}
	if t.glued {
		return p.junk(t)
	}
	f.Value.Kind = NumberValue
	f.Value.Int, err = strconv.ParseInt(p.textOf(t), 10, 64)
	if err != nil {
		return errorAt(sqlstate.NumericValueOutOfRange, p.text, t.start, "value \"%s\" is out of range for type bigint", p.textOf(t))
	}
	return nil
}

func (p *clauseParser) junk(t token) error {
	return errorAt(sqlstate.SyntaxError, p.text, t.start, "trailing junk after numeric literal at or near \"%s\"", p.text[t.start:p.peek().end])
}

func (p *clauseParser) onStale(f *Freshness) error {
	if !p.isWord(0, "ON") || !p.isWord(1, "STALE") || !p.isWord(2, "WAIT") && !p.isWord(2, "ERROR") {
		return nil
	}
	p.i += 2
	if p.words("ERROR") {
		f.OnStale = ErrorOnStale
		return nil
	}
	p.words("WAIT")
	f.OnStale = WaitOnStale
	d, err := p.duration()
	f.Wait = d
	return err
}

// duration takes '500ms', 500, 500ms or INTERVAL '500ms'; a bare number is
// milliseconds.
func (p *clauseParser) duration() (time.Duration, error) {
	if p.isWord(0, "INTERVAL") {
		p.take()
		if k := p.peek().kind; k != tokString && k != tokXString {
			return 0, p.unexpected()
		}
	}
	switch t := p.peek(); t.kind {
	case tokString, tokXString:
		p.take()
		text, err := stringConstant(p.text, t)
		if err != nil {
			return 0, err
		}
		return p.interval(text, t)
	case tokInt, tokNumeric:
		p.take()
		return p.interval(p.textOf(t)+p.unit(t), t)
	}
	return 0, p.unexpected()
}

// unit takes the unit behind a number; ms if there is none.
func (p *clauseParser) unit(number token) string {
	t := p.peek()
	if t.kind != tokIdent {
		return "ms"
	}
	if _, known := intervalUnit(p.textOf(t)); !known && !number.glued {
		return "ms"
	}
	p.take()
	return p.textOf(t)
}

func (p *clauseParser) interval(text string, t token) (time.Duration, error) {
	d, err := ParseInterval(text)
	if err != nil {
		return 0, sqlstate.Of(err).At(Position(p.text, t.start))
	}
	return d, nil
}

// parseHint reads a freshness(…) hint of a /*+ comment; nil if it has none.
func parseHint(text string, comment token) (*Freshness, error) {
	l := lexer{text: text[:comment.end-2], pos: comment.start + 3}
	for t := l.next(); t.kind != tokEOF; t = l.next() {
		if t.kind != tokIdent || !strings.EqualFold(text[t.start:t.end], "freshness") {
			continue
		}
		open := l.next()
		if open.kind != tokOp || text[open.start] != '(' {
			return nil, syntaxError(text, open)
		}
		end, ok := l.closing()
		if !ok {
			return nil, errorAt(sqlstate.SyntaxError, text, open.start, "unterminated freshness hint")
		}
		return parseFreshnessText(text, open.end, end)
	}
	return nil, nil
}

// closing consumes up to the parenthesis that matches one already taken and
// returns its offset.
func (l *lexer) closing() (int, bool) {
	depth := 1
	for t := l.next(); t.kind != tokEOF; t = l.next() {
		if t.kind != tokOp {
			continue
		}
		switch l.text[t.start] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return t.start, true
			}
		}
	}
	return 0, false
}
