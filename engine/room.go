package engine

import (
	"sync/atomic"

	"github.com/projsql/projsql/engine/cache"
)

// room tells scans whether slots have memory that nobody uses. Scans fill only
// that: what single reads put there, a scan never pushes out.
type room struct {
	slots   *cache.Slots
	bytes   atomic.Int64 // left of what was free at the last look
	refused atomic.Uint32
}

// lookEvery is how many refusals pass between two looks at the slots' size, which is
// not cheap.
const lookEvery = 1024

// take claims bytes of free memory, or refuses.
func (r *room) take(bytes int64) bool {
	if r.bytes.Add(-bytes) >= 0 {
		return true
	}
	r.bytes.Add(bytes)
	if r.refused.Add(1)%lookEvery != 1 {
		return false
	}
	used, bytesMax := r.slots.Bytes()
	r.bytes.Store(int64(bytesMax) - int64(bytesMax/8) - int64(used) - bytes)
	return r.bytes.Load() >= 0
}
