package storage

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// namedFS makes the name of a new manifest durable with its first sync. Pebble syncs
// the file, makes the marker that names it, and syncs the directory once for both: a
// file system that keeps names in another order than they were made could lose the
// manifest in a power cut and keep the marker, and the database would not open. Most
// make a new file's name durable with its content; POSIX does not promise it.
type namedFS struct{ vfs.FS }

const manifestPrefix = "MANIFEST-"

// Create implements vfs.FS.
func (n namedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := n.FS.Create(name, category)
	if err != nil || !strings.HasPrefix(n.PathBase(name), manifestPrefix) {
		return f, err
	}
	return &namedFile{File: f, fs: n.FS, dir: n.PathDir(name)}, nil
}

// Unwrap implements vfs.FS.
func (n namedFS) Unwrap() vfs.FS { return n.FS }

// namedFile is a new file, written and synced by one goroutine at a time.
type namedFile struct {
	vfs.File
	fs    vfs.FS
	dir   string
	named bool
}

// Sync implements vfs.File.
func (f *namedFile) Sync() error { return f.name(f.File.Sync()) }

// SyncData implements vfs.File.
func (f *namedFile) SyncData() error { return f.name(f.File.SyncData()) }

func (f *namedFile) name(synced error) error {
	if synced != nil || f.named {
		return synced
	}
	err := syncDir(f.fs, f.dir)
	f.named = err == nil
	return err
}
