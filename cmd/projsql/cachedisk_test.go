package main

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

// TestTruthTableOverAFullDisk is the table again, over a disk of the external cache that
// takes nothing any more: slots answer as ever, everything else is folded anew. Once the
// disk is well, the rows that it had answer again.
func TestTruthTableOverAFullDisk(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EROFS} {
		for _, incremental := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s,incremental=%v", errno, incremental), func(t *testing.T) {
				t.Parallel()
				fillTheDisk(t, errno, incremental)
			})
		}
	}
}

func fillTheDisk(t *testing.T, errno syscall.Errno, incremental bool) {
	var refused atomic.Int64
	b := newBench(t, incremental, true, errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if no := refused.Load(); no != 0 && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return syscall.Errno(no)
		}
		return nil
	})))
	all := withoutFault(incremental)
	b.prepare(t, all)
	if err := b.external.External.(*cache.Pebble).Sync(); err != nil {
		t.Fatal(err)
	}
	refused.Store(int64(errno))
	await := func(unavailable bool) {
		for n := 0; ; n++ { // the cache notices at its next write; it looks after its disk by itself
			err := b.external.External.Put(cache.Owner{Name: "probe"}, event.Entity(fmt.Sprint(n%100)), cache.Row{State: []byte("x")})
			if errors.Is(err, cache.ErrUnavailable) == unavailable {
				return
			}
			b.exec(t, "SELECT")
		}
	}
	await(true)
	for i, s := range all {
		s.fault = "disk"
		got, reason := b.readAnew(t, i, s)
		if want, wantReason := s.want(); got != want || reason != wantReason {
			t.Errorf("%v:\ngot  %+v %q\nwant %+v %q", s, got, reason, want, wantReason)
		}
	}
	b.checkScans(t, len(all))
	refused.Store(0)
	await(false)
	b.exec(t, "SELECT projsql_cache_purge('')")
	for i, s := range all {
		status := "miss"
		if s.row == fresh || s.row == stale && s.incremental {
			status = "hit"
		}
		b.expect(t, b.writer, i, s, "external_cache_then_replay", status)
	}
}

// withoutFault are the situations of an external cache that is well.
func withoutFault(incremental bool) (all []situation) {
	for _, s := range situations(incremental, true) {
		if s.fault == "" {
			all = append(all, s)
		}
	}
	return all
}

// readAnew reads by a session that has seen nothing before.
func (b *bench) readAnew(t *testing.T, i int, s situation) (answer, string) {
	t.Helper()
	conn := b.node.connect(t)
	got, reason := b.read(t, conn, entity(i), s.freshness)
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return got, reason
}

// TestTruthTableOverAFlippingDisk is the table once more, over a disk that flips a bit of
// whatever is read from its tables. A row is right, or it is a miss.
func TestTruthTableOverAFlippingDisk(t *testing.T) {
	for _, incremental := range []bool{true, false} {
		t.Run(fmt.Sprint("incremental=", incremental), func(t *testing.T) {
			t.Parallel()
			disk := &flippingDisk{FS: vfs.Default}
			b := newBench(t, incremental, true, disk)
			all := withoutFault(incremental)
			b.prepare(t, all)
			b.pad(t)
			disk.awaitTables(t)
			disk.flips.Store(true)
			damaged := 0
			for i, s := range all {
				got, reason := b.readAnew(t, i, s)
				want, _ := s.want()
				if reason == "block_damaged" || reason == "row_damaged" {
					want.Status, damaged = "miss", damaged+1
				}
				if got.Status == "miss" {
					want.Status = "miss" // the row is gone with another of its block
				}
				if got != want {
					t.Errorf("%v:\ngot  %+v %q\nwant %+v", s, got, reason, want)
				}
			}
			if damaged == 0 {
				t.Error("no damage was met")
			}
			b.checkScans(t, len(all))
			disk.flips.Store(false)
			for i, s := range all {
				b.expect(t, b.writer, i, s, "", "")
			}
		})
	}
}

// pad has the cache write its rows to tables.
func (b *bench) pad(t *testing.T) {
	t.Helper()
	for n := range 200 {
		err := b.external.External.Put(cache.Owner{Name: "padding"}, event.Entity(fmt.Sprint(n)), cache.Row{State: make([]byte, 10_000)})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := b.external.External.(*cache.Pebble).Sync(); err != nil {
		t.Fatal(err)
	}
}

type flippingDisk struct {
	vfs.FS
	flips  atomic.Bool
	tables atomic.Int64 // that are complete
}

// awaitTables waits until the first memtable, which has the rows, is a table.
func (d *flippingDisk) awaitTables(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(patience); d.tables.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no tables are written")
		}
	}
}

func (d *flippingDisk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := d.FS.Create(name, c)
	if err != nil || !strings.HasSuffix(name, ".sst") {
		return f, err
	}
	return tableFile{f, d}, nil
}

// tableFile is a table that is written.
type tableFile struct {
	vfs.File
	disk *flippingDisk
}

func (f tableFile) Close() error {
	f.disk.tables.Add(1)
	return f.File.Close()
}

func (d *flippingDisk) Open(name string, o ...vfs.OpenOption) (vfs.File, error) {
	f, err := d.FS.Open(name, o...)
	if err != nil || !strings.HasSuffix(name, ".sst") {
		return f, err
	}
	return flippingFile{f, d}, nil
}

type flippingFile struct {
	vfs.File
	disk *flippingDisk
}

func (f flippingFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	if n > 0 && f.disk.flips.Load() {
		b[n/2] ^= 0x10
	}
	return n, err
}
