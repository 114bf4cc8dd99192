package exec

import (
	"sort"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// window sorts its input into partitions and adds the values of window functions
// to each row.
type window struct {
	run       *run
	input     operator
	node      *plan.Window
	order     *order // by partition, then as OVER says
	calls     []*windowCall
	frame     expr.Frame
	rows      []sorted
	at        int
	ready     bool
	out       output
	taken     int
	partition int // number of keys that are the partition's
}

// windowCall computes one function over a partition.
type windowCall struct {
	aggregateCall
	// value is the function at row i of p; nil for an aggregate.
	value func(c *windowCall, w *window, p *peers, i int) (types.Datum, error)
	out   []types.Datum // by row
}

// peers are the rows around one: its partition is rows[low:high], the rows that
// sort as it are rows[first:last], end is where its frame ends.
type peers struct {
	low, high, first, last, end int
	rank                        int // of the group of peers in its partition, from 1
}

func (r *run) window(n *plan.Window) (operator, error) {
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	var keys []plan.SortKey
	for _, e := range n.Partition {
		keys = append(keys, plan.SortKey{Expr: e})
	}
	o, err := r.order(append(keys, n.Order...))
	if err != nil {
		return nil, err
	}
	w := &window{run: r, input: input, node: n, order: o, partition: len(n.Partition), out: output{width: n.Width()}}
	for _, c := range n.Calls {
		call, err := r.windowCall(c)
		if err != nil {
			return nil, err
		}
		w.calls = append(w.calls, call)
	}
	return w, nil
}

func (r *run) windowCall(c *expr.AggregateCall) (*windowCall, error) {
	if value := windowFunctions[c.Proc.Name()]; value != nil {
		args, err := r.compileAll(c.Args)
		return &windowCall{aggregateCall: aggregateCall{call: c, args: args}, value: value}, err
	}
	a, err := r.aggregateCall(c)
	if err != nil {
		return nil, err
	}
	return &windowCall{aggregateCall: *a}, nil
}

func (w *window) open(outer *expr.Frame) error {
	w.release()
	w.frame, w.ready, w.at = w.run.frame(outer), false, 0
	return w.input.open(outer)
}

func (w *window) release() {
	w.run.memory.give(w.taken)
	w.taken, w.rows = 0, nil
	for _, c := range w.calls {
		c.out = nil
	}
}

func (w *window) close() {
	w.release()
	w.input.close()
}

func (w *window) next() ([][]types.Datum, error) {
	if !w.ready {
		if err := w.load(); err != nil {
			return nil, err
		}
		w.ready = true
	}
	w.out.reset()
	for ; w.at < len(w.rows) && !w.out.full(); w.at++ {
		row := w.out.add()
		n := copy(row, w.rows[w.at].row)
		for i, c := range w.calls {
			row[n+i] = c.out[w.at]
		}
	}
	return w.out.rows, w.run.check()
}

func (w *window) load() error {
	for {
		batch, err := w.input.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		if err := w.run.check(); err != nil {
			return err
		}
		if err := w.keep(batch); err != nil {
			return err
		}
	}
	sort.SliceStable(w.rows, func(i, j int) bool { return w.order.compare(w.rows[i].keys, w.rows[j].keys) < 0 })
	for low := 0; low < len(w.rows); {
		high := low + 1
		for high < len(w.rows) && w.equal(low, high, w.partition) {
			high++
		}
		if err := w.compute(low, high); err != nil {
			return err
		}
		low = high
	}
	return nil
}

func (w *window) keep(batch [][]types.Datum) error {
	bytes := 0
	for _, row := range batch {
		w.frame.Row = row
		keys := make([]types.Datum, len(w.order.evals))
		if err := evaluate(w.order.evals, &w.frame, keys); err != nil {
			return err
		}
		kept := sorted{keys: cloneAll(keys), row: cloneRow(row)}
		w.rows = append(w.rows, kept)
		bytes += rowBytes(kept.keys) + rowBytes(kept.row) + 64
	}
	w.taken += bytes
	return w.run.memory.take(bytes)
}

// equal reports whether two rows have the same first n keys.
func (w *window) equal(i, j, n int) bool {
	for k := range n {
		if w.order.one(k, w.order.types[k], w.rows[i].keys[k], w.rows[j].keys[k]) != 0 {
			return false
		}
	}
	return true
}

// compute fills the calls' values of one partition.
func (w *window) compute(low, high int) error {
	states := make([]accumulator, len(w.calls))
	for i, c := range w.calls {
		if c.make != nil {
			states[i] = c.make()
		}
	}
	p := peers{low: low, high: high, last: low}
	fed := low
	for i := low; i < high; i++ {
		if i == p.last {
			p.first, p.rank = i, p.rank+1
			for p.last++; p.last < high && w.equal(i, p.last, len(w.order.types)); p.last++ {
			}
		}
		p.end = w.frameEnd(&p, i)
		for k, c := range w.calls {
			if err := w.one(c, states[k], &p, i, fed); err != nil {
				return err
			}
		}
		fed = p.end
	}
	return w.run.check()
}

func (w *window) frameEnd(p *peers, i int) int {
	switch w.node.Frame {
	case plan.FrameToRow:
		return i + 1
	case plan.FramePartitioned:
		return p.high
	}
	return p.last
}

// one appends a call's value at row i; rows before fed are in its state already.
func (w *window) one(c *windowCall, state accumulator, p *peers, i, fed int) error {
	if state == nil {
		v, err := c.value(c, w, p, i)
		c.out = append(c.out, v)
		return err
	}
	if fed == p.end && i > p.low {
		c.out = append(c.out, c.out[len(c.out)-1])
		return nil
	}
	for at := fed; at < p.end; at++ {
		if err := w.feed(c, state, at); err != nil {
			return err
		}
	}
	v, err := state.result(&w.frame)
	c.out = append(c.out, types.Clone(v))
	return err
}

func (w *window) feed(c *windowCall, state accumulator, at int) error {
	w.frame.Row = w.rows[at].row
	if c.filter != nil {
		ok, err := isTrue(c.filter, &w.frame)
		if err != nil || !ok {
			return err
		}
	}
	if err := evaluate(c.args, &w.frame, c.row); err != nil {
		return err
	}
	grown, err := state.add(&w.frame, c.row)
	if err != nil {
		return err
	}
	w.taken += grown
	return w.run.memory.take(grown)
}
