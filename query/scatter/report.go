package scatter

import (
	"fmt"
	"time"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/plan"
)

// Report is what became of one fragment, as one node or worker ran it.
type Report struct {
	Projection string
	Node       string
	Partitions int
	Part       int // of Parts, where goroutines of one node share it
	Parts      int
	Rows       int64
	Progress   hop.Progress
	Redone     string // why this node did it instead
	Time       time.Duration
}

// String is the report as EXPLAIN ANALYZE shows it.
func (f *Report) String() string {
	text := fmt.Sprintf("%s rows=%d states=%d events=%d time=%.3f ms", f.place(), f.Rows, f.Progress.States, f.Progress.Folded, float64(f.Time.Microseconds())/1000)
	if f.Redone != "" {
		text += " redone here: " + f.Redone
	}
	return text
}

// place is what is known of it before it runs.
func (f *Report) place() string {
	if f.Parts > 0 {
		return fmt.Sprintf("of %s on %s: part %d of %d", f.Projection, f.Node, f.Part, f.Parts)
	}
	return fmt.Sprintf("of %s on %s: partitions=%d", f.Projection, f.Node, f.Partitions)
}

func reportOf(f *plan.Fragment, share *projection.OwnedShare) *Report {
	return &Report{Projection: f.Definition.Name, Node: share.Node, Partitions: share.Count()}
}
