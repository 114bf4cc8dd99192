package explain

import (
	"fmt"
	"strings"
	"time"

	"github.com/projsql/projsql/engine/projection"
)

// Summary is what EXPLAIN tells of a statement beside the operators: the freshness that is
// asked for, who answers and how, and what that took. What is zero is not told.
type Summary struct {
	Freshness   string           `json:"Freshness,omitempty"`
	Views       string           `json:"Freshness of Views,omitempty"` // that say the freshness
	Projection  string           `json:"Projection,omitempty"`
	Entity      string           `json:"Entity,omitempty"`
	Owner       string           `json:"Owner,omitempty"`
	Partition   *int             `json:"Partition,omitempty"`
	Node        string           `json:"Node,omitempty"`
	Strategy    string           `json:"Strategy,omitempty"`
	CacheStatus string           `json:"Cache Status,omitempty"`
	Observed    string           `json:"Observed Freshness,omitempty"`
	AgeMS       *float64         `json:"Age,omitempty"`
	Events      *int             `json:"Events in Plan,omitempty"`
	Reads       int              `json:"States Read,omitempty"`
	Fragments   []string         `json:"Fragments,omitempty"`
	PhasesUS    map[string]int64 `json:"Phase Times,omitempty"`
	TotalMS     *float64         `json:"Execution Time,omitempty"`
}

// Lines returns the text form, which stands after the operators, one line a string.
func (s *Summary) Lines() []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if s.Freshness != "" {
		add("Freshness: %s%s", s.Freshness, s.views())
	}
	if s.Owner != "" {
		add("Owner: %s%s", s.Owner, optional("  Partition: %d", s.Partition))
	}
	for _, f := range s.Fragments {
		add("Fragment %s", f)
	}
	if s.Node != "" {
		add("Node: %s", s.Node)
	}
	if s.Strategy != "" {
		add("Strategy: %s%s", s.Strategy, s.cache())
	}
	if s.Events != nil {
		add("Events in Plan: %d", *s.Events)
	}
	if s.Observed != "" {
		add("Observed Freshness: %s  Age: %.3f ms  States Read: %d", s.Observed, *s.AgeMS, s.Reads)
	}
	if s.PhasesUS != nil {
		add("Phase Times: %s", s.phaseText())
	}
	if s.TotalMS != nil {
		add("Execution Time: %.3f ms", *s.TotalMS)
	}
	return all
}

func (s *Summary) cache() string {
	if s.CacheStatus == "" {
		return ""
	}
	return "  Cache: " + s.CacheStatus
}

func optional(format string, n *int) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf(format, *n)
}

func (s *Summary) phaseText() string {
	var b strings.Builder
	for p := projection.Phase(0); p < projection.Phases; p++ {
		fmt.Fprintf(&b, "%s=%d ", p, s.PhasesUS[p.String()])
	}
	fmt.Fprintf(&b, "total=%d us", s.PhasesUS["total"])
	return b.String()
}

func (s *Summary) views() string {
	if s.Views == "" {
		return ""
	}
	return " (of " + s.Views + ")"
}

// Freshness is a freshness as one would write it.
func Freshness(f projection.Freshness) string {
	switch f.Level {
	case projection.MaybeStale:
		return "maybe stale " + f.AgeMax.String()
	case projection.AtLeast:
		return fmt.Sprintf("at least %d", f.HLC)
	case projection.AsOfHLC:
		return fmt.Sprintf("as of %d", f.HLC)
	case projection.AsOfSequence:
		return fmt.Sprintf("as of sequence %d", f.Sequence)
	case projection.AsOfOccurred:
		return "as of occurred " + time.UnixMicro(int64(f.OccurredAt)).UTC().Format(time.RFC3339Nano)
	}
	return "consistent"
}
