package cache_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

type sized int

func (s sized) SizeBytes() int { return int(s) }

func slot(mark event.Sequence, known cache.Known) *cache.Slot {
	return cache.NewSlot(&projection.Snapshot{State: sized(100), Watermark: mark}, [16]byte{1}, known)
}

func key(i int) cache.SlotKey {
	return cache.SlotKey{Definition: 1, Entity: event.Entity(fmt.Sprintf("entity-%06d", i))}
}

func newSlots(t testing.TB, bytesMax int64) *cache.Slots {
	t.Helper()
	s, err := cache.NewSlots(bytesMax)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOlderNeverReplacesNewer(t *testing.T) {
	s := newSlots(t, 1<<20)
	newer := slot(5, cache.Known{At: 10, Sequence: 7, Generation: 3})
	s.Put(key(1), newer)
	if kept, own := s.Put(key(1), slot(4, cache.Known{At: 50, Sequence: 60, Generation: 9})); kept != newer || own {
		t.Errorf("an older state was stored")
	}
	if k := newer.Known(); k != (cache.Known{At: 10, Sequence: 7, Generation: 3}) {
		t.Errorf("an older state taught the newer one %+v", k)
	}
	if kept, own := s.Put(key(1), slot(5, cache.Known{At: 8, Sequence: 9, Generation: 4})); kept != newer || own {
		t.Errorf("an equal state replaced the one that is there")
	}
	if k := newer.Known(); k != (cache.Known{At: 10, Sequence: 9, Generation: 4}) {
		t.Errorf("the slot knows %+v", k)
	}
	newest := slot(6, cache.Known{})
	if kept, own := s.Put(key(1), newest); kept != newest || !own || s.Get(key(1)) != newest {
		t.Errorf("a newer state was not stored")
	}
	other := cache.NewSlot(&projection.Snapshot{Watermark: 1}, [16]byte{2}, cache.Known{})
	if _, own := s.Put(key(1), other); !own {
		t.Errorf("a state of another lineage did not replace the old one")
	}
}

func TestConcurrentPutsKeepTheNewest(t *testing.T) {
	s := newSlots(t, 1<<20)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 1000 {
				s.Put(key(1), slot(event.Sequence(i*8+w), cache.Known{At: time.Duration(i)}))
			}
		})
	}
	wg.Wait()
	if got := s.Get(key(1)).Snapshot.Watermark; got != 7999 {
		t.Errorf("watermark %d, want 7999", got)
	}
}

func TestSlotsStayInTheirBound(t *testing.T) {
	s := newSlots(t, 100_000)
	for i := range 10_000 {
		s.Put(key(i), slot(1, cache.Known{}))
		if used, bytesMax := s.Bytes(); used > bytesMax {
			t.Fatalf("%d bytes in use after %d puts", used, i)
		}
	}
	if n := s.Len(); n < 100 {
		t.Errorf("only %d slots are left", n)
	}
}

func TestScanResistance(t *testing.T) {
	s := newSlots(t, 100_000)
	hot := 20
	for range 20 {
		for i := range hot {
			if s.Get(key(i)) == nil {
				s.Put(key(i), slot(1, cache.Known{}))
			}
		}
	}
	for i := 1000; i < 20_000; i++ {
		s.Put(key(i), slot(1, cache.Known{}))
	}
	left := 0
	for i := range hot {
		if s.Get(key(i)) != nil {
			left++
		}
	}
	if left < hot*9/10 {
		t.Errorf("a scan left %d of %d hot slots", left, hot)
	}
}

func TestNoSlots(t *testing.T) {
	s := newSlots(t, -1)
	own := slot(1, cache.Known{})
	if kept, stored := s.Put(key(1), own); kept != own || stored || s.Get(key(1)) != nil || s.Len() != 0 {
		t.Errorf("slots that are off keep something")
	}
	s.Delete(key(1))
	if n := s.DeleteFunc(func(cache.SlotKey) bool { return true }); n != 0 {
		t.Errorf("deleted %d", n)
	}
}

func TestDeleteFunc(t *testing.T) {
	s := newSlots(t, 1<<20)
	for i := range 10 {
		s.Put(key(i), slot(1, cache.Known{}))
	}
	s.Delete(key(0))
	n := s.DeleteFunc(func(k cache.SlotKey) bool { return k.Entity < key(5).Entity })
	if n != 4 || s.Get(key(4)) != nil || s.Get(key(5)) == nil {
		t.Errorf("deleted %d", n)
	}
}

func BenchmarkSlotHit(b *testing.B) {
	s := newSlots(b, 64<<20)
	keys := make([]cache.SlotKey, 1024)
	for i := range keys {
		keys[i] = key(i)
		s.Put(keys[i], slot(1, cache.Known{}))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if s.Get(keys[i%len(keys)]) == nil {
			b.Fatal("miss")
		}
		i++
	}
}
