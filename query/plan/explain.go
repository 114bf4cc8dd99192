package plan

import "time"

// Actual is what one operator did in a run.
type Actual struct {
	Rows, Loops int64
	Time        time.Duration // with everything below it
}

// Explanation is a plan as EXPLAIN shows it.
type Explanation struct {
	Label   string   // "Sort", "Scan on events e"
	Details []string // "Sort Key: version DESC"
	Actual  *Actual
	Plans   []*Explanation
}

// Explain describes a plan. actual, which may be nil, tells what an operator did.
func Explain(q *Query, actual func(Node) *Actual) *Explanation { return &Explanation{} }

// Lines returns PostgreSQL's text form, one line a string.
func (e *Explanation) Lines() []string { return nil }

// JSON returns the form of EXPLAIN (FORMAT JSON): an array with one plan.
func (e *Explanation) JSON() ([]byte, error) { return nil, nil }
