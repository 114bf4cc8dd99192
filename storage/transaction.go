package storage

import (
	"fmt"

	"github.com/projsql/projsql/storage/event"
)

// entityKindsMax bounds the kinds of one entity: its head lists them all.
const entityKindsMax = 1024

// mark is where a transaction began.
type mark struct {
	meta   meta
	placed int
	kinds  int
}

// transaction appends all drafts of t and makes all its changes, or none. made is what records that are put
// have beside name and value. The error is the disk's; a refusal is in the result.
func (a *applier) transaction(c *event.Command, t *event.Transaction, made event.Record) (event.TransactionResult, error) {
	refusal, err := a.judged(t)
	if err != nil || refusal != nil {
		return event.TransactionResult{Err: refusal}, err
	}
	m := mark{meta: a.meta, placed: len(a.placed), kinds: a.kinds.len()}
	receipts, refusal, err := a.stage(c, t)
	for i := 0; i < len(t.Changes) && refusal == nil && err == nil; i++ {
		refusal, err = t.Changes[i].Refusal(a.recordVersion)
	}
	switch {
	case err != nil:
		return event.TransactionResult{}, err
	case refusal != nil:
		a.undo(m)
		return event.TransactionResult{Err: refusal}, nil
	}
	r := event.TransactionResult{Receipts: receipts}
	if err := a.keep(m); err != nil || len(t.Changes) == 0 {
		return r, err
	}
	r.Changes = make([]event.ChangeResult, len(t.Changes))
	for i := range t.Changes {
		if r.Changes[i], err = a.put(&t.Changes[i], made); err != nil {
			break
		}
	}
	return r, err
}

// stage gives every draft its place. It changes heads, meta and kinds, which undo
// gives back, and writes nothing.
func (a *applier) stage(c *event.Command, t *event.Transaction) (receipts []event.Receipt, refusal, err error) {
	if len(t.Drafts) > event.DraftsMax {
		return nil, tooMany("events in a transaction", len(t.Drafts), event.DraftsMax), nil
	}
	receipts = make([]event.Receipt, len(t.Drafts))
	for i := range t.Drafts {
		d := &t.Drafts[i]
		if refusal := event.Validate(d); refusal != nil {
			return nil, refusal, nil
		}
		first, err := a.first(d.ID)
		if err != nil {
			return nil, nil, err
		}
		if first == nil {
			receipts[i], refusal, err = a.place(c, d)
		} else {
			receipts[i], refusal = duplicate(d, first)
		}
		if refusal != nil || err != nil {
			return nil, refusal, err
		}
		a.worked(i)
	}
	return receipts, nil, nil
}

// first returns the event that has an id already, nil if there is none.
func (a *applier) first(id event.ID) (*event.Event, error) {
	if i, ok := a.ids[id]; ok {
		return &a.placed[i].event, nil
	}
	if !a.before.knows(id) {
		return nil, nil
	}
	return a.content.byID(id)
}

// duplicate answers a draft whose id is in the log. Nothing else is asked of one that
// need not be fresh: it is a retry, and its expectation held the first time.
func duplicate(d *event.Draft, first *event.Event) (event.Receipt, error) {
	if !d.Matches(first) {
		return event.Receipt{}, &event.DuplicateIDError{ID: d.ID, Entity: first.Entity, Version: first.Version}
	}
	if d.Fresh {
		return event.Receipt{}, &event.KnownIDError{ID: d.ID, Entity: first.Entity, Version: first.Version, Sequence: first.Sequence}
	}
	return event.Receipt{Version: first.Version, Sequence: first.Sequence, HLC: first.HLC, Duplicate: true}, nil
}

// place appends one draft behind all that is staged.
func (a *applier) place(c *event.Command, d *event.Draft) (r event.Receipt, refusal, err error) {
	h, err := a.open(d.Entity)
	if err != nil {
		return r, nil, err
	}
	if actual := h.head.Generation; d.Expected.Set && d.Expected.Version != actual {
		return r, &event.ConflictError{Entity: d.Entity, Expected: d.Expected.Version, Actual: actual}, nil
	}
	kind, ok := a.kinds.number(d.Kind)
	if !ok {
		return r, tooMany("kinds in the database", databaseKindsMax+1, databaseKindsMax), nil
	}
	if len(h.head.kinds) == entityKindsMax && h.head.kindIndex(kind) < 0 {
		return r, tooMany("kinds in an entity", entityKindsMax+1, entityKindsMax), nil
	}
	r = event.Receipt{Version: h.head.Generation + 1, Sequence: a.meta.sequence + 1, HLC: max(c.Stamp, a.meta.hlc+1)}
	a.ids[d.ID] = len(a.placed)
	a.placed = append(a.placed, placed{event: eventOf(d, r), kind: kind, head: h})
	a.meta.add(&a.placed[len(a.placed)-1].event)
	h.head.add(r.Version, bodyHead{sequence: r.Sequence, hlc: r.HLC, kind: kind}, a.kinds.names[kind])
	return r, nil, nil
}

func eventOf(d *event.Draft, r event.Receipt) event.Event {
	e := event.Event{
		Entity: d.Entity, Version: r.Version, Kind: d.Kind, Data: d.Data, Metadata: d.Metadata,
		ID: d.ID, Correlation: d.Correlation, Causation: d.Causation, OccurredAt: d.OccurredAt,
		RecordedBy: d.RecordedBy, HLC: r.HLC, Sequence: r.Sequence,
	}
	if e.OccurredAt == event.NoTime {
		e.OccurredAt = e.RecordedAt()
	}
	return e
}

// open returns an entity's head for the transaction to change.
func (a *applier) open(e event.Entity) (*openHead, error) {
	h := a.heads[e]
	if h == nil {
		newest, err := a.content.newestHead(e)
		if err != nil {
			return nil, err
		}
		if newest == nil {
			newest = &head{}
		}
		h = &openHead{entity: e, head: newest}
		a.heads[e] = h
		a.touched = append(a.touched, h)
	}
	if h.before == nil {
		h.before, h.head = h.head, h.head.clone()
		a.opened = append(a.opened, h)
	}
	return h, nil
}

// undo gives back what a refused transaction has staged.
func (a *applier) undo(m mark) {
	for i := m.placed; i < len(a.placed); i++ {
		delete(a.ids, a.placed[i].event.ID)
	}
	for _, h := range a.opened {
		h.head, h.before = h.before, nil
	}
	a.opened = a.opened[:0]
	clear(a.placed[m.placed:])
	a.placed = a.placed[:m.placed]
	a.meta = m.meta
	a.kinds.truncate(m.kinds)
}

// keep writes what a transaction has staged.
func (a *applier) keep(m mark) error {
	for _, h := range a.opened {
		h.before, h.changed = nil, true
	}
	a.opened = a.opened[:0]
	for i := m.placed; i < len(a.placed); i++ {
		if err := a.write(&a.placed[i]); err != nil {
			return err
		}
		a.worked(i)
	}
	return nil
}

func (a *applier) write(p *placed) error {
	e := &p.event
	a.value = appendBody(a.value[:0], e, p.kind)
	at := place{version: e.Version, bodyBytes: len(a.value)}
	if err := a.add(p.head, e.Version, a.value); err != nil {
		return err
	}
	at.block = p.head.head.block.first
	a.value = appendPointer(a.value[:0], e.Entity, &at)
	if err := a.set(a.content.keys.id(a.key[:0], e.ID)); err != nil {
		return err
	}
	return a.index(p, at)
}

// index adds an event to the run of its command.
func (a *applier) index(p *placed, at place) error {
	r, e := &a.current, &p.event
	if len(r.places) == runEventsMax {
		if err := a.closeRun(); err != nil {
			return err
		}
	}
	if len(r.places) == 0 {
		r.sequence, r.hlc = e.Sequence, e.HLC
	}
	at.entity, at.kind = []byte(e.Entity), p.kind
	r.places = append(r.places, at)
	return nil
}

// closeRun writes the open run, if it has events, under its sequence, its stamp and
// its kinds.
func (a *applier) closeRun() error {
	r := &a.current
	if len(r.places) == 0 {
		return nil
	}
	a.value = appendRun(a.value[:0], r)
	if err := a.set(a.content.keys.run(a.key[:0], r.sequence)); err != nil {
		return err
	}
	a.value = appendStamp(a.value[:0], r)
	if err := a.set(a.content.keys.stamp(a.key[:0], r.hlc)); err != nil {
		return err
	}
	a.postings = postingsOf(r, a.postings)
	for i := range a.postings {
		a.value = append(a.value[:0], a.postings[i].offsets...)
		if err := a.set(a.content.keys.posting(a.key[:0], a.postings[i].kind, r.sequence)); err != nil {
			return err
		}
	}
	clear(r.places)
	r.places = r.places[:0]
	return nil
}

func tooMany(what string, n, limit int) error {
	return &event.DraftError{
		State:   "54000",
		Message: "too many " + what,
		Detail:  fmt.Sprintf("There would be %d; the limit is %d.", n, limit),
	}
}
