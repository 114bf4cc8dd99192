package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
)

// TestResets: a reset of the call is told, after which the connection serves on; one of a call
// before is none.
func TestResets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go serveCalls(l, func(stream uint32) []byte {
		answer := &grpcConn{}
		switch stream {
		case 3:
			answer.frame(frameReset, 0, stream, make([]byte, 4))
			return answer.out
		case 5:
			answer.frame(frameReset, 0, 3, make([]byte, 4))
		}
		answer.frame(frameData, 0, stream, make([]byte, 5))
		answer.frame(frameHeaders, flagEndHeader|flagEndStream, stream, nil)
		return answer.out
	})
	c, err := dialGRPC(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for i, want := range []error{nil, errReset, nil, nil} {
		if err := c.call(nil, []byte("x")); !errors.Is(err, want) {
			t.Fatalf("call %d: %v instead of %v", i, err, want)
		}
	}
}

// serveCalls answers what a client sends over one connection, each call at its end.
func serveCalls(l net.Listener, answer func(stream uint32) []byte) {
	conn, err := l.Accept()
	if err != nil {
		return
	}
	defer conn.Close()
	from := bufio.NewReader(conn)
	if _, err := from.Discard(len(preface)); err != nil {
		return
	}
	for {
		var head [9]byte
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return
		}
		if _, err := from.Discard(int(head[0])<<16 | int(head[1])<<8 | int(head[2])); err != nil {
			return
		}
		if head[3] == frameData && head[4]&flagEndStream != 0 {
			if _, err := conn.Write(answer(binary.BigEndian.Uint32(head[5:]))); err != nil {
				return
			}
		}
	}
}
