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
	"time"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// State is what a fold has made of an entity's events. A State is immutable once
// it is returned: many readers share it. nil means "no state".
type State interface {
	// SizeBytes is the memory the state holds, for cache limits.
	SizeBytes() int
}

// Fold interprets events. It is safe for concurrent use.
type Fold interface {
	// Start returns an accumulator that begins with prev (nil: no state). It never
	// changes prev.
	Start(prev State) Accumulator
	// Encode appends a self-contained form of the state to buf: equal states have equal
	// forms.
	Encode(buf []byte, s State) []byte
	// Decode reads what Encode wrote; anything else is an error, never a panic.
	Decode(b []byte) (State, error)
}

// ManyDecoder may be implemented by a Fold. DecodeMany is Decode of each of some encoded
// states that lie one after the other, told by their ends: it calls each with the number
// of every one, in order, and its state or why it has none. The states may share memory
// with each other; none shares the encoded form.
type ManyDecoder interface {
	DecodeMany(encoded []byte, ends []int, each func(n int, s State, err error))
}

// Batcher may be implemented by a Fold. Batch returns what folds about n entities, one after the other:
// its states share memory, so it is for those that are kept or dropped together.
type Batcher interface {
	Batch(n int) Batch
}

// Batch folds entities, for one goroutine.
type Batch interface {
	// Start is Fold's, once the accumulator before is done.
	Start(prev State) Accumulator
	// Close ends the batch; its states stay.
	Close()
}

// Accumulator folds the events of one entity, in version order. It is used by
// one goroutine.
type Accumulator interface {
	// Step folds one event. It keeps nothing of e. After an error the accumulator
	// must not be used.
	Step(e *event.Event) error
	// State returns the state so far, nil if there is none (before the first event
	// that makes one, or after a deletion). The accumulator is done.
	State() State
}

// Column is a column of a projection's relation, after the leading entity.
type Column struct {
	Name    string
	Type    uint32 // PostgreSQL type OID
	TypeMod int32  // -1 = none
	NotNull bool
	Default string // SQL text, "" = none
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
	Release uint64         // Go: the version that the program gave
	Since   event.Sequence // takes effect for cuts taken after it was defined
	Columns []Column
	Kinds   []event.Kind // the relevant kinds; nil = every kind
	Fold    Fold
	Source  string // the CREATE PROJECTION statement; Go: what declares its columns
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

// Level is the kind of freshness that a reader asks for.
type Level uint8

// Levels (SPEC 3.4). The zero value is not valid.
const (
	Consistent Level = iota + 1
	MaybeStale
	AtLeast
	AsOfHLC
	AsOfSequence
	AsOfOccurred
	AtCut // a statement that another node sends: Freshness.Given
)

// Freshness is what a WITH FRESHNESS clause says.
type Freshness struct {
	Level      Level
	AgeMax     time.Duration  // MaybeStale
	HLC        hlc.Timestamp  // AtLeast, AsOfHLC
	Sequence   event.Sequence // AsOfSequence
	OccurredAt event.Micros   // AsOfOccurred: events with occurred_at <= this
	Given      *Given         // AtCut
	// What to do when no reachable replica meets it: wait so long, or (ErrorOnStale)
	// fail at once.
	Wait         time.Duration
	ErrorOnStale bool
}

// WaitDefault is Freshness.Wait where the statement says nothing.
const WaitDefault = 5 * time.Second

// Cut is the one position of the log that a statement, or a transaction, reads.
type Cut struct {
	Sequence event.Sequence
	HLC      hlc.Timestamp
	// Newest: the cut is all this replica had when the statement began; cached states
	// that are newer than the cut may serve a single read. False for AS OF and in
	// transactions.
	Newest bool
	// Binds: an answer must be of this very position although the cut is a newest one,
	// because a statement's other reads are. An older cut binds anyhow.
	Binds bool
	// Age since this node last knew itself current, by its monotonic clock.
	Age time.Duration
	// KnownAt is the moment at which this node last knew itself current, by the node's
	// clock (with its monotonic reading). Zero: unknown, so no state read at this cut is
	// served as stale later.
	KnownAt time.Time
	// StaleMax > 0 allows a cached state that was known current at most so long ago,
	// if it was known current at or after Floor.
	StaleMax time.Duration
	Floor    event.Sequence // what the session has appended or read before
	// OccurredBy, unless event.NoTime, leaves out events that occurred later.
	OccurredBy event.Micros
	// Foreign: another node fixed it, so Age is by that node's clock and no state is served
	// as stale by this one's. A read at such a cut is answered here: no request hops twice.
	Foreign bool
}

// Given is the cut of a statement that one node sends to another.
type Given struct {
	Cluster, To string // the ids of the cluster and of the node that it is for
	// Cut is Foreign; the node that gets it covers it before it answers.
	Cut        Cut
	Definition uint64 // the Version that the sender has of what is read
	Share      Share  // what scans of the statement are about
	Tidings    string // of the log, from the sender's cluster room to the other's
	// Brief: others wait behind the statement. It is answered at once and with little, or
	// refused.
	Brief bool
	// Vouch, unless its Term is 0, makes the cut one that is confirmed where it arrives.
	Vouch Vouch
}

// Vouch is what a node says of itself so that another can confirm, without asking anybody,
// that one of the two leads: that Node, which votes, was in a term of Raft's when the
// statement had begun, and whether it leads in it.
type Vouch struct {
	Node  string // its id
	Term  uint64
	Leads bool
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

// Strategy is how a read was answered.
type Strategy uint8

// Strategies. The zero value is not valid.
const (
	Empty Strategy = iota + 1
	GroupLocalHit
	GroupLocalIncremental
	ExternalCacheThenReplay
	DirectReplay
)

var strategyNames = [...]string{"", "empty", "group_local_hit", "group_local_incremental", "external_cache_then_replay", "direct_replay"}

// String returns the name that SQL shows, e.g. "group_local_hit".
func (s Strategy) String() string { return strategyNames[s] }

// CacheStatus is what the caches contributed.
type CacheStatus uint8

// Cache statuses. The zero value is not valid.
const (
	Hit CacheStatus = iota + 1
	Miss
	Bypassed
	Unavailable
)

var cacheStatusNames = [...]string{"", "hit", "miss", "bypassed", "unavailable"}

// String returns the name that SQL shows.
func (c CacheStatus) String() string { return cacheStatusNames[c] }

// Observed is the freshness that an answer turned out to have.
type Observed uint8

// Observed freshness. The zero value is not valid.
const (
	Fresh Observed = iota + 1
	StaleAllowed
	NotApplicable
)

var observedNames = [...]string{"", "fresh", "stale_allowed", "not_applicable"}

// String returns the name that SQL shows.
func (o Observed) String() string { return observedNames[o] }

// StoreOutcome is what became of a state in one cache that might keep it.
type StoreOutcome uint8

// Store outcomes.
const (
	NotStored     StoreOutcome = iota // there was nothing new to keep
	StoreSkipped                      // nothing to keep it in, or not worth keeping
	Stored                            //
	Superseded                        // the cache has an equal or newer state
	StoreFailed                       //
	StoreOutcomes                     // their number
)

var storeNames = [StoreOutcomes]string{"none", "skipped", "stored", "superseded", "put_failed"}

// String returns the name that SQL shows.
func (o StoreOutcome) String() string { return storeNames[o] }

// Stores are what became of an answer's state in the caches.
type Stores struct{ External, Slot StoreOutcome }

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

// Phase is a part of answering. Phases are disjoint in time.
type Phase uint8

// Phases, in the order EXPLAIN prints them.
const (
	PhaseRoute Phase = iota
	PhaseBarrier
	PhasePlan
	PhaseSlotLookup
	PhaseExternalProbe
	PhaseLogRead
	PhaseFold
	PhaseCacheStore
	PhaseEncode
	Phases // their number
)

var phaseNames = [...]string{"route", "barrier", "plan", "slot_lookup", "external_probe", "log_read", "fold", "cache_store", "encode"}

// String returns the name that EXPLAIN prints.
func (p Phase) String() string { return phaseNames[p] }

// Timings are the durations of a read's phases and of the whole.
type Timings struct {
	Phase [Phases]time.Duration
	Total time.Duration
}

// ScanRequest asks for the states of all entities of a share.
type ScanRequest struct {
	Definition *Definition
	Cut        Cut
	Share      Share
	// From and To bound the entities that are wanted, To being the first that is not; "" is no
	// bound. A scan of a range leaves nothing for the next.
	From, To event.Entity
	Stray    bool // the share is another node's: the scan leaves nothing that would be kept for the next
	Timed    bool // the outcomes have Timings
	// Runs lets an outcome be of many states (Outcome.Run); the entity is the first one's then.
	Runs bool
}

// AheadRequest asks for states that are about to be read, one by one.
type AheadRequest struct {
	Definition *Definition
	Cut        Cut            // a newest one
	Entities   []event.Entity // whose names are kept
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
