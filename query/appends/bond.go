package appends

import (
	"errors"
	"slices"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/storage/event"
)

// Told is what somebody hears of an event before it is in the log.
type Told struct {
	Columns []bool // of events, those that are told; nil: none
	New     bool   // that it is told of at all says that it is new: ON CONFLICT DO NOTHING
	Kept    bool   // what is told stays: it is not told again when the event is in the log
}

func (t *Told) tells(column int) bool { return len(t.Columns) > 0 && t.Columns[column] }

// bond is what was told of a draft that the log could make another thing of.
type bond struct {
	pinned bool // Expected is of what was told, and not the client's
	new    bool // Told.New
}

// Bind has Apply refuse the transaction if draft i does not become the event that is told of.
func (p *Pending) Bind(i int, t Told) {
	d, e := &p.Drafts[i], p.Events[i]
	for len(p.bonds) <= i {
		p.bonds = append(p.bonds, bond{})
	}
	if t.tells(plan.EventVersion) && !d.Expected.Set {
		d.Expected, p.bonds[i].pinned = event.Expect(e.Version-1), true
	}
	differs := t.tells(plan.EventVersion) || t.tells(plan.EventOccurredAt) || t.tells(plan.EventRecordedBy)
	if p.named[i] && (t.New || differs) {
		d.Fresh, p.bonds[i].new = true, t.New
	}
	if t.Kept && t.tells(plan.EventOccurredAt) {
		p.date(i)
	}
}

// Date keeps the times that events without one of the client's have shown: somebody reads them.
func (p *Pending) Date() {
	for ; p.dated < len(p.Events); p.dated++ {
		p.date(p.dated)
	}
}

func (p *Pending) date(i int) {
	if d, e := &p.Drafts[i], p.Events[i]; e != nil && d.OccurredAt == event.NoTime {
		d.OccurredAt, d.Dated = e.OccurredAt, true
	}
}

// Moved reports whether a refusal is of what was told, and of nothing that the client demands:
// over the log as it is by now, something else is told.
func (p *Pending) Moved(refusal error) bool {
	var conflict *event.ConflictError
	if errors.As(refusal, &conflict) {
		expected := event.Expect(conflict.Expected)
		i := slices.IndexFunc(p.Drafts, func(d event.Draft) bool { return d.Entity == conflict.Entity && d.Expected == expected })
		return i >= 0 && i < len(p.bonds) && p.bonds[i].pinned
	}
	var known *event.KnownIDError
	if !errors.As(refusal, &known) {
		return false
	}
	i := slices.IndexFunc(p.Drafts, func(d event.Draft) bool { return d.ID == known.ID })
	return i >= 0 && !(known.Doubtful && p.bonds[i].new)
}

// Mine reports whether a draft of ON CONFLICT DO NOTHING is what was appended, and no other of its id, which is named
// where the client gave it. If nobody can tell, the error is 40003.
func Mine(d *event.Draft, r *event.Receipt, named bool) (bool, error) {
	if named && r.Doubtful {
		return false, &event.KnownIDError{ID: d.ID, Entity: d.Entity, Version: r.Version, Sequence: r.Sequence, Doubtful: true}
	}
	return !r.Duplicate || r.Doubtful, nil
}

// Mine is Mine of draft i.
func (p *Pending) Mine(i int, r *event.Receipt) (bool, error) {
	return Mine(&p.Drafts[i], r, p.named[i])
}
