package explain

import (
	"fmt"

	"github.com/projsql/projsql/query/plan"
)

// usageText is how PostgreSQL shows it; "" if there is nothing to tell.
func usageText(u *plan.Usage) string {
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

// addUsage adds it to the JSON form of an operator.
func addUsage(o map[string]any, u *plan.Usage) {
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
