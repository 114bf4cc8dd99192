package appends

import (
	"maps"
	"slices"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// draftOverheadBytes is what a draft takes beside its texts, in memory and in an entry.
const draftOverheadBytes = 96

// Pending are a transaction's appends before it commits. Events holds what the
// Drafts will be as far as it has been worked out; a draft whose id is in the log
// already has a nil there.
type Pending struct {
	Drafts []event.Draft
	Events []*event.Event
	Bytes  int64  // of the drafts, as DraftBytes counts
	named  []bool // the drafts whose ids are the client's
	bonds  []bond // of the drafts, as far as anything was told of them
	dated  int    // drafts whose times were read
	byID   map[event.ID]int
	heads  map[event.Entity]*pendingHead
}

// pendingHead is an entity with its pending events, in version order.
type pendingHead struct {
	generation event.Version
	events     []*event.Event
}

// Reset forgets all; whoever has the drafts keeps them.
func (p *Pending) Reset() { *p = Pending{Drafts: p.Drafts[:0:0]} }

// Add buffers drafts within a limit, 54000 beyond it, and gives ids to those that have none.
func (p *Pending) Add(drafts []event.Draft, bytesMax int64) error {
	bytes := p.Bytes + bytesOf(drafts)
	if bytes > bytesMax {
		return TooLarge(bytesMax)
	}
	p.Bytes = bytes
	p.named = append(p.named, Identify(drafts)...)
	p.Drafts = append(p.Drafts, drafts...)
	return nil
}

// Join buffers what another has behind what is there, with what was told of it.
func (p *Pending) Join(o *Pending, bytesMax int64) error {
	if p.Bytes+o.Bytes > bytesMax {
		return TooLarge(bytesMax)
	}
	for len(p.bonds) < len(p.Drafts) {
		p.bonds = append(p.bonds, bond{})
	}
	p.Bytes += o.Bytes
	p.Drafts, p.named, p.bonds = append(p.Drafts, o.Drafts...), append(p.named, o.named...), append(p.bonds, o.bonds...)
	return nil
}

// Snapshot is what has been worked out by now, which does not change.
func (p *Pending) Snapshot() *Pending {
	made := &Pending{Drafts: slices.Clip(p.Drafts), Events: slices.Clip(p.Events), byID: maps.Clone(p.byID), heads: map[event.Entity]*pendingHead{}}
	for entity, head := range p.heads {
		made.heads[entity] = &pendingHead{generation: head.generation, events: slices.Clip(head.events)}
	}
	return made
}

// Fits refuses drafts beyond a limit with 54000.
func Fits(drafts []event.Draft, bytesMax int64) error {
	if bytesOf(drafts) > bytesMax {
		return TooLarge(bytesMax)
	}
	return nil
}

func bytesOf(drafts []event.Draft) (bytes int64) {
	for i := range drafts {
		bytes += DraftBytes(&drafts[i])
	}
	return bytes
}

// Identify gives ids to drafts that have none, and returns which have one of the client's.
func Identify(drafts []event.Draft) (named []bool) {
	named = make([]bool, len(drafts))
	for i := range drafts {
		if named[i] = drafts[i].ID != (event.ID{}); !named[i] {
			drafts[i].ID = event.NewID()
		}
	}
	return named
}

// DraftBytes is what a draft takes of the limit.
func DraftBytes(d *event.Draft) int64 {
	return draftOverheadBytes + int64(len(d.Entity)+len(d.Kind)+len(d.Data)+len(d.Metadata)+len(d.RecordedBy))
}

// Truncate goes back to the first n drafts.
func (p *Pending) Truncate(n int) {
	p.Drafts, p.named, p.bonds, p.dated = p.Drafts[:n], p.named[:n], p.bonds[:min(n, len(p.bonds))], min(n, p.dated)
	p.Events, p.byID, p.heads, p.Bytes = nil, nil, nil, bytesOf(p.Drafts)
}

// Assign works out which events the drafts will be, over the log at the
// transaction's cut. now stands for the times that only the log can tell.
func (p *Pending) Assign(log event.Reader, now event.Micros) error {
	if p.byID == nil {
		p.byID, p.heads = map[event.ID]int{}, map[event.Entity]*pendingHead{}
	}
	for i := len(p.Events); i < len(p.Drafts); i++ {
		e, err := p.resolve(log, i, now)
		if err != nil {
			return err
		}
		p.Events = append(p.Events, e)
		if _, twice := p.byID[p.Drafts[i].ID]; !twice {
			p.byID[p.Drafts[i].ID] = i
		}
	}
	return nil
}

func (p *Pending) resolve(log event.Reader, i int, now event.Micros) (*event.Event, error) {
	d := &p.Drafts[i]
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
	if d.Expected.Set { // others have appended behind the cut, or COMMIT is refused
		head.generation = d.Expected.Version
	}
	head.generation++
	e := pendingEvent(d, head.generation, now)
	head.events = append(head.events, e)
	return e, nil
}

func (p *Pending) head(log event.Reader, e event.Entity) (*pendingHead, error) {
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

// Of returns the pending events of an entity, in version order.
func (p *Pending) Of(entity event.Entity) []*event.Event {
	if h, ok := p.heads[entity]; ok {
		return h.events
	}
	return nil
}

// Entities returns the entities that have pending events, in byte order.
func (p *Pending) Entities() []event.Entity {
	var all []event.Entity
	for e, h := range p.heads {
		if len(h.events) > 0 {
			all = append(all, e)
		}
	}
	slices.Sort(all)
	return all
}

// TooLarge refuses a transaction whose appends take more.
func TooLarge(bytesMax int64) error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "transaction appends more than %d bytes", bytesMax).
		WithHint("Split it: every transaction is one entry of the replicated log.")
}
