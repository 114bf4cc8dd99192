package textsearch

import (
	"slices"
	"strings"
)

// Stat counts the lexemes of documents.
type Stat struct {
	weights int
	words   map[string]*Count
}

// Count is of a lexeme.
type Count struct {
	Word            string
	Documents, Uses int
}

// NewStat counts lexemes of the weights alone that letters of a text say; if it has none, all.
func NewStat(weights string) *Stat {
	s := &Stat{words: map[string]*Count{}}
	for _, c := range weights {
		if w, ok := weightOf(c); ok {
			s.weights |= 1 << w
		}
	}
	return s
}

// Add counts the lexemes of a document.
func (s *Stat) Add(v Vector) {
	for _, l := range v {
		n := 0
		switch {
		case s.weights != 0:
			for _, p := range l.Positions {
				if s.weights&(1<<p.Weight()) != 0 {
					n++
				}
			}
		default:
			n = max(1, len(l.Positions))
		}
		if n == 0 {
			continue
		}
		c := s.words[l.Word]
		if c == nil {
			c = &Count{Word: strings.Clone(l.Word)}
			s.words[c.Word] = c
		}
		c.Documents++
		c.Uses += n
	}
}

// Counts are in the order of the words.
func (s *Stat) Counts() []Count {
	all := make([]Count, 0, len(s.words))
	for _, c := range s.words {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Count) int { return strings.Compare(a.Word, b.Word) })
	return all
}

// Tokens are what ts_parse() shows of a text.
func Tokens(text string) []Token {
	var all []Token
	p := newParser(text)
	for t := p.next(); t.Type != 0; t = p.next() {
		all = append(all, t)
	}
	return all
}
