package scatter

import "github.com/projsql/projsql/engine/projection"

// Tally is how the reads of a statement were answered. One goroutine uses it.
type Tally struct {
	Timed     bool
	Total     projection.Timings // of all reads, if Timed
	Last      projection.Outcome
	Of        string    // the projection of Last
	Reads     int       // of entities
	Folded    int       // events
	Fragments []*Report // of scans that were shared
}

// Note keeps the proof of the last read and adds up the times.
func (r *Tally) Note(d *projection.Definition, o *projection.Outcome) {
	r.Reads += o.Count()
	r.Folded += o.Folded
	r.Last, r.Of = *o, d.Name
	if !r.Timed {
		return
	}
	for i := range o.Timings.Phase {
		r.Total.Phase[i] += o.Timings.Phase[i]
	}
	r.Total.Total += o.Timings.Total
}

// Steps notes the steps of one read, each of which has all that the steps before it
// had: the statement may end after any, and read other things between them.
func (r *Tally) Steps(d *projection.Definition) func(*projection.Outcome) {
	var before projection.Outcome
	return func(o *projection.Outcome) {
		if before.Strategy == 0 {
			r.Reads++
		}
		r.Folded += o.Folded - before.Folded
		r.Last, r.Of = *o, d.Name
		for i := range o.Timings.Phase {
			r.Total.Phase[i] += o.Timings.Phase[i] - before.Timings.Phase[i]
		}
		r.Total.Total += o.Timings.Total - before.Timings.Total
		before = *o
	}
}
