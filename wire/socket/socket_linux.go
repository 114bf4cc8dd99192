//go:build !race

package socket

import (
	"io"
	"net"
	"syscall"
	"unsafe"

	"github.com/projsql/projsql/internal/fair"
	"golang.org/x/sys/unix"
)

// socket is a connection over TCP or a Unix-domain socket that is read and written by bare
// system calls. Go tells its scheduler of every call that could block, and a call that takes
// 20 µs, as a send on loopback may, keeps the scheduler's monitor awake. The calls here never
// block: waiting, deadlines and Close are net's as ever.
type socket struct {
	net.Conn
	rc   syscall.RawConn
	in   transfer // used by Read and Turn
	out  transfer // used by Write alone
	turn turn     // used by Turn alone

	eager eagerness // Read's and Turn's
	found int       // receives in a row that found something at once, or by a look
}

func (s *socket) under() net.Conn { return s.Conn }

// transfer is one system call that the poller repeats when the socket is ready. Its
// try is made once, so that a call allocates nothing.
type transfer struct {
	b   []byte
	n   int
	err syscall.Errno
	try func(fd uintptr) bool
}

// turn is a send and the receive behind it.
type turn struct {
	rest []byte // that is not sent; empty when sent was called
	sent func()
	try  func(fd uintptr) bool
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
	s.in.try = s.receive
	s.out.try = func(fd uintptr) bool { return s.out.call(unix.SYS_SENDTO, fd) }
	s.turn.try = s.take
	return s
}

// call reports whether the system call is done; if not, the socket is not ready.
func (t *transfer) call(trap, fd uintptr) bool {
	n, errno := call(trap, fd, t.b)
	if errno == unix.EAGAIN {
		return false
	}
	t.n, t.err = n, errno
	return true
}

// call does a system call that does not wait.
func call(trap, fd uintptr, b []byte) (int, syscall.Errno) {
	const flags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
	for {
		n, _, errno := syscall.RawSyscall6(trap, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), flags, 0, 0)
		if errno != unix.EINTR {
			return int(n), errno
		}
	}
}

// run waits until the call is done.
func (t *transfer) run(wait func(func(uintptr) bool) error, try func(fd uintptr) bool, b []byte) (int, error) {
	t.b = b
	err := wait(try)
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
	n, err := s.in.run(s.rc.Read, s.in.try, b)
	s.received()
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

func (s *socket) Write(b []byte) (written int, err error) {
	for written < len(b) {
		n, err := s.out.run(s.rc.Write, s.out.try, b[written:])
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// Turn sends an answer and receives what comes next, and enters net once for both. sent is
// called between the two, when the socket has taken the whole answer. Where it did not at once,
// or waiting is over, rest is what was not sent, and nothing was received.
func (s *socket) Turn(answer []byte, sent func(), b []byte) (rest []byte, n int, err error) {
	t := &s.turn
	t.rest, t.sent = answer, sent
	n, err = s.in.run(s.rc.Read, t.try, b)
	s.received()
	rest, t.rest, t.sent = t.rest, nil, nil
	if n == 0 && err == nil && len(rest) == 0 {
		err = io.EOF
	}
	return rest, n, err
}

// take is one try of a turn.
func (s *socket) take(fd uintptr) bool {
	t := &s.turn
	if len(t.rest) > 0 {
		n, errno := call(unix.SYS_SENDTO, fd, t.rest)
		if errno == 0 {
			t.rest = t.rest[n:]
		}
		if len(t.rest) > 0 {
			s.in.n, s.in.err = 0, 0
			return true
		}
		t.sent()
	}
	return s.receive(fd)
}

// receive is one try of Read, or of a turn when its answer is sent.
func (s *socket) receive(fd uintptr) bool {
	s.found++
	if s.in.call(unix.SYS_RECVFROM, fd) {
		return true
	}
	if s.eager.alert != nil && s.eager.wait(func() bool { return s.in.call(unix.SYS_RECVFROM, fd) }) {
		return true
	}
	s.found = 0
	return false
}

// streak is how many receives in a row may find something without a wait. A client on the same
// machine often has its next request there when it is answered: its session would run on, and nobody
// ask Go's poller what came from others.
const streak = 16

// received is called when Read and Turn are done with the poller.
func (s *socket) received() {
	s.eager.over()
	if s.found >= streak {
		s.found = 0
		fair.Poll()
	}
}

// Close implements net.Conn. Who reads from a session's connection closes it.
func (s *socket) Close() error {
	s.eager.closed()
	return s.Conn.Close()
}

// Count has a session's connection count: it works whenever it does not wait for its client.
func (a *Alert) Count(nc net.Conn) {
	if s, ok := nc.(*socket); ok && a != nil {
		s.eager.alert, s.eager.counted = a, true
		a.working.Add(1)
	}
}

// Hasten lets a connection look before it waits: one that counts, or one to another node, which
// a session waits for.
func (a *Alert) Hasten(nc net.Conn) {
	if t, ok := nc.(interface{ NetConn() net.Conn }); ok { // TLS
		nc = t.NetConn()
	}
	if s, ok := nc.(*socket); ok && a != nil {
		s.eager.alert, s.eager.looks = a, true
	}
}

// yield lets another process have the processor.
func yield() { _, _, _ = syscall.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }
