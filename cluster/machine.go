// Package cluster replicates the log of a database in one Raft group: it packs
// appends into entries, confirms read positions, and keeps the catalog.
//
// It knows nothing of SQL, of what payloads mean, or of how events are stored.
package cluster

import (
	"context"
	"io"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// Machine is the state machine behind the log. Apply, Restore and Close are called by one
// goroutine; the rest is safe for concurrent use. Everything it applies is a
// function of the entries alone.
type Machine interface {
	// Apply applies entries in order, atomically with their indexes, and returns one
	// result an entry. It skips those that are applied already; an entry with an empty
	// command only moves the index. An error means that the machine is unusable (disk,
	// corruption): the node stops.
	Apply(entries []event.Entry) ([]event.Result, error)
	// Applied returns the index and term of the last applied entry, in memory.
	Applied() (index, term uint64)
	// Flush makes everything applied durable and returns the index it covers.
	Flush() (index uint64, err error)
	// Frontier is the last sequence that readers see, and a stamp that is not before any
	// event's up to it and before every later one's: an entry's stamp, even if it has no events.
	Frontier() (event.Sequence, hlc.Timestamp)
	// Records returns all catalog records, by name. Its cost may grow with every change that ever
	// was: it is called when the node starts and after Restore.
	Records() ([]event.Record, error)
	// Reader reads at a cut.
	Reader(projection.Cut) event.Reader
	// Lineage identifies this history of the log: it changes when the log is restored
	// from a backup or truncated. Caches of another lineage are never used.
	Lineage() [16]byte
	// Checkpoint writes a complete, flushed copy to a new directory (hard links where
	// it can) and returns the applied index and term in it.
	Checkpoint(dir string) (index, term uint64, err error)
	// Restore replaces the content by that of a directory that Checkpoint wrote, which
	// it consumes; readers begun before keep their old content or fail.
	Restore(dir string) error
	// Failed is closed when the machine is unusable, though a call may hang for that very
	// reason: a disk that lets no write end. Err says why.
	Failed() <-chan struct{}
	Err() error
	io.Closer
}

// Projector answers reads of projections on this node.
type Projector interface {
	Project(ctx context.Context, r projection.Request) (projection.Outcome, error)
	Scan(ctx context.Context, r projection.ScanRequest, each projection.EachState) error
	History(ctx context.Context, r projection.HistoryRequest, each projection.EachStep) (projection.Outcome, error)
	// Verify compares this node's cached states with the log.
	Verify(ctx context.Context, r projection.VerifyRequest) ([]projection.Verified, error)
}
