package explain

import "fmt"

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

// text is how PostgreSQL shows it; "" if there is nothing to tell.
func (u *Usage) text() string {
	switch {
	case u.Method != "" && u.DiskBytes > 0:
		return fmt.Sprintf("Sort Method: %s  Disk: %dkB", u.Method, kB(u.DiskBytes))
	case u.Method != "":
		return fmt.Sprintf("Sort Method: %s  Memory: %dkB", u.Method, kB(u.MemoryBytes))
	case u.Batches > 0 && u.DiskBytes > 0:
		return fmt.Sprintf("Batches: %d  Memory Usage: %dkB  Disk Usage: %dkB", u.Batches, kB(u.MemoryBytes), kB(u.DiskBytes))
	case u.Batches > 0:
		return fmt.Sprintf("Batches: %d  Memory Usage: %dkB", u.Batches, kB(u.MemoryBytes))
	case u.DiskBytes > 0:
		return fmt.Sprintf("Storage: Disk  Maximum Storage: %dkB", kB(u.DiskBytes))
	}
	return ""
}

func kB(bytes int64) int64 { return (bytes + 1023) / 1024 }

// object adds it to the JSON form of an operator.
func (u *Usage) object(o map[string]any) {
	switch {
	case u.Method != "" && u.DiskBytes > 0:
		o["Sort Method"], o["Sort Space Used"], o["Sort Space Type"] = u.Method, kB(u.DiskBytes), "Disk"
		return
	case u.Method != "":
		o["Sort Method"], o["Sort Space Used"], o["Sort Space Type"] = u.Method, kB(u.MemoryBytes), "Memory"
		return
	case u.Batches > 0:
		o["Batches"], o["Peak Memory Usage"] = u.Batches, kB(u.MemoryBytes)
	}
	if u.DiskBytes > 0 {
		o["Disk Usage"] = kB(u.DiskBytes)
	}
}
