package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"
)

// Sizes of read buffers: a silent connection holds the small one only.
const (
	smallBytes   = 512
	bufferBytes  = 16 << 10
	keptBytesMax = 256 << 10 // larger buffers are let go after their message
	headerBytes  = 5
)

var readBuffers = sync.Pool{New: func() any { return new([bufferBytes]byte) }}

// frames reads length-prefixed messages. It is a pgproto3.ChunkReader that never
// believes a length: a buffer grows with the bytes that have arrived.
type frames struct {
	src   io.Reader
	buf   []byte // small[:], a pooled buffer or a larger one
	r, w  int
	limit int // largest body
	small [smallBytes]byte
	// pooled is what buf is taken from, to be given back.
	pooled *[bufferBytes]byte
	wide   bool // the small one is not used: much arrives at once
}

// errFrame is a length that no message can have.
type errFrame struct{ length, limit int }

func (e errFrame) Error() string {
	return fmt.Sprintf("invalid message length %d (at most %d)", e.length, e.limit)
}

func (f *frames) init(src io.Reader, limit int) {
	f.src, f.limit = src, limit
	f.buf = f.small[:]
}

// buffered returns the bytes that have arrived and are not consumed.
func (f *frames) buffered() []byte { return f.buf[f.r:f.w] }

// fill waits for n unconsumed bytes. A read error leaves what has arrived in place.
func (f *frames) fill(n int) error {
	for f.w-f.r < n {
		f.makeRoom()
		got, err := f.src.Read(f.buf[f.w:])
		f.w += got
		if err != nil && f.w-f.r < n {
			return err
		}
	}
	return nil
}

// makeRoom leaves at least one free byte behind w. A small buffer that was filled is not all
// that has arrived: what is behind it is received with a larger one, at once.
func (f *frames) makeRoom() {
	full := f.w == len(f.buf)
	if f.r == f.w {
		f.r, f.w = 0, 0
	}
	switch {
	case !full:
	case len(f.buf) < bufferBytes:
		f.pool()
	case f.r >= len(f.buf)/2:
		f.w = copy(f.buf, f.buf[f.r:f.w])
		f.r = 0
	case f.w == len(f.buf):
		f.grow()
	}
}

// pool goes on with a pooled buffer.
func (f *frames) pool() {
	f.pooled = readBuffers.Get().(*[bufferBytes]byte)
	f.r, f.w, f.buf = 0, copy(f.pooled[:], f.buffered()), f.pooled[:]
}

func (f *frames) grow() {
	grown := make([]byte, 2*len(f.buf))
	f.r, f.w, f.buf = 0, copy(grown, f.buffered()), grown
	if f.pooled != nil {
		readBuffers.Put(f.pooled)
		f.pooled = nil
	}
}

// widen has the source read with a larger buffer from now on.
func (f *frames) widen() {
	f.wide = true
	if len(f.buf) < bufferBytes {
		f.pool()
	}
}

// release lets go of a buffer that holds nothing; all says: whatever its size.
func (f *frames) release(all bool) {
	if f.r != f.w || len(f.buf) == smallBytes || !all && len(f.buf) <= keptBytesMax || f.wide && len(f.buf) == bufferBytes {
		return
	}
	if f.pooled != nil {
		readBuffers.Put(f.pooled)
		f.pooled = nil
	}
	if f.buf, f.r, f.w = f.small[:], 0, 0; f.wide {
		f.widen()
	}
}

// peek waits for a whole message and returns its type and body, without consuming
// it. The body is valid until the next call that reads.
func (f *frames) peek() (byte, []byte, error) {
	if err := f.fill(headerBytes); err != nil {
		return 0, nil, err
	}
	length, err := f.length(f.buf[f.r+1:])
	if err != nil {
		return 0, nil, err
	}
	if err := f.fill(1 + length); err != nil {
		return 0, nil, unexpectedEOF(err)
	}
	frame := f.buf[f.r : f.r+1+length]
	return frame[0], frame[headerBytes:], nil
}

// length checks a message's length field, which counts itself.
func (f *frames) length(b []byte) (int, error) {
	length := int(int32(binary.BigEndian.Uint32(b)))
	if length < 4 || length-4 > f.limit {
		return 0, errFrame{length, f.limit}
	}
	return length, nil
}

// take is peek that consumes.
func (f *frames) take() (byte, []byte, error) {
	kind, body, err := f.peek()
	if err == nil {
		f.r += headerBytes + len(body)
	}
	return kind, body, err
}

// takeStartup consumes a packet without a type byte and returns its body.
func (f *frames) takeStartup() ([]byte, error) {
	if err := f.fill(4); err != nil {
		return nil, err
	}
	length, err := f.length(f.buf[f.r:])
	if err != nil {
		return nil, err
	}
	if err := f.fill(length); err != nil {
		return nil, unexpectedEOF(err)
	}
	body := f.buf[f.r+4 : f.r+length]
	f.r += length
	return body, nil
}

// waiting reports whether a whole message of the kind, without a body, is next and
// has arrived.
func (f *frames) waiting(kind byte) bool {
	b := f.buffered()
	return len(b) >= headerBytes && b[0] == kind && binary.BigEndian.Uint32(b[1:]) == 4
}

// ahead are the whole messages that have arrived and are not consumed.
func (f *frames) ahead() iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for b := f.buffered(); len(b) >= headerBytes; {
			length, err := f.length(b[1:])
			if err != nil || len(b) <= length || !yield(b[0], b[headerBytes:1+length]) {
				return
			}
			b = b[1+length:]
		}
	}
}

// complete reports whether a whole message has arrived.
func (f *frames) complete() bool {
	b := f.buffered()
	if len(b) < headerBytes {
		return false
	}
	length := int(int32(binary.BigEndian.Uint32(b[1:])))
	return length >= 4 && len(b) > length
}

// Next returns the next n bytes, for pgproto3; peek has bounded and buffered them.
func (f *frames) Next(n int) ([]byte, error) {
	if n < 0 || n > f.limit+headerBytes {
		return nil, errFrame{n, f.limit}
	}
	if err := f.fill(n); err != nil {
		return nil, err
	}
	b := f.buf[f.r : f.r+n]
	f.r += n
	return b, nil
}

func unexpectedEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
