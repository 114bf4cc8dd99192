package query

import (
	"cmp"
	"context"
	"slices"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/explain"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// explainOptions are the options of EXPLAIN that mean something here.
type explainOptions struct {
	analyze bool
	timing  bool
	summary bool
	verbose bool
	costs   bool
	format  string // "text", "json", "yaml", "xml"
}

// explainCommand is EXPLAIN of a query, or of an INSERT.
type explainCommand struct {
	options explainOptions
	query   *plan.Query // nil: an INSERT without one
	point   *plan.Point
	insert  *insertCommand
	changes bool   // the query changes something
	command string // that it is
}

func (s *Session) bindExplain(c *compiled, params *expr.Params, n *pg.ExplainStmt) error {
	o, err := explainOptionsOf(c, n.GetOptions())
	if err != nil {
		return err
	}
	inner := *c
	about := n.GetQuery()
	if d := about.GetDeclareCursorStmt(); d != nil {
		about = d.GetQuery()
	}
	if as := about.GetCreateTableAsStmt(); as.GetQuery().GetSelectStmt() != nil && !o.analyze {
		if name := as.GetInto().GetRel().GetRelname(); !s.tables.Free(name) && !as.GetIfNotExists() {
			return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", name)
		}
		about = as.GetQuery()
	}
	if err := s.bindNode(&inner, params, about); err != nil {
		return err
	}
	if e, ok := inner.command.(*executeCommand); ok {
		c.command = &explainExecute{execute: e, options: o, node: n.GetQuery()}
	} else if c.command, err = explains(o, &inner, n.GetQuery()); err != nil {
		return err
	}
	c.does(&inner)
	c.rows = true
	c.columns = []plan.Column{{Name: "QUERY PLAN", Type: types.Of(formatTypes[o.format])}}
	return nil
}

// formatTypes are the types of what EXPLAIN gives.
var formatTypes = map[string]types.OID{"text": types.TextOID, "json": types.JSONOID, "yaml": types.TextOID, "xml": types.TextOID}

// explains is EXPLAIN of a statement that is bound.
func explains(o explainOptions, inner *compiled, node *pg.Node) (*explainCommand, error) {
	k := &explainCommand{options: o}
	switch own := inner.command.(type) {
	case *selectCommand:
		k.query, k.point = own.query, inner.point
	case *insertCommand:
		k.insert, k.query = own, own.query
	case *modifyCommand:
		k.query = own.query
	}
	k.command = "SELECT"
	if own, ok := inner.command.(*modifyCommand); ok {
		k.command, k.changes = own.command(), true
	}
	k.changes = k.changes || k.query != nil && k.query.Changes
	if k.query == nil && k.insert == nil {
		return nil, unsupported(inner.sql, int32(inner.statement.Start), "EXPLAIN of %s is not supported", statementName(node))
	}
	return k, nil
}

// explainExecute is EXPLAIN of EXECUTE.
type explainExecute struct {
	execute *executeCommand
	options explainOptions
	node    *pg.Node
}

func (k *explainExecute) run(ctx context.Context, s *Session, x *call) (result, error) {
	target, err := k.execute.called(ctx, s, x)
	if err != nil {
		return result{}, err
	}
	own, err := explains(k.options, target.compiled, k.node)
	if err != nil {
		return result{}, err
	}
	return own.run(ctx, s, target)
}

func explainOptionsOf(c *compiled, list []*pg.Node) (explainOptions, error) {
	o := explainOptions{format: "text", costs: true}
	timing, summary, wal := false, false, false
	for _, n := range list {
		d := n.GetDefElem()
		on, err := parse.OptionBool(d)
		if err != nil && isExplainOption(d.GetDefname()) {
			return o, err
		}
		switch d.GetDefname() {
		case "analyze":
			o.analyze = on
		case "timing":
			o.timing, timing = on, true
		case "summary":
			o.summary, summary = on, true
		case "format":
			o.format = parse.OptionText(d)
			if formatTypes[o.format] == 0 {
				return o, at(c.sql, d.GetLocation(), sqlstate.InvalidParameterValue, "unrecognized value for EXPLAIN option \"format\": %q", o.format)
			}
		case "wal":
			wal = on
		case "verbose":
			o.verbose = on
		case "costs":
			o.costs = on
		case "buffers", "settings": // nothing to add
		default:
			return o, at(c.sql, d.GetLocation(), sqlstate.SyntaxError, "unrecognized EXPLAIN option %q", d.GetDefname())
		}
	}
	if wal && !o.analyze {
		return o, sqlstate.New(sqlstate.InvalidParameterValue, "EXPLAIN option WAL requires ANALYZE")
	}
	if o.timing && !o.analyze {
		return o, sqlstate.New(sqlstate.InvalidParameterValue, "EXPLAIN option TIMING requires ANALYZE")
	}
	if !timing {
		o.timing = o.analyze
	}
	if !summary {
		o.summary = o.analyze
	}
	return o, nil
}

func isExplainOption(name string) bool {
	return slices.Contains([]string{"analyze", "timing", "summary", "verbose", "costs", "buffers", "settings", "wal"}, name)
}

// explained is what is found out for EXPLAIN.
type explained struct {
	explain.Summary
	phases [projection.Phases]time.Duration
}

func (k *explainCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	if err := s.allowed(x.compiled); err != nil {
		return result{}, err
	}
	e := &explained{}
	if err := k.describe(ctx, s, x, e); err != nil {
		return result{}, err
	}
	var actual func(plan.Node) *plan.Actual
	if k.options.analyze {
		var err error
		if actual, err = k.analyze(ctx, s, x, e); err != nil {
			return result{}, err
		}
	}
	rows, err := k.rows(s, e, actual)
	return result{rows: &fixedRows{rows}, tag: "EXPLAIN"}, err
}

// describe tells what is known without running.
func (k *explainCommand) describe(ctx context.Context, s *Session, x *call, e *explained) error {
	if k.query == nil || !x.reads {
		return nil
	}
	f, err := s.effective(x.compiled, x.values)
	if err != nil {
		return err
	}
	e.Freshness = explain.Freshness(f)
	if x.freshness == nil && x.contract != nil {
		e.Views = x.contract.Views()
	}
	if k.point == nil {
		k.describeFragments(s, f, e)
		return nil
	}
	e.Projection = k.point.Definition.Name
	entity, ok := argument(k.point.Entity, x.values)
	if !ok {
		return nil
	}
	e.Entity, e.Owner = entity.Str(), s.server.options.NodeName
	if l, ok := s.server.options.Backend.(Locator); ok {
		partition, owner := l.Locate(event.Entity(e.Entity))
		e.Partition, e.Owner = &partition, owner
	}
	if k.options.analyze {
		return nil
	}
	return k.predict(ctx, s, f, e)
}

// describeFragments tells who would read what of the scans that nodes share.
func (k *explainCommand) describeFragments(s *Session, f projection.Freshness, e *explained) {
	fragments := plan.Fragments(k.query)
	if len(fragments) == 0 || k.options.analyze {
		return
	}
	src := &source{session: s, freshness: f}
	if len(s.tx.pending.Drafts) > 0 {
		src.pending = &s.tx.pending
	}
	for _, fragment := range fragments {
		e.Fragments = append(e.Fragments, src.shared().Places(fragment)...)
	}
}

// predict asks the engine what it would do.
func (k *explainCommand) predict(ctx context.Context, s *Session, f projection.Freshness, e *explained) error {
	p, ok := s.server.options.Backend.(Predictor)
	if !ok {
		return nil
	}
	cut, _, err := s.readCut(ctx, f, true)
	if err != nil {
		return err
	}
	o, err := p.Predict(ctx, projection.Request{Definition: k.point.Definition, Entity: event.Entity(e.Entity), Cut: cut})
	if err != nil || o.Strategy == 0 {
		return err
	}
	e.Strategy, e.Events = o.Strategy.String(), &o.Folded
	return nil
}

// analyze runs the statement and measures it.
func (k *explainCommand) analyze(ctx context.Context, s *Session, x *call, e *explained) (func(plan.Node) *plan.Actual, error) {
	start := s.now()
	defer func() { e.finish(s.now().Sub(start), k.options) }()
	if k.insert != nil {
		_, err := k.insert.run(ctx, s, x)
		return nil, err
	}
	rows, err := k.open(ctx, s, x)
	if err != nil {
		return nil, err
	}
	defer rows.close()
	if err := k.drain(ctx, s, rows, e); err != nil {
		return nil, err
	}
	e.proof(rows.source)
	if k.changes {
		_, err = rows.source.writer.commit(ctx)
	}
	return rows.rows.Actual, err
}

func (k *explainCommand) open(ctx context.Context, s *Session, x *call) (*queryRows, error) {
	o := queryOptions{timed: k.options.timing, analyze: true}
	if !k.changes {
		return s.openQuery(ctx, x, k.query, o)
	}
	src, err := s.changingSource(ctx, x, k.query, k.command, o.timed)
	if err != nil {
		return nil, err
	}
	return s.openAt(ctx, x, k.query, src, o)
}

// drain reads all rows and encodes them as if they were sent.
func (k *explainCommand) drain(ctx context.Context, s *Session, rows *queryRows, e *explained) error {
	formats := make([]int16, len(k.query.Columns))
	for {
		batch, err := rows.next(ctx)
		if err != nil || len(batch) == 0 {
			return err
		}
		began := s.now()
		for _, row := range batch {
			s.row = appendRow(s.row[:0], s.env, k.query.Columns, formats, row)
		}
		e.phases[projection.PhaseEncode] += s.now().Sub(began)
	}
}

// proof tells how the reads were answered.
func (e *explained) proof(src *source) {
	for i, took := range src.Total.Phase {
		e.phases[i] += took
	}
	e.phases[projection.PhaseBarrier] += src.barrier
	for _, f := range src.Fragments {
		e.Fragments = append(e.Fragments, f.String())
	}
	e.Reads = src.Reads
	if src.Reads == 0 {
		return
	}
	o := &src.Last
	age := float64(o.Age) / float64(time.Millisecond)
	e.Strategy, e.CacheStatus, e.Observed = o.Strategy.String(), o.Cache.String(), o.Observed.String()
	e.AgeMS, e.Events, e.Node = &age, &src.Folded, cmp.Or(o.Node, src.Node())
}

func (e *explained) finish(total time.Duration, o explainOptions) {
	if o.summary {
		ms := float64(total) / float64(time.Millisecond)
		e.TotalMS = &ms
	}
	if !o.timing {
		return
	}
	e.PhasesUS = map[string]int64{"total": total.Microseconds()}
	for p := projection.Phase(0); p < projection.Phases; p++ {
		e.PhasesUS[p.String()] = e.phases[p].Microseconds()
	}
}

func (k *explainCommand) rows(s *Session, e *explained, actual func(plan.Node) *plan.Actual) ([][]types.Datum, error) {
	x := &explain.Explanation{Label: "Insert on events"}
	if k.query != nil {
		x = explain.Describe(k.query, explain.Options{Actual: actual, Timed: k.options.timing, Verbose: k.options.verbose})
		if k.insert != nil {
			x = &explain.Explanation{Label: "Insert on events", Plans: []*explain.Explanation{x}}
		}
		if k.options.costs {
			x.Estimate = explain.Guess(k.query, s.server.sizes())
		}
	}
	if k.options.format != "text" {
		write := map[string]func(*explain.Summary) (string, error){"json": x.JSON, "yaml": x.YAML, "xml": x.XML}[k.options.format]
		text, err := write(&e.Summary)
		return [][]types.Datum{{types.String(text)}}, err
	}
	var rows [][]types.Datum
	for _, line := range append(x.Lines(), e.Lines()...) {
		rows = append(rows, []types.Datum{types.String(line)})
	}
	return rows, nil
}
