//go:build disks

package jepsen

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const diskMB, leftMB = 64, 4 // of the file system; what is left at most when writers begin

// TestFullDisk lets eight writers append to a server until its disk has no room, at another
// moment each time, whatever finds out first: Raft's log, the store or the cache. The
// server says 53100 and ends, does not start before there is room, and has everything
// acknowledged then. It takes root. FULL_DISKS says how often, SEED repeats the rooms.
func TestFullDisk(t *testing.T) {
	seed := uint64(envInt(t, "SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	server := newServer(t)
	mountDisk(t, server.Dir)
	filler := filepath.Join(server.Dir, "filler")
	server.Dir = filepath.Join(server.Dir, "node")
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	exec1(t, server, accountProjection)
	var history []*attempt
	for full := range envInt(t, "FULL_DISKS", 3) {
		leave(t, filler, random.Int64N(leftMB<<20))
		history = append(history, fillUp(t, server, seed+uint64(full)<<32)...)
		leave(t, filler, 0) // what was half written is gone
		if err := server.Start(t.Context()); err == nil {
			t.Fatal("the server starts without room")
		}
		text, err := os.ReadFile(server.Log.Name())
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		why, hint := lines[max(0, len(lines)-2)], lines[len(lines)-1]
		if err != nil || strings.Contains(string(text), "panic:") || !strings.HasSuffix(why, "no space left on device") || !strings.HasPrefix(hint, "hint: Make room") {
			t.Errorf("the server ends without saying why: %v", err)
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if err := server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Logf("disk %d: %d inserts acknowledged so far, %d events verified", full+1, count(history), check(t, server, history))
	}
}

// fillUp appends until the server has ended by itself.
func fillUp(t *testing.T, server *Process, seed uint64) (history []*attempt) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	const clients = 8
	begun := make(chan struct{}, clients)
	for w := range clients {
		all.Go(func() {
			mine := write(server, rand.New(rand.NewPCG(seed, uint64(w)+1)), begun)
			mu.Lock()
			defer mu.Unlock()
			history = append(history, mine...)
		})
	}
	all.Wait()
	if err := server.Wait(); err == nil {
		t.Error("the server ends as if nothing were wrong")
	}
	return history
}

// mountDisk puts a small file system of its own at a directory.
func mountDisk(t *testing.T, dir string) {
	t.Helper()
	image := filepath.Join(t.TempDir(), "disk")
	for _, do := range [][]string{
		{"truncate", "-s", strconv.Itoa(diskMB) + "M", image},
		{"mkfs.ext4", "-q", "-F", "-m", "0", image},
		{"mount", "-o", "loop", image, dir},
	} {
		if out, err := exec.Command(do[0], do[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", do, err, out)
		}
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
}

// leave has a file fill its file system but for some bytes.
func leave(t *testing.T, filler string, bytes int64) {
	t.Helper()
	f, err := os.OpenFile(filler, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var s syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &s); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Fallocate(int(f.Fd()), 0, info.Size(), max(1, int64(s.Bavail)*s.Bsize-bytes)); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
