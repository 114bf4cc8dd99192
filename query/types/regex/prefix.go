package regex

import (
	"strings"
	"unicode/utf8"
)

// opening is what every match begins with.
type opening struct {
	atStart bool   // the text's start
	literal string // these characters
}

func openingOf(n *node, anchor bool) opening {
	var o opening
	for n.op == opSequence || n.op == opGroup {
		if len(n.subs) == 0 {
			return o
		}
		first := n.subs[0]
		if n.op == opSequence && first.op == opSet {
			o.literal = literalOf(n.subs)
			return o
		}
		n = first
	}
	o.atStart = n.op == opAssert && (n.assert == textStart || n.assert == lineStart && !anchor)
	return o
}

// literalOf returns the single characters that a sequence begins with.
func literalOf(all []*node) string {
	var b strings.Builder
	for _, n := range all {
		if n.op != opSet || len(n.set) != 1 || n.set[0].low != n.set[0].high || !utf8.ValidRune(n.set[0].low) {
			break
		}
		b.WriteRune(n.set[0].low)
	}
	return b.String()
}

// next returns the first place behind from where a match may begin, -1 if there is
// none.
func (o *opening) next(s string, from int) int {
	if o.atStart && from > 0 {
		return -1
	}
	if at := strings.Index(s[from:], o.literal); at >= 0 {
		return from + at
	}
	return -1
}
