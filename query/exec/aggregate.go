package exec

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// aggregate groups its input by hash, for one grouping set after the other.
type aggregate struct {
	run   *run
	node  *plan.Aggregate
	input operator
	keys  rowEval
	calls []*aggregateCall
	frame expr.Frame

	batchKeys []types.Datum // of the rows that are being grouped
	near      approach
	byRight   *groupByRight // nil: keys tell

	sets  []*groupSet
	set   int
	at    int
	ready bool
	out   output
	taken int

	full  bool  // rows of groups that there is no room for go to disk
	parts parts // on disk
	part  part  // that the groups are of; the zero part: the input
	usage *plan.Usage
}

// aggregateCall is a compiled call.
type aggregateCall struct {
	call   *expr.AggregateCall
	args   rowEval
	filter expr.Eval
	order  *order
	direct []expr.Eval
	row    []types.Datum
	make   func() accumulator
	values *valueBatch // nil: there is none
	beside int         // how many groups are reckoned with that are on disk at once
}

// groupsBeside is aggregateCall.beside where there are groups.
const groupsBeside = 64

func (r *run) aggregate(n *plan.Aggregate) (operator, error) {
	if n.Partial != nil {
		return r.combine(n)
	}
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	a := &aggregate{run: r, node: n, input: input, out: output{width: n.Width()}, usage: r.usage(n)}
	if a.keys, err = r.compileRow(n.Keys); err != nil {
		return nil, err
	}
	for _, c := range n.Calls {
		made, err := r.aggregateCall(c)
		if err != nil {
			return nil, err
		}
		if n.Plain {
			made.beside = 1
		}
		a.calls = append(a.calls, made)
	}
	a.byRight = a.groupByRight()
	return a, nil
}

func (r *run) aggregateCall(c *expr.AggregateCall) (*aggregateCall, error) {
	a := &aggregateCall{call: c, beside: groupsBeside}
	var err error
	if a.args, err = r.compileRow(c.Args); err != nil {
		return nil, err
	}
	if a.filter, err = r.compile(c.Filter); err != nil {
		return nil, err
	}
	if a.direct, err = r.compileAll(c.Direct); err != nil {
		return nil, err
	}
	if len(c.Order) > 0 || c.Distinct {
		if a.order, err = r.order(inputOrder(c)); err != nil {
			return nil, err
		}
	}
	a.row = make([]types.Datum, len(c.Args))
	plain, err := newAccumulator(r, a)
	if err != nil {
		return nil, err
	}
	a.make = plain
	switch oids := oidsOf(c.Args); {
	case a.order == nil || orderedSet(c):
	case c.Distinct && anyOrder(c):
		a.values = newValueBatch(c.Args)
		a.make = func() accumulator { return &distinctly{run: r, call: a, inner: plain(), seen: newSeen(oids)} }
	default:
		a.make = func() accumulator { return &gathered{run: r, call: a, inner: plain()} }
	}
	return a, nil
}

// inputOrder is the order in which a call takes its input: DISTINCT sorts by all
// arguments.
func inputOrder(c *expr.AggregateCall) []plan.SortKey {
	keys := append([]plan.SortKey(nil), c.Order...)
	if c.Distinct {
		for _, a := range c.Args {
			keys = append(keys, plan.SortKey{Expr: a})
		}
	}
	return keys
}

func (a *aggregate) open(outer *expr.Frame) error {
	a.release()
	a.frame, a.ready, a.set, a.at = a.run.frame(outer), false, 0, 0
	return a.input.open(outer)
}

func (a *aggregate) release() {
	a.forget()
	a.part.close()
	a.parts.close()
}

// forget drops the groups in memory.
func (a *aggregate) forget() {
	for _, s := range a.sets {
		s.rest.close()
	}
	a.run.memory.give(a.taken)
	a.taken, a.sets, a.full = 0, nil, false
	a.byRight.forget()
}

func (a *aggregate) close() {
	a.release()
	a.input.close()
}

func (a *aggregate) next() ([][]types.Datum, error) {
	if !a.ready {
		if err := a.load(); err != nil {
			return nil, err
		}
		a.ready = true
	}
	a.out.reset()
	for !a.out.full() {
		if a.set == len(a.sets) {
			more, err := a.loadPart()
			if err != nil {
				return nil, err
			}
			if !more {
				break
			}
			continue
		}
		s := a.sets[a.set]
		if a.at == s.count {
			a.set, a.at = a.set+1, 0
			continue
		}
		if err := a.emit(s, a.at); err != nil {
			return nil, err
		}
		a.at++
	}
	return a.out.rows, a.run.check()
}

func (a *aggregate) load() error {
	done, err := a.loadParallel(a.frame.Up)
	if err != nil {
		return err
	}
	if !done {
		a.makeSets()
		if err := a.read(a.input.next); err != nil {
			return err
		}
	}
	for _, s := range a.sets {
		if s.count == 0 && len(s.keys) == 0 && (a.node.Plain || a.node.Sets != nil) {
			a.newGroup(s)
			s.carry = append(s.carry, make([]types.Datum, len(a.node.Carry))...)
		}
	}
	return nil
}

// read groups rows until there are no more.
func (a *aggregate) read(next func() ([][]types.Datum, error)) error {
	for {
		batch, err := next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		if err := a.run.check(); err != nil {
			return err
		}
		if err := a.addBatch(batch); err != nil {
			return err
		}
	}
	return a.finishParts()
}

func (a *aggregate) addBatch(batch [][]types.Datum) error {
	bytes, err := a.groupBatch(batch)
	if err != nil {
		return err
	}
	a.approach(batch)
	for i, row := range batch {
		a.frame.Row = row
		for _, s := range a.sets {
			if s.groups[i] < 0 {
				continue
			}
			grown, err := a.add(i, a.statesOf(s, int(s.groups[i])))
			if err != nil {
				return err
			}
			bytes += grown
		}
	}
	a.taken += bytes
	a.full = a.full || a.run.hashFull(a.taken)
	if a.run.main != nil && (a.full || a.run.space != nil) {
		return errApart // the session alone writes to disk
	}
	return a.run.memory.take(bytes)
}

func (a *aggregate) evaluateKeys(batch [][]types.Datum) error {
	w := len(a.node.Keys)
	a.batchKeys = slices.Grow(a.batchKeys[:0], w*len(batch))[:w*len(batch)]
	for i, row := range batch {
		a.frame.Row = row
		if err := a.keys.fill(&a.frame, a.batchKeys[i*w:(i+1)*w]); err != nil {
			return err
		}
	}
	return nil
}

// add gives the current row, the batch's i-th, to each of a group's accumulators.
func (a *aggregate) add(row int, states []accumulator) (bytes int, err error) {
	for i, c := range a.calls {
		if c.values != nil {
			c.values.row = row
		}
		if c.filter != nil {
			ok, err := isTrue(c.filter, &a.frame)
			if err != nil {
				return 0, err
			}
			if !ok {
				continue
			}
		}
		if err := c.args.fill(&a.frame, c.row); err != nil {
			return 0, err
		}
		grown, err := states[i].add(&a.frame, c.row)
		if err != nil {
			return 0, err
		}
		bytes += grown
	}
	return bytes, nil
}

func (a *aggregate) emit(s *groupSet, at int) error {
	row := a.out.add()
	carry := len(a.node.Carry)
	if !a.byRight.carry(a, at, row) {
		copy(row, s.carry[at*carry:(at+1)*carry])
	}
	a.frame.Row = row
	for i, state := range a.statesOf(s, at) {
		v, err := state.result(&a.frame)
		if err != nil {
			return err
		}
		row[carry+i] = v
	}
	for i, g := range a.node.Grouping {
		row[carry+len(a.calls)+i] = s.grouping(g)
	}
	return nil
}

// accumulator is the state of one aggregate in one group.
type accumulator interface {
	// add takes the arguments of one row, and returns by how many bytes it grew. The
	// slice is the caller's.
	add(f *expr.Frame, args []types.Datum) (bytes int, err error)
	// result is called once, at the end.
	result(f *expr.Frame) (types.Datum, error)
}
