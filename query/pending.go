package query

import (
	"slices"

	"github.com/projsql/projsql/storage/event"
)

// draftOverheadBytes is what a draft takes beside its texts, in memory and in an entry.
const draftOverheadBytes = 96

// pending are a transaction's appends before it commits. events holds what the
// drafts will be as far as it has been worked out; a draft whose id is in the log
// already has a nil there.
type pending struct {
	drafts []event.Draft
	events []*event.Event
	bytes  int64
	byID   map[event.ID]int
	heads  map[event.Entity]*pendingHead
}

// pendingHead is an entity with its pending events, in version order.
type pendingHead struct {
	generation event.Version
	events     []*event.Event
}

func (p *pending) reset() { *p = pending{drafts: p.drafts[:0:0]} }

// add buffers drafts within a limit.
func (p *pending) add(drafts []event.Draft, bytesMax int64) error {
	for i := range drafts {
		p.bytes += draftBytes(&drafts[i])
	}
	if p.bytes > bytesMax {
		return tooLarge(bytesMax)
	}
	p.drafts = append(p.drafts, drafts...)
	return nil
}

func draftBytes(d *event.Draft) int64 {
	return draftOverheadBytes + int64(len(d.Entity)+len(d.Kind)+len(d.Data)+len(d.Metadata)+len(d.RecordedBy))
}

// truncate goes back to the first n drafts.
func (p *pending) truncate(n int) {
	p.drafts = p.drafts[:n]
	p.events, p.byID, p.heads, p.bytes = nil, nil, nil, 0
	for i := range p.drafts {
		p.bytes += draftBytes(&p.drafts[i])
	}
}

// assign works out which events the drafts will be, over the log at the
// transaction's cut. now stands for the times that only the log can tell.
func (p *pending) assign(log event.Reader, now event.Micros) error {
	if p.byID == nil {
		p.byID, p.heads = map[event.ID]int{}, map[event.Entity]*pendingHead{}
	}
	for i := len(p.events); i < len(p.drafts); i++ {
		e, err := p.resolve(log, i, now)
		if err != nil {
			return err
		}
		p.events = append(p.events, e)
		p.byID[p.drafts[i].ID] = i
	}
	return nil
}

func (p *pending) resolve(log event.Reader, i int, now event.Micros) (*event.Event, error) {
	d := &p.drafts[i]
	if _, twice := p.byID[d.ID]; twice {
		return nil, nil
	}
	first, err := log.ByID(d.ID)
	if err != nil || first != nil {
		return nil, err
	}
	head, err := p.head(log, d.Entity)
	if err != nil {
		return nil, err
	}
	if d.Expected.Set && d.Expected.Version < head.generation {
		return nil, &event.ConflictError{Entity: d.Entity, Expected: d.Expected.Version, Actual: head.generation}
	}
	head.generation++
	e := pendingEvent(d, head.generation, now)
	head.events = append(head.events, e)
	return e, nil
}

func (p *pending) head(log event.Reader, e event.Entity) (*pendingHead, error) {
	if h, ok := p.heads[e]; ok {
		return h, nil
	}
	h, _, err := log.Head(e)
	if err != nil {
		return nil, err
	}
	made := &pendingHead{generation: h.Generation}
	p.heads[e] = made
	return made, nil
}

// pendingEvent is the event that a draft will be. Its HLC and sequence are zero,
// which SQL shows as NULL.
func pendingEvent(d *event.Draft, v event.Version, now event.Micros) *event.Event {
	e := &event.Event{
		Entity: d.Entity, Version: v, Kind: d.Kind, Data: d.Data, Metadata: d.Metadata, ID: d.ID,
		Correlation: d.Correlation, Causation: d.Causation, OccurredAt: d.OccurredAt, RecordedBy: d.RecordedBy,
	}
	if e.OccurredAt == event.NoTime {
		e.OccurredAt = now
	}
	return e
}

// pin makes COMMIT fail if the entity of draft i has moved: its version was told.
func (p *pending) pin(i int) {
	if e := p.events[i]; e != nil && !p.drafts[i].Expected.Set {
		p.drafts[i].Expected = event.Expect(e.Version - 1)
	}
}

// of returns the pending events of an entity, in version order.
func (p *pending) of(entity event.Entity) []*event.Event {
	if h, ok := p.heads[entity]; ok {
		return h.events
	}
	return nil
}

// entities returns the entities that have pending events, in byte order.
func (p *pending) entities() []event.Entity {
	var all []event.Entity
	for e, h := range p.heads {
		if len(h.events) > 0 {
			all = append(all, e)
		}
	}
	slices.Sort(all)
	return all
}
