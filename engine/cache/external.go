// Package cache keeps states between reads: group-local slots in memory, and the
// external cache, a durable table of rows that outlives the process.
//
// It knows nothing of SQL, of the log, or of how a state is folded. Whatever is in
// a cache can be thrown away at any moment without changing an answer.
package cache

import (
	"errors"
	"time"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// Owner is whose states a row may be shared with: one version of one definition,
// over one history of the log.
type Owner struct {
	Name    string
	Version uint64
	Lineage [16]byte
}

// Row is a state at rest and the position it belongs to.
type Row struct {
	Watermark  event.Sequence // of the last relevant event folded
	HLC        hlc.Timestamp  // of the same event
	Generation event.Version  // of the entity when the row was last known current
	Known      event.Sequence // the log's position at which the row was last known current
	NoState    bool           // the events folded to no state
	State      []byte         // Fold.Encode's form; shared with the cache, valid until its next call
}

// Capabilities tells what an External can do.
type Capabilities struct {
	Noop     bool // keeps nothing: reads bypass it
	Prefetch bool // Prefetch is worth calling
}

// External is the second-level cache of a node. It is safe for concurrent use.
// Its errors never fail a read. ErrMiss, or an error that wraps it, means that
// there is no usable row; any other error that the cache is unavailable.
type External interface {
	Capabilities() Capabilities
	// Get appends the row's state to buf (which may be nil) and returns the row.
	Get(o Owner, e event.Entity, buf []byte) (Row, error)
	// Put keeps nothing of r's memory.
	Put(o Owner, e event.Entity, r Row) error
	// Scan returns the owner's rows from an entity on ("" = all), in byte order. A damaged
	// row is left out. An error ends them.
	Scan(o Owner, from event.Entity) Rows
	// DeleteOwner deletes the rows of one version of a definition, of any lineage.
	DeleteOwner(name string, version uint64) error
	// DeletePrefix deletes the rows of all entities that begin with prefix ("" = all
	// rows), with the marks of owners that lose one, and returns how many rows there were.
	DeletePrefix(prefix string) (int, error)
	// Owners returns the names and versions that have rows.
	Owners() ([]Owner, error)
	// OwnerBytes is about what an owner's rows take on disk, of any lineage.
	OwnerBytes(name string, version uint64) (uint64, error)
	// Mark returns what SetMark kept last for an owner. Errors are as Get's.
	Mark(o Owner) ([]byte, error)
	// SetMark keeps a note on an owner's rows, e.g. how far they go, once all that was
	// put before is handed to the operating system.
	SetMark(o Owner, mark []byte) error
	// Losses changes whenever rows that were put may be gone: a write that failed, a
	// cache that was opened anew.
	Losses() uint64
	// Prefetch tells that Get is about to be called.
	Prefetch(o Owner, e event.Entity) error
	// Sync hands everything put so far to the operating system: it outlives the process.
	Sync() error
	// Metrics returns sizes and counts for people to look at.
	Metrics() Metrics
	Close() error
}

// EntityRow is an entity and its row.
type EntityRow struct {
	Entity event.Entity
	Row    Row
}

// ManyPutter may be implemented by an External. PutMany is Put of each of some rows, which are in
// byte order: all are kept, or with an error some may not be. Of neighbours there are all rows of
// entities from the first to the last: what is kept of others between them may go.
type ManyPutter interface {
	PutMany(o Owner, rows []EntityRow, neighbours bool) error
}

// PutMany puts some rows of one owner.
func PutMany(x External, o Owner, rows []EntityRow, neighbours bool) error {
	if many, ok := x.(ManyPutter); ok {
		return many.PutMany(o, rows, neighbours)
	}
	for i := range rows {
		if err := x.Put(o, rows[i].Entity, rows[i].Row); err != nil {
			return err
		}
	}
	return nil
}

// Rows are the rows of a scan, for one goroutine at a time. They must be closed, and not
// be held for long: a cache that heals waits for them.
type Rows interface {
	// Next moves to the next row; false at the end, or after an error.
	Next() bool
	// Entity and Row are what Next moved to, valid until it is called again.
	Entity() event.Entity
	Row() Row
	// Err is why Next gave false; nil at the end.
	Err() error
	Close()
}

// Metrics are sizes and counts of an external cache.
type Metrics struct {
	Bytes   uint64 // on disk
	Damaged uint64 // rows found damaged, and deleted, since it was opened
}

// ErrMiss says that there is no usable row.
var ErrMiss = errors.New("no cached row")

// ErrUnavailable says that the cache is closed or its disk failed.
var ErrUnavailable = errors.New("external cache is unavailable")

// MissError is a miss with a reason: a row was there and could not be used.
type MissError struct{ Reason string }

func (e *MissError) Error() string { return "no usable cached row: " + e.Reason }

// Unwrap returns ErrMiss.
func (e *MissError) Unwrap() error { return ErrMiss }

// Never is the time of a state that was never known current on this node.
const Never time.Duration = -1 << 63
