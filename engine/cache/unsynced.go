package cache

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// unsyncedWAL is a file system that writes write-ahead logs without forcing them to
// the disk: a sync hands them to the operating system, so they outlive the process.
// Everything else is synced as usual.
type unsyncedWAL struct{ vfs.FS }

func (fs unsyncedWAL) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return unsynced(name)(fs.FS.Create(name, c))
}

func (fs unsyncedWAL) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return unsynced(to)(fs.FS.ReuseForWrite(from, to, c))
}

func unsynced(name string) func(vfs.File, error) (vfs.File, error) {
	return func(f vfs.File, err error) (vfs.File, error) {
		if err != nil || !strings.HasSuffix(name, ".log") {
			return f, err
		}
		return unsyncedFile{f}, nil
	}
}

type unsyncedFile struct{ vfs.File }

func (unsyncedFile) Sync() error                { return nil }
func (unsyncedFile) SyncData() error            { return nil }
func (unsyncedFile) SyncTo(int64) (bool, error) { return false, nil }
