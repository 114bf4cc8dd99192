package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgproto3/v2"
)

// malformed is a message that does not hold what its type says.
type malformed struct{ kind byte }

func (m malformed) Error() string {
	return fmt.Sprintf("invalid message format (message type %c)", m.kind)
}

// decoder reads messages into structs that it reuses. The messages of the hot path
// are read here, without allocation; all others by pgproto3, which panics on some
// malformed ones.
type decoder struct {
	bind     pgproto3.Bind
	execute  pgproto3.Execute
	describe pgproto3.Describe
	rest     *pgproto3.Backend
}

// receive lets pgproto3 decode the message that frames.peek has seen.
func (d *decoder) receive(f *frames, kind byte) (msg pgproto3.FrontendMessage, err error) {
	if d.rest == nil {
		d.rest = pgproto3.NewBackend(f, nil)
	}
	defer func() {
		if p := recover(); p != nil {
			err = malformed{kind}
		}
	}()
	msg, err = d.rest.Receive()
	if err != nil {
		err = malformed{kind}
	}
	return msg, err
}

// field reads the parts of a body; a part that is not there makes it bad.
type field struct {
	rest []byte
	bad  bool
}

// text sets dst to the next string, without allocating if it is the same again.
func (f *field) text(dst *string) {
	n := bytes.IndexByte(f.rest, 0)
	if n < 0 {
		f.fail()
		return
	}
	if *dst != string(f.rest[:n]) {
		*dst = string(f.rest[:n])
	}
	f.rest = f.rest[n+1:]
}

func (f *field) uint16() int {
	if len(f.rest) < 2 {
		f.fail()
		return 0
	}
	n := binary.BigEndian.Uint16(f.rest)
	f.rest = f.rest[2:]
	return int(n)
}

func (f *field) uint32() uint32 {
	if len(f.rest) < 4 {
		f.fail()
		return 0
	}
	n := binary.BigEndian.Uint32(f.rest)
	f.rest = f.rest[4:]
	return n
}

func (f *field) codes(dst []int16) []int16 {
	dst = dst[:0]
	n := f.uint16()
	if len(f.rest) < 2*n {
		f.fail()
		return dst
	}
	for range n {
		dst = append(dst, int16(f.uint16()))
	}
	return dst
}

// value returns the next parameter; nil is NULL.
func (f *field) value() []byte {
	length := int32(f.uint32())
	if length == -1 {
		return nil
	}
	if length < 0 || int(length) > len(f.rest) {
		f.fail()
		return nil
	}
	v := f.rest[:length:length]
	f.rest = f.rest[length:]
	return v
}

func (f *field) fail() {
	f.rest, f.bad = nil, true
}

func (f *field) done(kind byte) error {
	if f.bad || len(f.rest) > 0 {
		return malformed{kind}
	}
	return nil
}

func (d *decoder) decodeBind(body []byte) (*pgproto3.Bind, error) {
	f, b := field{rest: body}, &d.bind
	f.text(&b.DestinationPortal)
	f.text(&b.PreparedStatement)
	b.ParameterFormatCodes = f.codes(b.ParameterFormatCodes)
	n := f.uint16()
	b.Parameters = b.Parameters[:0]
	for i := 0; i < n && !f.bad; i++ {
		b.Parameters = append(b.Parameters, f.value())
	}
	b.ResultFormatCodes = f.codes(b.ResultFormatCodes)
	return b, f.done('B')
}

func (d *decoder) decodeExecute(body []byte) (*pgproto3.Execute, error) {
	f := field{rest: body}
	f.text(&d.execute.Portal)
	d.execute.MaxRows = f.uint32()
	return &d.execute, f.done('E')
}

func (d *decoder) decodeDescribe(body []byte) (*pgproto3.Describe, error) {
	if len(body) == 0 {
		return nil, malformed{'D'}
	}
	f := field{rest: body[1:]}
	d.describe.ObjectType = body[0]
	f.text(&d.describe.Name)
	return &d.describe, f.done('D')
}

// release drops what the last messages held.
func (d *decoder) release() {
	const parametersKept = 256
	if cap(d.bind.Parameters) > parametersKept {
		d.bind.Parameters = nil
	}
	clear(d.bind.Parameters)
}

// decodeCall reads a FunctionCall with one argument and a result, both in binary; it knows no
// other.
func decodeCall(body []byte) (function uint32, argument []byte, ok bool) {
	f := field{rest: body}
	function = f.uint32()
	formats, format, arguments := f.uint16(), f.uint16(), f.uint16()
	argument = f.value()
	result := f.uint16()
	const one, binaryFormat = 1, 1
	ok = f.done('F') == nil && formats == one && format == binaryFormat && arguments == one && argument != nil && result == binaryFormat
	return function, argument, ok
}
