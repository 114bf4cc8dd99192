package query

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// appender appends for one statement that an INSERT INTO events is a part of. The statement's
// reads do not see what it appends, and nothing is proposed before all of it has run: an error
// anywhere leaves nothing.
type appender struct {
	source  *source // of the statement
	at      *source // whose log the appends come after; nil: nothing was appended yet
	alone   bool    // the statement is its transaction
	pending appends.Pending
	parts   map[*plan.Modify]*appended
	judge   func(context.Context, []event.Draft) error // of what is to be appended; nil: nothing
}

// appended is what one INSERT has left to be proposed.
type appended struct {
	first, end int // its drafts
	told       []*event.Event
}

func newAppender(src *source) *appender {
	tx := &src.session.tx
	return &appender{
		source: src, alone: src.session.lone() && len(tx.pending.Drafts) == 0 && src.outer == nil && !src.runs, parts: map[*plan.Modify]*appended{},
	}
}

// Append implements plan.Writer.
func (a *appender) Append(ctx context.Context, m *plan.Modify, rows func() ([][]types.Datum, error)) ([][]types.Datum, error) {
	if p := a.parts[m]; p != nil { // the statement runs again
		return p.rows(), nil
	}
	all, err := rows()
	if err != nil {
		return nil, err
	}
	drafts, err := a.drafts(m, all)
	if err != nil {
		return nil, err
	}
	p := &appended{first: len(a.pending.Drafts), end: len(a.pending.Drafts) + len(drafts)}
	a.parts[m] = p
	if len(drafts) == 0 {
		return nil, nil
	}
	if err := a.assign(ctx, drafts); err != nil {
		return nil, err
	}
	for i := p.first; i < p.end; i++ {
		e, err := a.told(m, i)
		if err != nil {
			return nil, err
		}
		if e != nil {
			p.told = append(p.told, e)
		}
	}
	return p.rows(), nil
}

func (p *appended) rows() [][]types.Datum {
	rows := make([][]types.Datum, len(p.told))
	for i, e := range p.told {
		rows[i] = appends.EventRow(e)
	}
	return rows
}

func (a *appender) drafts(m *plan.Modify, rows [][]types.Datum) ([]event.Draft, error) {
	var targets []appends.Target
	for i := range m.Relation.Columns {
		t, _ := appends.TargetOf(m.Relation, m.Relation.Columns[i].Name)
		targets = append(targets, t)
	}
	d, err := appends.NewDrafter(targets, a.source.session.user)
	if err != nil {
		return nil, err
	}
	drafts := make([]event.Draft, 0, len(rows))
	for _, row := range rows {
		draft, err := d.Draft(row, nil)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, draft)
	}
	return drafts, nil
}

// assign works out which events drafts will be, after those of the transaction and of the
// statement before them.
func (a *appender) assign(ctx context.Context, drafts []event.Draft) error {
	s := a.source.session
	if a.at == nil {
		a.at = a.source
		if l := a.source.freshness.Level; asOf(l) || l == projection.AtCut { // whatever is read, appends come last
			a.at = &source{session: s, freshness: s.latest()}
		}
		if err := a.at.ready(ctx); err != nil {
			return err
		}
	}
	bytesMax := s.server.options.TransactionBytesMax
	if err := a.pending.Add(drafts, bytesMax-s.tx.pending.Bytes); err != nil {
		return appends.TooLarge(bytesMax)
	}
	return a.pending.Assign(a.at.Log(), event.Micros(s.txStart().UnixMicro()))
}

// latest asks for what is newest, whatever the session's setting says.
func (s *Session) latest() projection.Freshness {
	return projection.Freshness{Level: projection.Consistent, Wait: s.freshness.Wait, ErrorOnStale: s.freshness.ErrorOnStale}
}

// told is the event that RETURNING tells of for draft i; nil: none.
func (a *appender) told(m *plan.Modify, i int) (*event.Event, error) {
	if e := a.pending.Events[i]; e != nil {
		kept := m.Feeds || !a.alone
		a.pending.Bind(i, appends.Told{Columns: m.Tells, New: m.Conflict != nil, Kept: kept})
		if !kept {
			e = a.foreseen(e, i)
		}
		return e, nil
	}
	if m.Conflict != nil {
		return nil, nil
	}
	log := appends.Overlay{Reader: a.at.Log(), Pending: &a.pending}
	first, err := log.ByID(a.pending.Drafts[i].ID)
	if err != nil || first == nil {
		return nil, err
	}
	return first.Clone(), nil
}

// foreseen is an event at a place that it may get: what cannot be told of it fails before it is appended.
func (a *appender) foreseen(e *event.Event, i int) *event.Event {
	at := *e
	at.Sequence = a.at.cut.Sequence + event.Sequence(i) + 1
	at.HLC = max(a.at.cut.HLC, hlc.New(a.source.session.txStart().UnixMilli(), 0)) + hlc.Timestamp(i) + 1
	if a.pending.Drafts[i].OccurredAt == event.NoTime {
		at.OccurredAt = at.RecordedAt()
	}
	return &at
}

// movedError says that the log has moved since a statement that is its transaction was run over it:
// what it told does not hold, and nothing was appended.
type movedError struct{ refusal error }

func (e *movedError) Error() string { return e.refusal.Error() }

// Unwrap returns why the log refused it.
func (e *movedError) Unwrap() error { return e.refusal }

// commit proposes what a statement appends that is alone in its transaction, and leaves it to
// COMMIT else. differs says that somebody was told another thing than what is in the log by now;
// after a *movedError the statement can be run anew.
func (a *appender) commit(ctx context.Context) (differs bool, err error) {
	s := a.source.session
	if a.judge != nil {
		if err := a.judge(ctx, a.pending.Drafts); err != nil {
			return false, err
		}
	}
	if len(a.pending.Drafts) == 0 {
		return false, nil
	}
	if !a.alone {
		s.keepCut(a.at.cut)
		return false, s.tx.pending.Join(&a.pending, s.server.options.TransactionBytesMax)
	}
	receipts, err := s.propose(ctx, event.Transaction{Drafts: a.pending.Drafts})
	if err != nil && a.pending.Moved(err) {
		return false, &movedError{err}
	}
	if err != nil {
		return false, err
	}
	s.advanceTo(receipts)
	for m, p := range a.parts {
		apart, err := a.committed(ctx, m, p, receipts)
		if err != nil {
			return false, err
		}
		differs = differs || apart
	}
	return differs, nil
}

// committed puts what the log has in the place of what was foreseen.
func (a *appender) committed(ctx context.Context, m *plan.Modify, p *appended, receipts []event.Receipt) (differs bool, err error) {
	var told []*event.Event
	for i := p.first; i < p.end; i++ {
		mine := true
		if m.Conflict != nil {
			if mine, err = a.pending.Mine(i, &receipts[i]); err != nil {
				return false, err
			}
		}
		if !mine {
			continue
		}
		e, err := a.source.session.committed(ctx, &a.pending.Drafts[i], &receipts[i], m.Tells)
		if err != nil {
			return false, err
		}
		told = append(told, e)
	}
	before := p.told
	p.told = told
	if len(told) != len(before) {
		return true, nil
	}
	for i := range told {
		if m.Tells != nil && tellsApart(m.Tells, told[i], before[i]) {
			return true, nil
		}
	}
	return false, nil
}

// tellsApart reports whether two forms of one event differ in a column that is read.
func tellsApart(read []bool, a, b *event.Event) bool {
	return read[plan.EventVersion] && a.Version != b.Version ||
		read[plan.EventOccurredAt] && a.OccurredAt != b.OccurredAt ||
		read[plan.EventRecordedBy] && a.RecordedBy != b.RecordedBy ||
		(read[plan.EventRecordedAt] || read[plan.EventHLC]) && a.HLC != b.HLC ||
		read[plan.EventSequence] && a.Sequence != b.Sequence
}
