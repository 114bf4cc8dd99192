package storage_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// cutter takes pictures of the disk just before the k-th sync: what a power cut there
// may leave.
type cutter struct {
	disk *vfs.MemFS
	k    int
	rng  *rand.Rand

	mu    sync.Mutex
	syncs int
	after []*vfs.MemFS
}

// kept are how many percent of what is not synced the pictures have, of data and of
// names. In between luck decides, file by file.
var kept = []int{0, 100, 50, 50}

func (c *cutter) fs() vfs.FS {
	return linkFS{FS: errorfs.Wrap(c.disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch op.Kind {
		case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
			c.sync()
		}
		return nil
	})), c: c}
}

// linkFS links files while no picture is taken: MemFS locks itself twice to link, lock
// and reuse a file, which never ends if it is cloned in between.
type linkFS struct {
	vfs.FS
	c *cutter
}

func (l linkFS) Link(from, to string) error {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.FS.Link(from, to)
}

func (l linkFS) Lock(name string) (io.Closer, error) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.FS.Lock(name)
}

func (l linkFS) ReuseForWrite(from, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.FS.ReuseForWrite(from, to, category)
}

func (c *cutter) sync() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.syncs++; c.syncs != c.k {
		return
	}
	for _, percent := range kept {
		c.after = append(c.after, c.disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: c.rng}))
	}
}

// taken returns the pictures, nil if there are none yet.
func (c *cutter) taken() []*vfs.MemFS {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.after
}

// TestPowerCutAtEverySync runs one history (appends, flushes, a checkpoint, a
// restore, a close) and cuts the power at each of its syncs in turn. The store
// that opens afterwards must hold what was flushed before the cut, and be the
// model once Raft has applied the rest.
func TestPowerCutAtEverySync(t *testing.T) {
	cuts := 0
	for k := 1; ; k++ {
		c := &cutter{disk: vfs.NewCrashableMem(), k: k, rng: rand.New(rand.NewPCG(uint64(k), 1))}
		r, promised := history(t, c)
		pictures := c.taken()
		if pictures == nil {
			break
		}
		cuts++
		t.Run(fmt.Sprintf("sync=%d", k), func(t *testing.T) {
			for _, after := range pictures {
				r.open(t, after)
				r.flushed = promised
				r.replay(t, 2)
				r.check(t, newest(r.store))
				r.close(t)
			}
		})
	}
	if cuts < 25 {
		t.Fatalf("only %d syncs were cut", cuts)
	}
}

// history fills a store and closes it. It returns what was promised before the
// picture was taken.
func history(t *testing.T, c *cutter) (r *replica, promised uint64) {
	r = &replica{fs: c.disk, model: newModel()}
	s, err := storage.Open("/data/db", options(c.fs()))
	if err != nil {
		t.Fatal(err)
	}
	r.store = s
	promise := func() {
		if c.taken() == nil {
			promised = r.flushed
		}
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range 7 {
		r.append(t, randomCommand(rng), randomCommand(rng))
		switch i {
		case 1, 3, 6:
			r.flush(t)
			promise()
		case 4:
			index, _, err := s.Checkpoint("/data/copy")
			if err != nil {
				t.Fatal(err)
			}
			r.flushed = index
			promise()
			if err := s.Restore("/data/copy"); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.close(t)
	r.flushed = r.model.index
	promise()
	return r, promised
}

// randomCommand appends some kilobytes, so that memtables fill.
func randomCommand(rng *rand.Rand) event.Command {
	c := event.Command{Stamp: hlc.Timestamp(rng.IntN(1000))}
	for range 1 + rng.IntN(4) {
		var t event.Transaction
		for range 1 + rng.IntN(5) {
			d := event.Draft{
				Entity: worldEntities[rng.IntN(len(worldEntities))], Kind: worldKinds[rng.IntN(len(worldKinds))],
				Data: make([]byte, rng.IntN(3000)), OccurredAt: event.NoTime,
			}
			for i := range d.Data {
				d.Data[i] = byte(rng.Uint32())
			}
			d.ID[0], d.ID[1], d.ID[2] = byte(rng.Uint32()), byte(rng.Uint32()), 1
			t.Drafts = append(t.Drafts, d)
		}
		c.Transactions = append(c.Transactions, t)
	}
	if rng.IntN(3) == 0 {
		c.Changes = append(c.Changes, event.Change{Name: fmt.Sprint("projection/", rng.IntN(3)), Value: []byte("x"), Expect: event.AnyRecord})
	}
	return c
}

// TestDiskErrors makes the n-th write or sync of a table, or of the floor, fail.
// The store must say 58030 from then on, and hold a prefix when it is opened
// again. (A manifest that fails is left to TestFailedNodeEnds: its store does not close.)
func TestDiskErrors(t *testing.T) {
	errDisk := errors.New("the disk is gone")
	failures := 0
	for n := 1; n <= 12; n++ {
		disk := vfs.NewCrashableMem()
		var mu sync.Mutex
		armed, count := false, 0
		fs := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
			mu.Lock()
			defer mu.Unlock()
			ours := strings.HasSuffix(op.Path, ".sst") || strings.Contains(op.Path, "FLOOR")
			if armed && ours && (op.Kind == errorfs.OpFileWrite || op.Kind == errorfs.OpFileSync) {
				if count++; count == n {
					return errDisk
				}
			}
			return nil
		}))
		r := &replica{fs: disk, model: newModel()}
		var err error
		if r.store, err = storage.Open("/data/db", options(fs)); err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(uint64(n), 7))
		r.append(t, randomCommand(rng))
		r.flush(t)
		mu.Lock()
		armed = true
		mu.Unlock()
		_, failed := r.try(randomCommand(rng))
		if failed == nil {
			_, failed = r.store.Flush()
		}
		if failed == nil {
			continue // fewer writes than n
		} else if got := sqlstate.Of(failed).Code; got != sqlstate.IOError {
			t.Errorf("write %d: %v is %s", n, failed, got)
		}
		failures++
		<-r.store.Failed()
		if _, err := r.store.Apply(nil); !errors.Is(err, r.store.Err()) {
			t.Errorf("write %d: apply after a failure: %v", n, err)
		}
		if _, _, err := r.store.Reader(newest(r.store)).Head("a"); err == nil {
			t.Errorf("write %d: a read after a failure", n)
		}
		_ = r.store.Close()
		r.open(t, disk.CrashClone(vfs.CrashCloneCfg{}))
		r.replay(t, 1)
		r.check(t, newest(r.store))
		r.close(t)
	}
	if failures < 2 { // how many writes a flush takes depends on timing; 4 to 7 were seen
		t.Errorf("only %d failures", failures)
	}
}

// TestAFullDisk refuses all that needs room from some moment on. The store says 53100,
// waits for nothing, ends, does not open, and holds a prefix when there is room again.
func TestAFullDisk(t *testing.T) { synctest.Test(t, testAFullDisk) }

func testAFullDisk(t *testing.T) {
	disk := vfs.NewCrashableMem()
	var full atomic.Bool
	var tries atomic.Int64
	fs := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && (op.Kind == errorfs.OpFileWrite || op.Kind == errorfs.OpCreate) {
			tries.Add(1)
			return syscall.ENOSPC
		}
		return nil
	}))
	r := &replica{fs: disk, model: newModel()}
	var err error
	if r.store, err = storage.Open("/data/db", options(fs)); err != nil {
		t.Fatal(err)
	}
	isFull := func(what string, err error) {
		t.Helper()
		if err == nil || sqlstate.Of(err).Code != sqlstate.DiskFull {
			t.Errorf("%s: %v", what, err)
		}
	}
	rng := rand.New(rand.NewPCG(1, 7))
	r.append(t, randomCommand(rng))
	r.flush(t)
	synctest.Wait() // a compaction that writes its manifest only then would not end: TestFailedNodeEnds has it
	full.Store(true)
	r.append(t, randomCommand(rng)) // to memory
	_, err = r.store.Flush()
	isFull("a flush", err)
	_, err = r.try(randomCommand(rng))
	isFull("what is applied then", err)
	if time.Sleep(time.Second); tries.Load() > 50 { // of the bubble
		t.Errorf("%d tries to write in a second", tries.Load())
	}
	isFull("the end", r.store.Close())
	_, err = storage.Open("/data/db", options(fs))
	isFull("a start", err)
	full.Store(false)
	r.open(t, disk.CrashClone(vfs.CrashCloneCfg{}))
	r.replay(t, 1)
	r.check(t, newest(r.store))
	r.close(t)
}
