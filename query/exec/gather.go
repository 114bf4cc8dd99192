package exec

import (
	"math"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// gather is a scan whose fragment several nodes may run. It merges their rows in the order of
// the entities, so that they are those of a scan that this node does alone.
type gather struct {
	run    *run
	node   *plan.Scan
	whole  operator // the scan that this node does alone
	params *fragmentParams
	rest   expr.Eval
	frame  expr.Frame

	begun   bool
	alone   bool
	shared  bool  // it was begun by several nodes
	skip    int64 // of the rows of whole, which were given before
	given   int64
	size    int // of the next batch
	strands []*strand
	out     output
}

// strand is a plan.Strand and the rows of it that are next.
type strand struct {
	plan.Strand
	rows  [][]types.Datum
	at    int
	ended bool
}

func (r *run) gather(n *plan.Scan) (operator, error) {
	here := *n
	here.Fragment = nil
	whole, err := r.scan(&here)
	if err != nil {
		return nil, err
	}
	if _, ok := r.source.(plan.Scatterer); !ok {
		return whole, nil
	}
	g := &gather{run: r, node: n, whole: whole, out: output{width: n.Width()}}
	if g.params, err = r.fragmentParams(n.Fragment); err != nil {
		return nil, err
	}
	g.rest, err = r.compileCondition(n.Rest)
	r.gathers[n] = g
	return g, err
}

func (g *gather) open(outer *expr.Frame) error {
	g.close()
	g.frame, g.begun, g.alone, g.skip, g.given = g.run.frame(outer), false, false, 0, 0
	g.size = firstRows
	return nil
}

// begin finds out who reads. It is put off until rows are wanted: LIMIT 0 wants none.
func (g *gather) begin() error {
	g.begun = true
	g.strands = g.run.scatter(g.node.Fragment, g.params)
	g.alone, g.shared = g.strands == nil, g.strands != nil
	if g.alone {
		return g.whole.open(g.frame.Up)
	}
	return nil
}

func (g *gather) close() {
	closeStrands(g.strands)
	g.strands = nil
	g.whole.close()
}

func (g *gather) next() ([][]types.Datum, error) {
	if !g.begun {
		if err := g.begin(); err != nil {
			return nil, err
		}
	}
	for !g.alone {
		g.out.reset()
		ended, err := g.merge()
		if err != nil {
			if err = g.again(err); err != nil {
				return nil, err
			}
			break
		}
		g.given += int64(len(g.out.rows))
		if ended || len(g.out.rows) > 0 {
			return g.out.rows, g.run.check()
		}
	}
	return g.nextAlone()
}

// again goes on alone after an error of a row: it may be one that comes after all that are
// wanted, or after another row's error.
func (g *gather) again(failed error) error {
	if g.run.ctx.Err() != nil {
		return failed
	}
	closeStrands(g.strands)
	g.strands, g.alone, g.skip = nil, true, g.given
	return g.whole.open(g.frame.Up)
}

func (g *gather) nextAlone() ([][]types.Datum, error) {
	for {
		rows, err := g.whole.next()
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		if g.skip < int64(len(rows)) {
			rows = rows[g.skip:]
			g.skip = 0
			return rows, nil
		}
		g.skip -= int64(len(rows))
	}
}

// merge fills the batch. Batches are as long as those of a scan here: what works on whole
// batches reads no further than it would.
func (g *gather) merge() (ended bool, err error) {
	for len(g.out.rows) < g.size {
		for _, s := range g.strands {
			if s.at < len(s.rows) || s.ended {
				continue
			}
			if err := s.load(g.run); err != nil {
				return false, err
			}
		}
		s := first(g.strands)
		if s == nil {
			return true, nil
		}
		if err := g.take(s.rows[s.at]); err != nil {
			return false, err
		}
		s.at++
	}
	g.size = min(2*g.size, batchRows)
	return false, nil
}

// load waits for the strand's next rows.
func (s *strand) load(r *run) (err error) {
	s.at = 0
	s.rows, err = s.Next(r.ctx)
	s.ended = len(s.rows) == 0
	return err
}

// first returns the strand whose next entity comes first, nil at the end.
func first(all []*strand) (first *strand) {
	for _, s := range all {
		if !s.ended && (first == nil || s.rows[s.at][0].Str() < first.rows[first.at][0].Str()) {
			first = s
		}
	}
	return first
}

// take makes a row of the scan of one of the fragment, if the rest of the filter keeps it.
func (g *gather) take(from []types.Datum) error {
	row := g.out.add()
	clear(row)
	for i, c := range g.node.Columns {
		if c == 0 {
			row[i] = from[0]
		}
	}
	for i, target := range g.node.Fragment.Targets {
		row[target] = from[1+i]
	}
	if g.rest == nil {
		return nil
	}
	g.frame.Row = row
	keep, err := isTrue(g.rest, &g.frame)
	if !keep {
		g.out.drop()
	}
	return err
}

// scatter opens a fragment's strands; nil if this node is to do all itself, also where that
// may show an error of the parameters that no row would show.
func (r *run) scatter(f *plan.Fragment, p *fragmentParams) []*strand {
	values, ok := p.values(r)
	if !ok {
		return nil
	}
	var all []*strand
	for _, s := range r.source.(plan.Scatterer).Scatter(r.ctx, f, values) {
		all = append(all, &strand{Strand: s})
	}
	return all
}

func closeStrands(all []*strand) {
	for _, s := range all {
		s.Close()
	}
}

// fragmentParams compute the values of a fragment's parameters.
type fragmentParams struct {
	evals []expr.Eval
	limit *limitEvals // nil: there is none
}

func (r *run) fragmentParams(f *plan.Fragment) (p *fragmentParams, err error) {
	p = &fragmentParams{}
	if p.evals, err = r.compileAll(f.Params); err == nil && f.Limit != nil {
		p.limit, err = r.limits(f.Limit)
	}
	return p, err
}

// values returns the parameters' values; false if they cannot be computed.
func (p *fragmentParams) values(r *run) (values []types.Datum, ok bool) {
	frame := r.frame(nil)
	values = make([]types.Datum, len(p.evals), len(p.evals)+1)
	if evaluate(p.evals, &frame, values) != nil {
		return nil, false
	}
	if p.limit == nil {
		return values, true
	}
	skip, count, err := p.limit.counts(r, nil)
	wanted := types.Null // all, those too that are skipped
	if count >= 0 && count <= math.MaxInt64-skip {
		wanted = types.Int(skip + count)
	}
	return append(values, wanted), err == nil
}
