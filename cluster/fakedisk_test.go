package cluster_test

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// fakeDisk is a node's disk, which outlives the node. A full one refuses what needs
// room, with ENOSPC, until there is some.
type fakeDisk struct {
	full    atomic.Bool
	refused atomic.Int64
}

// refuse is asked before a write.
func (d *fakeDisk) refuse() error {
	if !d.full.Load() {
		return nil
	}
	d.refused.Add(1)
	return syscall.ENOSPC
}

// fs is what a store has of the disk. Its manifest, and the marker that names it, get what they
// need: without, Pebble ends the process, and all nodes of a test are one.
func (d *fakeDisk) fs() vfs.FS {
	return errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch op.Kind {
		case errorfs.OpFileWrite, errorfs.OpFileWriteAt, errorfs.OpCreate, errorfs.OpReuseForWrite:
			if name := filepath.Base(op.Path); !strings.HasPrefix(name, "MANIFEST") && !strings.HasPrefix(name, "marker.manifest") {
				return d.refuse()
			}
		}
		return nil
	}))
}
