package projection

import (
	"time"
)

// Phase is a part of answering. Phases are disjoint in time.
type Phase uint8

// Phases, in the order EXPLAIN prints them.
const (
	PhaseRoute Phase = iota
	PhaseBarrier
	PhasePlan
	PhaseSlotLookup
	PhaseExternalProbe
	PhaseLogRead
	PhaseFold
	PhaseCacheStore
	PhaseEncode
	Phases // their number
)

var phaseNames = [...]string{"route", "barrier", "plan", "slot_lookup", "external_probe", "log_read", "fold", "cache_store", "encode"}

// String returns the name that EXPLAIN prints.
func (p Phase) String() string { return phaseNames[p] }

// Timings are the durations of a read's phases and of the whole.
type Timings struct {
	Phase [Phases]time.Duration
	Total time.Duration
}
