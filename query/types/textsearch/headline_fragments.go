package textsearch

// fragment is a piece of a text that may be one of those of the headline.
type fragment struct {
	stretch
	gone bool // chosen, or overlapping one that is
}

// chooseFragments makes some pieces of the text the headline.
func (h *headText) chooseFragments() {
	all := h.fragments()
	chosen := 0
	for range h.options.fragments {
		best := h.best(all)
		if best < 0 || !h.steps.goOn(1+2*len(all)) {
			break
		}
		f := &all[best]
		if f.words < h.options.maxWords {
			h.widen(f)
		}
		f.gone = true
		h.take(f.from, f.to)
		chosen++
		for i := range all {
			o := &all[i]
			if o.from >= f.from && o.from <= f.to || o.to >= f.from && o.to <= f.to || o.from < f.from && o.to > f.to {
				o.gone = true
			}
		}
	}
	if chosen == 0 {
		h.takeBeginning()
	}
}

// best is the fragment with most words that are sought; of several, the shortest.
func (h *headText) best(all []fragment) int {
	found, words, best := 0, 1<<31-1, -1
	for i := range all {
		f := &all[i]
		if !f.gone && (found < f.found || found == f.found && words > f.words) {
			found, words, best = f.found, f.words, i
		}
	}
	return best
}

// fragments are the pieces that the query finds, each in parts that are not too long.
func (h *headText) fragments() []fragment {
	var all []fragment
	for first, last, ok := h.cover(0); ok; first, last, ok = h.cover(first + 1) {
		for from := first; from <= last; {
			f := h.part(from, last)
			all = append(all, f)
			from = f.to + 1
			if !h.steps.goOn(1 + f.to - f.from) {
				return all
			}
		}
	}
	return all
}

// part is the beginning of a piece that is no longer than a headline may be, and begins and ends with words
// that are sought.
func (h *headText) part(from, to int) fragment {
	f := fragment{stretch: stretch{from: from, to: to}}
	for i := from; i <= to; i++ {
		f.from = i
		if h.found(i) {
			break
		}
	}
	i := f.from
	for ; i <= f.to && f.words < h.options.maxWords; i++ {
		f.add(h, i, 1)
	}
	if f.to <= i {
		return f
	}
	for ; i >= f.from; i-- {
		f.to = i
		if h.found(i) {
			break
		}
		if h.counts(i) {
			f.words--
		}
	}
	return f
}

// widen lengthens a fragment on both sides, as far as a headline may go, and back to good ends.
func (h *headText) widen(f *fragment) {
	half := (h.options.maxWords - f.words) / 2
	from, n := f.from, 0
	for i := f.from - 1; i >= 0 && n < half && !h.words[i].in; i-- {
		if h.counts(i) {
			f.words++
			n++
		}
		from = i
	}
	for ; from < f.from && h.endsBadly(from); from++ {
		if h.counts(from) {
			f.words--
		}
	}
	f.from = from
	to := f.to
	for i := f.to + 1; i < len(h.words) && f.words < h.options.maxWords && !h.words[i].in; i++ {
		if h.counts(i) {
			f.words++
		}
		to = i
	}
	for ; to > f.to && h.endsBadly(to); to-- {
		if h.counts(to) {
			f.words--
		}
	}
	f.to = to
}
