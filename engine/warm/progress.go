package warm

import (
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// State is what the warmer does for a definition.
type State uint8

// States.
const (
	Idle      State = iota + 1 // nothing: the mode is off
	Filling                    // makes rows of entities that have none
	Following                  // folds on the rows of what changes
	Failing                    // tries again: the cache or the log does not work
)

var stateNames = [...]string{"", "off", "filling", "following", "failing"}

// String returns the state's name: off, filling, following, failing.
func (s State) String() string { return stateNames[s] }

// Progress is how far the rows of a definition are.
type Progress struct {
	Definition *projection.Definition
	Mode       Mode
	State      State
	// EntitiesDone of EntitiesTotal have a row, or need none. Both are 0 unless the mode
	// is On; the total is 0 until they are counted.
	EntitiesDone, EntitiesTotal uint64
	EventsBehind                uint64        // in the log, and not looked at
	Behind                      time.Duration // since the first of those was recorded
	Written, Current, Failed    uint64        // rows, since the definition was met
}

// Progress returns that of every definition the warmer has met, by name.
func (w *Warmer) Progress() []Progress {
	_, cut := w.options.Log.Position()
	w.mu.Lock()
	all := make([]Progress, 0, len(w.jobs))
	positions := make([]event.Sequence, 0, len(w.jobs))
	for _, j := range w.jobs {
		all = append(all, j.progress(&cut))
		positions = append(positions, j.mark.position)
	}
	w.mu.Unlock()
	for i := range all {
		if all[i].EventsBehind > 0 {
			all[i].Behind = w.behind(positions[i]+1, cut)
		}
	}
	return all
}

func (j *job) progress(cut *projection.Cut) Progress {
	p := Progress{
		Definition: j.definition, Mode: j.mode, State: j.state(),
		Written: j.counts.written, Current: j.counts.current, Failed: j.counts.failed,
	}
	if j.mode == Off {
		return p
	}
	p.EventsBehind = uint64(cut.Sequence - min(j.mark.position, cut.Sequence))
	if j.mode == On {
		p.EntitiesDone, p.EntitiesTotal = j.mark.entities, max(j.total, j.mark.entities)
		if j.fills() && j.total == 0 {
			p.EntitiesTotal = 0
		}
		if j.mark.whole {
			p.EntitiesTotal = p.EntitiesDone
		}
	}
	return p
}

func (j *job) state() State {
	switch {
	case j.mode == Off:
		return Idle
	case j.failing:
		return Failing
	case j.fills():
		return Filling
	default:
		return Following
	}
}

// behind is how long ago an event was recorded; 0 if the log cannot be read.
func (w *Warmer) behind(s event.Sequence, cut projection.Cut) time.Duration {
	for e, err := range w.options.Log.Log(cut).Log(s, s) {
		if err != nil {
			break
		}
		return max(0, w.options.Now().Sub(time.UnixMicro(int64(e.RecordedAt()))))
	}
	return 0
}
