package types

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// spaces is what C's isspace takes for space.
const spaces = " \t\n\v\f\r"

func isSpace(b byte) bool { return b == ' ' || b-'\t' <= '\r'-'\t' }

func trimSpace(s string) string { return strings.Trim(s, spaces) }

func errSyntax(typeName, s string) error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typeName, s)
}

func errOutOfRange(typeName, s string) error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, typeName)
}

func errShortMessage() error {
	return sqlstate.New(sqlstate.ProtocolViolation, "insufficient data left in message")
}

// errNoData is of what is read byte by byte.
func errNoData() error {
	return sqlstate.New(sqlstate.ProtocolViolation, "no data left in message")
}

// ErrTrailingBinary is that a binary value ends before its bytes do.
var ErrTrailingBinary = sqlstate.New(sqlstate.InvalidBinaryRepresentation, "incorrect binary data format")

// errPart is the error of a part of a binary value.
func errPart(err error, part string, n int) error {
	if errors.Is(err, ErrTrailingBinary) {
		return sqlstate.New(sqlstate.InvalidBinaryRepresentation, "improper binary format in %s %d", part, n)
	}
	return err
}

// checkUTF8 refuses what a database with encoding UTF8 cannot hold; 22021.
func checkUTF8(s string) error {
	if nul := strings.IndexByte(s, 0); utf8.ValidString(s) && nul < 0 {
		return nil
	}
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || r == 0 {
			return errEncoding(s[i:])
		}
		i += size
	}
	return nil
}

func errEncoding(s string) error {
	n := 1
	switch b := s[0]; {
	case b >= 0xf0 && b < 0xf8:
		n = 4
	case b >= 0xe0:
		n = 3
	case b >= 0xc0:
		n = 2
	}
	if s[0] >= 0xf8 {
		n = 1
	}
	var hex strings.Builder
	const digits = "0123456789abcdef"
	for _, b := range []byte(s[:min(n, len(s))]) {
		if hex.Len() > 0 {
			hex.WriteByte(' ')
		}
		hex.WriteString("0x")
		hex.WriteByte(digits[b>>4])
		hex.WriteByte(digits[b&15])
	}
	return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", hex.String())
}
