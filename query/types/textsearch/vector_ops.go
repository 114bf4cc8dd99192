package textsearch

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Strip returns v without positions.
func (v Vector) Strip() Vector {
	made := make(Vector, len(v))
	for i := range v {
		made[i].Word = v[i].Word
	}
	return made
}

// WithWeight returns v with the weight for all positions, or for those of some words.
func (v Vector) WithWeight(weight int, all bool, words []string) Vector {
	made := slices.Clone(v)
	weigh := func(l *Lexeme) {
		l.Positions = slices.Clone(l.Positions)
		for i, p := range l.Positions {
			l.Positions[i] = positionOf(p.At(), weight)
		}
	}
	for i := range made {
		if all {
			weigh(&made[i])
		}
	}
	for _, w := range words {
		if i, ok := made.find(w); ok {
			weigh(&made[i])
		}
	}
	return made
}

// Without returns v without some words.
func (v Vector) Without(words ...string) Vector {
	gone := map[int]bool{}
	for _, w := range words {
		if i, ok := v.find(w); ok {
			gone[i] = true
		}
	}
	made := make(Vector, 0, len(v))
	for i, l := range v {
		if !gone[i] {
			made = append(made, l)
		}
	}
	return made
}

// OfWeights returns what of v has one of the weights, which are bits: 1 is D, 8 is A.
func (v Vector) OfWeights(weights int) Vector {
	var made Vector
	for _, l := range v {
		kept := slices.DeleteFunc(slices.Clone(l.Positions), func(p Position) bool { return weights&(1<<p.Weight()) == 0 })
		if len(kept) > 0 {
			made = append(made, Lexeme{l.Word, kept})
		}
	}
	return made
}

// OfWords is a document of words without positions.
func OfWords(words []string) Vector {
	words = slices.Clone(words)
	slices.Sort(words)
	words = slices.Compact(words)
	made := make(Vector, len(words))
	for i, w := range words {
		made[i].Word = w
	}
	return made
}

// Concat puts w behind v: its positions begin where those of v end. 54000 of too much.
func (v Vector) Concat(w Vector) (Vector, error) {
	last := 0
	for _, l := range v {
		for _, p := range l.Positions {
			last = max(last, p.At())
		}
	}
	made := make(Vector, 0, len(v)+len(w))
	for len(v) > 0 || len(w) > 0 {
		c := 0
		switch {
		case len(v) == 0:
			c = 1
		case len(w) == 0:
			c = -1
		default:
			c = strings.Compare(v[0].Word, w[0].Word)
		}
		l := Lexeme{}
		if c <= 0 {
			l, v = v[0], v[1:]
		}
		if c >= 0 {
			l.Word, l.Positions = w[0].Word, moved(l.Positions, w[0].Positions, last)
			w = w[1:]
		}
		made = append(made, l)
	}
	return made.checked()
}

// moved adds positions, moved, to others.
func moved(to, from []Position, by int) []Position {
	to = slices.Clone(to)
	for _, p := range from {
		if len(to) >= positionsMax || len(to) > 0 && to[len(to)-1].At() == positionMax {
			break
		}
		to = append(to, positionOf(p.At()+by, p.Weight()))
	}
	return to
}

// Weight is the number of a weight's letter: 0 is D, 3 is A. 22023 of another.
func Weight(letter byte) (int, error) {
	if w, ok := weightOf(rune(letter)); ok {
		return w, nil
	}
	shown := string(rune(letter))
	if letter == 0 || letter >= utf8.RuneSelf {
		shown = fmt.Sprintf("\\%03o", letter)
	}
	return 0, sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized weight: \"%s\"", shown)
}
