package parse

import (
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/spelling"
)

// Hints for freshness clauses that were meant, but written in another way.
const (
	levelHint = "A freshness is CONSISTENT, MAYBE STALE '500ms', AT LEAST hlc, or AS OF hlc, a timestamptz, SEQUENCE n or OCCURRED timestamptz."
	placeHint = "WITH FRESHNESS stands at the end of a SELECT, or directly after an item of its FROM."
	staleHint = "ON STALE takes WAIT '200ms' or ERROR."
)

// argumentHints say what follows a level.
var argumentHints = map[projection.Level]string{
	projection.MaybeStale:   "MAYBE STALE takes an interval or milliseconds: MAYBE STALE '500ms'.",
	projection.AtLeast:      "AT LEAST takes an HLC, as SHOW projsql.last_hlc gives it.",
	projection.AsOfHLC:      "AS OF takes an HLC, a timestamptz, SEQUENCE n or OCCURRED timestamptz.",
	projection.AsOfSequence: "AS OF SEQUENCE takes a number.",
	projection.AsOfOccurred: "AS OF OCCURRED takes a timestamptz: AS OF OCCURRED '2026-01-31 12:00Z'.",
}

// clauseHint guesses from the tokens around a syntax error that a freshness clause was
// meant, and says how to write it; "" if it was not.
func (p *sqlParser) clauseHint(offset int) string {
	c := cursor{text: p.text, tokens: p.tokens}
	for c.i < len(p.tokens) && p.tokens[c.i].start < offset {
		c.i++
	}
	for n := -2; n <= 1; n++ {
		if c.i+n < 0 {
			continue
		}
		if hint := c.freshnessHint(n); hint != "" {
			return hint
		}
	}
	return ""
}

func (c *cursor) freshnessHint(n int) string {
	with := c.isWord(n, "WITH")
	switch {
	case with && c.like(n+1, "FRESHNESS") && !c.isWord(n+1, "FRESHNESS"):
		return "Perhaps you mean WITH FRESHNESS instead of WITH " + c.textOf(c.peekAt(n+1)) + "."
	case with && c.likeLevel(n+1):
		return "The clause begins with WITH FRESHNESS: WITH FRESHNESS " + c.level(n+1) + "."
	case c.like(n, "FRESHNESS") && c.likeLevel(n+1) && !c.before(n, "WITH"):
		return "The clause begins with WITH FRESHNESS: WITH FRESHNESS " + c.level(n+1) + "."
	case c.isLevel(n) && !c.before(n, "FRESHNESS"):
		return "The clause begins with WITH FRESHNESS: WITH FRESHNESS " + c.level(n) + "."
	case c.isWord(n, "ON") && c.isWord(n+1, "STALE"):
		return staleHint
	}
	return ""
}

func (c *cursor) before(n int, word string) bool { return c.i+n > 0 && c.isWord(n-1, word) }

// like reports whether token n is the word, but for two letters at most.
func (c *cursor) like(n int, word string) bool {
	t := c.peekAt(n)
	return t.kind == tokIdent && spelling.Distance(strings.ToUpper(c.textOf(t)), word) <= min(2, len(word)/3)
}

// level is how a freshness is written whose first words are token n and the next.
func (c *cursor) level(n int) string {
	switch {
	case c.like(n, "CONSISTENT"):
		return "CONSISTENT"
	case c.like(n, "MAYBE"), c.like(n, "MAYBE_STALE"):
		return "MAYBE STALE '500ms'"
	case c.isWord(n, "AT"):
		return "AT LEAST hlc"
	}
	switch {
	case c.isWord(n+2, "SEQUENCE"):
		return "AS OF SEQUENCE n"
	case c.isWord(n+2, "OCCURRED"):
		return "AS OF OCCURRED '2026-01-31 12:00Z'"
	}
	return "AS OF hlc"
}

// isLevel is likeLevel for words that mean nothing else at a place where they are an error.
func (c *cursor) isLevel(n int) bool {
	return c.isWord(n, "MAYBE") && c.isWord(n+1, "STALE") || c.isWord(n, "AT") && c.isWord(n+1, "LEAST") || c.isWord(n, "AS") && c.isWord(n+1, "OF")
}

func (c *cursor) likeLevel(n int) bool {
	return c.like(n, "CONSISTENT") || c.like(n, "MAYBE_STALE") || c.like(n, "MAYBE") && c.like(n+1, "STALE") ||
		c.isWord(n, "AT") && c.like(n+1, "LEAST") || c.isWord(n, "AS") && c.isWord(n+1, "OF")
}
