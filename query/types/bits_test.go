package types_test

import (
	"testing"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestBitsInBinary: what is sent is read again, whatever its length; what is damaged is refused.
func TestBitsInBinary(t *testing.T) {
	for _, text := range []string{"", "1", "10100", "11111111", "000000001", "1010101010101010"} {
		sent := types.AppendBinary(nil, types.VarbitOID, types.String(text))
		if want := 4 + (len(text)+7)/8; len(sent) != want {
			t.Errorf("%q takes %d bytes, want %d", text, len(sent), want)
		}
		d, err := types.DecodeBinary(types.Of(types.VarbitOID), sent)
		if err != nil || d.Str() != text {
			t.Errorf("%q came back as %q, %v", text, d.Str(), err)
		}
	}
	for _, c := range []struct {
		sent []byte
		mod  int32
		code sqlstate.Code
	}{
		{[]byte{255, 255, 255, 255}, -1, sqlstate.InvalidBinaryRepresentation},
		{[]byte{127, 255, 255, 255, 1}, -1, sqlstate.ProtocolViolation},
		{[]byte{0, 0, 0, 9, 1}, -1, sqlstate.ProtocolViolation},
		{[]byte{0, 0, 0, 1, 128, 0}, -1, sqlstate.InvalidBinaryRepresentation},
		{[]byte{0, 0, 0, 2, 128}, 3, sqlstate.StringDataLengthMismatch},
	} {
		if _, err := types.DecodeBinary(types.Type{OID: types.BitOID, Mod: c.mod}, c.sent); sqlstate.Of(err).Code != c.code {
			t.Errorf("%v: %v, want %s", c.sent, err, c.code)
		}
	}
}
