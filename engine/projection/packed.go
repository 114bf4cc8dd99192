package projection

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
