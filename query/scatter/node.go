package scatter

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Others are the nodes beside this one, which own the entities in shares, and its room for what it owns.
type Others interface {
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

// Reader reads scans on this node.
type Reader interface {
	// Scan calls each with every entity that has a state, in byte order.
	Scan(ctx context.Context, r projection.ScanRequest, each projection.EachState) error
}

// Node is the one whose statements share scans: what they are read by, and counts of it. It is safe for concurrent use.
type Node struct {
	Reader   Reader
	Others   Others // nil: this node scans all itself, by one goroutine
	Name     string
	Entities func() uint64 // in the log
	Now      func() time.Time
	Logger   *slog.Logger
	// Guard is deferred by workers: it makes an error of a panic.
	Guard func(*error)

	served  servedCounts
	working atomic.Int64
}

// Working returns how many workers read parts of scans at this moment.
func (n *Node) Working() int64 { return n.working.Load() }

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
func (n *Node) Served() Served {
	c := &n.served
	return Served{Fragments: c.fragments.Load(), States: c.states.Load(), Rows: c.rows.Load(), Running: c.running.Load()}
}

// Serving takes note of a scan for another node, until done.
func (n *Node) Serving() (done func()) {
	n.served.running.Add(1)
	return func() { n.served.running.Add(-1) }
}

// HasServed takes note of a fragment that was read for another node.
func (n *Node) HasServed(states, rows int) {
	n.served.fragments.Add(1)
	n.served.states.Add(uint64(states))
	n.served.rows.Add(uint64(rows))
}
