package scatter

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// Statement is one whose scans may be shared: what its parts read and are run with. Its Source is what this node reads by
// itself. It implements plan.Scatterer and plan.Divider, and is used by one goroutine at a time.
type Statement struct {
	plan.Source
	By    *Node
	Tally *Tally
	Cut   projection.Cut

	Distribute  string // who may share: Auto, On or Off
	Foreign     bool   // another node sent it
	Pending     bool   // it sees its transaction's own appends
	Uncommitted bool   // or definitions that no other node knows
	Workers     Workers
	// Settings are those of the other nodes' sessions that run a part of it.
	Settings string
	// Options are what fragments of it are run with on this node, but for their Source and Params.
	Options func(ctx context.Context) exec.Options
}

// Workers are PostgreSQL's settings of how many workers a statement may have.
type Workers struct {
	Forced    bool // force_parallel_mode
	PerGather int  // max_parallel_workers_per_gather
	Max       int  // max_parallel_workers
}

// Values of the setting projsql.distribute.
const (
	Auto = "auto" // the default: where it is faster
	On   = "on"
	Off  = "off"
)

// shareFacts are all that the choice depends on whether nodes share a scan.
type shareFacts struct {
	Mode     string // the setting
	Foreign  bool   // another node sent it: no request hops twice
	Pending  bool   // the transaction's own appends are folded in
	Shares   int
	Entities uint64 // in the log
	Reduces  bool   // the others send fewer rows than they read
	Keeps    bool   // this node has room for all
}

// shareEntitiesMin is the size from which a scan is shared unless a setting says otherwise. A
// fragment costs some 200 to 400 µs beside what it reads (a question and an answer over
// loopback, planning, its session's part), of which most is paid at other nodes; a listed
// entity costs 0.1 µs to read, one with a row on disk 0.7 µs. Below a few thousand entities a
// node is done before the others have answered.
//
// A row that another node sends costs 1 µs to write and to read, more than one that is listed
// here: where all rows would be sent, they are read here, if there is room to keep them.
const shareEntitiesMin = 4096

// shared decides whether nodes share a scan.
func (f shareFacts) shared() bool {
	if f.Foreign || f.Pending || f.Shares < 2 || f.Mode == Off {
		return false
	}
	return f.Mode == On || f.Entities >= shareEntitiesMin && (f.Reduces || !f.Keeps)
}

// shares returns who reads what of a scan; nil: this node reads all.
func (r *Statement) shares(of *plan.Fragment) []projection.OwnedShare {
	if r.By.Others == nil || r.Uncommitted { // others do not know what is not committed
		return nil
	}
	f := shareFacts{
		Mode: r.Distribute, Foreign: r.Foreign, Pending: r.Pending, Shares: 2,
		Entities: r.By.Entities(), Reduces: of.Reduces, Keeps: r.By.Others.Keeps(of.Definition),
	}
	if !f.shared() {
		return nil
	}
	shares := r.By.Others.Shares()
	if f.Shares = len(shares); !f.shared() {
		return nil
	}
	return shares
}

// Places tells who would read what of a scan that nodes share, for EXPLAIN; nothing where they would not.
func (r *Statement) Places(of *plan.Fragment) (all []string) {
	shares := r.shares(of)
	for i := range shares {
		all = append(all, reportOf(of, &shares[i]).place())
	}
	return all
}

// Scatter implements plan.Scatterer.
func (r *Statement) Scatter(ctx context.Context, f *plan.Fragment, params []types.Datum) (all []plan.Strand) {
	shares := r.shares(f)
	if shares == nil {
		if s := r.workers(f, params); s != nil {
			all = append(all, s)
		}
		return all
	}
	for _, share := range shares {
		s := &strand{of: r, fragment: f, params: params, report: reportOf(f, &share), share: share}
		r.Tally.Fragments = append(r.Tally.Fragments, s.report)
		if !share.Own {
			s.send(ctx)
		}
		all = append(all, s)
	}
	return all
}

// ofShare is a source whose scans are of one share.
type ofShare struct {
	*Statement
	share  projection.OwnedShare
	report *Report
}

// Scan implements plan.Source.
func (r *ofShare) Scan(ctx context.Context, d *projection.Definition, in projection.Range, pace *fair.Pace, each func(event.Entity, *projection.Outcome) error) error {
	all := projection.ScanRequest{Definition: d, Cut: r.Cut, Timed: r.Tally.Timed, Share: r.share.Share, From: in.From, To: in.To, Loose: true, Stray: !r.share.Own, Runs: true, Pace: pace}
	return r.By.Reader.Scan(ctx, all, func(e event.Entity, o *projection.Outcome) error {
		r.Tally.Note(d, o)
		r.report.Progress.States += int64(o.Count())
		r.report.Progress.Folded += int64(o.Folded)
		return each(e, o)
	})
}
