package engine

import (
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// plan is what an answer must contain: taken whole from one head, so generation,
// watermark and items belong together.
type plan struct {
	generation event.Version  // of the entity
	sequence   event.Sequence // of its last event
	watermark  event.Sequence // of its last relevant event; 0 = there is none
	hlc        hlc.Timestamp  // of the same event
	last       event.Version  // of the same event
}

func planOf(d *projection.Definition, h *event.Head) plan {
	p := plan{generation: h.Generation, sequence: h.Sequence}
	if d.Kinds == nil {
		p.watermark, p.hlc, p.last = h.Sequence, h.HLC, h.Generation
		return p
	}
	for i := range h.Kinds {
		if k := &h.Kinds[i]; k.Sequence > p.watermark && d.Relevant(k.Kind) {
			p.watermark, p.hlc, p.last = k.Sequence, k.HLC, k.Version
		}
	}
	return p
}

// known is the position at which a state that fulfils the plan is current.
func (p *plan) known(c *projection.Cut) event.Sequence { return max(c.Sequence, p.sequence) }
