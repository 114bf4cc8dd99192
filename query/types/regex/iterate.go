package regex

// rounds are the ends of the rounds of an iteration while it is taken apart.
type rounds struct {
	*matcher
	child    *part
	least    int // rounds at least
	most     int
	ends     []int // of the rounds; the first is the beginning
	end      int   // of the iteration
	verified int   // rounds whose inside is known to be right
}

// iterate divides a text among the rounds of a quantified part, each as long (or
// short) as it may be, earlier ones first.
func (m *matcher) iterate(p *part, begin, end int) bool {
	least := max(p.min, 1)
	size := charLength(m.text.s[begin:end])
	r := &rounds{
		matcher: m, child: p.subs[0], least: least, most: max(min(size, p.max), least),
		ends: []int{begin}, end: end,
	}
	none := p.min == 0 && begin == end
	if r.child.flags&shorter != 0 {
		return none || r.runShort()
	}
	return r.runLong() || none
}

// needed reports whether empty rounds are needed after k rounds up to a place, to
// have enough.
func (r *rounds) needed(k, at int) bool {
	return k < r.least && r.least-k >= charLength(r.text.s[at:r.end])
}

func (r *rounds) set(k, at int) {
	r.ends = append(r.ends[:k], at)
	r.verified = min(r.verified, k-1)
}

// verify takes the rounds apart; it returns the one that fails, 0 if none does.
func (r *rounds) verify(k int) int {
	for i := r.verified + 1; i <= k; i++ {
		r.forgetIn(r.child)
		if !r.dissect(r.child, r.ends[i-1], r.ends[i]) {
			return i
		}
		r.verified = i
	}
	return 0
}

func (r *rounds) runLong() bool {
	limit := r.end
	for k := 1; k > 0 && r.goOn(); {
		at := r.of(r.child).longest(&r.text, r.ends[k-1], limit)
		if at < 0 {
			k, limit = r.backLong(k - 1)
			continue
		}
		r.set(k, at)
		switch {
		case at != r.end && k >= r.most:
			k, limit = r.backLong(k - 1)
		case at != r.end && at == r.ends[k-1] && !r.needed(k, at):
			k, limit = r.backLong(k)
		case at != r.end:
			k, limit = k+1, r.end
		case k < r.least:
			k, limit = r.backLong(k)
		default:
			failed := r.verify(k)
			if failed == 0 {
				return true
			}
			k, limit = r.backLong(failed)
		}
	}
	return false
}

// backLong finds the last round up to k that may be shorter, and how long it may be.
func (r *rounds) backLong(k int) (round, limit int) {
	for ; k > 0; k-- {
		before := r.ends[k-1]
		if r.ends[k] > before {
			limit = r.ends[k] - r.sizeBefore(r.ends[k])
			if limit > before || k < r.least && r.least-k >= charLength(r.text.s[before:r.end]) {
				return k, limit
			}
		}
	}
	return 0, 0
}

func (r *rounds) runShort() bool {
	limit := r.ends[0]
	for k := 1; k > 0 && r.goOn(); {
		if limit == r.ends[k-1] && limit != r.end && !r.needed(k, limit) {
			limit += r.sizeAt(limit)
		}
		if k >= r.most {
			limit = r.end
		}
		at := r.of(r.child).shortest(&r.text, r.ends[k-1], limit, r.end)
		if at < 0 {
			k, limit = r.backShort(k - 1)
			continue
		}
		r.set(k, at)
		switch {
		case at != r.end && k >= r.most:
			k, limit = r.backShort(k - 1)
		case at != r.end:
			k, limit = k+1, at
		case k < r.least:
			k, limit = r.backShort(k)
		default:
			failed := r.verify(k)
			if failed == 0 {
				return true
			}
			k, limit = r.backShort(failed)
		}
	}
	return false
}

// backShort finds the last round up to k that may be longer, and how long it must be.
func (r *rounds) backShort(k int) (round, limit int) {
	for ; k > 0; k-- {
		if r.ends[k] < r.end {
			return k, r.ends[k] + r.sizeAt(r.ends[k])
		}
	}
	return 0, 0
}
