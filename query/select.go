package query

import (
	"context"
	"slices"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/fragment"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/scatter"
	"github.com/projsql/projsql/query/types"
)

// selectCommand is a SELECT or VALUES.
type selectCommand struct{ query *plan.Query }

func (s *Session) bindSelect(c *compiled, params *expr.Params, node *pg.Node) error {
	if first := analyze.FirstOf(node.GetSelectStmt()); first.GetIntoClause() != nil {
		into := first.IntoClause
		first.IntoClause = nil
		defer func() { first.IntoClause = into }() // it may be bound again
		return s.bindTableAs(c, params, into, node)
	}
	q, err := s.plan(c, params, node)
	if err != nil {
		return err
	}
	c.command = &selectCommand{query: q}
	c.columns, c.rows, c.point, c.shared = q.Columns, true, q.Point, !c.present && !q.Changes && q.Routines == nil
	if c.point != nil && len(c.point.Computed) == 0 && s.server.router != nil {
		c.relay = relayOf(c.point)
	}
	return nil
}

// plan plans a query that is c or a part of it.
func (s *Session) plan(c *compiled, params *expr.Params, node *pg.Node) (*plan.Query, error) {
	rel, o := s.readOptions(c, params)
	q, err := s.planSelect(c.sql, node, o)
	if err != nil {
		return nil, err
	}
	if err := c.asks(q); err != nil {
		return nil, err
	}
	c.using(rel, q)
	c.changed = c.changed || q.IfChanged
	return q, nil
}

// planSelect plans a query, with fragments where nodes share scans.
func (s *Session) planSelect(sql string, node *pg.Node, o analyze.Options) (*plan.Query, error) {
	q, err := analyze.Select(sql, node, o)
	if err == nil && s.server.scans.Others != nil {
		fragment.Add(q, o, s.server.fragments)
	}
	return q, err
}

// readOptions are planOptions, and the relations that tell what was read.
func (s *Session) readOptions(c *compiled, params *expr.Params) (*relations, analyze.Options) {
	rel := s.relations(c.catalog)
	o := s.planOptions(c, params)
	o.Relations = rel
	return rel, o
}

// planOptions are what a statement of the session is planned with.
func (s *Session) planOptions(c *compiled, params *expr.Params) analyze.Options {
	env := *s.env
	env.Present = func() time.Time {
		c.present = true
		return s.present()
	}
	if c.literals == nil {
		c.literals = map[int]string{}
	}
	lasting, own := s.lastingSurroundings(c.catalog, env), &analyze.Surroundings{Extensions: s.extensionsOf(c.catalog).of, Env: &env}
	unwritable := func(r *pg.RangeVar, verb string) error { return s.refuseChange(c, r, verb) }
	o := analyze.Options{
		Lasting: lasting, Caller: own, Unwritable: unwritable, Relations: s.relations(c.catalog), Params: params, Extensions: own.Extensions,
		Database: s.server.options.Database, Env: own.Env, Fixed: c.literals, Arguments: c.arguments, Qualify: c.qualify, Opaque: c.opaque,
		Interrupted: s.interrupted,
	}
	if s.timeout > 0 && s.plansUntil.IsZero() {
		s.plansUntil = s.now().Add(s.timeout)
	}
	if lasting == nil {
		return o
	}
	public := lasting
	if slices.Contains(s.schemas, "public") {
		public = &analyze.Surroundings{Extensions: s.extensionsOf(c.catalog).lasting, Env: lasting.Env}
	}
	if s.publicly {
		o.Caller = public
	}
	switch c.names {
	case publicNames:
		o.Extensions, o.Env = public.Extensions, public.Env
	case writtenNames:
		o.Extensions, o.Env = lasting.Extensions, lasting.Env
	}
	return o
}

func (k *selectCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	if k.query.Changes {
		rows, _, err := s.runWhole(ctx, &whole{call: x, query: k.query, command: "SELECT"})
		return result{rows: rows, tag: "SELECT", counted: true}, err
	}
	rows, err := s.openQuery(ctx, x, k.query, queryOptions{})
	if err != nil {
		return result{}, err
	}
	return result{rows: rows, tag: "SELECT", counted: true}, nil
}

// queryOptions say how a query is run.
type queryOptions struct {
	timed   bool // phase times of reads
	analyze bool // rows and times of operators
}

// queryRows are the rows of a running query.
type queryRows struct {
	source *source
	rows   *exec.Rows
}

// openQuery starts a query at the position that its statement asks for.
func (s *Session) openQuery(ctx context.Context, x *call, q *plan.Query, o queryOptions) (*queryRows, error) {
	src, err := s.sourceOf(ctx, x, q, o.timed)
	if err != nil {
		return nil, err
	}
	return s.openAt(ctx, x, q, src, o)
}

// openAt starts a query on a source.
func (s *Session) openAt(ctx context.Context, x *call, q *plan.Query, src *source, o queryOptions) (*queryRows, error) {
	if err := s.allowed(x.compiled); err != nil {
		return nil, err
	}
	ctx = withSource(ctx, src)
	s.tx.queried = true
	with := exec.Options{
		Source: src, Env: s.surroundings(ctx), Params: x.values, Analyze: o.analyze,
		Limits: s.limits, Temp: s.server.options.Temp,
	}
	if src.writer != nil {
		with.Writer = src.writer
	}
	rows, err := exec.Open(ctx, q, with)
	if err != nil {
		return nil, err
	}
	return &queryRows{source: src, rows: rows}, nil
}

// sourceOf opens what a statement reads. A statement that reads no relation asks
// for no position, unless a function of it does.
func (s *Session) sourceOf(ctx context.Context, x *call, q *plan.Query, timed bool) (*source, error) {
	if err := s.allowed(x.compiled); err != nil { // before others are asked for a position
		return nil, err
	}
	if s.nested != nil {
		return s.nested.open(ctx, x, timed, q.Runs)
	}
	f, err := s.effective(x.compiled, x.values)
	if err != nil {
		return nil, err
	}
	if x.changed {
		if f, err = s.upgrade(f, x.out); err != nil {
			return nil, err
		}
	}
	src := &source{session: s, out: x.out, freshness: f, alone: q.OneState, Tally: scatter.Tally{Timed: timed}, tables: s.tableVersions(), runs: q.Runs}
	if !x.reads {
		return src, nil
	}
	if err := src.ready(ctx); err != nil {
		return nil, err
	}
	return src, x.holds(s)
}

func (r *queryRows) next(ctx context.Context) ([][]types.Datum, error) {
	rows, err := r.rows.Next(withSource(ctx, r.source))
	if err == nil && len(rows) == 0 {
		err = r.source.finish()
	}
	r.source.rows += len(rows)
	return rows, err
}

func (r *queryRows) close() { r.rows.Close() }
