package query

import (
	"cmp"
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (s *Session) bindCopyEvents(c *compiled, n *pg.CopyStmt, k *copyInCommand) error {
	err := s.writableRelation(c, n.GetRelation(), "copy to")
	if err != nil {
		return unplaced(err)
	}
	if n.GetWhereClause() != nil {
		return unsupported(c.sql, int32(c.statement.Start), "COPY FROM ... WHERE of events is not supported")
	}
	k.targets, err = s.copyTargets(c, n)
	k.open = func(_ context.Context, s *Session, x *call) (copySink, error) {
		return s.newEventSink(x.compiled, k.targets)
	}
	c.uses = append(c.uses, s.server.appending(k.targets))
	return err
}

// copyTargets are the columns that COPY FROM writes.
func (s *Session) copyTargets(c *compiled, n *pg.CopyStmt) ([]appends.Target, error) {
	var all []appends.Target
	for _, a := range n.GetAttlist() {
		t, err := s.target(c, a.GetString_().GetSval(), -1, all)
		if err != nil {
			return nil, err
		}
		if t.Assigned() {
			return nil, sqlstate.New(sqlstate.InvalidColumnReference, "column %q is a generated column", t.Name).
				WithDetail("Generated columns cannot be used in COPY.")
		}
		all = append(all, t)
	}
	if len(all) > 0 {
		return all, nil
	}
	for _, col := range s.server.events.Columns {
		if t, _ := appends.TargetOf(s.server.events, col.Name); !t.Assigned() {
			all = append(all, t)
		}
	}
	return all, nil
}

// eventSink makes drafts of rows.
type eventSink struct {
	session  *Session
	drafter  *appends.Drafter
	bytes    int64
	bytesMax int64
	drafts   []event.Draft
}

func (s *Session) newEventSink(c *compiled, targets []appends.Target) (copySink, error) {
	if err := cmp.Or(s.writable("COPY FROM"), s.allowed(c)); err != nil {
		return nil, err
	}
	d, err := appends.NewDrafter(targets, s.user)
	return &eventSink{session: s, drafter: d, bytesMax: s.server.options.TransactionBytesMax - s.tx.pending.Bytes}, err
}

func (e *eventSink) add(row []types.Datum, _ int) error {
	draft, err := e.drafter.Draft(row, nil)
	if err != nil {
		return err
	}
	if e.bytes += appends.DraftBytes(&draft); e.bytes > e.bytesMax {
		return appends.TooLarge(e.bytesMax)
	}
	e.drafts = append(e.drafts, draft)
	return nil
}

func (e *eventSink) store(ctx context.Context) (int, error) {
	s := e.session
	if len(e.drafts) == 0 {
		return 0, nil
	}
	if !s.tx.alone || s.tx.state == block || len(s.tx.pending.Drafts) > 0 {
		return len(e.drafts), s.tx.pending.Add(e.drafts, s.server.options.TransactionBytesMax)
	}
	appends.Identify(e.drafts)
	receipts, err := s.propose(ctx, event.Transaction{Drafts: e.drafts})
	if err != nil {
		return 0, err
	}
	s.advanceTo(receipts)
	return len(e.drafts), nil
}
