package engine

import (
	"log/slog"
	"time"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Log is the history that an engine interprets, e.g. a *storage.Store.
type Log interface {
	// Reader reads at a cut.
	Reader(projection.Cut) event.Reader
	// Lineage identifies this history; see cache.Owner.
	Lineage() [16]byte
}

// headLog is a Log that has some heads at hand.
type headLog interface {
	// Head returns what a reader of the cut would, and the lineage that it is of, without
	// an allocation; false where it takes a reader.
	Head(projection.Cut, event.Entity) (h event.Head, lineage [16]byte, ok bool)
}

// SlotBytesDefault is the memory for slots where Options say nothing.
const SlotBytesDefault = 256 << 20

// Options configure an Engine. Log must be set.
type Options struct {
	Log Log
	// External is the second-level cache; nil = cache.Noop. The engine does not close it.
	External cache.External
	// SlotBytesMax bounds the memory of group-local slots; 0 = SlotBytesDefault, less
	// than 0 = no state is kept in memory.
	SlotBytesMax int64
	// ListingBytesMax bounds the memory of the listings that scans leave, beside the slots
	// and as much again while they are made; 0 = a quarter of SlotBytesMax, less than 0 = none.
	ListingBytesMax int64
	// NoIncremental makes every read that finds no current state fold the whole entity.
	NoIncremental bool
	Logger        *slog.Logger     // nil = discard
	Now           func() time.Time // with a monotonic reading; nil = time.Now
	// DatabaseLabel is the label "database" of the engine's metrics.
	DatabaseLabel string
}

func (o Options) withDefaults() Options {
	if o.External == nil {
		o.External = cache.Noop{}
	}
	if o.SlotBytesMax == 0 {
		o.SlotBytesMax = SlotBytesDefault
	}
	if o.ListingBytesMax == 0 || o.SlotBytesMax < 0 {
		o.ListingBytesMax = o.SlotBytesMax / listingShare
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
