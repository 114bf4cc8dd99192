package main

import (
	"errors"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"

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
	b := newBench(t, incremental, true, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if no := refused.Load(); no != 0 && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return syscall.Errno(no)
		}
		return nil
	}))
	var all []situation
	for _, s := range situations(incremental, true) {
		if s.fault == "" || s.fault == "get_error" { // with and without a row
			s.fault = ""
			all = append(all, s)
		}
	}
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
		conn := b.node.connect(t)
		got, reason := b.read(t, conn, entity(i), s.freshness)
		if want, wantReason := s.want(); got != want || reason != wantReason {
			t.Errorf("%v:\ngot  %+v %q\nwant %+v %q", s, got, reason, want, wantReason)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
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
