// Package projection holds the words of reading: definitions and folds, the
// freshness a reader asks for, and the outcome that proves what it got.
//
// It knows nothing of SQL, Raft or disks.
package projection

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"github.com/projsql/projsql/internal/fair"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// Column is a column of a projection's relation, after the leading entity.
type Column struct {
	Name    string
	Type    uint32 // PostgreSQL type OID
	TypeMod int32  // -1 = none
	NotNull bool
	// Default is SQL text as PostgreSQL shows it, PrettyDefault the same with few parentheses; "" = none.
	Default, PrettyDefault string
}

// Language is what a projection is written in.
type Language uint8

// Languages. The zero value is SQL.
const (
	SQL Language = iota
	Go
)

// String returns the name that SQL shows.
func (l Language) String() string { return [...]string{"sql", "go"}[l] }

// Definition is one version of a projection. It is immutable.
type Definition struct {
	Name     string
	Language Language
	// Version is that of its catalog record, or for Go the registry's, which IsGoVersion
	// tells apart; versions never share cached states.
	Version uint64
	Record  uint64         // the version of the catalog record alone, which no event kind changes; Go: 0
	Release uint64         // Go: the version that the program gave
	Since   event.Sequence // takes effect for cuts taken after it was defined
	Columns []Column
	Kinds   []event.Kind // the relevant kinds; nil = every kind
	Fold    Fold
	// Uncommitted says that a transaction sees it that has not committed it: no state of it is kept.
	Uncommitted bool
	Source      string // the CREATE PROJECTION statement; Go: what declares its columns
}

// goVersion marks the versions of projections in Go: Raft's indexes never get there.
const goVersion = 1 << 63

// GoVersion returns the Version of a definition in Go: a function of what the program
// calls its version and of the columns, so that states of other columns are never met.
func (d *Definition) GoVersion() uint64 {
	return hashedVersion("%d\n%s", d.Release, d.Source)
}

func hashedVersion(format string, of ...any) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, format, of...))
	return goVersion | binary.BigEndian.Uint64(sum[:])
}

// IsGoVersion reports whether a Version is of a definition in Go.
func IsGoVersion(version uint64) bool { return version&goVersion != 0 }

// Relevant reports whether the definition handles events of kind k.
func (d *Definition) Relevant(k event.Kind) bool {
	if d.Kinds == nil {
		return true
	}
	for _, own := range d.Kinds {
		if own == k {
			return true
		}
	}
	return false
}

// Watermark returns the sequence and HLC of the last relevant event of a head;
// zeros if it has none.
func (d *Definition) Watermark(h *event.Head) (event.Sequence, hlc.Timestamp) {
	if d.Kinds == nil {
		return h.Sequence, h.HLC
	}
	var last event.KindHead
	for i := range h.Kinds {
		if k := &h.Kinds[i]; k.Sequence > last.Sequence && d.Relevant(k.Kind) {
			last = *k
		}
	}
	return last.Sequence, last.HLC
}

// Request asks for one entity's state.
type Request struct {
	Definition *Definition
	Entity     event.Entity
	Cut        Cut
	// IfNot, when set, asks for the state only if the entity's generation differs.
	IfNot event.Expectation
	// Timed asks for phase times in the outcome.
	Timed bool
	// FoldMax, unless 0, refuses a read with a TooLongError that might fold more events.
	FoldMax int
}

// TooLongError says that a read would fold more than its Request allows, or that its row is
// longer than the reader takes.
type TooLongError struct{}

func (TooLongError) Error() string { return "the answer takes too long" }

// SQLState returns 54000.
func (TooLongError) SQLState() string { return "54000" }

// Snapshot is a state and the position it belongs to. Snapshots are immutable
// but for Memo, and shared between readers.
type Snapshot struct {
	State      State // nil: events, but no state
	Generation event.Version
	Watermark  event.Sequence // of the last relevant event folded
	HLC        hlc.Timestamp  // of the same event
	// Memo is the reader's: it may keep an encoded form of the row here.
	Memo atomic.Pointer[Memo]
}

// Memo is an encoded row and the shape it was encoded for.
type Memo struct {
	Shape any
	Row   []byte
}

// NewMemo returns a memo of a copy of the row. A short one lies beside its memo: whoever reads
// it waits for memory once less.
func NewMemo(shape any, row []byte) *Memo {
	var m *Memo
	var room []byte
	switch n := len(row); {
	case n <= 88:
		of := &struct {
			Memo
			room [88]byte
		}{}
		m, room = &of.Memo, of.room[:n:n]
	case n <= 216:
		of := &struct {
			Memo
			room [216]byte
		}{}
		m, room = &of.Memo, of.room[:n:n]
	default:
		m, room = &Memo{}, make([]byte, n)
	}
	copy(room, row)
	m.Shape, m.Row = shape, room
	return m
}

// Range is entities in byte order: from From on, To being the first that is not in it; "" is no bound.
type Range struct{ From, To event.Entity }

// And returns the entities that are in both; false if there are none.
func (r Range) And(o Range) (Range, bool) {
	r.From = max(r.From, o.From)
	if r.To == "" || o.To != "" && o.To < r.To {
		r.To = o.To
	}
	return r, r.To == "" || r.From < r.To
}

// ScanRequest asks for the states of all entities of a share.
type ScanRequest struct {
	Definition *Definition
	Cut        Cut
	Share      Share
	// From and To bound the entities that are wanted, To being the first that is not; "" is no
	// bound. A scan of a range leaves nothing for the next.
	From, To event.Entity
	// Loose lets a scan call back with others too: it reads all where that leaves what answers the next.
	Loose bool
	Stray bool       // the share is another node's: the scan leaves nothing that would be kept for the next
	Timed bool       // the outcomes have Timings
	Pace  *fair.Pace // of who scans, and may compute for long between two outcomes; nil: he does not
	// Runs lets an outcome be of many states (Outcome.Run); the entity is the first one's then.
	Runs bool
}

// AheadRequest asks for states that are about to be read, one by one.
type AheadRequest struct {
	Definition *Definition
	Cut        Cut            // a newest one
	Entities   []event.Entity // whose names are kept
}

// WalkRequest asks for states that somebody is about to read who goes through the entities in byte
// order.
type WalkRequest struct {
	Definition *Definition
	Cut        Cut                     // a newest one
	After      event.Entity            // those behind it are wanted
	Max        int                     // entities
	Owned      func(event.Entity) bool // others are passed by; nil: all are
}

// Walked is the stretch of entities that a walk has seen to. The zero value is of none.
type Walked struct {
	Entities     int // with a state
	Middle, Last event.Entity
}

// EachState is called with an entity that has a state. The outcome is valid until it
// returns, its state may be kept; an error ends the scan.
type EachState func(event.Entity, *Outcome) error

// EventError is a fold's failure on one event.
type EventError struct {
	Entity  event.Entity
	Version event.Version
	Kind    event.Kind
	Err     error
}

func (e *EventError) Error() string { return e.Err.Error() }

// Unwrap returns the fold's error.
func (e *EventError) Unwrap() error { return e.Err }
