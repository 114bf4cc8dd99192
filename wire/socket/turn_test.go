//go:build linux && !race

package socket_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/projsql/projsql/wire/socket"
)

type turner interface {
	Turn(answer []byte, sent func(), b []byte) (rest []byte, n int, err error)
}

// pair returns the two ends of a TCP connection, ours bare.
func pair(t *testing.T) (ours net.Conn, theirs *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		nc.Close()
		accepted.Close()
	})
	return socket.Bare(accepted), nc.(*net.TCPConn)
}

// bares returns both ends, bare.
func bares(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	ours, nc := pair(t)
	return ours, socket.Bare(nc)
}

// TestTurn: the answer is sent before the next request is waited for, and told to be.
func TestTurn(t *testing.T) {
	ours, theirs := pair(t)
	asked := make(chan error, 1)
	go func() {
		b := make([]byte, 6)
		_, err := io.ReadFull(theirs, b)
		if err == nil {
			_, err = theirs.Write(append(b, " next"...))
		}
		asked <- errors.Join(err, theirs.CloseWrite())
	}()
	sent, b := 0, make([]byte, 100)
	rest, n, err := ours.(turner).Turn([]byte("answer"), func() { sent++ }, b)
	if string(b[:n]) != "answer next" || sent != 1 || len(rest) > 0 || err != nil {
		t.Errorf("received %q, sent %d times; rest %q, %v", b[:n], sent, rest, err)
	}
	if err := <-asked; err != nil {
		t.Error(err)
	}
	rest, n, err = ours.(turner).Turn([]byte("last"), func() { sent++ }, b)
	if n != 0 || sent != 2 || len(rest) > 0 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d bytes, sent %d times; rest %q, %v", n, sent, rest, err)
	}
	if n, err := io.ReadFull(theirs, b[:4]); string(b[:n]) != "last" {
		t.Errorf("the last answer is %q, %v", b[:n], err)
	}
}

// TestTurnLeavesARest: an answer that the socket does not take at once, or after the
// deadline, is the caller's to write.
func TestTurnLeavesARest(t *testing.T) {
	ours, theirs := pair(t)
	if _, err := theirs.Write([]byte("first")); err != nil {
		t.Fatal(err)
	}
	if n, err := ours.Read(make([]byte, 100)); n != 5 {
		t.Fatal(n, err)
	}
	never := func() { t.Error("told that all is sent") }
	answer := bytes.Repeat([]byte("0123456789"), 2<<20)
	rest, n, err := ours.(turner).Turn(answer, never, make([]byte, 100))
	if len(rest) == 0 || len(rest) == len(answer) || n != 0 || err != nil || !bytes.HasSuffix(answer, rest) {
		t.Fatalf("of %d bytes %d are left; received %d, %v", len(answer), len(rest), n, err)
	}
	got := make([]byte, len(answer)-len(rest))
	if _, err := io.ReadFull(theirs, got); err != nil || !bytes.HasPrefix(answer, got) {
		t.Errorf("what was sent is not the beginning; %v", err)
	}
	if err := ours.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	rest, n, err = ours.(turner).Turn([]byte("late"), never, make([]byte, 100))
	if string(rest) != "late" || n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after the deadline: rest %q, received %d, %v", rest, n, err)
	}
}
