package query

import (
	"cmp"
	"context"
	"strconv"

	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// insertCommand is INSERT INTO events.
type insertCommand struct {
	targets   []appends.Target
	rows      [][]expr.Eval // of VALUES; a nil Eval is DEFAULT
	query     *plan.Query   // of INSERT … SELECT
	convert   []expr.Eval   // from the query's columns to the targets
	returning []expr.Eval   // over a row of events
	tells     []bool        // columns of events that RETURNING tells; nil: none
	skip      bool          // ON CONFLICT DO NOTHING: what is there already is not told
}

func (k *insertCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	return k.runJudged(ctx, s, x, nil)
}

// runJudged is run, with what judges the events to append.
func (k *insertCommand) runJudged(ctx context.Context, s *Session, x *call, judge func(context.Context, []event.Draft) error) (result, error) {
	if err := cmp.Or(s.writable("INSERT"), s.allowed(x.compiled)); err != nil {
		return result{}, err
	}
	drafts, err := k.drafts(ctx, s, x)
	if err != nil {
		return result{}, err
	}
	if judge != nil {
		if err := judge(ctx, drafts); err != nil {
			return result{}, err
		}
	}
	return k.store(ctx, s, x, drafts)
}

// store appends the drafts, or leaves them to COMMIT.
func (k *insertCommand) store(ctx context.Context, s *Session, x *call, drafts []event.Draft) (result, error) {
	if len(drafts) == 0 {
		return k.result(ctx, s, x, nil)
	}
	if !s.tx.alone || s.tx.state == block || len(s.tx.pending.Drafts) > 0 {
		return k.buffer(ctx, s, x, drafts)
	}
	return k.append(ctx, s, x, drafts)
}

// append commits at once: the statement is its transaction.
func (k *insertCommand) append(ctx context.Context, s *Session, x *call, drafts []event.Draft) (result, error) {
	if err := appends.Fits(drafts, s.server.options.TransactionBytesMax); err != nil {
		return result{}, err
	}
	named := appends.Identify(drafts)
	receipts, err := s.propose(ctx, event.Transaction{Drafts: drafts})
	if err != nil {
		return result{}, err
	}
	s.advanceTo(receipts)
	if k.returning == nil && !k.skip {
		return done(insertTag(len(drafts)))
	}
	events := make([]*event.Event, 0, len(drafts))
	for i := range drafts {
		if k.skip {
			mine, err := appends.Mine(&drafts[i], &receipts[i], named[i])
			if err != nil {
				return result{}, err
			}
			if !mine {
				continue
			}
		}
		e, err := s.committed(ctx, &drafts[i], &receipts[i], k.tells)
		if err != nil {
			return result{}, err
		}
		events = append(events, e)
	}
	return k.result(ctx, s, x, events)
}

// buffer leaves the appends to COMMIT.
func (k *insertCommand) buffer(ctx context.Context, s *Session, x *call, drafts []event.Draft) (result, error) {
	p := &s.tx.pending
	first := len(p.Drafts)
	if err := p.Add(drafts, s.server.options.TransactionBytesMax); err != nil {
		return result{}, err
	}
	if k.returning == nil && !k.skip {
		return done(insertTag(len(drafts)))
	}
	src := &source{session: s, freshness: s.freshness, blind: true}
	if asOf(src.freshness.Level) { // whatever is read, appends come last
		src.freshness = s.latest()
	}
	if err := src.ready(ctx); err != nil {
		return result{}, err
	}
	var events []*event.Event
	for i := first; i < len(p.Drafts); i++ {
		e, err := k.pendingResult(src, i)
		if err != nil {
			return result{}, err
		}
		if e != nil {
			events = append(events, e)
		}
	}
	return k.result(ctx, s, x, events)
}

// pendingResult is the event that RETURNING tells of for draft i.
func (k *insertCommand) pendingResult(src *source, i int) (*event.Event, error) {
	p := src.pending
	e := p.Events[i]
	if e != nil {
		p.Bind(i, appends.Told{Columns: k.tells, New: k.skip, Kept: true})
		return e, nil
	}
	if k.skip {
		return nil, nil
	}
	first, err := src.Log().ByID(p.Drafts[i].ID)
	if err != nil || first == nil {
		return nil, err
	}
	return first.Clone(), nil
}

func (k *insertCommand) result(ctx context.Context, s *Session, x *call, events []*event.Event) (result, error) {
	tag := insertTag(len(events))
	if k.returning == nil {
		return done(tag)
	}
	frame := &expr.Frame{Params: x.values, Env: s.surroundings(ctx)}
	rows := make([][]types.Datum, len(events))
	for i, e := range events {
		frame.Row = appends.EventRow(e)
		row, err := evalRow(k.returning, frame)
		if err != nil {
			return result{}, err
		}
		rows[i] = row
	}
	return result{rows: &fixedRows{rows}, tag: tag}, nil
}

func insertTag(n int) string {
	if n == 1 {
		return "INSERT 0 1"
	}
	return "INSERT 0 " + strconv.Itoa(n)
}

func evalRow(all []expr.Eval, frame *expr.Frame) ([]types.Datum, error) {
	row := make([]types.Datum, len(all))
	for i, eval := range all {
		if eval == nil {
			continue
		}
		v, err := eval(frame)
		if err != nil {
			return nil, err
		}
		row[i] = v
	}
	return row, nil
}

// drafts computes the rows to append.
func (k *insertCommand) drafts(ctx context.Context, s *Session, x *call) ([]event.Draft, error) {
	d, err := appends.NewDrafter(k.targets, s.user)
	if err != nil {
		return nil, err
	}
	if k.query != nil {
		return k.queryDrafts(ctx, s, x, d)
	}
	frame := &expr.Frame{Params: x.values, Env: s.surroundings(ctx)}
	drafts := make([]event.Draft, 0, len(k.rows))
	given := make([]bool, len(k.targets))
	for _, evals := range k.rows {
		row, err := evalRow(evals, frame)
		if err != nil {
			return nil, err
		}
		for i := range given {
			given[i] = i < len(evals) && evals[i] != nil
		}
		draft, err := d.Draft(row, given)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, draft)
	}
	return drafts, nil
}

// queryDrafts reads all of the query before anything is appended.
func (k *insertCommand) queryDrafts(ctx context.Context, s *Session, x *call, d *appends.Drafter) ([]event.Draft, error) {
	rows, err := s.openQuery(ctx, x, k.query, queryOptions{})
	if err != nil {
		return nil, err
	}
	defer rows.close()
	frame := &expr.Frame{Params: x.values, Env: s.surroundings(ctx)}
	var drafts []event.Draft
	var size appends.Pending
	for {
		batch, err := rows.next(ctx)
		if err != nil || len(batch) == 0 {
			return drafts, err
		}
		for _, frame.Row = range batch {
			row, err := evalRow(k.convert, frame)
			if err != nil {
				return nil, err
			}
			draft, err := d.Draft(row, nil)
			if err != nil {
				return nil, err
			}
			drafts = append(drafts, draft)
			if size.Bytes += appends.DraftBytes(&draft); size.Bytes > s.server.options.TransactionBytesMax {
				return nil, appends.TooLarge(s.server.options.TransactionBytesMax)
			}
		}
	}
}
