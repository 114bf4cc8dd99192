package exec

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// united is an accumulator of which two can be made one that is as if it had been given the rows of
// both.
type united interface {
	accumulator
	// unite takes over what the other one was given, behind what this one was. It returns by how many
	// bytes both together grew; the other is not used any more.
	unite(other accumulator) (bytes int, err error)
}

// moved is an accumulator that knows which run it belongs to.
type moved interface {
	// move makes it belong where another one of the same call does.
	move(like accumulator)
}

func (c *counter) unite(other accumulator) (int, error) {
	c.n += other.(*counter).n
	return 0, nil
}

func (s *pairCount) unite(other accumulator) (int, error) {
	s.n += other.(*pairCount).n
	return 0, nil
}

func (s *intSum) unite(other accumulator) (int, error) {
	o := other.(*intSum)
	var carry uint64
	s.low, carry = bits.Add64(s.low, o.low, 0)
	s.high += o.high + int64(carry)
	s.n += o.n
	return 0, nil
}

func (s *numericSum) unite(other accumulator) (int, error) { return s.more(other.(*numericSum)) }

func (s *numericAvg) unite(other accumulator) (int, error) {
	return s.more(&other.(*numericAvg).numericSum)
}

func (s *numericSum) more(o *numericSum) (_ int, err error) {
	switch {
	case o.n == 0:
	case s.n == 0:
		*s = *o
	default:
		s.n += o.n
		s.total, err = types.NumericAdd(s.total, o.total)
	}
	return 0, err
}

func (s *numericStats) unite(other accumulator) (int, error) {
	o := other.(*numericStats)
	switch {
	case o.n == 0:
	case s.n == 0:
		*s = *o
	default:
		s.n += o.n
		s.sx, s.sxx = types.NumericAddExact(s.sx, o.sx), types.NumericAddExact(s.sxx, o.sxx)
	}
	return 0, nil
}

func (s *intervalSum) unite(other accumulator) (_ int, err error) {
	o := other.(*intervalSum)
	s.n += o.n
	s.total, err = types.IntervalAdd(s.total, o.total)
	return 0, err
}

func (e *extreme) unite(other accumulator) (int, error) {
	worse := other.(*extreme).best
	if e.atOdds && !worse.IsNull() && !e.best.IsNull() {
		return 0, expr.ErrAtOdds()
	}
	if !worse.IsNull() && (e.best.IsNull() || e.better(worse)) {
		e.best, worse = worse, e.best
	}
	if worse.IsNull() {
		return 0, nil
	}
	return -types.SizeBytes(worse), nil
}

func (b *fold) unite(other accumulator) (int, error) {
	return b.add(nil, []types.Datum{other.(*fold).total})
}

func (a *arrayAgg) unite(other accumulator) (int, error) {
	o := other.(*arrayAgg)
	switch {
	case o.n == 0:
		return 0, nil
	case a.n == 0:
		*a = *o
		return 0, nil
	case a.nested && !slices.Equal(a.dims, o.dims):
		return 0, sqlstate.New(sqlstate.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
	}
	a.n, a.items = a.n+o.n, append(a.items, o.items...)
	return 0, nil
}

func (o *ordered) unite(other accumulator) (bytes int, err error) {
	more := other.(*ordered)
	if o.single != more.single {
		bytes = o.keepAll() + more.keepAll()
	}
	o.numbers, o.rows = append(o.numbers, more.numbers...), append(o.rows, more.rows...)
	return bytes, nil
}

func (o *ordered) move(like accumulator) {
	l := like.(*ordered)
	o.call, o.order = l.call, l.order
}

func (g *gathered) unite(other accumulator) (int, error) {
	more := other.(*gathered)
	g.rows, g.taken = append(g.rows, more.rows...), g.taken+more.taken
	return 0, nil
}

func (g *gathered) move(like accumulator) {
	l := like.(*gathered)
	g.run, g.call = l.run, l.call
}

func (d *distinctly) unite(other accumulator) (int, error) {
	more := other.(*distinctly).seen
	before := d.seen.bytes + more.bytes
	var failed error
	count, counts := d.inner.(*counter)
	err := d.seen.unite(more, d.run.check, func(k shortKey, key []types.Datum) {
		switch {
		case counts && key == nil && k.high != shortNull:
			count.n++
			return
		case key == nil:
			key = []types.Datum{k.value()}
		}
		if _, err := d.inner.add(nil, key); err != nil {
			failed = err
		}
	})
	return d.seen.bytes - before, cmp.Or(err, failed)
}

func (d *distinctly) move(like accumulator) {
	l := like.(*distinctly)
	d.run, d.call = l.run, l.call
}

// loadParallel has workers aggregate ranges of a scan; false: the input is to be read.
func (a *aggregate) loadParallel(outer *expr.Frame) (bool, error) {
	if a.node.Parallel == nil || !a.unites() {
		return false, nil
	}
	made, _, err := parallel(a.run, a.node.Parallel, a.node, outer, a.loadRange)
	if err != nil || made == nil {
		return false, err
	}
	if err := a.uniteAll(made); err != nil {
		a.forget()
		return false, a.run.check()
	}
	return true, nil
}

// unites reports whether what workers make of a range can be united.
func (a *aggregate) unites() bool {
	for _, c := range a.calls {
		if _, ok := c.make().(united); !ok {
			return false
		}
	}
	return true
}

// loadRange is what a worker does.
func (a *aggregate) loadRange(w *run) (*aggregate, int, error) {
	own := *a.node
	own.Parallel, own.Partial = nil, nil
	op, err := w.aggregate(&own)
	if err != nil {
		return nil, 0, err
	}
	part := op.(*aggregate)
	defer part.input.close()
	if err := part.open(nil); err != nil {
		return nil, 0, err
	}
	part.makeSets()
	if err := part.read(part.input.next); err != nil {
		return nil, 0, err
	}
	groups := 0
	for _, s := range part.sets {
		groups += s.count
	}
	return part, groups, nil
}

// uniteAll makes one of the groups of ranges, in the order in which a scan of all of them would have met
// them.
func (a *aggregate) uniteAll(made []*aggregate) error {
	for _, part := range made {
		a.taken += part.taken
	}
	if err := a.run.memory.take(a.taken); err != nil {
		return err
	}
	a.sets = made[0].sets
	for _, part := range made {
		a.moveStates(part)
	}
	if a.byRight != nil {
		a.byRight.take(made)
	}
	for _, part := range made[1:] {
		for i, s := range a.sets {
			bytes, err := a.unite(s, part.sets[i], part.byRight)
			a.taken += bytes
			a.run.memory.give(-bytes)
			if err != nil {
				return err
			}
		}
	}
	if a.run.hashFull(a.taken) {
		return errApart
	}
	if len(a.node.Keys) > 0 {
		a.usage.Hashed(1, int64(a.taken), 0)
	}
	return nil
}

// moveStates makes what a worker made the session's.
func (a *aggregate) moveStates(part *aggregate) {
	for k, c := range a.calls {
		like := c.make()
		if _, ok := like.(moved); !ok {
			continue
		}
		for _, s := range part.sets {
			for n := range s.count {
				part.statesOf(s, n)[k].(moved).move(like)
			}
		}
	}
}

// unite adds the groups of another set, and returns by how many bytes both together grew.
func (a *aggregate) unite(s, other *groupSet, of *groupByRight) (bytes int, err error) {
	before := s.index.bytes + other.index.bytes
	for from := 0; from < other.count; from += batchRows {
		if err := a.run.check(); err != nil {
			return bytes, err
		}
		if to := min(from+batchRows, other.count); of != nil && of.apart {
			a.byRight.seek(s, of.rights[from:to])
		} else {
			a.seekGroups(s, other, from, to)
		}
		a.approachMet(s)
		for i, n := range s.groups {
			more := 0
			if more, err = a.uniteGroup(s, int(n), other, from+i); err != nil {
				return bytes, err
			}
			bytes += more
		}
	}
	return bytes + s.index.bytes - before, nil
}

// seekGroups finds or makes the places of another set's groups; those that are not there yet come behind all that
// are.
func (a *aggregate) seekGroups(s, other *groupSet, from, to int) {
	s.groups = s.groups[:0]
	if len(s.keys) == 0 {
		s.groups = append(s.groups, 0)
		return
	}
	w := len(s.keys)
	s.batch, s.hashes = s.batch[:0], s.hashes[:0]
	for n := from; n < to; n++ {
		s.batch = append(s.batch, other.index.key(n)...)
	}
	a.near.values(s.batch)
	for i := range to - from {
		h := s.index.hash(s.batch[i*w:])
		s.hashes = append(s.hashes, h)
		a.near.slot(s.index, h)
	}
	a.near.end()
	for i, h := range s.hashes {
		n, _ := s.index.putHashed(s.batch[i*w:(i+1)*w], h)
		s.groups = append(s.groups, int32(n))
	}
}

// approachMet brings near the states of groups that there are already.
func (a *aggregate) approachMet(s *groupSet) {
	s.met = s.met[:0]
	for _, n := range s.groups {
		if int(n) < s.count {
			s.met = append(s.met, n)
		}
	}
	a.near.states(s.states, len(a.calls), s.met)
}

// take takes over what is known of right rows where the first part ends; it is needed where groups are apart.
func (g *groupByRight) take(parts []*aggregate) {
	first := parts[0].byRight
	g.groups, g.rights, g.none = first.groups, first.rights, first.none
	for _, p := range parts {
		g.apart = g.apart || p.byRight.apart
		if g.groups == nil && p.byRight.groups != nil {
			g.groups = make([]int32, len(p.byRight.groups))
		}
	}
}

// seek is seekGroups for groups of right rows.
func (g *groupByRight) seek(s *groupSet, rights []int32) {
	s.groups = s.groups[:0]
	for _, right := range rights {
		place := g.place(right)
		if *place == 0 {
			g.add(right, len(g.rights))
		}
		s.groups = append(s.groups, *place-1)
	}
}

// uniteGroup adds group i of another set to group n.
func (a *aggregate) uniteGroup(s *groupSet, n int, other *groupSet, i int) (bytes int, err error) {
	var carried []types.Datum
	if len(other.carry) > 0 {
		carried = other.carry[i*len(a.node.Carry) : (i+1)*len(a.node.Carry)]
	}
	if n == s.count {
		s.count++
		s.states, s.carry = append(s.states, a.statesOf(other, i)...), append(s.carry, carried...)
		return 0, nil
	}
	bytes = -stateBytes * (1 + len(a.calls))
	for _, v := range carried {
		bytes -= types.SizeBytes(v)
	}
	states := a.statesOf(s, n)
	for k, more := range a.statesOf(other, i) {
		grown, err := states[k].(united).unite(more)
		if err != nil {
			return bytes, err
		}
		bytes += grown
	}
	return bytes, nil
}
