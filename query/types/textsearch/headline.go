package textsearch

import (
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// headWord is a token of a text of which a headline is made.
type headWord struct {
	Token
	item int32 // of the query that it is, by number; -1: none
	at   int32
	// repeated words stand for the one before them, where it is another item of the query as well.
	repeated              bool
	in                    bool // of the headline
	marked, blanked, left bool // how it is shown there: as found, as a blank, not at all
}

// headText is a text of which a headline is made, by a query.
type headText struct {
	words   []headWord
	query   Query
	options HeadlineOptions
	seen    [][]int32 // by item, while a cover is sought
	steps   steps
	// repeated is how many words are.
	repeated int
}

// Bounds of a headline: the words of its text, those that are repeated, and its bytes.
const (
	headWordsMax = 1 << 23
	repeatedMax  = 1 << 21
	headlineMax  = allocMax
)

func errHeadline() error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "text is too long for a headline")
}

// Headline is ts_headline(): the part of a text that a query finds best, with the words marked that it seeks.
// Errors: 0A000, 54000.
func (c *Configuration) Headline(text string, q Query, o HeadlineOptions) (string, error) {
	h := headText{query: q, options: o, seen: make([][]int32, len(q)), steps: steps{check: c.Check}}
	if err := h.read(c, text); err != nil {
		return "", err
	}
	if o.fragments == 0 {
		h.chooseWords()
	} else {
		h.chooseFragments()
	}
	if h.steps.err != nil {
		return "", h.steps.err
	}
	return h.text()
}

func (h *headText) read(c *Configuration, text string) error {
	p := newParser(text)
	at := 0
	for t := p.next(); t.Type != 0; t = p.next() {
		if len(t.Text) > LexemeMax {
			continue
		}
		h.words = append(h.words, headWord{Token: t, item: -1})
		lexeme, known, counts, err := c.lexize(t)
		if err != nil {
			return err
		}
		if known {
			at++
		}
		if counts {
			h.identify(lexeme, int32(min(at, positionMax)))
		}
		switch {
		case h.repeated > repeatedMax, len(h.words) > headWordsMax:
			return errHeadline()
		case !h.steps.goOn(1 + len(h.query)):
			return h.steps.err
		}
	}
	return nil
}

// identify finds the items of the query that the last word is.
func (h *headText) identify(lexeme string, at int32) {
	last := len(h.words) - 1
	h.words[last].at = at
	for i := range h.query {
		t := &h.query[i]
		if t.op != 0 || t.word != lexeme && !(t.prefix && strings.HasPrefix(lexeme, t.word)) {
			continue
		}
		if h.words[last].item < 0 {
			h.words[last].item = int32(i)
			continue
		}
		again := h.words[last]
		again.item, again.repeated = int32(i), true
		h.words = append(h.words, again)
		h.repeated++
	}
}

// found reports whether a word is one that the query seeks.
func (h *headText) found(i int) bool { return h.words[i].item >= 0 && !h.words[i].repeated }

// counts reports whether a word counts for the length of a headline.
func (h *headText) counts(i int) bool {
	switch h.words[i].Type {
	case blank, tag, urlToken, numHyphenated, asciiHyphenated, hyphenated:
		return false
	}
	return true
}

// endsBadly reports whether a headline should not end with the word.
func (h *headText) endsBadly(i int) bool {
	if h.found(i) {
		return false
	}
	switch h.words[i].Type {
	case sfloat, version, float, signedInt, unsignedInt, protocol, entity:
		return true
	}
	return !h.counts(i) || len(h.words[i].Text) <= h.options.shortWord
}

// take puts words into the headline, both ends included.
func (h *headText) take(from, to int) {
	for i := from; i <= to; i++ {
		w := &h.words[i]
		w.marked = w.marked || w.item >= 0
		switch w.Type {
		case tag:
			w.blanked = w.blanked || !h.options.all
		case urlToken, numHyphenated, asciiHyphenated, hyphenated:
			w.left = true
		}
		w.in = !w.repeated
	}
}

// text writes the headline.
func (h *headText) text() (string, error) {
	size := h.size()
	if size > headlineMax {
		return "", errHeadline()
	}
	var b strings.Builder
	b.Grow(size)
	fragments, within := 0, false
	for _, w := range h.words {
		if w.repeated {
			continue
		}
		if w.in && !within {
			if fragments++; fragments > 1 {
				b.WriteString(h.options.delimiter)
			}
		}
		within = w.in
		switch {
		case !w.in:
		case w.blanked:
			b.WriteByte(' ')
		case w.left:
		case w.marked:
			b.WriteString(h.options.start + w.Text + h.options.stop)
		default:
			b.WriteString(w.Text)
		}
	}
	return b.String(), nil
}

// size is that of the headline, or somewhat more.
func (h *headText) size() int {
	n, within := 0, false
	for i := range h.words {
		w := &h.words[i]
		if w.repeated {
			continue
		}
		if w.in && !within {
			n += len(h.options.delimiter)
		}
		if within = w.in; within {
			n += len(w.Text)
		}
		if within && w.marked {
			n += len(h.options.start) + len(h.options.stop)
		}
	}
	return n
}

// cover finds the first piece from a word on that the query finds, and that begins and ends with words of it.
// Pieces are no longer than some multiple of the headline.
func (h *headText) cover(from int) (first, last int, ok bool) {
	if len(h.query) == 0 {
		return 0, 0, false
	}
	for first = h.nextItem(from); first >= 0; first = h.nextItem(first + 1) {
		for i := range h.seen {
			h.seen[i] = h.seen[i][:0]
		}
		for last = first; last >= 0 && (last == first || last-first < h.options.coverMax()); last = h.nextItem(last + 1) {
			w := &h.words[last]
			if n := len(h.seen[w.item]); n == 0 || h.seen[w.item][n-1] < w.at {
				h.seen[w.item] = append(h.seen[w.item], w.at)
			}
			found := h.query.holds(finder{h.find, &h.steps})
			switch {
			case h.steps.err != nil:
				return 0, 0, false
			case found:
				return first, last, true
			}
		}
	}
	return 0, 0, false
}

func (h *headText) find(t *item, to *spots) verdict {
	if len(h.seen[t.number]) == 0 {
		return no
	}
	if to != nil {
		to.at = h.seen[t.number]
	}
	return yes
}

// nextItem is the next word of the query from one on, -1 if there is none.
func (h *headText) nextItem(from int) int {
	for i := from; i < len(h.words); i++ {
		if h.words[i].item >= 0 {
			return i
		}
	}
	return -1
}
