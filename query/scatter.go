package query

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// Scatterer may be implemented by a Backend that is one of several nodes, which own the
// entities in shares.
type Scatterer interface {
	// Shares returns how the nodes share the entities at this moment, each in one share; fewer
	// than two: there is nobody to share with.
	Shares() []projection.OwnedShare
	// Keeps reports whether this node has room for what a scan of all entities finds, so that the
	// next scan finds it in memory.
	Keeps(d *projection.Definition) bool
	// Split returns where a scan may be cut so that several goroutines of this node share it, in
	// ascending order: into parts ranges at most. None: it has fewer than entitiesMin, or what
	// it finds is not in memory.
	Split(r projection.ScanRequest, parts, entitiesMin int) []event.Entity
	// Stream has the owner of a share run a statement over it at a cut of this node's, until ctx
	// ends; definition is the Version of what is read. After an error, there or of the rows, this
	// node reads the share itself.
	Stream(ctx context.Context, to projection.OwnedShare, s *hop.Statement, c projection.Cut, definition uint64) (hop.Rows, error)
}

// Values of the setting projsql.distribute.
const (
	distributeAuto = "auto"
	distributeOn   = "on"
	distributeOff  = "off"
)

// scatterFacts are all that the choice depends on whether nodes share a scan.
type scatterFacts struct {
	Mode     string // the setting
	Foreign  bool   // another node sent it: no request hops twice
	Pending  bool   // the transaction's own appends are folded in
	Shares   int
	Entities uint64 // in the log
	Reduces  bool   // the others send fewer rows than they read
	Keeps    bool   // this node has room for all
}

// scatterEntitiesMin is the size from which a scan is shared unless a setting says otherwise. A
// fragment costs some 200 to 400 µs beside what it reads (a question and an answer over
// loopback, planning, its session's part), of which most is paid at other nodes; a listed
// entity costs 0.1 µs to read, one with a row on disk 0.7 µs. Below a few thousand entities a
// node is done before the others have answered.
//
// A row that another node sends costs 1 µs to write and to read, more than one that is listed
// here: where all rows would be sent, they are read here, if there is room to keep them.
const scatterEntitiesMin = 4096

// scatters decides whether nodes share a scan.
func (f scatterFacts) scatters() bool {
	if f.Foreign || f.Pending || f.Shares < 2 || f.Mode == distributeOff {
		return false
	}
	return f.Mode == distributeOn || f.Entities >= scatterEntitiesMin && (f.Reduces || !f.Keeps)
}

// shares returns who reads what of a scan; nil: this node reads all.
func (r *source) shares(of *plan.Fragment) []projection.OwnedShare {
	s := r.session
	if s.server.scatterer == nil || s.tx.defined != nil { // others do not know what is not committed
		return nil
	}
	f := scatterFacts{
		Mode: s.settings.Raw(distributeSetting), Foreign: r.freshness.Given != nil, Pending: r.pending != nil, Shares: 2,
		Entities: s.server.entities(), Reduces: of.Reduces, Keeps: s.server.scatterer.Keeps(of.Definition),
	}
	if !f.scatters() {
		return nil
	}
	shares := s.server.scatterer.Shares()
	if f.Shares = len(shares); !f.scatters() {
		return nil
	}
	return shares
}

// Scatter implements plan.Scatterer.
func (r *source) Scatter(ctx context.Context, f *plan.Fragment, params []types.Datum) (all []plan.Strand) {
	shares := r.shares(f)
	if shares == nil {
		if s := r.workers(f, params); s != nil {
			all = append(all, s)
		}
		return all
	}
	for _, share := range shares {
		s := &strand{source: r, fragment: f, params: params, report: reportOf(f, &share), share: share}
		r.fragments = append(r.fragments, s.report)
		if !share.Own {
			s.send(ctx)
		}
		all = append(all, s)
	}
	return all
}

func reportOf(f *plan.Fragment, share *projection.OwnedShare) *fragmentReport {
	return &fragmentReport{Projection: f.Definition.Name, Node: share.Node, Partitions: share.Count()}
}

// Served is what a node has read for fragments of others.
type Served struct {
	Fragments, States, Rows uint64
	Running                 int64 // scans at this moment
}

// servedCounts count it.
type servedCounts struct {
	fragments, states, rows atomic.Uint64
	running                 atomic.Int64
}

// Served returns what this node has read for fragments that others sent.
func (v *Server) Served() Served {
	c := &v.served
	return Served{Fragments: c.fragments.Load(), States: c.states.Load(), Rows: c.rows.Load(), Running: c.running.Load()}
}

// waited adds to the statement's times one that was spent on other nodes.
func (r *source) waited(since time.Time) {
	if r.timed {
		r.total.Phase[projection.PhaseRoute] += r.session.now().Sub(since)
	}
}

// fragmentReport is what became of one fragment.
type fragmentReport struct {
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
func (f *fragmentReport) String() string {
	text := fmt.Sprintf("%s rows=%d states=%d events=%d time=%.3f ms", f.place(), f.Rows, f.Progress.States, f.Progress.Folded, float64(f.Time.Microseconds())/1000)
	if f.Redone != "" {
		text += " redone here: " + f.Redone
	}
	return text
}

// place is what is known of it before it runs.
func (f *fragmentReport) place() string {
	if f.Parts > 0 {
		return fmt.Sprintf("of %s on %s: part %d of %d", f.Projection, f.Node, f.Part, f.Parts)
	}
	return fmt.Sprintf("of %s on %s: partitions=%d", f.Projection, f.Node, f.Partitions)
}

// ofShare is a source whose scans are of one share.
type ofShare struct {
	*source
	share  projection.OwnedShare
	report *fragmentReport
}

// Scan implements plan.Source.
func (r *ofShare) Scan(ctx context.Context, d *projection.Definition, pace *fair.Pace, each func(event.Entity, *projection.Outcome) error) error {
	all := projection.ScanRequest{Definition: d, Cut: r.cut, Timed: r.timed, Share: r.share.Share, Stray: !r.share.Own, Runs: true, Pace: pace}
	return r.session.server.options.Backend.Scan(ctx, all, func(e event.Entity, o *projection.Outcome) error {
		r.note(d, o)
		r.report.Progress.States += int64(o.Count())
		r.report.Progress.Folded += int64(o.Folded)
		return each(e, o)
	})
}

// progressInterval is how often a node that runs a fragment says how far it is.
const progressInterval = 100 * time.Millisecond

// progressStates is how many states it reads between two looks at the clock.
const progressStates = 256

// scanGiven scans the share of a statement that another node sent, and tells it how far it is.
func (r *source) scanGiven(ctx context.Context, d *projection.Definition, pace *fair.Pace, each func(event.Entity, *projection.Outcome) error) error {
	given := r.freshness.Given
	if err := sameDefinition(r.freshness, d); err != nil {
		return err
	}
	all := projection.ScanRequest{Definition: d, Cut: r.cut, Share: given.Share, Runs: true, Pace: pace}
	served := &r.session.server.served
	served.running.Add(1)
	defer served.running.Add(-1)
	told := time.Now()
	return r.session.server.options.Backend.Scan(ctx, all, func(e event.Entity, o *projection.Outcome) error {
		before := r.reads
		r.note(d, o)
		if r.reads/progressStates != before/progressStates && time.Since(told) >= progressInterval {
			told = time.Now()
			if err := r.tellProgress(); err != nil {
				return err
			}
		}
		return each(e, o)
	})
}

// tellProgress tells the node that sent the statement at once how far this one is.
func (r *source) tellProgress() error {
	if err := r.out.Parameter(hop.ProgressParameter, r.progress().String()); err != nil {
		return err
	}
	if f, ok := r.out.(Flusher); ok {
		return f.Flush()
	}
	return nil
}

func (r *source) progress() hop.Progress {
	return hop.Progress{States: int64(r.reads), Folded: int64(r.folded)}
}

// proveScan tells the node that sent the statement what was read for it.
func (r *source) proveScan() error {
	if r.freshness.Given == nil || r.freshness.Given.Share == (projection.Share{}) {
		return nil
	}
	served := &r.session.server.served
	served.fragments.Add(1)
	served.states.Add(uint64(r.reads))
	served.rows.Add(uint64(r.rows))
	if r.reads > 0 {
		if err := r.session.prove(&r.freshness, &projection.Cut{}, &r.last, r.out); err != nil {
			return err
		}
	}
	return r.out.Parameter(hop.ProgressParameter, r.progress().String())
}
