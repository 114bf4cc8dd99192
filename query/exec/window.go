package exec

import (
	"cmp"
	"slices"

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
	store     windowRows
	keys      []types.Datum // of the row being kept
	at        int
	ready     bool
	out       output
	taken     int  // for states
	partition int  // number of keys that are the partition's
	reads     bool // rows are looked at once they are in order
	frames    *frames
	peers     peers
}

// windowCall computes one function over a partition.
type windowCall struct {
	aggregateCall
	// value is the function at row i of p; nil for an aggregate.
	value func(c *windowCall, w *window, p *peers, i int) (types.Datum, error)
	last  types.Datum // of the row before

	state accumulator // of an aggregate
	seen  []stretch   // what the state has been given
	bytes int         // that the state has taken
	once  bool        // the state's result can be taken once only
}

// peers are the rows around one: its partition is rows[low:high], the rows that
// sort as it are rows[first:last], its frame is rows[head:tail] and, without what
// the frame excludes, frame.
type peers struct {
	low, high, first, last, head, tail int
	rank                               int   // of the group of peers in its partition, from 1
	groups                             []int // the first row of each, for frames in GROUPS
	frame                              []stretch
}

func (r *run) window(n *plan.Window) (operator, error) {
	input, err := r.build(n.Input)
	if err != nil {
		return nil, err
	}
	o, err := r.order(n.Sorted())
	if err != nil {
		return nil, err
	}
	w := &window{run: r, input: input, node: n, order: o, keys: make([]types.Datum, len(o.evals)), partition: len(n.Partition), out: output{width: n.Width()}}
	w.store = r.windowRows(o, n)
	if w.frames, err = r.frames(n); err != nil {
		return nil, err
	}
	for _, c := range n.Calls {
		call, err := r.windowCall(c)
		if err != nil {
			return nil, err
		}
		w.calls = append(w.calls, call)
		w.reads = w.reads || call.value == nil || len(call.args.evals) > 0
	}
	w.reads = w.reads || len(n.Carry) > 0
	return w, nil
}

func (r *run) windowCall(c *expr.AggregateCall) (*windowCall, error) {
	if value := windowFunctions[c.Proc.Name()]; value != nil {
		args, err := r.compileRow(c.Args)
		return &windowCall{aggregateCall: aggregateCall{call: c, args: args}, value: value}, err
	}
	a, err := r.aggregateCall(c)
	if err != nil {
		return nil, err
	}
	return &windowCall{aggregateCall: *a, once: spentByResult(a.make())}, nil
}

func (w *window) open(outer *expr.Frame) error {
	w.release()
	w.frame, w.ready, w.at, w.peers = w.run.frame(outer), false, 0, peers{}
	if err := w.frames.open(w.run, outer); err != nil {
		return err
	}
	return w.input.open(outer)
}

func (w *window) release() {
	w.store.release()
	w.run.memory.give(w.taken)
	w.taken = 0
	for _, c := range w.calls {
		c.last, c.state, c.bytes = types.Null, nil, 0
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
	if w.reads {
		w.store.approach(w.at, batchRows)
	}
	for !w.out.full() {
		if w.at == w.peers.high {
			more, err := w.nextPartition()
			if err != nil {
				return nil, err
			}
			if !more {
				break
			}
		}
		if err := w.compute(w.out.add(), w.at); err != nil {
			return nil, err
		}
		w.at++
	}
	return w.out.rows, w.run.check()
}

func (w *window) load() error {
	made, beside, err := parallel(w.run, w.node.Parallel, w.node, w.frame.Up, func(r *run) (*rangeRows, int, error) {
		return keepRange(r, w.node.Input, w.node.Sorted(), r.workFull)
	})
	switch {
	case err != nil:
		return err
	case made != nil && w.store.take(made):
		return cmp.Or(w.store.sortBy(beside), w.run.check())
	}
	return w.loadAlone()
}

func (w *window) loadAlone() error {
	for {
		batch, err := w.input.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			return w.store.sort()
		}
		if err := w.run.check(); err != nil {
			return err
		}
		for _, row := range batch {
			w.frame.Row = row
			if err := evaluate(w.order.evals, &w.frame, w.keys); err != nil {
				return err
			}
			if err := w.store.add(row, w.keys); err != nil {
				return err
			}
		}
	}
}

// nextPartition begins the next partition; false: there is none.
func (w *window) nextPartition() (bool, error) {
	low, high, err := w.store.partition(w.at, w.partition)
	if err != nil || low == high {
		return false, err
	}
	for _, c := range w.calls {
		w.restart(c)
	}
	w.at, w.peers = low, peers{low: low, high: high, last: low}
	if w.node.Frame.Mode == plan.FrameGroups {
		w.peers.groups = w.groups(low, high)
	}
	return true, nil
}

// compute fills a row: what is carried of the input, then the calls' values.
func (w *window) compute(row []types.Datum, i int) error {
	p := &w.peers
	if i == p.last {
		p.first, p.rank, p.last = i, p.rank+1, w.endOfPeers(i, p.high)
	}
	if err := w.frames.move(w, p, i); err != nil {
		return err
	}
	var cuts [3]stretch
	p.frame = w.frames.stretches(p, i, cuts[:0])
	n := len(w.node.Carry)
	if n > 0 {
		from := w.store.row(i)
		for k, at := range w.node.Carry {
			row[k] = from[at]
		}
	}
	for k, c := range w.calls {
		v, err := w.value(c, p, i)
		if err != nil {
			return err
		}
		c.last, row[n+k] = v, v
	}
	return w.store.failed
}

func (w *window) endOfPeers(i, high int) int {
	last := i + 1
	for last < high && w.store.failed == nil && w.store.equal(i, last, len(w.order.types)) {
		last++
	}
	return last
}

// groups are the first rows of the groups of peers of a partition.
func (w *window) groups(low, high int) []int {
	var all []int
	for at := low; at < high; at = w.endOfPeers(at, high) {
		all = append(all, at)
	}
	return all
}

// value computes a call at row i.
func (w *window) value(c *windowCall, p *peers, i int) (types.Datum, error) {
	if c.value != nil {
		return c.value(c, w, p, i)
	}
	if c.state != nil && slices.Equal(c.seen, p.frame) {
		return c.last, nil
	}
	from, grows := c.grows(p.frame)
	if !grows {
		w.restart(c)
		c.state = c.make()
	}
	c.seen = append(c.seen[:0], p.frame...)
	for _, s := range p.frame {
		for at := max(s.low, from); at < s.high; at++ {
			if err := w.feed(c, at); err != nil {
				return types.Null, err
			}
		}
	}
	v, err := c.state.result(&w.frame)
	return types.Clone(v), err
}

// grows reports whether the state's rows are the beginning of a frame, and which
// row is the first that it has not seen.
func (c *windowCall) grows(frame []stretch) (from int, ok bool) {
	if c.state == nil || c.once || len(c.seen) != 1 || len(frame) != 1 || c.seen[0].low != frame[0].low || c.seen[0].high > frame[0].high {
		return 0, false
	}
	return c.seen[0].high, true
}

func (w *window) restart(c *windowCall) {
	w.run.memory.give(c.bytes)
	w.taken -= c.bytes
	c.bytes, c.state = 0, nil
}

func (w *window) feed(c *windowCall, at int) error {
	if at%checkEvery == 0 {
		if err := w.run.check(); err != nil {
			return err
		}
	}
	w.frame.Row = w.store.row(at)
	if c.filter != nil {
		ok, err := isTrue(c.filter, &w.frame)
		if err != nil || !ok {
			return err
		}
	}
	if err := c.args.fill(&w.frame, c.row); err != nil {
		return err
	}
	grown, err := c.state.add(&w.frame, c.row)
	if err != nil {
		return err
	}
	c.bytes += grown
	w.taken += grown
	return w.run.memory.take(grown)
}

// checkEvery is after how many rows a frame looks whether the statement has ended.
const checkEvery = 1024
