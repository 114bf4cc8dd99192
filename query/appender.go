package query

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
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
}

// appended is what one INSERT has left to be proposed.
type appended struct {
	first, end int // its drafts
	told       []*event.Event
}

func newAppender(src *source) *appender {
	tx := &src.session.tx
	return &appender{
		source: src, alone: tx.alone && tx.state != block && len(tx.pending.Drafts) == 0, parts: map[*plan.Modify]*appended{},
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
	if err := a.source.session.mayAppend(); err != nil {
		return nil, err
	}
	var targets []appends.Target
	var given []bool
	for i := range m.Relation.Columns {
		t, _ := appends.TargetOf(m.Relation, m.Relation.Columns[i].Name)
		targets, given = append(targets, t), append(given, !t.Assigned())
	}
	d, err := appends.NewDrafter(targets, a.source.session.user)
	if err != nil {
		return nil, err
	}
	drafts := make([]event.Draft, 0, len(rows))
	for _, row := range rows {
		draft, err := d.Draft(row, given)
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
		tells := len(m.Tells) > 0 && m.Tells[plan.EventVersion]
		if tells && (m.Feeds || !a.alone) {
			a.pending.Pin(i)
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

// commit proposes what a statement appends that is alone in its transaction, and leaves it to
// COMMIT else. differs says that somebody was told another thing than what is in the log by now.
func (a *appender) commit(ctx context.Context) (differs bool, err error) {
	s := a.source.session
	if len(a.pending.Drafts) == 0 {
		return false, nil
	}
	if !a.alone {
		s.keepCut(a.at.cut)
		return false, s.tx.pending.Add(a.pending.Drafts, s.server.options.TransactionBytesMax)
	}
	receipts, err := s.propose(ctx, a.pending.Drafts)
	if err != nil {
		return false, err
	}
	s.advanceTo(receipts)
	for m, p := range a.parts {
		differs = a.committed(m, p, receipts) || differs
	}
	return differs, nil
}

// committed puts what the log has in the place of what was foreseen.
func (a *appender) committed(m *plan.Modify, p *appended, receipts []event.Receipt) (differs bool) {
	var told []*event.Event
	for i := p.first; i < p.end; i++ {
		if m.Conflict != nil && receipts[i].Duplicate {
			continue
		}
		told = append(told, appends.Committed(&a.pending.Drafts[i], &receipts[i]))
	}
	before := p.told
	p.told = told
	if len(told) != len(before) {
		return true
	}
	for i := range told {
		if m.Tells != nil && tellsApart(m.Tells, told[i], before[i]) {
			return true
		}
	}
	return false
}

// tellsApart reports whether two forms of one event differ in a column that is read.
func tellsApart(read []bool, a, b *event.Event) bool {
	return read[plan.EventVersion] && a.Version != b.Version ||
		read[plan.EventOccurredAt] && a.OccurredAt != b.OccurredAt ||
		read[plan.EventRecordedBy] && a.RecordedBy != b.RecordedBy ||
		(read[plan.EventRecordedAt] || read[plan.EventHLC]) && a.HLC != b.HLC ||
		read[plan.EventSequence] && a.Sequence != b.Sequence
}
