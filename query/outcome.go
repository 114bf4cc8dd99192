package query

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/projsql/projsql/engine/projection"
)

// outcomeRecord is the proof of the session's last read of a projection, for SHOW
// projsql.last_outcome.
type outcomeRecord struct {
	projection string // "" = nothing was read yet
	reads      int    // entities that the statement read; the outcome is the last one's
	outcome    projection.Outcome
}

func (r *outcomeRecord) set(name string, o *projection.Outcome, reads int) {
	r.projection, r.outcome, r.reads = name, *o, reads
}

// outcomeJSON is an outcome as SQL shows it.
type outcomeJSON struct {
	Projection  string  `json:"projection"`
	Generation  uint64  `json:"generation"`
	Watermark   uint64  `json:"watermark"`
	HLC         uint64  `json:"hlc"`
	Strategy    string  `json:"strategy"`
	CacheStatus string  `json:"cache_status"`
	CacheReason string  `json:"cache_reason,omitempty"`
	Freshness   string  `json:"freshness"`
	AgeMS       float64 `json:"age_ms"`
	Node        string  `json:"node"`
	Folded      int     `json:"events_folded"`
	Reads       int     `json:"reads"`
}

// json returns the record as JSON text, "" before the first read.
func (r *outcomeRecord) json(node string) string {
	if r.projection == "" {
		return ""
	}
	o := &r.outcome
	v := outcomeJSON{
		Projection: r.projection, Generation: uint64(o.Generation), Strategy: o.Strategy.String(),
		CacheStatus: o.Cache.String(), CacheReason: o.CacheReason, Freshness: o.Observed.String(),
		AgeMS: float64(o.Age) / float64(time.Millisecond), Node: cmp.Or(o.Node, node), Folded: o.Folded, Reads: r.reads,
	}
	if o.Snapshot != nil {
		v.Watermark, v.HLC = uint64(o.Snapshot.Watermark), uint64(o.Snapshot.HLC)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}
