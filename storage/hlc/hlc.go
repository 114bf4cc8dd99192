// Package hlc is a hybrid logical clock (Kulkarni et al., "Logical Physical
// Clocks", 2014): stamps that follow the wall clock and never run backwards.
package hlc

// Timestamp is 48 bits of Unix milliseconds and 16 bits of counter. SQL shows it
// as bigint. The zero Timestamp is before every other.
type Timestamp uint64

const counterBits = 16

// New returns the stamp of a millisecond and a counter.
func New(wallMS int64, counter uint16) Timestamp {
	return Timestamp(wallMS)<<counterBits | Timestamp(counter)
}

// WallMS is the wall part in Unix milliseconds.
func (t Timestamp) WallMS() int64 { return int64(t >> counterBits) }

// Counter is the logical part.
func (t Timestamp) Counter() uint16 { return uint16(t) }
