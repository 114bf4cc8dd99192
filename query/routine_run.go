package query

import (
	"context"
	"fmt"
	"slices"

	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/scatter"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// nesting says that the statement that is run is one of a function.
type nesting struct {
	outer *source // of the statement that calls it
	fresh bool    // it sees what has changed since that statement began: the function is volatile
}

// routineDepthMax bounds functions that call functions, as max_stack_depth does.
const routineDepthMax = 500

// value runs the function for one value.
func (r *routine) value(env *expr.Env, args []types.Datum) (types.Datum, error) {
	v := types.Null
	err := r.run(env, args, func(row []types.Datum) (more bool, err error) {
		v, err = r.result(env, row)
		return false, err
	})
	if err == nil {
		err = r.expected(v)
	}
	return v, err
}

// set runs the function for all its rows.
func (r *routine) set(env *expr.Env, args []types.Datum) (expr.Rows, error) {
	var rows [][]types.Datum
	bytes, bytesMax := int64(0), r.session.server.options.QueryBytesMax
	err := r.run(env, args, func(row []types.Datum) (bool, error) {
		v, err := r.result(env, row)
		if bytes += int64(types.SizeBytes(v)); err == nil && bytes > bytesMax {
			err = exec.OutOfMemory(bytesMax)
		}
		rows = append(rows, []types.Datum{v})
		return true, err
	})
	return func() ([]types.Datum, error) {
		if len(rows) == 0 {
			return nil, nil
		}
		row := rows[0]
		rows = rows[1:]
		return row, r.expected(row[0])
	}, err
}

// run runs the statements, and shows the rows of the last to each, which ends it with false.
func (r *routine) run(env *expr.Env, args []types.Datum, each func([]types.Datum) (bool, error)) error {
	s, ctx := r.session, env.Context
	outer, ok := sourceFrom(ctx)
	if !ok {
		outer = &source{session: s, out: quiet{s: s}, freshness: s.freshness, tables: s.tableVersions()}
	}
	s.routineDepth++
	defer func() { s.routineDepth-- }()
	if s.routineDepth > routineDepthMax {
		return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	if err := s.mayCall(r.function.OID); err != nil {
		return err
	}
	if r.permits != nil {
		return r.during("during startup", r.permits)
	}
	if args = slices.Clone(args); r.function.Procedure {
		args = inputs(r.function, args)
	}
	leave, err := s.enter(r.function)
	if err != nil {
		return err
	}
	defer leave()
	for i := range r.steps {
		s.refresh() // SET holds from the next statement on
		step := each
		if i < len(r.steps)-1 || r.convert == nil {
			step = func([]types.Datum) (bool, error) { return true, nil }
		}
		if err := r.step(ctx, outer, i, args, step); err != nil {
			return r.during(fmt.Sprintf("statement %d", i+1), err)
		}
	}
	return nil
}

// step runs one statement.
func (r *routine) step(ctx context.Context, outer *source, i int, args []types.Datum, each func([]types.Datum) (bool, error)) error {
	s := r.session
	before := s.nested
	s.nested = &nesting{outer: outer, fresh: r.function.Volatile == 'v'}
	defer func() { s.nested = before }()
	c, err := r.bound(i)
	if err != nil {
		return err
	}
	result, err := s.run(ctx, c.command, &call{compiled: c, values: args, out: outer.out})
	if err != nil || result.rows == nil {
		return err
	}
	defer result.rows.close()
	for {
		rows, err := result.rows.next(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, row := range rows {
			if more, err := each(row); err != nil || !more {
				return err
			}
		}
	}
}

// bound is a statement as what there is by now means it.
func (r *routine) bound(i int) (*compiled, error) {
	switch c := r.steps[i].compiled; {
	case c == nil:
		return r.compileStep(r.function.Body, r.steps[i].node, nil)
	case c.valid(r.session):
		return c, nil
	}
	if err := r.compile(); err != nil {
		return nil, err
	}
	return r.steps[i].compiled, r.permits
}

// open is what a statement in a function reads: at the position of the statement that calls
// the function.
func (n *nesting) open(ctx context.Context, x *call, timed, runs bool) (*source, error) {
	o := n.outer
	made := &source{
		session: o.session, out: o.out, freshness: o.freshness, outer: o, fresh: n.fresh, Tally: scatter.Tally{Timed: timed}, runs: runs, tables: o.tables,
	}
	if n.fresh {
		made.tables = o.session.tableVersions()
	}
	if x.changed {
		if f, err := o.session.upgrade(o.freshness, o.out); err != nil || f != o.freshness {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "project_if_changed() in a function that a statement of another freshness than CONSISTENT calls is not supported")
		}
	}
	if !x.reads {
		return made, nil
	}
	if err := made.ready(ctx); err != nil {
		return nil, err
	}
	return made, x.holds(o.session)
}

// adopt fixes the position to that of the calling statement.
func (r *source) adopt(ctx context.Context) error {
	s, o := r.session, r.outer
	if !o.opened {
		o.alone = false
		if err := o.ready(ctx); err != nil {
			return err
		}
	}
	r.cut, r.opened, r.pending = o.cut, true, o.pending
	if !r.fresh || !seesOwn(r.freshness.Level) || len(s.tx.pending.Drafts) == 0 {
		return nil
	}
	return r.seePending()
}

// quiet keeps what is told where there is nobody to tell yet.
type quiet struct {
	Out
	s *Session
}

// Notice implements Out.
func (q quiet) Notice(severity string, n *sqlstate.Error) error {
	q.s.waiting = append(q.s.waiting, notice{severity, n})
	return nil
}
