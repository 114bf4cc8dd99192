package storage

import (
	"errors"
	"io"
	"io/fs"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// readFS marks the errors of opening files to read, and of reading them. Nothing on disk
// has changed by those, as it may have by an error of a write.
type readFS struct{ vfs.FS }

// readError is what readFS marks errors with.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }

func markRead(err error) error {
	if err == nil || err == io.EOF || errors.Is(err, fs.ErrNotExist) { //nolint:errorlint // readers return io.EOF itself
		return err
	}
	return &readError{err}
}

// ofReading reports whether something failed because a file could not be read.
func ofReading(err error) bool {
	var r *readError
	return errors.As(err, &r)
}

// Open implements vfs.FS.
func (r readFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := r.FS.Open(name, opts...)
	if err != nil {
		return nil, markRead(err)
	}
	return markedFile{f}, nil
}

// Unwrap implements vfs.FS.
func (r readFS) Unwrap() vfs.FS { return r.FS }

// markedFile is a file that was opened to be read.
type markedFile struct{ vfs.File }

// Read implements io.Reader.
func (f markedFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	return n, markRead(err)
}

// ReadAt implements io.ReaderAt.
func (f markedFile) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(p, at)
	return n, markRead(err)
}
