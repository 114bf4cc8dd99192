package plan

import "time"

// Actual is what one operator did in a run.
type Actual struct {
	Rows, Loops int64
	Time        time.Duration // with everything below it
	Usage       Usage
}

// Usage is the most memory and disk that an operator took in one run, if it tells.
type Usage struct {
	Method                 string // of a sort
	Batches                int    // of a hash table
	MemoryBytes, DiskBytes int64
}

// Sorted notes how a sort was done; nil notes nothing.
func (u *Usage) Sorted(method string, memory, disk int64) {
	if u != nil {
		u.Method, u.MemoryBytes, u.DiskBytes = method, max(u.MemoryBytes, memory), max(u.DiskBytes, disk)
	}
}

// Hashed notes what a hash table took; nil notes nothing.
func (u *Usage) Hashed(batches int, memory, disk int64) {
	if u != nil {
		u.Batches, u.MemoryBytes, u.DiskBytes = max(u.Batches, batches), max(u.MemoryBytes, memory), max(u.DiskBytes, disk)
	}
}

// Stored notes what kept rows have on disk; nil notes nothing.
func (u *Usage) Stored(disk int64) {
	if u != nil {
		u.DiskBytes = max(u.DiskBytes, disk)
	}
}
