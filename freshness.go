package projsql

import (
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Freshness is what a read demands of its answer. Consistent, MaybeStale, AtLeast and the
// AsOf functions make one; Wait and ErrorOnStale may be set on it.
type Freshness = projection.Freshness

// Consistent reflects every append that was acknowledged, to anyone, before the read began.
func Consistent() Freshness { return Freshness{Level: projection.Consistent} }

// MaybeStale takes a state that this node has at hand, if it knew it current at most so
// long ago; else it is as Consistent.
func MaybeStale(age time.Duration) Freshness {
	return Freshness{Level: projection.MaybeStale, AgeMax: age}
}

// AtLeast reflects everything up to a stamp, such as that of a Receipt.
func AtLeast(stamp HLC) Freshness { return Freshness{Level: projection.AtLeast, HLC: stamp} }

// AsOf reads the log as it was at a stamp: always the same answer.
func AsOf(stamp HLC) Freshness { return Freshness{Level: projection.AsOfHLC, HLC: stamp} }

// AsOfSequence reads the log up to a sequence: always the same answer.
func AsOfSequence(sequence uint64) Freshness {
	return Freshness{Level: projection.AsOfSequence, Sequence: event.Sequence(sequence)}
}

// AsOfOccurred reads the events that had occurred by t, by what is known now.
func AsOfOccurred(t time.Time) Freshness {
	return Freshness{Level: projection.AsOfOccurred, OccurredAt: event.Micros(t.UnixMicro())}
}
