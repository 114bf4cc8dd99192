package projection

import (
	"time"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

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
	// Roles is the version of the roles by which Node has allowed the statement; 0: there are none. Whoever has others
	// does not answer.
	Roles uint64
}
