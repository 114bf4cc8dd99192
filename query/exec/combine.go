package exec

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// combine is an aggregation that several nodes may do, each over its share. It combines
// their groups; the order of these, and the form of their keys, is by the first entity of each, as
// if one node had met all rows.
type combine struct {
	run    *run
	node   *plan.Aggregate
	whole  operator // the aggregation that this node does alone
	params *fragmentParams
	makes  []func() accumulator
	frame  expr.Frame

	begun, alone bool
	groups       []combined
	keys         []types.Datum // of the groups, one after the other
	index        *table
	at           int
	taken        int
	out          output
}

// combined is a group of several nodes.
type combined struct {
	number int
	first  types.Datum // entity
	states []accumulator
}

// errDiffers says that values that are equal do not look alike: which of them it is depends on
// the order of the rows.
var errDiffers = errors.New("equal values of several nodes look different")

func (r *run) combine(n *plan.Aggregate) (operator, error) {
	here := *n
	here.Partial = nil
	whole, err := r.aggregate(&here)
	if err != nil {
		return nil, err
	}
	if _, ok := r.source.(plan.Scatterer); !ok {
		return whole, nil
	}
	c := &combine{run: r, node: n, whole: whole, out: output{width: n.Width()}}
	for i := range n.Calls {
		c.makes = append(c.makes, combining(n.Partial.Calls[i].By, n.Calls[i]))
	}
	c.params, err = r.fragmentParams(n.Partial.Fragment)
	return c, err
}

// combining makes what combines the results of a call.
func combining(by plan.Combination, c *expr.AggregateCall) func() accumulator {
	oid := types.OID(0)
	if len(c.Args) > 0 {
		oid = c.Args[0].Type().OID
	}
	small := oid == types.Int2OID || oid == types.Int4OID
	switch by {
	case plan.CombineCounts:
		return func() accumulator { return &intSum{small: true} }
	case plan.CombineSums:
		switch {
		case small:
			return func() accumulator { return &intSum{small: true} }
		case oid == types.MoneyOID:
			return func() accumulator { return &moneySum{} }
		}
		return func() accumulator { return &numericSum{} }
	case plan.CombineAverages:
		return func() accumulator { return &averages{small: small} }
	case plan.CombineExtremes:
		sign := map[string]int8{"min": -1, "max": 1}[c.Proc.Name()]
		return func() accumulator { return &extremes{extreme{oid: oid, sign: sign}} }
	}
	return folding(c.Proc.Name(), c)
}

// averages combines sums and counts.
type averages struct {
	small bool // the sums are integers
	sum   numericSum
	n     int64
}

func (a *averages) add(f *expr.Frame, args []types.Datum) (int, error) {
	sum := args[0]
	if sum.IsNull() {
		return 0, nil
	}
	if a.small {
		sum = types.NumericFromInt(sum.Int())
	}
	a.n += args[1].Int()
	return a.sum.add(f, []types.Datum{sum})
}

func (a *averages) result(*expr.Frame) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	return types.NumericDiv(a.sum.total, types.NumericFromInt(a.n))
}

// extremes combines the extremes of several nodes.
type extremes struct{ extreme }

func (e *extremes) add(f *expr.Frame, args []types.Datum) (int, error) {
	v := args[0]
	if !v.IsNull() && !e.best.IsNull() && types.Compare(e.oid, v, e.best) == 0 && !bytes.Equal(types.AppendBinary(nil, e.oid, v), types.AppendBinary(nil, e.oid, e.best)) {
		return 0, errDiffers
	}
	return e.extreme.add(f, args)
}

func (c *combine) open(outer *expr.Frame) error {
	c.close()
	c.frame, c.begun, c.alone, c.at = c.run.frame(outer), false, false, 0
	return nil
}

func (c *combine) close() {
	c.release()
	c.whole.close()
}

func (c *combine) release() {
	c.run.memory.give(c.taken)
	c.groups, c.keys, c.index, c.taken = nil, nil, nil, 0
}

func (c *combine) next() ([][]types.Datum, error) {
	if !c.begun {
		c.begun = true
		if err := c.begin(); err != nil {
			return nil, err
		}
	}
	if c.alone {
		return c.whole.next()
	}
	c.out.reset()
	for ; c.at < len(c.groups) && !c.out.full(); c.at++ {
		if err := c.emit(&c.groups[c.at]); err != nil {
			return nil, err
		}
	}
	return c.out.rows, c.run.check()
}

// begin has the groups made, by several nodes or by this one alone: also where what they say
// cannot be combined, or is an error, which this node then meets in its order.
func (c *combine) begin() error {
	strands := c.run.scatter(c.node.Partial.Fragment, c.params)
	if strands != nil {
		err := c.load(strands)
		closeStrands(strands)
		if err == nil || c.run.ctx.Err() != nil {
			return err
		}
		c.release()
	}
	c.alone = true
	return c.whole.open(c.frame.Up)
}

func (c *combine) load(strands []*strand) error {
	var oids []types.OID
	for _, k := range c.node.Keys {
		oids = append(oids, k.Type().OID)
	}
	c.index = newTable(oids)
	for _, s := range strands {
		rows, err := c.collect(s)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := c.add(row); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(c.groups, func(a, b combined) int { return strings.Compare(a.entity(), b.entity()) })
	return nil
}

// entity is where a group was met first; a node without rows has met none.
func (g *combined) entity() string {
	if g.first.IsNull() {
		return ""
	}
	return g.first.Str()
}

// collect takes all rows of a strand, which may begin anew until its end.
func (c *combine) collect(s *strand) (rows [][]types.Datum, err error) {
	var kept chunk
	for {
		batch, err := s.Next(c.run.ctx)
		switch {
		case errors.Is(err, plan.ErrAnew):
			rows = nil
			continue
		case err != nil || len(batch) == 0:
			return rows, err
		}
		size := 0
		for _, row := range batch {
			row = kept.keep(row)
			for i, d := range row {
				row[i] = types.Clone(d)
			}
			rows = append(rows, row)
			size += rowBytes(row)
		}
		c.taken += size
		if err := c.run.memory.take(size); err != nil {
			return nil, err
		}
	}
}

// add puts one node's group to the others'.
func (c *combine) add(row []types.Datum) error {
	width := len(c.node.Keys)
	n, added := 0, len(c.groups) == 0
	if width > 0 {
		n, added = c.index.put(row[:width])
	}
	first := row[width]
	if added {
		g := combined{number: n, first: first}
		for _, made := range c.makes {
			g.states = append(g.states, made())
		}
		c.groups, c.keys = append(c.groups, g), append(c.keys, row[:width]...)
	}
	g := &c.groups[n]
	if !first.IsNull() && (g.first.IsNull() || first.Str() < g.first.Str()) {
		g.first = first
		copy(c.keys[n*width:], row[:width])
	}
	for i, call := range c.node.Partial.Calls {
		if _, err := g.states[i].add(&c.frame, row[call.Column:]); err != nil {
			return err
		}
	}
	return nil
}

func (c *combine) emit(g *combined) error {
	row, width := c.out.add(), len(c.node.Keys)
	for i, key := range c.node.CarryKeys {
		row[i] = c.keys[g.number*width+key]
	}
	for i, state := range g.states {
		v, err := state.result(&c.frame)
		if err != nil {
			return err
		}
		row[len(c.node.Carry)+i] = v
	}
	return nil
}
