package projection

import (
	"github.com/projsql/projsql/engine/pack"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// Packer may be implemented by a Fold. Pack returns states together; nil ones are none. It
// keeps nothing of them.
type Packer interface {
	Pack(states []State) Packed
}

// Packed are states that lie together, in less memory than each by itself. It is immutable.
type Packed interface {
	// Has reports whether there is a state i.
	Has(i int) bool
	// State returns state i, which shares no memory with the others; nil: there is none.
	State(i int) State
	// SizeBytes is the memory that all take.
	SizeBytes() int
}

// Run is states that lie packed, in byte order of their entities, and what proves each. It is
// immutable.
type Run struct {
	Entities   pack.Strings
	Generation pack.Ints // of each outcome
	// Of each snapshot; the watermark is 0 where there is none:
	Watermark, HLC pack.Ints
	States         Packed
}

// Prove writes what the snapshot of state i says beside its generation and state.
func (r *Run) Prove(i int, s *Snapshot) {
	s.Watermark, s.HLC = event.Sequence(r.Watermark.At(i)), hlc.Timestamp(r.HLC.At(i))
}
