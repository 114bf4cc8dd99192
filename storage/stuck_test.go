package storage_test

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestCloseAfterPebbleGaveUp: a store whose manifest could not be written closes: Pebble itself would wait for ever.
func TestCloseAfterPebbleGaveUp(t *testing.T) {
	var gone atomic.Bool
	fs := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if gone.Load() && op.Kind == errorfs.OpFileWrite && strings.HasPrefix(filepath.Base(op.Path), "MANIFEST") {
			return syscall.EIO
		}
		return nil
	}))
	s, err := storage.Open(t.TempDir(), storage.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	gone.Store(true)
	if _, err := s.Flush(); sqlstate.Of(err).Code != sqlstate.IOError {
		t.Errorf("flushed with %v", err)
	}
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		if sqlstate.Of(err).Code != sqlstate.IOError {
			t.Errorf("closed with %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it does not close")
	}
}

// TestADiskThatFailsAsAStoreIsMade: whatever cannot be synced is an error of Open.
func TestADiskThatFailsAsAStoreIsMade(t *testing.T) {
	for after := int64(0); ; after++ {
		var syncs atomic.Int64
		fs := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) && syncs.Add(1) > after {
				return syscall.EIO
			}
			return nil
		}))
		s, err := storage.Open(t.TempDir(), storage.Options{FS: fs})
		if err == nil {
			t.Logf("%d syncs", after)
			_ = s.Close()
			return
		}
		if sqlstate.Of(err).Code != sqlstate.IOError {
			t.Errorf("after %d syncs: %v", after, err)
		}
	}
}
