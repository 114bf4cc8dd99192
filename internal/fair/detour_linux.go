package fair

import (
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

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
	one := []byte{1, 7: 0} // each write is an event, read or not
	return newDetour(rc, func(fd uintptr) error {
		_, err := unix.Write(int(fd), one)
		return err
	})
})

// threadID is that of the thread that runs the caller.
func threadID() int { return unix.Gettid() }
