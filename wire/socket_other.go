//go:build !linux

package wire

import "net"

// fastSocket returns nc as it is on this system.
func fastSocket(nc net.Conn) net.Conn { return nc }
