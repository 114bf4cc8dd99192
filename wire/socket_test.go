package wire_test

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/projsql/projsql/wire"
)

// TestSocketPieces: an answer that the socket takes in many pieces, while its client
// reads slowly, arrives whole.
func TestSocketPieces(t *testing.T) {
	const bytes = 8 << 20
	l := listen(t)
	start(t, wire.Options{Sessions: &fakeSessions{}}, l)
	c := dial(t, l)
	defer c.nc.Close()
	if err := c.nc.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	c.connect(t)
	c.sendLines(t, fmt.Sprintf("Query \"big %d\"", bytes), `Query "rows 20000"`)
	if kind := next(t, c, 'D'); string(kind) != string(dataRow(strings.Repeat("x", bytes))[5:]) {
		t.Fatal("the row is not the one that was sent")
	}
	c.until("Z")
	for i := range 20000 {
		if body := next(t, c, 'D'); string(body) != string(dataRow(fmt.Sprint(i + 1))[5:]) {
			t.Fatalf("row %d is %q", i+1, body)
		}
	}
	want(t, c.until("Z"), "SELECT 20000", "ReadyForQuery I")
}

// next returns the body of the next message of a kind.
func next(t *testing.T, c *client, wanted byte) []byte {
	t.Helper()
	for {
		kind, body, err := c.receive()
		if err != nil {
			t.Fatal(err)
		}
		if kind == wanted {
			return body
		}
	}
}

// TestSocketUnread: a client that does not read its socket is let go.
func TestSocketUnread(t *testing.T) {
	l := listen(t)
	all := &fakeSessions{}
	start(t, wire.Options{Sessions: all, WriteTimeout: 500 * time.Millisecond, GoneCheck: 5 * time.Millisecond}, l)
	c := dial(t, l)
	defer c.nc.Close()
	c.connect(t)
	c.sendLines(t, `Query "big 60000000"`)
	closed(t, all)
}

// TestSocketEnds: both ways in which a client hangs up end its session.
func TestSocketEnds(t *testing.T) {
	l := listen(t)
	all := &fakeSessions{}
	start(t, wire.Options{Sessions: all}, l)
	half, reset := dial(t, l), dial(t, l)
	half.connect(t)
	reset.connect(t)
	if err := half.nc.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	want(t, half.until("Z"), "closed")
	if err := reset.nc.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	reset.nc.Close()
	closed(t, all)
}

// closed waits until no session is open.
func closed(t *testing.T, all *fakeSessions) {
	t.Helper()
	for deadline := time.Now().Add(patience); all.open.Load() != 0; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("a session is still open")
		}
	}
}
