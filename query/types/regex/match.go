package regex

import "unicode/utf8"

// matcher searches in one text. It keeps its automata for the next.
type matcher struct {
	regex    *Regex
	text     text
	automata []*automaton // of programs, then of lookarounds
	groups   []int
	check    func() error
	err      error
	steps    int
}

// stepsBetweenChecks is how often a search asks whether to go on.
const stepsBetweenChecks = 256

// goOn counts a step; false ends the search.
func (m *matcher) goOn() bool {
	if m.steps++; m.steps%stepsBetweenChecks == 0 && m.check != nil && m.err == nil {
		m.err = m.check()
	}
	return m.err == nil
}

func (m *matcher) automaton(i int) *automaton {
	if m.automata[i] == nil {
		m.automata[i] = &automaton{program: m.program(i)}
	}
	return m.automata[i]
}

func (m *matcher) program(i int) *program {
	if n := len(m.regex.programs); i >= n {
		return m.regex.looks[i-n].program
	}
	return m.regex.programs[i]
}

func (m *matcher) of(p *part) *automaton { return m.automaton(p.program) }

// look judges a lookaround constraint at a place.
func (m *matcher) look(i, at int) bool {
	l := m.regex.looks[i]
	a := m.automaton(len(m.regex.programs) + i)
	var found bool
	if l.behind {
		found = a.exactly(&m.text, 0, at)
	} else {
		found = a.shortest(&m.text, at, at, len(m.text.s)) >= 0
	}
	return found != l.negative
}

// find tries every beginning in turn. Which of its ends counts, the expression's own
// preference says.
func (m *matcher) find(from int, groups bool) []int {
	r, s := m.regex, m.text.s
	anywhere := m.automaton(len(r.programs) - 1)
	short := r.root.flags&shorter != 0
	if r.opening.atStart {
		return m.findAt(from, short, groups)
	}
	for begin := from; m.goOn(); {
		last := anywhere.shortest(&m.text, begin, begin, len(s))
		if last < 0 {
			return nil
		}
		for ; begin <= last && m.goOn(); begin += m.sizeAt(begin) {
			if found := m.findAt(begin, short, groups); found != nil {
				return found
			}
		}
		if begin >= len(s) { // PostgreSQL does not look there once an earlier place has failed
			return nil
		}
	}
	return nil
}

func (m *matcher) sizeAt(i int) int {
	_, n := utf8.DecodeRuneInString(m.text.s[i:])
	return max(n, 1)
}

func (m *matcher) sizeBefore(i int) int {
	_, n := utf8.DecodeLastRuneInString(m.text.s[:i])
	return n
}

// findAt finds the match that begins at a place, of those whose back references are
// right the most preferred.
func (m *matcher) findAt(begin int, short, groups bool) []int {
	least, stop := begin, len(m.text.s)
	for m.goOn() {
		end := m.end(m.regex.root, short, begin, least, stop)
		if end < 0 {
			return nil
		}
		if !groups && !m.regex.refers {
			return []int{begin, end}
		}
		m.forget()
		if m.dissect(m.regex.root, begin, end) {
			m.groups[0], m.groups[1] = begin, end
			return m.groups
		}
		if short && end == stop || !short && end == begin {
			return nil
		}
		if short {
			least = end + m.sizeAt(end)
		} else {
			stop = end - m.sizeBefore(end)
		}
	}
	return nil
}

func (m *matcher) end(p *part, short bool, begin, least, stop int) int {
	if short {
		return m.of(p).shortest(&m.text, begin, least, stop)
	}
	return m.of(p).longest(&m.text, begin, stop)
}

// forget begins with groups that took no part.
func (m *matcher) forget() {
	m.groups = make([]int, 2*(m.regex.groups+1))
	for i := range m.groups {
		m.groups[i] = -1
	}
}

// forgetIn lets the groups within a part take no part.
func (m *matcher) forgetIn(p *part) {
	if p.number > 0 {
		m.groups[2*p.number], m.groups[2*p.number+1] = -1, -1
	}
	for _, s := range p.subs {
		m.forgetIn(s)
	}
}

// dissect finds the places of the groups in a part that its automaton matches from
// begin to end. It fails where a back reference does.
func (m *matcher) dissect(p *part, begin, end int) bool {
	if !m.goOn() {
		return false
	}
	ok := true
	switch p.kind {
	case reference:
		ok = m.refer(p, begin, end)
	case sequence:
		ok = m.divide(p, begin, end)
	case alternation:
		ok = m.choose(p, begin, end)
	case iteration:
		ok = m.iterate(p, begin, end)
	case wrapper:
		ok = m.dissect(p.subs[0], begin, end)
	}
	if ok && p.number > 0 {
		m.groups[2*p.number], m.groups[2*p.number+1] = begin, end
	}
	return ok
}

// divide finds where the first of two parts ends and the second begins.
func (m *matcher) divide(p *part, begin, end int) bool {
	first, second := p.subs[0], p.subs[1]
	short := first.flags&shorter != 0
	least, stop := begin, end
	for m.goOn() {
		mid := m.end(first, short, begin, least, stop)
		if mid < 0 {
			return false
		}
		if m.of(second).exactly(&m.text, mid, end) {
			if m.dissect(first, begin, mid) && m.dissect(second, mid, end) {
				return true
			}
			m.forgetIn(first)
			m.forgetIn(second)
		}
		if short && mid == end || !short && mid == begin {
			return false
		}
		if short {
			least = mid + m.sizeAt(mid)
		} else {
			stop = mid - m.sizeBefore(mid)
		}
	}
	return false
}

func (m *matcher) choose(p *part, begin, end int) bool {
	for _, s := range p.subs {
		if m.of(s).exactly(&m.text, begin, end) {
			if m.dissect(s, begin, end) {
				return true
			}
		}
	}
	return false
}

// refer compares with what a group matched, as often as it fits.
func (m *matcher) refer(p *part, begin, end int) bool {
	from, to := m.groups[2*p.refers], m.groups[2*p.refers+1]
	if from < 0 {
		return false
	}
	meant, there := m.text.s[from:to], m.text.s[begin:end]
	switch {
	case meant == "":
		return there == ""
	case there == "":
		return p.min == 0
	}
	size := charLength(meant)
	rounds := charLength(there) / size
	if charLength(there)%size != 0 || rounds < p.min || rounds > p.max {
		return false
	}
	for ; there != ""; rounds-- {
		n := 0
		for range size {
			_, w := utf8.DecodeRuneInString(there[n:])
			n += w
		}
		if !m.regex.same(meant, there[:n]) {
			return false
		}
		there = there[n:]
	}
	return true
}
