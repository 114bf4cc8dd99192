package textsearch

// piece of a text that may be the headline.
type stretch struct {
	from, to int
	words    int // that count
	found    int // that are sought
}

// add counts a word.
func (s *stretch) add(h *headText, i, by int) {
	if h.counts(i) {
		s.words += by
	}
	if h.found(i) {
		s.found += by
	}
}

// chooseWords makes one piece of the text the headline: of those that the query finds the one with most of
// its words.
func (h *headText) chooseWords() {
	if h.options.all {
		h.take(0, len(h.words)-1)
		return
	}
	best, whole, chosen := stretch{found: -1}, false, false
	for first, last, ok := h.cover(0); ok; first, last, ok = h.cover(first + 1) {
		s := h.around(first, last)
		if !h.steps.goOn(1 + s.to - s.from) {
			break
		}
		covers := s.from <= first && s.to >= last
		switch {
		case !chosen, covers && !whole:
		case covers != whole || s.found < best.found:
			continue
		case s.found == best.found && (h.endsBadly(s.to) || !h.endsBadly(best.to)):
			continue
		}
		best, whole, chosen = s, covers, true
	}
	if !chosen {
		h.takeBeginning()
		return
	}
	h.take(best.from, best.to)
}

// takeBeginning is of a text in which nothing is found.
func (h *headText) takeBeginning() {
	words, end := 0, -1
	for i := 0; i < len(h.words) && words < h.options.minWords; i++ {
		if h.counts(i) {
			words++
		}
		end = i
	}
	h.take(0, end)
}

// around is the piece of a text around a cover: cut where that is too long, longer where it is too short.
func (h *headText) around(first, last int) stretch {
	s := stretch{from: first, to: first}
	i := first
	for ; i <= last && s.words < h.options.maxWords; i++ {
		s.add(h, i, 1)
		s.to = i
	}
	if s.words < h.options.maxWords {
		h.lengthen(&s, i-1, first, last)
	} else {
		h.shorten(&s, min(i, last))
	}
	return s
}

// lengthen goes on until there is a good end, and if that is that of the text, to the left.
func (h *headText) lengthen(s *stretch, i, first, last int) {
	for ; i < len(h.words) && s.words < h.options.maxWords; i++ {
		if i > last {
			s.add(h, i, 1)
		}
		s.to = i
		if !h.endsBadly(i) && s.words >= h.options.minWords {
			break
		}
	}
	if s.words >= h.options.minWords {
		return
	}
	for i = first - 1; i >= 0; i-- {
		s.add(h, i, 1)
		if s.words >= h.options.maxWords || !h.endsBadly(i) && s.words >= h.options.minWords {
			break
		}
	}
	s.from = max(i, 0)
}

// shorten goes back to a good end.
func (h *headText) shorten(s *stretch, i int) {
	for ; s.words > h.options.minWords && h.endsBadly(i); i-- {
		s.add(h, i, -1)
		s.to = i - 1
	}
}
