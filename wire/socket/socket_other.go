//go:build !linux || race

package socket

import "net"

// Bare returns nc as it is: on this system, or since the race detector takes net's calls for
// what orders two goroutines that talk to each other.
func Bare(nc net.Conn) net.Conn { return nc }

// Count does nothing here.
func (a *Alert) Count(net.Conn) {}

// Hasten does nothing here.
func (a *Alert) Hasten(net.Conn) {}

func yield() {}
