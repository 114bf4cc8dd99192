package cache

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// lossyFS is the file system of one opened database, which may be lost.
//
// Write-ahead logs are not forced to the disk: a sync hands them to the operating system,
// so they outlive the process. Everything else is synced as usual.
//
// Of a log that cannot be written Pebble is not told: it would panic with its locks held,
// and who reads would wait for them for ever. The database is lost then, as it is when
// Pebble says so, and changes nothing on the disk any more. What it would write, having
// taken a failed step for done, would not fit what is there.
type lossyFS struct {
	vfs.FS
	lost func() bool
	lose func(error)
}

// Create implements vfs.FS.
func (fs lossyFS) Create(name string, c vfs.DiskWriteCategory) (f vfs.File, err error) {
	err = fs.change(func() error { f, err = fs.FS.Create(name, c); return err })
	return fs.file(name, f, err)
}

// ReuseForWrite implements vfs.FS.
func (fs lossyFS) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (f vfs.File, err error) {
	err = fs.change(func() error { f, err = fs.FS.ReuseForWrite(from, to, c); return err })
	return fs.file(to, f, err)
}

// OpenDir implements vfs.FS.
func (fs lossyFS) OpenDir(name string) (vfs.File, error) {
	f, err := fs.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return lossyDir{f, fs}, nil
}

// Rename implements vfs.FS.
func (fs lossyFS) Rename(from, to string) error {
	return fs.change(func() error { return fs.FS.Rename(from, to) })
}

// Link implements vfs.FS.
func (fs lossyFS) Link(from, to string) error {
	return fs.change(func() error { return fs.FS.Link(from, to) })
}

// Remove implements vfs.FS.
func (fs lossyFS) Remove(name string) error {
	return fs.change(func() error { return fs.FS.Remove(name) })
}

func (fs lossyFS) change(f func() error) error {
	if fs.lost() {
		return ErrUnavailable
	}
	return f()
}

// file is a new file, or why there is none; a log there always is.
func (fs lossyFS) file(name string, f vfs.File, err error) (vfs.File, error) {
	switch log := strings.HasSuffix(name, ".log"); {
	case log && err != nil:
		fs.lose(err)
		f, err = vfs.NewMem().Create("nowhere", vfs.WriteCategoryUnspecified)
		return logFile{f, fs}, err
	case log:
		return logFile{f, fs}, nil
	case err != nil:
		return nil, err
	}
	return lossyFile{f, fs}, nil
}

// lossyDir is a directory, which is synced after a log was made: as with logs.
type lossyDir struct {
	vfs.File
	fs lossyFS
}

// Sync implements vfs.File.
func (d lossyDir) Sync() error {
	if err := d.fs.change(d.File.Sync); err != nil {
		d.fs.lose(err)
	}
	return nil
}

// lossyFile is a file that is written while the database is not lost.
type lossyFile struct {
	vfs.File
	fs lossyFS
}

// Write implements io.Writer.
func (f lossyFile) Write(b []byte) (n int, err error) {
	err = f.fs.change(func() error { n, err = f.File.Write(b); return err })
	return n, err
}

// Sync implements vfs.File.
func (f lossyFile) Sync() error { return f.fs.change(f.File.Sync) }

// SyncData implements vfs.File.
func (f lossyFile) SyncData() error { return f.fs.change(f.File.SyncData) }

// logFile is a write-ahead log.
type logFile struct {
	vfs.File
	fs lossyFS
}

// Write implements io.Writer.
func (f logFile) Write(b []byte) (int, error) {
	size := len(b)
	if f.fs.lost() {
		return size, nil
	}
	if _, err := f.File.Write(b); err != nil {
		f.fs.lose(err)
	}
	return size, nil
}

// Close implements io.Closer.
func (f logFile) Close() error {
	if err := f.File.Close(); err != nil {
		f.fs.lose(err)
	}
	return nil
}

// Preallocate does nothing: it is for files that are synced.
func (logFile) Preallocate(int64, int64) error { return nil }

// Sync, SyncData and SyncTo do nothing.
func (logFile) Sync() error                { return nil }
func (logFile) SyncData() error            { return nil }
func (logFile) SyncTo(int64) (bool, error) { return false, nil }
