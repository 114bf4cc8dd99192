//go:build !race

package socket

import (
	"os"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// streak is how many receives in a row may find something without a wait. Go asks its poller what
// has come when a processor has nothing to run, or by its monitor, 10 ms after it was last asked. A
// session whose client is so quick that the next request is always there runs on, and of the
// requests to all others nobody would know for so long.
const streak = 16

// poll lets Go ask its poller, and who was waited for run. It may be called by many at once.
func poll() {
	if d := theDetour(); d != nil {
		d.take()
	}
}

// detour is a way through Go's poller: who takes it waits for an event that has just come.
type detour struct {
	mu    sync.Mutex // held by who is on it; the others' requests are found by the same asking
	rc    syscall.RawConn
	began bool
	try   func(fd uintptr) bool
}

// theDetour is the process's; nil where it may not open another file.
var theDetour = sync.OnceValue(func() *detour {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil
	}
	rc, err := os.NewFile(uintptr(fd), "eventfd").SyscallConn()
	if err != nil {
		return nil
	}
	d := &detour{rc: rc}
	d.try = d.begin
	return d
})

func (d *detour) take() {
	if !d.mu.TryLock() {
		return
	}
	defer d.mu.Unlock()
	d.began = false
	_ = d.rc.Read(d.try) // fails where Go cannot poll it: then nobody waits
}

// begin is called by Go before it waits, and when it need not any more. Each write is an event to
// the poller, read or not.
func (d *detour) begin(fd uintptr) bool {
	if d.began {
		return true
	}
	d.began = true
	one := [8]byte{1}
	_, _, errno := syscall.RawSyscall(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(&one)), uintptr(len(one)))
	return errno != 0
}
