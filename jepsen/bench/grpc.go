package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// grpcConn makes unary calls, one after the other, over one HTTP/2 connection. It
// does only what that takes: less work than any client library, so that a peer is not
// measured by its client.
type grpcConn struct {
	conn   net.Conn
	from   *bufio.Reader
	out    []byte
	body   []byte
	stream uint32
	window int // bytes that may be sent
}

// Frames and settings of HTTP/2, RFC 9113.
const (
	frameData         = 0
	frameHeaders      = 1
	frameReset        = 3
	frameSettings     = 4
	framePing         = 6
	frameGoAway       = 7
	frameWindowUpdate = 8

	flagAck       = 1
	flagEndStream = 1
	flagEndHeader = 4

	windowDefault = 65535
	windowMax     = 1<<31 - 1
	preface       = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
)

func dialGRPC(addr string) (*grpcConn, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &grpcConn{conn: conn, from: bufio.NewReaderSize(conn, 16<<10), stream: 1, window: windowDefault}
	c.out = append(c.out, preface...)
	c.frame(frameSettings, 0, 0, nil)
	c.frame(frameWindowUpdate, 0, 0, binary.BigEndian.AppendUint32(nil, windowMax-windowDefault))
	return c, c.flush()
}

func (c *grpcConn) frame(kind, flags byte, stream uint32, payload []byte) {
	n := len(payload)
	c.out = append(c.out, byte(n>>16), byte(n>>8), byte(n), kind, flags)
	c.out = append(binary.BigEndian.AppendUint32(c.out, stream), payload...)
}

func (c *grpcConn) flush() error {
	_, err := c.conn.Write(c.out)
	c.out = c.out[:0]
	return err
}

// header is a literal field that no table remembers, RFC 7541.
func header(b []byte, name, value string) []byte {
	b = append(append(b, 0, byte(len(name))), name...)
	return append(append(b, byte(len(value))), value...)
}

func requestHeaders(addr, method string) (b []byte) {
	for _, h := range [][2]string{
		{":method", "POST"},
		{":scheme", "http"},
		{":path", method},
		{":authority", addr},
		{"content-type", "application/grpc"},
		{"te", "trailers"},
	} {
		b = header(b, h[0], h[1])
	}
	return b
}

// errReset says that the server gave up a call; the connection is as good as before.
var errReset = errors.New("grpc: the call was reset")

// call sends a message to the method whose headers these are and returns when it is
// answered with one; a status without a message is an error.
func (c *grpcConn) call(headers, message []byte) error {
	c.body = append(c.body[:0], 0)
	c.body = append(binary.BigEndian.AppendUint32(c.body, uint32(len(message))), message...)
	for c.window < len(c.body) {
		if _, err := c.next(); err != nil {
			return err
		}
	}
	c.window -= len(c.body)
	c.frame(frameHeaders, flagEndHeader, c.stream, headers)
	c.frame(frameData, flagEndStream, c.stream, c.body)
	if err := c.flush(); err != nil {
		return err
	}
	stream := c.stream
	c.stream += 2
	for answered := false; ; {
		f, err := c.next()
		switch {
		case err != nil:
			return err
		case f.stream != stream: // a server may reset a call that it has answered before it had read all of it
			continue
		case f.kind == frameReset:
			return errReset
		case f.kind == frameData:
			answered = true
		}
		if (f.kind == frameHeaders || f.kind == frameData) && f.flags&flagEndStream != 0 {
			if !answered {
				return errors.New("grpc: the call failed")
			}
			return nil
		}
	}
}

// frame is one that was received, without its payload.
type frame struct {
	kind, flags byte
	stream      uint32
}

// next reads a frame and does what those that concern the connection ask for.
func (c *grpcConn) next() (frame, error) {
	var head [9]byte
	if _, err := io.ReadFull(c.from, head[:]); err != nil {
		return frame{}, err
	}
	payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(c.from, payload); err != nil {
		return frame{}, err
	}
	f := frame{head[3], head[4], binary.BigEndian.Uint32(head[5:])}
	switch {
	case f.kind == frameWindowUpdate && f.stream == 0:
		c.window += int(binary.BigEndian.Uint32(payload))
	case f.kind == frameSettings && f.flags&flagAck == 0:
		c.frame(frameSettings, flagAck, 0, nil)
		return f, c.flush()
	case f.kind == framePing && f.flags&flagAck == 0:
		c.frame(framePing, flagAck, 0, payload)
		return f, c.flush()
	case f.kind == frameGoAway:
		return f, fmt.Errorf("grpc: the server ends the connection: %q", payload)
	}
	return f, nil
}

func (c *grpcConn) close() { _ = c.conn.Close() }

// bytesField is a field of a protobuf message.
func bytesField(b []byte, field byte, value []byte) []byte {
	b = binary.AppendUvarint(append(b, field<<3|2), uint64(len(value)))
	return append(b, value...)
}
