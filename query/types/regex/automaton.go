package regex

import (
	"slices"
	"unicode/utf8"
)

// automaton runs a program deterministically: sets of its states are made when they
// are met, and kept.
type automaton struct {
	*program
	sets   map[string]*reached
	starts [kinds * kinds]*reached
	// seen and stack are scratch.
	seen  []uint32
	mark  uint32
	stack []int32
	key   []byte
}

// reached is a set of consuming states, and what follows it.
type reached struct {
	states  []int32
	matched bool
	next    []*reached // by color and kind of the character behind
}

// setsMax bounds the sets that an automaton keeps.
const setsMax = 4000

// kind is what constraints know of the character beside a place.
type kind uint8

const (
	edge kind = iota
	newline
	word
	other
	kinds = 4
)

// text is what a match is searched in.
type text struct {
	s        string
	alphabet *alphabet
	kinds    []kind // by color
	anchor   bool   // ^ and $ know lines
	looks    func(index, at int) bool
}

// at returns the color and size of the character at i.
func (t *text) at(i int) (color uint16, size int) {
	if c := t.s[i]; c < utf8.RuneSelf {
		return t.alphabet.ascii[c], 1
	}
	r, n := utf8.DecodeRuneInString(t.s[i:])
	return t.alphabet.of(r), n
}

func (t *text) kindAt(i int) kind {
	if i >= len(t.s) {
		return edge
	}
	color, _ := t.at(i)
	return t.kinds[color]
}

func (t *text) kindBefore(i int) kind {
	if i <= 0 {
		return edge
	}
	_, n := utf8.DecodeLastRuneInString(t.s[:i])
	return t.kindAt(i - n)
}

// holds reports whether an assertion holds between two characters.
func (t *text) holds(a assertion, before, behind kind) bool {
	switch a {
	case lineStart:
		return before == edge || t.anchor && before == newline
	case lineEnd:
		return behind == edge || t.anchor && behind == newline
	case textStart:
		return before == edge
	case textEnd:
		return behind == edge
	case wordStart:
		return before != word && behind == word
	case wordEnd:
		return before == word && behind != word
	case wordEdge:
		return (before == word) != (behind == word)
	case noWordEdge:
		return (before == word) == (behind == word)
	}
	return false
}

// closure is the set that states lead to without a character, at a place.
func (a *automaton) closure(t *text, from []int32, before, behind kind, at int) *reached {
	if a.seen == nil {
		a.seen = make([]uint32, len(a.states))
	}
	a.mark++
	a.stack = append(a.stack[:0], from...)
	var states []int32
	matched := false
	for len(a.stack) > 0 {
		i := a.stack[len(a.stack)-1]
		a.stack = a.stack[:len(a.stack)-1]
		if i < 0 || a.seen[i] == a.mark {
			continue
		}
		a.seen[i] = a.mark
		switch s := &a.states[i]; s.kind {
		case consume:
			states = append(states, i)
		case final:
			matched = true
		case fork:
			a.stack = append(a.stack, s.out, s.also)
		case check:
			if t.holds(s.assert, before, behind) {
				a.stack = append(a.stack, s.out)
			}
		case lookAround:
			if t.looks(s.look, at) {
				a.stack = append(a.stack, s.out)
			}
		}
	}
	return a.intern(states, matched)
}

// intern returns the one set of these states.
func (a *automaton) intern(states []int32, matched bool) *reached {
	slices.Sort(states)
	a.key = a.key[:0]
	for _, i := range states {
		a.key = append(a.key, byte(i), byte(i>>8), byte(i>>16))
	}
	if matched {
		a.key = append(a.key, 1)
	}
	if r := a.sets[string(a.key)]; r != nil {
		return r
	}
	if len(a.sets) >= setsMax || a.sets == nil {
		a.sets = map[string]*reached{}
		a.starts = [kinds * kinds]*reached{}
	}
	r := &reached{states: states, matched: matched}
	a.sets[string(a.key)] = r
	return r
}

func (a *automaton) begin(t *text, at int) *reached {
	var before, behind kind
	if a.asserts {
		before, behind = t.kindBefore(at), t.kindAt(at)
	}
	slot := int(before)*kinds + int(behind)
	if r := a.starts[slot]; r != nil {
		return r
	}
	r := a.closure(t, []int32{a.start}, before, behind, at)
	if !a.looks {
		a.starts[slot] = r
	}
	return r
}

// step takes the character of a color; at is the place behind it.
func (a *automaton) step(t *text, r *reached, color uint16, at int) *reached {
	var before, behind kind
	width := 1
	if a.asserts {
		before, behind = t.kinds[color], t.kindAt(at)
		width = kinds
	}
	slot := int(color)*width + int(behind)
	if r.next != nil && r.next[slot] != nil {
		return r.next[slot]
	}
	var to []int32
	for _, i := range r.states {
		if s := &a.states[i]; s.colors == nil || s.colors[color] {
			to = append(to, s.out)
		}
	}
	made := a.closure(t, to, before, behind, at)
	if !a.looks {
		if r.next == nil {
			r.next = make([]*reached, t.alphabet.count*width)
		}
		r.next[slot] = made
	}
	return made
}

// longest returns the last place up to stop where a match that begins at from ends,
// -1 without one.
func (a *automaton) longest(t *text, from, stop int) int {
	last := -1
	r := a.begin(t, from)
	for at := from; ; {
		if r.matched {
			last = at
		}
		if at >= stop || len(r.states) == 0 {
			return last
		}
		color, n := t.at(at)
		at += n
		r = a.step(t, r, color, at)
	}
}

// shortest returns the first place from least up to stop where a match that begins at
// from ends, -1 without one.
func (a *automaton) shortest(t *text, from, least, stop int) int {
	r := a.begin(t, from)
	for at := from; ; {
		if r.matched && at >= least {
			return at
		}
		if at >= stop || len(r.states) == 0 {
			return -1
		}
		color, n := t.at(at)
		at += n
		r = a.step(t, r, color, at)
	}
}

// exactly reports whether text[from:to] matches.
func (a *automaton) exactly(t *text, from, to int) bool { return a.shortest(t, from, to, to) == to }
