package projection

import (
	"github.com/projsql/projsql/storage/event"
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
