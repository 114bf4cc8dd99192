//go:build linux && !race

package socket_test

import (
	"net"
	"testing"

	"github.com/projsql/projsql/wire/socket"
)

// TestDialAndListen: both ends of a connection are bare.
func TestDialAndListen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	bare := socket.Listen(l)
	defer bare.Close()
	ours, err := socket.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := bare.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	for _, nc := range []net.Conn{ours, theirs} {
		if _, ok := nc.(turner); !ok {
			t.Errorf("a %T is not bare", nc)
		}
	}
}
