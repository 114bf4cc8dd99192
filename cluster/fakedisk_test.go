package cluster_test

import (
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

// fs is what a store has of the disk. A line of its manifest fits into the file's last
// block; of a new file nothing fits.
func (d *fakeDisk) fs() vfs.FS {
	return errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch op.Kind {
		case errorfs.OpFileWrite, errorfs.OpFileWriteAt:
			if strings.Contains(op.Path, "MANIFEST") {
				return nil
			}
		case errorfs.OpCreate, errorfs.OpReuseForWrite:
		default:
			return nil
		}
		return d.refuse()
	}))
}
