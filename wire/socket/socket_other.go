//go:build !linux

package socket

import "net"

// Bare returns nc as it is on this system.
func Bare(nc net.Conn) net.Conn { return nc }
