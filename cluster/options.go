package cluster

import (
	"errors"
	"log/slog"
	"time"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// Catalog learns the records of the replicated catalog in log order.
type Catalog interface {
	// Apply takes the records that were put and the names of those that were deleted
	// since the last call; the first call has all. One goroutine calls it, before
	// readers see the position of the change. An error stops the node.
	Apply(records []event.Record, removed []string) error
}

// Options configure a Node. Zero fields mean their default.
type Options struct {
	// Required.
	Dir       string // for Raft's files; created if missing; on the file system of Machine's
	NodeName  string // as projsql.nodes shows it
	Machine   Machine
	Projector Projector
	Clock     *hlc.Clock

	Network *Network         // nil: the node is alone for ever
	Catalog Catalog          // nil: nobody needs the records
	Logger  *slog.Logger     // nil: discard
	Now     func() time.Time // wall clock, for Status and AS OF OCCURRED; nil: time.Now

	// ReadLease lets a leader answer CONSISTENT for a while after a majority has confirmed
	// that it leads, without asking. It takes that clocks run at the same rate, but for a
	// fifth, also while a virtual machine is suspended. All members have it, or none.
	ReadLease bool
	// DriftMax is how far Clock may be from those of a majority of the members before
	// this node refuses to lead. hlc.DriftMaxDefault.
	DriftMax time.Duration

	since func(time.Time) time.Duration // by Now
	fault func() error                  // of the log's disk, in drills

	// Group commit. An entry takes what waits, up to these bounds; one transaction
	// that is larger travels alone.
	EntryBytesMax  int // 1 MiB
	EntryDraftsMax int // 4096
	// QueueBytesMax bounds what waits to be committed; beyond it Append waits.
	// A transaction must fit in it. 64 MiB.
	QueueBytesMax int

	// WriteTimeout bounds one write of Raft's log: a disk that takes longer stops the
	// node. 10 s.
	WriteTimeout time.Duration

	// JournalBytes is how much of the log is written to the journal before it goes on
	// into bbolt. Up to twice that much is on disk and in memory. 4 MiB.
	JournalBytes int

	// A snapshot is taken, and the log cut, after so many entries or bytes; at least
	// TrailingEntries stay in the log.
	SnapshotEntries uint64 // 8192
	SnapshotBytes   uint64 // 256 MiB
	TrailingEntries uint64 // 512
}

func (o *Options) fill() error {
	if o.Dir == "" || o.NodeName == "" || o.Machine == nil || o.Projector == nil || o.Clock == nil {
		return errors.New("cluster: Dir, NodeName, Machine, Projector and Clock are required")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.since = hlc.Elapsed(o.Now)
	if o.Now == nil {
		o.Now = time.Now
	}
	orDefault(&o.DriftMax, hlc.DriftMaxDefault)
	orDefault(&o.EntryBytesMax, 1<<20)
	orDefault(&o.EntryDraftsMax, 4096)
	orDefault(&o.QueueBytesMax, 64<<20)
	orDefault(&o.WriteTimeout, 10*time.Second)
	orDefault(&o.JournalBytes, 4<<20)
	orDefault(&o.SnapshotEntries, 8192)
	orDefault(&o.SnapshotBytes, 256<<20)
	orDefault(&o.TrailingEntries, 512)
	return o.fillNetwork()
}

func (o *Options) fillNetwork() error {
	if o.Network == nil {
		return nil
	}
	w := *o.Network
	if w.Listener == nil || w.Dial == nil || w.Directory == nil || w.Peers == nil || w.RaftAddr == "" || w.PGAddr == "" {
		return errors.New("cluster: Listener, Dial, Directory, Peers, RaftAddr and PGAddr of a Network are required")
	}
	orDefault(&w.VotersMax, 5)
	orDefault(&w.RelayPatience, 250*time.Millisecond)
	w.ElectionTimeout = max(w.ElectionTimeout, electionTimeout)
	o.Network = &w
	return nil
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
