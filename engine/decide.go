package engine

import "github.com/projsql/projsql/engine/projection"

// slotFact is what an entity's slot is worth to one read.
type slotFact uint8

const (
	slotNone     slotFact = iota + 1
	slotCurrent           // its state is right at the cut, or newer where that is allowed
	slotStale             // its state is old, known current recently enough for the reader
	slotBase              // its state is old, and right at an earlier position
	slotUnusable          // newer than a cut that binds, or of another lineage
)

// facts are all that the choice of a strategy depends on.
type facts struct {
	Relevant    bool // the entity has relevant events in the cut
	Filtered    bool // the cut leaves events out (AS OF OCCURRED): no cached state can serve
	Slot        slotFact
	Incremental bool // folding on from an older state is allowed
	External    bool // there is an external cache that keeps rows
	Row         bool // it has a row that is right at the cut: a scan knows before it decides
}

// decide chooses how to answer a read.
func decide(f facts) projection.Strategy {
	switch {
	case !f.Relevant:
		return projection.Empty
	case f.Filtered:
		return projection.DirectReplay
	case f.Slot == slotCurrent || f.Slot == slotStale:
		return projection.GroupLocalHit
	case f.External && f.Row:
		return projection.ExternalCacheThenReplay
	case f.Slot == slotBase && f.Incremental:
		return projection.GroupLocalIncremental
	case f.External:
		return projection.ExternalCacheThenReplay
	default:
		return projection.DirectReplay
	}
}
