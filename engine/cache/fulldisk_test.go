package cache_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

// TestNobodyWaitsForAFailingDisk: whatever the disk refuses first, and however much is
// written at once, nobody waits for it, and the process goes on. The cache is back with
// the disk.
func TestNobodyWaitsForAFailingDisk(t *testing.T) {
	log := func(op errorfs.Op) bool { return strings.HasSuffix(op.Path, ".log") }
	table := func(op errorfs.Op) bool { return strings.HasSuffix(op.Path, ".sst") }
	for name, refused := range map[string]func(op errorfs.Op) bool{
		"writes":  func(op errorfs.Op) bool { return op.Kind.ReadOrWrite() == errorfs.OpIsWrite },
		"log":     func(op errorfs.Op) bool { return log(op) && op.Kind == errorfs.OpFileWrite },
		"new log": func(op errorfs.Op) bool { return log(op) && op.Kind == errorfs.OpCreate },
		"used log": func(op errorfs.Op) bool {
			return log(op) && (op.Kind == errorfs.OpReuseForWrite || op.Kind == errorfs.OpCreate)
		},
		"end of the log": func(op errorfs.Op) bool { return log(op) && op.Kind == errorfs.OpFileClose },
		"table":          func(op errorfs.Op) bool { return table(op) && op.Kind.ReadOrWrite() == errorfs.OpIsWrite },
		"directory":      func(op errorfs.Op) bool { return op.Kind == errorfs.OpFileSync && !strings.Contains(op.Path, ".") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { failWriters(t, refused) })
		})
	}
}

// TestTriesToOpenLeaveNothing: a disk that has no room when a lost database is opened again,
// however often, leaves nothing that would work on a half of it.
func TestTriesToOpenLeaveNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _, down := openOn(t, func(op errorfs.Op) bool {
			log := strings.HasSuffix(op.Path, ".log") && op.Kind == errorfs.OpFileWrite
			options := strings.HasSuffix(op.Path, ".dbtmp") && op.Kind == errorfs.OpCreate
			return log || options
		})
		writeAll(p, 20)
		down.Store(true)
		writeAll(p, 200)
		time.Sleep(10 * time.Minute)
		down.Store(false)
		time.Sleep(10 * time.Minute)
		put(t, p, owner(1), "after", "well")
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

// openOn opens a cache on a disk that refuses some of what is done while it is down.
func openOn(t *testing.T, refused func(op errorfs.Op) bool) (p *cache.Pebble, fs vfs.FS, down *atomic.Bool) {
	down = &atomic.Bool{}
	fs = errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		if down.Load() && refused(op) {
			return errors.New("no space left on device")
		}
		return nil
	}))
	p, err := cache.OpenPebble("cache", cache.PebbleOptions{FS: fs, MemTableBytes: 256 << 10})
	if err != nil {
		t.Fatal(err)
	}
	return p, fs, down
}

func failWriters(t *testing.T, refused func(op errorfs.Op) bool) {
	p, fs, down := openOn(t, refused)
	writeAll(p, 20)
	down.Store(true)
	writeAll(p, 200) // returns
	down.Store(false)
	time.Sleep(time.Minute) // of the bubble
	put(t, p, owner(1), "after", "well")
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	p = open(t, "cache", fs)
	want(t, p, owner(1), "after", "well")
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// writeAll writes much, in all ways at once.
func writeAll(p *cache.Pebble, rounds int) {
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for n := range rounds {
				e := event.Entity(fmt.Sprint(i, ".", n))
				r := row(strings.Repeat("x", 1000))
				var rows []cache.EntityRow
				for k := range 20 {
					rows = append(rows, cache.EntityRow{Entity: event.Entity(fmt.Sprint(e, ".", k)), Row: r})
				}
				_ = p.PutMany(owner(1), rows, false)
				_ = p.Put(owner(1), e, r)
				_, _ = p.Get(owner(1), e, nil)
				_ = p.SetMark(owner(uint64(i)), []byte("here"))
				_ = p.Sync()
			}
		})
	}
	all.Wait()
}

// Rows that are on their way while the disk fails are lost with what they were to be
// written to, and with nothing else.
func TestRowsOnTheirWayToALostDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p *cache.Pebble
		var down atomic.Bool
		var late sync.Once
		fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
			if !down.Load() || op.Kind != errorfs.OpFileWrite {
				return nil
			}
			late.Do(func() { put(t, p, owner(1), "late", "lost") })
			return errors.New("no space left on device")
		}))
		p = open(t, "cache", fs)
		put(t, p, owner(1), "early", "kept")
		time.Sleep(time.Second) // of the bubble
		down.Store(true)
		put(t, p, owner(1), "then", "lost")
		time.Sleep(time.Second)
		down.Store(false)
		time.Sleep(time.Minute)
		want(t, p, owner(1), "early", "kept")
		wantMiss(t, p, owner(1), "late", "")
		put(t, p, owner(1), "after", "well")
		want(t, p, owner(1), "after", "well")
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}
