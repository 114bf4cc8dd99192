package projection

import (
	"time"

	"github.com/projsql/projsql/storage/event"
)

// Outcome is a state and the proof of its freshness.
type Outcome struct {
	Snapshot *Snapshot // nil: the entity has no relevant event
	// Run has the snapshot's state, as its state number At; nil: the snapshot has it itself.
	// Where End is more than At+1, which only scans that ask for Runs see, the outcome is of all states up
	// to End, and the last one's where it says what differs between them.
	Run     *Run
	At, End int
	// Generation of the returned state: the entity's events that it knows of.
	Generation event.Version
	// Position is a sequence at which the entity had that generation; 0: not told, as in scans.
	Position event.Sequence
	Strategy Strategy
	Cache    CacheStatus
	// CacheReason says why the cache was unavailable, e.g. "cache_get_failed".
	CacheReason string
	Observed    Observed
	Stores      Stores
	Node        string        // that answered; "": this one
	Age         time.Duration // since the state was last known current; 0 = current now
	Unchanged   bool          // Request.IfNot held: nothing was read
	Folded      int           // events folded for this answer
	Timings     Timings       // zero unless Request.Timed
}

// State returns the outcome's state, nil if there is none. One that is packed is made anew by
// each call.
func (o *Outcome) State() State {
	switch {
	case o.Run != nil:
		return o.Run.States.State(o.At)
	case o.Snapshot == nil:
		return nil
	}
	return o.Snapshot.State
}

// HasState reports whether there is a state.
func (o *Outcome) HasState() bool {
	if o.Run != nil {
		return o.Run.States.Has(o.At)
	}
	return o.Snapshot != nil && o.Snapshot.State != nil
}

// Count is how many states the outcome is of, each of another entity.
func (o *Outcome) Count() int { return max(1, o.End-o.At) }
