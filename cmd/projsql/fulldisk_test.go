package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/projsql/projsql/internal/seam"
	"github.com/projsql/projsql/storage"
)

// fullDisk has no room for some writes while it is full, and says so once the store's memory
// is full too of what waits to be written, so that Apply waits.
type fullDisk struct {
	refuses    func(errorfs.Op) bool
	full       atomic.Bool
	memoryFull chan struct{}
}

func (d *fullDisk) MaybeError(op errorfs.Op) error {
	if !d.full.Load() || !d.refuses(op) {
		return nil
	}
	<-d.memoryFull
	return syscall.ENOSPC
}

func (d *fullDisk) String() string { return "full disk" }

// TestFailedNodeEnds: the disk is full and an append waits for it for ever: the process ends
// all the same, with an error and a line in the log. What it has acknowledged is there
// when it starts again.
func TestFailedNodeEnds(t *testing.T) {
	for what, refuses := range map[string]func(errorfs.Op) bool{
		"tables": func(op errorfs.Op) bool { return op.Kind == errorfs.OpCreate && filepath.Ext(op.Path) == ".sst" },
		"manifest": func(op errorfs.Op) bool {
			return op.Kind == errorfs.OpFileWrite && strings.HasPrefix(filepath.Base(op.Path), "MANIFEST")
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			failNode(t, &fullDisk{refuses: refuses, memoryFull: make(chan struct{})}, what == "manifest")
		})
	}
}

// failNode fails a node. One that is stuck holds its directory as long as the process lives.
func failNode(t *testing.T, disk *fullDisk, stuck bool) {
	dir := t.TempDir()
	ctx := seam.With(t.Context(), seam.Hooks{Store: func(o *storage.Options) {
		o.FS, o.MemTableBytes = errorfs.Wrap(vfs.Default, disk), 256<<10
	}})
	stderr, log := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		cmd := rootCommand()
		cmd.SetArgs(strings.Fields("serve --pg-addr 127.0.0.1:0 --http-addr 127.0.0.1:0 --drain-timeout 1ms --raft-addr= --data " + dir))
		cmd.SetErr(log)
		ended <- cmd.ExecuteContext(ctx)
		log.Close()
	}()
	var acknowledged atomic.Int64
	told := ""
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		told += lines.Text() + "\n"
		if m := regexp.MustCompile(`msg=listening .* pg=(\S+)`).FindStringSubmatch(lines.Text()); m != nil {
			disk.full.Store(true)
			go fill(t.Context(), m[1], &acknowledged)
		}
		if strings.Contains(lines.Text(), "writes wait for the store to compact") {
			close(disk.memoryFull)
		}
	}
	err := <-ended
	if err == nil || !strings.Contains(err.Error(), "no space left") || !strings.Contains(err.Error(), "could not be closed") {
		t.Errorf("the command ends with: %v", err)
	}
	if want := "sqlstate=53100"; !strings.Contains(told, want) {
		t.Errorf("the log lacks %s:\n%s", want, told)
	}
	if want := `level=ERROR msg="the node has failed and does not end: it is left as it is"`; !strings.Contains(told, want) {
		t.Errorf("the log lacks %s:\n%s", want, told)
	}
	disk.full.Store(false)
	if stuck {
		left := dir
		dir = filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(dir, os.DirFS(left)); err != nil {
			t.Fatal(err)
		}
	} else {
		awaitUnlocked(t, dir)
	}
	conn := startNode(t, dir).connect(t)
	var n int64
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM events").Scan(&n); err != nil || n < acknowledged.Load() || n == 0 {
		t.Errorf("%d events are there, %v; %d were acknowledged", n, err, acknowledged.Load())
	}
}

// fill appends until the node is gone.
func fill(ctx context.Context, addr string, acknowledged *atomic.Int64) {
	conn, err := dialPatiently(ctx, addr)
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for {
		if _, err := conn.Exec(ctx, `INSERT INTO events (entity, kind, data) VALUES ('a', 'Added', to_jsonb(repeat('x', 50000)))`); err != nil {
			return
		}
		acknowledged.Add(1)
	}
}

// awaitUnlocked waits until nobody has the data directory open.
func awaitUnlocked(t *testing.T, dir string) {
	t.Helper()
	lock, err := os.Open(filepath.Join(dir, "LOCK"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
}
