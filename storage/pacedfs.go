package storage

import (
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// pacedFS slows down what a store that has failed still tries. Pebble writes a table again
// as soon as it could not, and would keep a processor busy on a full disk until the
// process has ended.
type pacedFS struct {
	vfs.FS
	fail *failure
}

// retryPause is between two tries.
const retryPause = 50 * time.Millisecond

// Create implements vfs.FS. Pebble holds no lock that anybody waits for.
func (p pacedFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if p.fail.first() != nil {
		time.Sleep(retryPause)
	}
	return p.FS.Create(name, category)
}

// Unwrap implements vfs.FS.
func (p pacedFS) Unwrap() vfs.FS { return p.FS }
