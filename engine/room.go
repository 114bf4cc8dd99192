package engine

import (
	"sync/atomic"

	"github.com/projsql/projsql/engine/cache"
)

// room tells scans whether slots have memory that nobody uses. Scans fill only
// that: what single reads put there, a scan never pushes out.
type room struct {
	slots *cache.Slots
	asked atomic.Uint32
	full  atomic.Bool
}

// roomEvery is how many answers one look at the slots' size serves, as it is not cheap.
const roomEvery = 256

func (r *room) free() bool {
	if r.asked.Add(1)%roomEvery == 1 {
		used, bytesMax := r.slots.Bytes()
		r.full.Store(used > bytesMax-bytesMax/8)
	}
	return !r.full.Load()
}
