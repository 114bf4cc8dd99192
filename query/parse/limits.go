package parse

import (
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Limits of a query string. PostgreSQL's grammar runs in C, where too deep a tree
// overflows the stack and ends the process, so depth is bounded before it starts.
const (
	BytesMax  = 16 << 20
	tokensMax = 500_000
	// nestingMax bounds open parentheses, brackets and CASEs.
	nestingMax = 500
	// chainMax bounds operators and words between two separators, counted over all
	// open parentheses: 1 + 1 + … nests one level per operator.
	chainMax = 2500
	// branchesMax bounds joins and set operations of one statement, which nest too.
	branchesMax = 1000
)

var errTooDeep = &sqlstate.Error{
	Code:    sqlstate.StatementTooComplex,
	Message: "stack depth limit exceeded",
	Detail:  "The statement nests its expressions, joins or set operations too deeply.",
}

// depth watches how deep a token stream can nest.
type depth struct {
	outer    []int // chain at each open parenthesis
	cases    int
	chain    int
	branches int
	afterDot bool // the next word is a name, whatever it spells
}

// add accounts for one token and reports whether the limits still hold.
func (d *depth) add(text string, t token) bool {
	word := ""
	if t.kind == tokIdent && !d.afterDot {
		word = text[t.start:t.end]
	}
	d.afterDot = false
	switch t.kind {
	case tokOp:
		d.operator(text[t.start])
	case tokIdent, tokQuoted:
		d.chain++
		d.keyword(word)
	}
	return len(d.outer)+d.cases <= nestingMax && d.chain <= chainMax && d.branches <= branchesMax
}

func (d *depth) operator(c byte) {
	switch c {
	case '(', '[':
		d.outer = append(d.outer, d.chain)
	case ')', ']':
		if n := len(d.outer); n > 0 {
			d.chain = d.outer[n-1] + 1
			d.outer = d.outer[:n-1]
		}
	case ',':
		d.separate()
	case ';':
		if len(d.outer) == 0 {
			*d = depth{outer: d.outer}
		}
	case '.':
		d.afterDot = true
	default:
		d.chain++
	}
}

func (d *depth) keyword(word string) {
	switch separatorOf(word) {
	case "CASE":
		d.cases++
	case "END":
		d.cases = max(d.cases-1, 0)
	case "JOIN", "UNION", "INTERSECT", "EXCEPT":
		d.branches++
		d.separate()
	case "":
	default:
		d.separate()
	}
}

// separate starts a new chain inside the innermost parenthesis.
func (d *depth) separate() {
	d.chain = 0
	if n := len(d.outer); n > 0 {
		d.chain = d.outer[n-1]
	}
}

// separatorOf returns word in upper case if it separates or nests expressions.
func separatorOf(word string) string {
	if len(word) < 2 || len(word) > len("INTERSECT") {
		return ""
	}
	for _, k := range [...]string{
		"CASE", "END", "JOIN", "UNION", "INTERSECT", "EXCEPT",
		"AND", "OR", "WHEN", "THEN", "ELSE", "SELECT", "FROM", "WHERE", "ON",
	} {
		if strings.EqualFold(word, k) {
			return k
		}
	}
	return ""
}
