package storage_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestRestoreBringsAnotherNodeUp copies one store into another, across file
// names and with content of its own to lose.
func TestRestoreBringsAnotherNodeUp(t *testing.T) {
	a := openReplica(t)
	defer a.close(t)
	rng := rand.New(rand.NewPCG(1, 2))
	a.append(t, randomCommand(rng), randomCommand(rng))
	b, err := storage.Open("/data/other", options(a.fs))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(a.log[:1]); err != nil {
		t.Fatal(err)
	}
	if a.store.Lineage() == b.Lineage() || a.store.Lineage() == ([16]byte{}) {
		t.Fatalf("lineages %x, %x", a.store.Lineage(), b.Lineage())
	}
	if _, _, err := a.store.Checkpoint("/data/copy"); err != nil {
		t.Fatal(err)
	}
	if err := b.Restore("/data/copy"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.fs.Stat("/data/copy"); err == nil {
		t.Error("the checkpoint was not consumed")
	}
	if a.store.Lineage() != b.Lineage() {
		t.Error("the lineage did not come along")
	}
	for range 2 {
		c := newest(b)
		if err := a.model.diff(b.Reader(c), c); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if b, err = storage.Open("/data/other", options(a.fs)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if names, _ := a.fs.List("/data/other"); len(names) != 3 { // the store, FLOOR, LOCK
		t.Errorf("left behind: %v", names)
	}
}

// TestReadersOverRestore holds an iteration open over a restore: it ends with the
// content it began with, and the next call fails with 57P03.
func TestReadersOverRestore(t *testing.T) {
	r := openReplica(t)
	defer func() { r.close(t) }()
	rng := rand.New(rand.NewPCG(1, 2))
	r.append(t, randomCommand(rng))
	if _, _, err := r.store.Checkpoint("/data/copy"); err != nil {
		t.Fatal(err)
	}
	r.append(t, randomCommand(rng), randomCommand(rng))
	seq, _ := r.store.Frontier()
	reader := r.store.Reader(newest(r.store))
	n := event.Sequence(0)
	for _, err := range reader.Log(0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			if err := r.store.Restore("/data/copy"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n != seq {
		t.Errorf("%d events of %d over a restore", n, seq)
	}
	if now, _ := r.store.Frontier(); now >= seq {
		t.Errorf("frontier %d after the restore", now)
	}
	_, err := reader.Count()
	if sqlstate.Of(err).Code != sqlstate.CannotConnectNow {
		t.Errorf("a call after the restore: %v", err)
	}
}

// TestRestoreRefusesDamage flips bits in a checkpoint: Restore says XX001 and the
// store goes on with what it has.
func TestRestoreRefusesDamage(t *testing.T) {
	r := closedStore(t)
	r.open(t, r.fs)
	if _, _, err := r.store.Checkpoint("/data/copy"); err != nil {
		t.Fatal(err)
	}
	defer r.close(t)
	rng := rand.New(rand.NewPCG(5, 5))
	walk(t, r.fs, "/data/copy", func(path string, size int) {
		for i := range min(size, 6) {
			dir := fmt.Sprintf("/data/bad%d", i)
			if _, err := vfs.Clone(r.fs, r.fs, "/data/copy", dir); err != nil {
				t.Fatal(err)
			}
			bad := r.fs.PathJoin(dir, r.fs.PathBase(path))
			flip(t, r.fs, bad, rng.IntN(size), uint(rng.IntN(8)))
			err := r.store.Restore(dir)
			if sqlstate.Of(err) == nil || sqlstate.Of(err).Code != sqlstate.DataCorrupted {
				t.Errorf("%s: %v", bad, err)
			}
			if err := r.fs.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
	})
	r.check(t, newest(r.store))
}

// TestOpenFinishesRestore opens what a crash in the middle of a Restore leaves.
func TestOpenFinishesRestore(t *testing.T) {
	r := closedStore(t)
	r.open(t, r.fs)
	if _, _, err := r.store.Checkpoint("/data/copy"); err != nil {
		t.Fatal(err)
	}
	r.close(t)
	for _, tc := range []struct {
		name  string
		leave func(fs *vfs.MemFS) error
	}{
		{"taken, not installed", func(fs *vfs.MemFS) error { return fs.Rename("/data/copy", "/data/db/incoming") }},
		{"installed, floor and old store left", func(fs *vfs.MemFS) error { return fs.Rename("/data/copy", "/data/db/store-000002") }},
		{"half copied", func(fs *vfs.MemFS) error {
			_, err := vfs.Clone(fs, fs, "/data/copy", "/data/db/incoming.partial", vfs.CloneSkip(func(name string) bool { return name == "SEAL" }))
			return err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fs := copied(t, r.fs, "/data")
			if err := tc.leave(fs); err != nil {
				t.Fatal(err)
			}
			if err := r.judge(t, fs, tc.name); err != nil {
				t.Fatal(err)
			}
			if names, _ := fs.List("/data/db"); len(names) != 3 {
				t.Errorf("left behind: %v", names)
			}
		})
	}
}

// TestReadersBesideApply reads heads and events at moving cuts, from a cache too
// small to hold them, while events are appended. They must be those of their cut.
func TestReadersBesideApply(t *testing.T) {
	s, err := storage.Open("/data/db", storage.Options{FS: vfs.NewMem(), HeadCacheBytes: 16 << 10})
	if err != nil {
		t.Fatal(err)
	}
	const entities, rounds = 200, 300
	// In every round each entity gets one event: at a cut in round n, an entity has
	// n events, or n-1 if its turn has not come.
	name := func(i int) event.Entity { return event.Entity(fmt.Sprint("acct:", i)) }
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for w := range 2 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 0))
			for {
				select {
				case <-stop:
					return
				default:
				}
				c := newest(s)
				if c.Sequence == 0 {
					continue
				}
				if rng.IntN(3) == 0 {
					c = projection.Cut{Sequence: 1 + event.Sequence(rng.IntN(int(c.Sequence))), OccurredBy: event.NoTime}
				}
				i := rng.IntN(entities)
				want := event.Version(int(c.Sequence)+entities-1-i) / entities
				h, ok, err := s.Reader(c).Head(name(i))
				if err != nil || h.Generation != want || ok != (want > 0) {
					t.Errorf("head of %d at %d is %d (%v, %v), want %d", i, c.Sequence, h.Generation, ok, err, want)
					return
				}
				got, err := collect(s.Reader(c).Entity(name(i), max(want, 3)-3, 0))
				if n := len(got); err != nil || n != int(min(want, 4)) || n > 0 && got[n-1].Version != want {
					t.Errorf("%d events of %d at %d (%v), want the last up to %d", n, i, c.Sequence, err, want)
					return
				}
				runtime.Gosched() // else all that Apply waits for waits for a slice of each reader's, on one processor
			}
		})
	}
	for round := range rounds {
		var tx event.Transaction
		for i := range entities {
			tx.Drafts = append(tx.Drafts, event.Draft{ID: event.NewID(), Entity: name(i), Kind: worldKinds[round%3], OccurredAt: event.NoTime})
		}
		if _, err := s.Apply([]event.Entry{entry(uint64(round+1), event.Command{Stamp: hlc.New(int64(round), 0), Transactions: []event.Transaction{tx}})}); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
