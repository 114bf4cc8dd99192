//go:build disks

package cluster_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/projsql/projsql/storage/event"
)

// TestPowerCut cuts the power of an ext4 file system under a process whose 64 writers
// append, again and again: what was not synced is gone, and whatever touches the disk
// afterwards fails. The process ends by itself, and after each restart every acknowledged
// event is there once, where it was acknowledged. It takes root and a loop device.
// POWER_CUTS says how often, SEED repeats the moments.
func TestPowerCut(t *testing.T) {
	disk := newLoopDisk(t)
	seed := uint64(environment("SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	acknowledged := map[event.ID]ack{}
	for cut := range environment("POWER_CUTS", 10) {
		before := len(acknowledged)
		if cut%3 < 2 {
			runUntil(t, disk.dir, 1+random.IntN(1500), acknowledged, func(*os.Process) error { return disk.cutPower() })
			if len(acknowledged) == before {
				t.Fatalf("nothing was acknowledged before cut %d", cut+1)
			}
		} else {
			disk.cutPowerAfter(upTo(random, 200*time.Millisecond), func() { runUntil(t, disk.dir, 1<<40, acknowledged, nil) })
		}
		disk.remount(t)
		verifyHistory(t, disk.dir, acknowledged)
	}
	t.Logf("%d appends acknowledged", len(acknowledged))
}

// TestPowerCutAtTheFirstStart cuts the power while a node makes its files: it starts again
// as if it had never been, or with what it has acknowledged.
func TestPowerCutAtTheFirstStart(t *testing.T) {
	disk := newLoopDisk(t)
	seed := uint64(environment("SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for cut := range environment("POWER_CUTS", 10) {
		acknowledged, dir := map[event.ID]ack{}, filepath.Join(disk.dir, strconv.Itoa(cut))
		disk.cutPowerAfter(upTo(random, 100*time.Millisecond), func() { runUntil(t, dir, 1<<40, acknowledged, nil) })
		disk.remount(t)
		verifyHistory(t, dir, acknowledged)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

func upTo(random *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(d)))
}

// loopDisk is an ext4 file system in a file.
type loopDisk struct{ image, dir string }

func newLoopDisk(t *testing.T) *loopDisk {
	t.Helper()
	d := &loopDisk{image: filepath.Join(t.TempDir(), "disk"), dir: t.TempDir()}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, 1<<30); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", "-F", d.image)
	d.mount(t)
	t.Cleanup(func() { _ = exec.Command("umount", d.dir).Run() })
	return d
}

func (d *loopDisk) mount(t *testing.T) {
	t.Helper()
	run(t, "mount", "-o", "loop", d.image, d.dir)
}

func (d *loopDisk) remount(t *testing.T) {
	t.Helper()
	run(t, "umount", d.dir)
	d.mount(t)
}

// cutPowerAfter cuts the power some time after do has begun, and returns when do has ended.
func (d *loopDisk) cutPowerAfter(pause time.Duration, do func()) {
	var cutting sync.WaitGroup
	cutting.Go(func() {
		time.Sleep(pause) // when is the experiment
		_ = d.cutPower()  // else do does not end
	})
	do()
	cutting.Wait()
}

// cutPower has the file system forget what it has not written, its journal included, and
// refuse all else until it is mounted again.
func (d *loopDisk) cutPower() error {
	const shutdown, withoutLogFlush = 0x8004587d, 2 // EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH
	root, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	how := uint32(withoutLogFlush)
	if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, root.Fd(), shutdown, uintptr(unsafe.Pointer(&how))); no != 0 {
		return no
	}
	return nil
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
