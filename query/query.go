// Package query turns SQL into answers: sessions with their statements,
// portals, settings and transactions.
//
// It knows nothing of sockets, Raft or disks: what it needs of the node it
// declares as Backend and Definitions.
package query

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/scatter"
	"github.com/projsql/projsql/query/walk"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Backend is the node that a session talks to. It is safe for concurrent use.
type Backend interface {
	// Cut fixes what a statement (or a transaction) with the given freshness reads.
	// floor is what the session has read or appended before: the cut is never behind
	// it. Errors: PJ001, 57P03, 22023 (a future AS OF).
	Cut(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error)
	// Project returns one entity's state at the request's cut.
	Project(ctx context.Context, r projection.Request) (projection.Outcome, error)
	// Scan calls each with every entity that has a state at the cut, in byte order.
	Scan(ctx context.Context, r projection.ScanRequest, each projection.EachState) error
	// History calls each with the relevant events of one entity whose versions are wanted
	// and the state after each. The outcome is that of the last step, also if an error of
	// each ends the history.
	History(ctx context.Context, r projection.HistoryRequest, each projection.EachStep) (projection.Outcome, error)
	// Verify compares the cached states of one entity, or of all, on every node with what
	// the log folds to: one Verified for each kind of copy and node. Error:
	// *projection.CopyError for a copy that differs. The request's Cut is not used.
	Verify(ctx context.Context, r projection.VerifyRequest) ([]projection.Verified, error)
	// Log reads events at the cut.
	Log(c projection.Cut) event.Reader
	// Append commits a transaction. It returns when a majority has it on disk and this
	// node has applied it. Errors: 40001, 23505, 40003, 57P03.
	Append(ctx context.Context, t event.Transaction) ([]event.Receipt, error)
	// Change commits catalog changes as one entry and returns when this node's
	// Definitions show them.
	Change(ctx context.Context, c ...event.Change) error
}

// Definitions is the node's registry of projections. It is safe for concurrent
// use; definitions are immutable.
type Definitions interface {
	// Lookup finds a definition by its exact name.
	Lookup(name string) (*projection.Definition, bool)
	// All returns every definition, by name.
	All() []*projection.Definition
	// Epoch changes whenever a definition or an event kind does; plans are kept for one
	// epoch.
	Epoch() uint64
	// Current returns all of it at this moment: a statement is planned over one catalog.
	Current() *projection.Catalog
	// With returns what a catalog would be after changes that are not committed; nil roles: they stay. What they put has versions that no
	// record has. Each call gives another catalog.
	With(c *projection.Catalog, roles *role.Set, changed []event.Record, removed []string) *projection.Catalog
}

// Field describes one column of a result, as RowDescription does.
type Field struct {
	Name         string
	TableOID     uint32
	ColumnNumber uint16
	TypeOID      uint32
	TypeBytes    int16
	TypeMod      int32
	Format       int16 // 0 text, 1 binary
}

// Out receives what a statement produces, in protocol order. It is used by the
// session's goroutine only. An error ends the statement (the client is gone).
type Out interface {
	// Fields begins a result set (RowDescription).
	Fields(f []Field) error
	// Row takes one whole DataRow message, type byte and length included, and copies it.
	Row(frame []byte) error
	// Complete ends a statement with its command tag.
	Complete(tag string) error
	// Empty answers a query string without a statement.
	Empty() error
	// Suspended says that Execute's row limit was reached.
	Suspended() error
	// Notice tells a warning or notice; severity is NOTICE, WARNING, INFO, DEBUG or LOG.
	Notice(severity string, n *sqlstate.Error) error
	// Parameter tells that a reported setting changed.
	Parameter(name, value string) error
	// CopyIn asks the client for COPY data and returns the reader of it: Next returns
	// the next chunk, io.EOF at CopyDone, and an error with 57014 at CopyFail. format
	// is 0 for text and csv, 1 for binary.
	CopyIn(format int8, columns int) (CopyReader, error)
	// CopyOut begins COPY TO STDOUT; CopyData sends a chunk and CopyDone ends it.
	CopyOut(format int8, columns int) error
	CopyData(b []byte) error
	CopyDone() error
}

// CopyReader reads the chunks of COPY FROM STDIN. A chunk is valid until the next
// call and need not end at a line's end.
type CopyReader interface {
	Next(ctx context.Context) ([]byte, error)
}

// LookAhead may be implemented by an Out. SyncNext reports that the client's next
// message is Sync and has arrived already: a statement that is alone in its
// transaction commits before it answers, so that RETURNING shows hlc and sequence.
type LookAhead interface {
	SyncNext() bool
}

// BindAhead may be implemented by an Out. BindsAhead calls each with the Binds that have
// arrived behind the message being served, until it returns false; what it is given is valid
// until it returns.
type BindAhead interface {
	BindsAhead(each func(statement string, formats []int16, values [][]byte) bool)
}

// Flusher may be implemented by an Out. Flush sends what was given to it until now.
type Flusher interface {
	Flush() error
}

// AheadReader may be implemented by a Backend. ReadAhead makes states of entities that are
// about to be read, best of many at once, up to some number of events, and returns how many of
// the entities, in their order, are done with: there may be no state to be made, and no error is told.
type AheadReader interface {
	ReadAhead(ctx context.Context, r projection.AheadRequest) int
	walk.Reader
}

// Scatterer may be implemented by a Backend that is one of several nodes, which own the
// entities in shares.
type Scatterer = scatter.Others

// Predictor may be implemented by a Backend, for EXPLAIN without ANALYZE.
type Predictor interface {
	// Predict tells how a read would be answered now, without folding or caching: the
	// outcome has Strategy, and in Folded the events that would be folded.
	Predict(ctx context.Context, r projection.Request) (projection.Outcome, error)
}

// Locator may be implemented by a Backend, for EXPLAIN.
type Locator interface {
	// Locate returns an entity's partition and the name of the node that owns it.
	Locate(e event.Entity) (partition int, owner string)
}
