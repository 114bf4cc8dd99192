package textsearch

import (
	"slices"
	"strings"
)

// verdict says whether a query finds something. maybe: there are no positions that could tell.
type verdict uint8

const (
	no verdict = iota
	yes
	maybe
)

// spots is where a part of a query is found: at these places, or at all others if negated. Where a match is
// longer than a word, width is by how much, and the places are those of its ends.
type spots struct {
	at     []int32
	negate bool
	width  int32
}

// finder looks up a word of a query; to may be nil where it does not matter where the word is.
type finder struct {
	find func(t *item, to *spots) verdict
	*steps
}

func (f finder) look(t *item, to *spots) verdict {
	v := f.find(t, to)
	n := 1
	if to != nil {
		n += len(to.at)
	}
	if !f.goOn(n) {
		return no
	}
	return v
}

// Match reports whether q finds v. check is asked now and then whether to go on.
func Match(v Vector, q Query, check func() error) (bool, error) {
	s := steps{check: check}
	found := q.holds(finder{v.find2, &s})
	return found, s.err
}

func (q Query) holds(f finder) bool { return len(q) > 0 && q.run(f) != no }

// run is of operators above phrases, for which places do not matter.
func (q Query) run(f finder) verdict {
	t := &q[0]
	switch t.op {
	case 0:
		return f.look(t, nil)
	case opNot:
		return [...]verdict{no: yes, yes: no, maybe: maybe}[q[1:].run(f)]
	case opAnd:
		left := q[t.left:].run(f)
		if left == no {
			return no
		}
		if right := q[1:].run(f); right != yes {
			return right
		}
		return left
	case opOr:
		left := q[t.left:].run(f)
		if left == yes {
			return yes
		}
		if right := q[1:].run(f); right != no {
			return right
		}
		return left
	}
	if q.runPhrase(f, nil) == yes {
		return yes
	}
	return no
}

// runPhrase is of a phrase and what is below. to is nil only for the phrase that nothing stands above.
func (q Query) runPhrase(f finder, to *spots) verdict {
	t := &q[0]
	switch t.op {
	case 0:
		return f.look(t, to)
	case opNot:
		return q.runNot(f, to)
	case opOr:
		return q.runOr(f, to)
	}
	var l, r spots
	left := q[t.left:].runPhrase(f, &l)
	if left == no {
		return no
	}
	right := q[1:].runPhrase(f, &r)
	switch {
	case right == no:
		return no
	case left == maybe || right == maybe:
		return maybe
	}
	m := merger{left: &l, right: &r, to: to}
	f.goOn(len(l.at) + len(r.at))
	if t.op == opPhrase {
		m.leftBy = int32(t.distance) + r.width
		m.setWidth(int32(t.distance) + l.width + r.width)
	} else {
		m.align()
	}
	switch {
	case l.negate && r.negate: // !l & !r is !(l | r)
		return m.negated(true, true, true)
	case l.negate:
		return m.merge(false, true, false)
	case r.negate:
		return m.merge(true, false, false)
	}
	return m.merge(false, false, true)
}

func (q Query) runNot(f finder, to *spots) verdict {
	switch q[1:].runPhrase(f, to) {
	case no:
		to.negate = true
		return yes
	case yes:
		to.negate = !to.negate
		if len(to.at) == 0 && !to.negate {
			return no
		}
		return yes
	}
	return maybe
}

func (q Query) runOr(f finder, to *spots) verdict {
	var l, r spots
	left := q[q[0].left:].runPhrase(f, &l)
	right := q[1:].runPhrase(f, &r)
	switch {
	case left == no && right == no:
		return no
	case left == maybe || right == maybe:
		return maybe
	}
	if left == no {
		l.width = 0
	}
	if right == no {
		r.width = 0
	}
	m := merger{left: &l, right: &r, to: to}
	f.goOn(len(l.at) + len(r.at))
	m.align()
	switch {
	case l.negate && r.negate: // !l | !r is !(l & r)
		return m.negated(false, false, true)
	case l.negate: // !l | r is !(l & !r)
		return m.negated(true, false, false)
	case r.negate:
		return m.negated(false, true, false)
	}
	return m.merge(true, true, true)
}

// merger makes places of those of two operands.
type merger struct {
	left, right     *spots
	leftBy, rightBy int32 // how far they are moved
	to              *spots
}

// align has the shorter matches end where the longer ones do.
func (m *merger) align() {
	width := max(m.left.width, m.right.width)
	m.leftBy, m.rightBy = width-m.left.width, width-m.right.width
	m.setWidth(width)
}

func (m *merger) setWidth(n int32) {
	if m.to != nil {
		m.to.width = n
	}
}

func (m *merger) negated(left, right, both bool) verdict {
	m.merge(left, right, both)
	if m.to != nil {
		m.to.negate = true
	}
	return yes
}

// merge takes the places that are of one operand alone, or of both.
func (m *merger) merge(left, right, both bool) verdict {
	l, r := m.left.at, m.right.at
	var made []int32
	for len(l) > 0 || len(r) > 0 {
		if len(l) == 0 && !right || len(r) == 0 && !left {
			break
		}
		at, take := int32(0), false
		switch {
		case len(r) == 0 || len(l) > 0 && l[0]+m.leftBy < r[0]+m.rightBy:
			at, take, l = l[0]+m.leftBy, left, l[1:]
		case len(l) == 0 || l[0]+m.leftBy > r[0]+m.rightBy:
			at, take, r = r[0]+m.rightBy, right, r[1:]
		default:
			at, take, l, r = r[0]+m.rightBy, both, l[1:], r[1:]
		}
		switch {
		case !take || at <= 0:
		case m.to == nil:
			return yes
		default:
			made = append(made, at)
		}
	}
	if len(made) == 0 {
		return no
	}
	m.to.at = made
	return yes
}

// find2 is a finder's find of a document.
func (v Vector) find2(t *item, to *spots) verdict {
	i, ok := v.find(t.word)
	result := no
	if ok {
		result = v[i].matches(t, to)
	}
	if !t.prefix || result == yes && to == nil {
		return result
	}
	return v.findPrefix(i, t, to)
}

func (v Vector) findPrefix(from int, t *item, to *spots) verdict {
	result := no
	var all []int32
	for i := from; i < len(v) && strings.HasPrefix(v[i].Word, t.word) && (result != yes || to != nil); i++ {
		var one *spots
		if to != nil {
			one = &spots{}
		}
		switch found := v[i].matches(t, one); {
		case found == no:
		case to == nil:
			if found == yes || result == no {
				result = found
			}
		case found == maybe:
			to.at = nil
			return maybe
		default:
			all = append(all, one.at...)
		}
	}
	if to == nil {
		return result
	}
	slices.Sort(all)
	if to.at = slices.Compact(all); len(to.at) > 0 {
		return yes
	}
	return no
}

// matches says where a lexeme has a weight that is sought. Weights of lexemes without positions are not
// looked at, as in PostgreSQL.
func (l *Lexeme) matches(t *item, to *spots) verdict {
	switch {
	case l.Positions == nil && to != nil:
		return maybe
	case l.Positions == nil:
		return yes
	}
	result := no
	for _, p := range l.Positions {
		if !t.weighs(p) {
			continue
		}
		result = yes
		if to == nil {
			return yes
		}
		to.at = append(to.at, int32(p.At()))
	}
	return result
}
