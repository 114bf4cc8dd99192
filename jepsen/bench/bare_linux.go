package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"unsafe"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// loopBare answers the connections of some listeners. A loop keeps its processor of Go's while it
// waits, so that the scheduler costs nothing: nothing may be collected meanwhile.
func loopBare(ctx context.Context, r *replies, listeners ...net.Listener) error {
	loops := runtime.NumCPU()
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(loops + 2)
	g, _ := errgroup.WithContext(ctx)
	queues := make([]*bareLoop, loops)
	for i := range queues {
		epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			return err
		}
		queues[i] = &bareLoop{epoll: epoll, replies: r, conns: make(map[int32]*frames)}
		g.Go(queues[i].run)
	}
	for _, l := range listeners {
		g.Go(func() error {
			for i := 0; ; i++ {
				nc, err := l.Accept()
				if err != nil {
					return err
				}
				if err := queues[i%loops].add(nc); err != nil {
					return err
				}
			}
		})
	}
	return g.Wait()
}

type bareLoop struct {
	epoll   int
	replies *replies
	conns   map[int32]*frames // of run
}

// add takes a connection away from Go's poller.
func (l *bareLoop) add(nc net.Conn) error {
	file, err := nc.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		return err
	}
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_ = file.Close() // the copy is served
	_ = nc.Close()
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (l *bareLoop) run() error {
	runtime.LockOSThread()
	var events [64]unix.EpollEvent
	in, out := make([]byte, 64<<10), make([]byte, 0, 1<<20)
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(l.epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), ^uintptr(0), 0, 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return fmt.Errorf("epoll_pwait: %w", errno)
		}
		for _, e := range events[:n] {
			if !l.turn(e.Fd, in, out) {
				_ = unix.Close(int(e.Fd))
				delete(l.conns, e.Fd)
			}
		}
	}
}

// turn answers what has come on a connection, and reports whether it goes on.
func (l *bareLoop) turn(fd int32, in, out []byte) bool {
	c := l.conns[fd]
	if c == nil {
		c = &frames{}
		l.conns[fd] = c
	}
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&in[0])), uintptr(len(in)), unix.MSG_DONTWAIT, 0, 0)
	if errno == unix.EAGAIN {
		return true
	}
	if errno != 0 || n == 0 {
		return false
	}
	c.in = append(c.in, in[:n]...)
	out, end := c.answer(out, l.replies)
	for len(out) > 0 && !end {
		n, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&out[0])), uintptr(len(out)), unix.MSG_NOSIGNAL, 0, 0)
		if errno != 0 {
			return false
		}
		out = out[n:]
	}
	return !end
}
