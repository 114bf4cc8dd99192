package spill

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Options bound a Dir.
type Options struct {
	// BytesMax bounds all files of the directory together (53400 beyond); 0 = BytesMaxDefault.
	BytesMax int64
}

// BytesMaxDefault is Options.BytesMax where nothing is said.
const BytesMaxDefault = 64 << 30

// Dir is the directory that a node's temporary files are in. It is safe for concurrent
// use.
type Dir struct {
	path     string
	bytesMax int64
	bytes    atomic.Int64
	files    atomic.Uint64
	written  atomic.Uint64
	closing  sync.WaitGroup
}

// Open makes the directory, or empties it: whatever is there belongs to no process.
func Open(path string, o Options) (*Dir, error) {
	if o.BytesMax <= 0 {
		o.BytesMax = BytesMaxDefault
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("temporary files: %w", err)
	}
	old, err := os.ReadDir(path)
	for _, e := range old {
		err = errors.Join(err, os.RemoveAll(filepath.Join(path, e.Name())))
	}
	if err != nil {
		return nil, fmt.Errorf("temporary files: %w", err)
	}
	return &Dir{path: path, bytesMax: o.BytesMax}, nil
}

// Close waits until closed files are gone. No space of the directory may be used then.
func (d *Dir) Close() error {
	d.closing.Wait()
	return nil
}

// Stats are counts of a Dir since it was opened.
type Stats struct {
	Files   uint64 // made
	Written uint64 // bytes
	Bytes   int64  // that files have now
}

// Stats returns the counts; nil has none.
func (d *Dir) Stats() Stats {
	if d == nil {
		return Stats{}
	}
	return Stats{Files: d.files.Load(), Written: d.written.Load(), Bytes: d.bytes.Load()}
}

// Space returns room for one statement, or for one session's cursors. Its files
// together have at most bytesMax bytes (53400 beyond); less than 0: no bound but the
// directory's.
func (d *Dir) Space(bytesMax int64) *Space {
	return &Space{dir: d, bytesMax: bytesMax, open: map[*File]struct{}{}}
}

// Space is the temporary files of one statement. One goroutine at a time uses it and
// what it gave.
type Space struct {
	dir      *Dir
	bytesMax int64
	bytes    int64
	open     map[*File]struct{}
}

// Create returns a new file. Errors: 53100 (no room for it), 58030.
func (s *Space) Create() (*File, error) {
	f, err := os.CreateTemp(s.dir.path, "spill-")
	if err != nil {
		return nil, failure(err, "could not create temporary file in %q", s.dir.path)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(failure(err, "could not unlink temporary file %q", f.Name()), f.Close())
	}
	s.dir.files.Add(1)
	made := &File{space: s, file: f}
	s.open[made] = struct{}{}
	return made, nil
}

// Close closes the files that are still open. It may be called again.
func (s *Space) Close() {
	for f := range s.open {
		f.Close()
	}
}

// reserve takes room for n bytes.
func (s *Space) reserve(n int64) error {
	if s.bytesMax >= 0 && s.bytes+n > s.bytesMax {
		return tooMuch(s.bytesMax)
	}
	if s.dir.bytes.Add(n) > s.dir.bytesMax {
		s.dir.bytes.Add(-n)
		return tooMuch(s.dir.bytesMax).WithDetail("All temporary files of the node have this limit.")
	}
	s.bytes += n
	return nil
}

// free closes a file of n bytes and releases its room.
func (s *Space) free(f *os.File, n int64) {
	s.bytes -= n
	done := func() {
		_ = f.Close() // it has no name and nobody reads it again
		s.dir.bytes.Add(-n)
	}
	if n < asideMin {
		done()
		return
	}
	s.dir.closing.Go(done)
}

// asideMin is the size of files that are closed aside: for large ones the file system takes
// a while, which a statement that has been cancelled does not wait for.
const asideMin = 8 << 20

func tooMuch(bytesMax int64) *sqlstate.Error {
	return sqlstate.New(sqlstate.ConfigurationLimitExceeded, "temporary file size exceeds temp_file_limit (%dkB)", bytesMax>>10)
}

// failure is the error of an operation on a file: 53100 if the disk is full, else 58030.
func failure(err error, format string, args ...any) error {
	code, cause := sqlstate.IOError, err
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = sqlstate.DiskFull
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		cause = number // without the operation and the path, which the message has
	}
	e := sqlstate.New(code, "%s: %s", fmt.Sprintf(format, args...), cause)
	e.Cause = err
	return e
}
