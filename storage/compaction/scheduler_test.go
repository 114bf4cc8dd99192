package compaction_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/projsql/projsql/storage/compaction"
)

// uncompacted makes a database on disk that has something to compact.
func uncompacted(t *testing.T, disk vfs.FS) {
	t.Helper()
	db, err := compaction.Open("db", &pebble.Options{FS: disk, DisableAutomaticCompactions: true})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 8 {
		for key := range 100 {
			if err := db.Set(fmt.Appendf(nil, "%03d", key), fmt.Appendf(nil, "%d", n), nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestNothingCompactsWhatDidNotOpen: a disk that has no room for the options when there
// is something to compact leaves nothing at work.
func TestNothingCompactsWhatDidNotOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := vfs.NewMem()
		uncompacted(t, disk)
		var full atomic.Bool
		full.Store(true)
		fs := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
			if full.Load() && op.Kind == errorfs.OpCreate && strings.HasSuffix(op.Path, ".dbtmp") {
				return syscall.ENOSPC
			}
			return nil
		}))
		if _, err := compaction.Open("db", &pebble.Options{FS: fs}); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("opened on a full disk: %v", err)
		}
		time.Sleep(10 * time.Minute)
		full.Store(false)
		db, err := compaction.Open("db", &pebble.Options{FS: fs})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if files := db.Metrics().Levels[0].TablesCount; files != 0 {
			t.Errorf("%d files wait in level 0", files)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestCompactionsKeepUp: what is flushed while the database is open is compacted, also
// where only one may run at a time until more waits.
func TestCompactionsKeepUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := compaction.Open("db", &pebble.Options{
			FS: vfs.NewMem(), CompactionConcurrencyRange: func() (lower, upper int) { return 1, 2 },
		})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 200 {
			for key := range 50 {
				if err := db.Set(fmt.Appendf(nil, "%03d", (n*7+key)%300), fmt.Appendf(nil, "%d", n), nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if m := db.Metrics(); m.Compact.Count == 0 || m.Levels[0].Sublevels > 4 {
			t.Errorf("after %d compactions %d sublevels wait", m.Compact.Count, m.Levels[0].Sublevels)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}
