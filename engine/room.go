package engine

import "github.com/projsql/projsql/engine/cache"

// room reports whether slots have memory for bytes that nobody uses. Scans fill only
// that: what single reads put there, a scan never pushes out.
func room(slots *cache.Slots, bytes int64) bool {
	used, bytesMax := slots.Bytes()
	return used+uint64(bytes) <= bytesMax-bytesMax/8
}
