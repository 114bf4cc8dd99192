//go:build !race

package socket

import (
	"io"
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socket is a connection over TCP or a Unix-domain socket that is read and written by bare system calls. Go tells
// its scheduler of every call that could block, and a call that takes 20 µs, as a send
// on loopback may, keeps the scheduler's monitor awake. The calls here never block:
// waiting, deadlines and Close are net's as ever.
type socket struct {
	net.Conn
	rc  syscall.RawConn
	in  transfer // used by Read alone
	out transfer // used by Write alone
}

// transfer is one system call that the poller repeats when the socket is ready. Its
// try is made once, so that a call allocates nothing.
type transfer struct {
	b   []byte
	n   int
	err syscall.Errno
	try func(fd uintptr) bool
}

// Bare returns nc, read and written by bare system calls if it is a socket's.
func Bare(nc net.Conn) net.Conn {
	var rc syscall.RawConn
	var err error
	switch nc := nc.(type) {
	case *net.TCPConn:
		rc, err = nc.SyscallConn()
	case *net.UnixConn:
		rc, err = nc.SyscallConn()
	default:
		return nc
	}
	if err != nil {
		return nc
	}
	s := &socket{Conn: nc, rc: rc}
	s.in.try = func(fd uintptr) bool { return s.in.call(unix.SYS_RECVFROM, fd) }
	s.out.try = func(fd uintptr) bool { return s.out.call(unix.SYS_SENDTO, fd) }
	return s
}

// call reports whether the system call is done; if not, the socket is not ready.
func (t *transfer) call(trap, fd uintptr) bool {
	const flags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
	for {
		n, _, errno := syscall.RawSyscall6(trap, fd, uintptr(unsafe.Pointer(unsafe.SliceData(t.b))), uintptr(len(t.b)), flags, 0, 0)
		switch errno {
		case unix.EINTR:
		case unix.EAGAIN:
			return false
		default:
			t.n, t.err = int(n), errno
			return true
		}
	}
}

// run waits until the call is done.
func (t *transfer) run(wait func(func(uintptr) bool) error, b []byte) (int, error) {
	t.b = b
	err := wait(t.try)
	t.b = nil
	switch {
	case err != nil:
		return 0, err
	case t.err != 0:
		return 0, t.err
	}
	return t.n, nil
}

func (s *socket) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, err := s.in.run(s.rc.Read, b)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

func (s *socket) Write(b []byte) (written int, err error) {
	for written < len(b) {
		n, err := s.out.run(s.rc.Write, b[written:])
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}
