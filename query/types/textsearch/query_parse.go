package textsearch

import (
	"slices"
	"strconv"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// grammar is how the text of a query is read.
type grammar uint8

const (
	grammarStandard grammar = iota + 1 // operators, parentheses, weights
	grammarPlain                       // all of it is one operand
	grammarWeb                         // quotes, or, -
)

// queryParser makes postfix notation of a query's text, which read backwards is that of Query.
type queryParser struct {
	wordReader
	grammar grammar
	operand func(p *queryParser, text string, weights uint8, prefix bool) error
	made    []item
	bytes   int // of the words
	open    int // parentheses
	wait    waiting
	stops   bool // some words do not count
}

type waiting uint8

const (
	waitFirst waiting = iota + 1
	waitOperand
	waitOperator
)

// ParseQuery reads the text form of a tsquery. Errors: 42601, 22023, 54000, 54001.
func ParseQuery(s string) (Query, error) {
	return parseQuery(s, grammarStandard, func(p *queryParser, text string, weights uint8, prefix bool) error {
		return p.push(text, weights, prefix)
	})
}

func parseQuery(s string, g grammar, operand func(*queryParser, string, uint8, bool) error) (Query, error) {
	p := queryParser{wordReader: wordReader{text: s, query: true, web: g == grammarWeb}, grammar: g, operand: operand, wait: waitFirst}
	if err := p.expression(0); err != nil {
		return nil, err
	}
	slices.Reverse(p.made)
	q := Query(p.made)
	if err := q.tooLarge(); err != nil || len(q) == 0 {
		return q, err
	}
	if !q.link() {
		return nil, malformed(q)
	}
	switch {
	case q.deep():
		return nil, errDepth()
	case p.stops:
		n, _, _ := q.tree().withoutStops()
		return n.flat()
	}
	return q, nil
}

// push adds a word.
func (p *queryParser) push(word string, weights uint8, prefix bool) error {
	switch {
	case len(word) > LexemeMax:
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "word is too long in tsquery: \"%s\"", p.text)
	case p.bytes >= vectorMax:
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "value is too big in tsquery: \"%s\"", p.text)
	}
	p.bytes += len(word) + 1
	p.made = append(p.made, item{word: word, weights: weights, prefix: prefix})
	return nil
}

func (p *queryParser) pushStop() {
	p.stops = true
	p.made = append(p.made, item{stop: true})
}

func (p *queryParser) pushOperator(op Op, distance int) {
	if op != opPhrase {
		distance = 0
	}
	p.made = append(p.made, item{op: op, distance: distance})
}

// piece is what the text of a query is made of.
type piece struct {
	kind     pieceKind
	text     string
	weights  uint8
	prefix   bool
	op       Op
	distance int
}

type pieceKind uint8

const (
	pieceEnd pieceKind = iota + 1
	pieceError
	pieceOperand
	pieceOperator
	pieceOpen
	pieceClose
)

// itemsMax is how many words and operators the text of a query may have.
const itemsMax = 1 << 22

// waitingMax is how many operators may wait for their right operand.
const waitingMax = 32

// expression reads until the end or the parenthesis that closes it.
func (p *queryParser) expression(depth int) error {
	if depth > parenthesesMax {
		return errDepth()
	}
	var stack []piece
	// done takes operators off the stack that bind at least as tightly as op.
	done := func(op Op) {
		for len(stack) > 0 {
			top := stack[len(stack)-1]
			if priorities[op] > priorities[top.op] || op == opNot && priorities[op] == priorities[top.op] {
				return
			}
			p.pushOperator(top.op, top.distance)
			stack = stack[:len(stack)-1]
		}
	}
	for {
		t, err := p.piece()
		if err != nil {
			return err
		}
		switch t.kind {
		case pieceOperand:
			err = p.operand(p, t.text, t.weights, t.prefix)
		case pieceOperator:
			done(t.op)
			if len(stack) == waitingMax {
				return internal("tsquery stack too small")
			}
			stack = append(stack, t)
		case pieceOpen:
			err = p.expression(depth + 1)
		case pieceClose, pieceEnd:
			done(opOr)
			return nil
		case pieceError:
			err = p.syntaxError()
		}
		switch {
		case err != nil:
			return err
		case len(p.made) > itemsMax:
			return errLarge()
		}
	}
}

func (p *queryParser) piece() (piece, error) {
	switch p.grammar {
	case grammarPlain:
		if p.at >= len(p.text) {
			return piece{kind: pieceEnd}, nil
		}
		p.at = len(p.text)
		return piece{kind: pieceOperand, text: p.text}, nil
	case grammarWeb:
		return p.webPiece()
	}
	p.skipSpace()
	if p.wait == waitOperator {
		return p.operator()
	}
	c, _ := p.peek()
	switch c {
	case '!':
		p.at++
		p.wait = waitOperand
		return piece{kind: pieceOperator, op: opNot}, nil
	case '(':
		p.at++
		p.wait = waitOperand
		p.open++
		return piece{kind: pieceOpen}, nil
	case ':':
		return piece{}, p.syntaxError()
	}
	word, ok, err := p.next()
	switch {
	case err != nil:
		return piece{}, err
	case !ok && p.wait == waitFirst:
		return piece{kind: pieceEnd}, nil
	case !ok:
		return piece{}, sqlstate.New(sqlstate.SyntaxError, "no operand in tsquery: \"%s\"", p.text)
	}
	p.wait = waitOperator
	weights, prefix := p.modifiers()
	return piece{kind: pieceOperand, text: word, weights: weights, prefix: prefix}, nil
}

func (p *queryParser) skipSpace() {
	for {
		c, size := p.peek()
		if size == 0 || !isSpace(c) {
			return
		}
		p.at += size
	}
}

// modifiers reads :*AB.
func (p *queryParser) modifiers() (weights uint8, prefix bool) {
	if c, _ := p.peek(); c != ':' {
		return 0, false
	}
	for {
		p.at++
		c, _ := p.peek()
		w, ok := weightOf(c)
		switch {
		case c == '*':
			prefix = true
		case ok:
			weights |= 1 << w
		default:
			return weights, prefix
		}
	}
}

func (p *queryParser) operator() (piece, error) {
	c, size := p.peek()
	binary := map[rune]Op{'&': opAnd, '|': opOr}[c]
	switch {
	case binary != 0:
		p.at++
		p.wait = waitOperand
		return piece{kind: pieceOperator, op: binary}, nil
	case c == '<':
		distance, end, err := p.phrase()
		if err != nil || end == 0 {
			return piece{kind: pieceError}, err
		}
		p.at, p.wait = end, waitOperand
		return piece{kind: pieceOperator, op: opPhrase, distance: distance}, nil
	case c == ')' && p.open > 0:
		p.at++
		p.open--
		return piece{kind: pieceClose}, nil
	case size == 0 && p.open == 0:
		return piece{kind: pieceEnd}, nil
	}
	return piece{kind: pieceError}, nil
}

// phrase reads <-> or <N>, behind which something has to stand. end is 0 for something else.
func (p *queryParser) phrase() (distance, end int, err error) {
	rest := p.text[p.at+1:]
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	from := digits
	switch {
	case strings.HasPrefix(rest, "-"):
		distance, from = 1, 1
	case digits == 0:
		return 0, 0, nil
	default:
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil || n > distanceMax {
			return 0, 0, errDistance()
		}
		distance = int(n)
	}
	if !strings.HasPrefix(rest[from:], ">") || len(rest) == from+1 {
		return 0, 0, nil
	}
	return distance, p.at + 1 + from + 1, nil
}

func (p *queryParser) webPiece() (piece, error) {
	for p.skipSpace(); ; p.skipSpace() {
		c, size := p.peek()
		switch {
		case p.wait == waitOperator && size == 0:
			return piece{kind: pieceEnd}, nil
		case p.wait == waitOperator && p.or():
			p.wait = waitOperand
			return piece{kind: pieceOperator, op: opOr}, nil
		case p.wait != waitOperator && c == '-':
			p.at++
			p.wait = waitOperand
			return piece{kind: pieceOperator, op: opNot}, nil
		case isOperator(c):
			p.at++
			if p.wait == waitFirst {
				p.wait = waitOperand
			}
			continue
		case p.wait == waitOperator:
			p.wait = waitOperand
			return piece{kind: pieceOperator, op: opAnd}, nil
		case c == '"':
			return p.inQuotes(), nil
		}
		word, ok, err := p.next()
		switch {
		case err != nil:
			return piece{}, err
		case ok:
			p.wait = waitOperator
			return piece{kind: pieceOperand, text: word}, nil
		case p.wait != waitFirst:
			p.pushStop() // operators need an operand
		}
		return piece{kind: pieceEnd}, nil
	}
}

func (p *queryParser) inQuotes() piece {
	text, _, closed := strings.Cut(p.text[p.at+1:], `"`)
	p.at += 1 + len(text)
	if closed {
		p.at++
	}
	p.wait = waitOperator
	return piece{kind: pieceOperand, text: text}
}

// or takes the word or, if it is no beginning of another and something stands behind it.
func (p *queryParser) or() bool {
	rest := p.text[p.at:]
	if len(rest) <= 2 || !strings.EqualFold(rest[:2], "or") {
		return false
	}
	behind := wordReader{text: rest, at: 2}
	c, size := behind.peek()
	if c == '-' || c == '_' || isAlpha(c) || isDigit(c) {
		return false
	}
	for {
		behind.at += size
		if c, size = behind.peek(); size == 0 {
			return false
		}
		if !isSpace(c) {
			p.at += 2
			return true
		}
	}
}
