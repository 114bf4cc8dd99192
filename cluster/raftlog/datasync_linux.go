package raftlog

import (
	"errors"
	"os"
	"syscall"
)

// dataSync makes what was written to f durable, but for times and the like.
func dataSync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
