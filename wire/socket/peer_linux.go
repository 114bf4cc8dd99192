package socket

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// Peer is the user of the operating system at the other end of a Unix-domain socket, as it was when that
// connected; -1 if it is not known.
func Peer(nc net.Conn) (uid int) {
	if s, ok := nc.(interface{ under() net.Conn }); ok {
		nc = s.under()
	}
	uid = -1
	u, ok := nc.(*net.UnixConn)
	if !ok {
		return uid
	}
	rc, err := u.SyscallConn()
	if err != nil {
		return uid
	}
	_ = rc.Control(func(fd uintptr) {
		if c, err := unix.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
			uid = int(c.Uid)
		}
	})
	return uid
}
