package warm

import (
	"slices"
	"strings"
	"time"

	"github.com/projsql/projsql/engine/projection"
)

// job is the rows of one version of a definition.
type job struct {
	definition *projection.Definition
	mode       Mode
	mark       mark
	saved      mark
	savedAt    time.Time
	total      uint64 // entities there were when the fill began; 0: not counted
	failing    bool   // the last try failed
	counts     counts
}

// counts are what became of rows since the job began.
type counts struct {
	written, current, failed uint64
}

// fills reports whether entities are to be made.
func (j *job) fills() bool { return j.mode == On && !j.mark.whole }

// set changes all jobs.
func (w *Warmer) set(f func(*job)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.jobs {
		f(j)
	}
}

// learn brings the jobs in step with the definitions, their modes and the rows.
func (w *Warmer) learn(cut *projection.Cut) {
	epoch := w.options.Rows.RowsEpoch()
	fresh := w.began && epoch != w.epoch
	w.epoch, w.began = epoch, true
	old := map[*projection.Definition]*job{}
	for _, j := range w.jobs {
		old[j.definition] = j
	}
	var jobs []*job
	for _, d := range w.options.Definitions.All() {
		j := old[d]
		if j == nil {
			j = &job{definition: d, mark: w.load(d, cut)}
			j.saved = j.mark
		} else if fresh {
			w.mu.Lock()
			j.mark, j.total = mark{position: cut.Sequence, lazy: true}, 0
			w.mu.Unlock()
		}
		w.switchTo(j, w.options.Mode(d), cut)
		jobs = append(jobs, j)
	}
	slices.SortFunc(jobs, func(a, b *job) int { return strings.Compare(a.definition.Name, b.definition.Name) })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = jobs
}

// load returns the mark that an earlier process left, or a new one. A position that the
// log has not reached is of another history.
func (w *Warmer) load(d *projection.Definition, cut *projection.Cut) mark {
	if b, err := w.options.Rows.Mark(d); err == nil {
		if m, ok := decodeMark(b); ok && m.position <= cut.Sequence {
			return m
		}
	}
	return mark{position: cut.Sequence, lazy: true}
}

// switchTo changes a job's mode. What was left out while it was lazy is made from the
// start: rows that are there cost little.
func (w *Warmer) switchTo(j *job, m Mode, cut *projection.Cut) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case m == On && j.mark.lazy:
		j.mark, j.total = mark{position: cut.Sequence}, 0
	case m == Lazy:
		j.mark = mark{position: j.mark.position, lazy: true}
	case m == Off && j.mode != Off:
		j.failing = false
	}
	j.mode = m
}

// save writes down marks that have changed and were not written for a while.
func (w *Warmer) save(every time.Duration) {
	for _, j := range w.jobs {
		if j.mode == Off || j.mark == j.saved || time.Since(j.savedAt) < every {
			continue
		}
		if err := w.options.Rows.SetMark(j.definition, j.mark.encode()); err == nil {
			j.saved = j.mark // else it is tried again
		}
		j.savedAt = time.Now()
	}
}
