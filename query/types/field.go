package types

import "encoding/binary"

// Format codes of the protocol.
const (
	TextFormat   int16 = 0
	BinaryFormat int16 = 1
)

// AppendField appends a value as DataRow and binary COPY data have it: the length, -1 for NULL,
// then the value in the given format.
func AppendField(buf []byte, env *Env, t OID, format int16, d Datum) []byte {
	if d.IsNull() {
		return append(buf, 0xff, 0xff, 0xff, 0xff)
	}
	at := len(buf)
	buf = append(buf, 0, 0, 0, 0)
	if format == BinaryFormat {
		buf = AppendBinary(buf, t, d)
	} else {
		buf = AppendText(env, buf, t, d)
	}
	binary.BigEndian.PutUint32(buf[at:], uint32(len(buf)-at-4))
	return buf
}
