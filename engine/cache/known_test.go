package cache_test

import (
	"sync"
	"testing"
	"time"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// TestKnownIsTrue confirms a slot while others look at it: what they see is never known at a
// later position, or moment, than what they see of the entity.
func TestKnownIsTrue(t *testing.T) {
	at := func(n int) cache.Known {
		return cache.Known{At: time.Duration(n), Sequence: event.Sequence(n), Generation: event.Version(n)}
	}
	s := cache.NewSlot(&projection.Snapshot{}, [16]byte{}, at(1))
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if k := s.Known(); uint64(k.At) > uint64(k.Sequence) || uint64(k.Sequence) > uint64(k.Generation) {
					t.Errorf("%+v", k)
					return
				}
			}
		})
	}
	for n := range 2_000_000 {
		s.Confirm(at(n + 2))
	}
	close(stop)
	readers.Wait()
}
