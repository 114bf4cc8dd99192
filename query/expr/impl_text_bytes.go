package expr

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func errEncoding(name string) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized encoding: \"%s\"", name)
}

func encodeBytes(_ *Env, a, b types.Datum) (types.Datum, error) {
	switch strings.ToLower(b.Str()) {
	case "hex":
		return text(hex.EncodeToString([]byte(a.Str())))
	case "base64":
		return text(base64Lines(a.Str()))
	case "escape":
		return text(escapeBytes(a.Str()))
	}
	return types.Null, errEncoding(b.Str())
}

// base64Lines are lines of 76 characters. The last one ends like the others if it is full and not padded.
func base64Lines(s string) string {
	const bytesOfLine = 76 / 4 * 3
	var out strings.Builder
	for len(s) >= bytesOfLine {
		out.WriteString(base64.StdEncoding.EncodeToString([]byte(s[:bytesOfLine])))
		out.WriteByte('\n')
		s = s[bytesOfLine:]
	}
	out.WriteString(base64.StdEncoding.EncodeToString([]byte(s)))
	return out.String()
}

func escapeBytes(s string) string {
	var out strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == 0 || c >= 0x80:
			out.WriteByte('\\')
			out.WriteByte('0' + c>>6)
			out.WriteByte('0' + c>>3&7)
			out.WriteByte('0' + c&7)
		case c == '\\':
			out.WriteString(`\\`)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func decodeBytes(env *Env, a, b types.Datum) (types.Datum, error) {
	switch strings.ToLower(b.Str()) {
	case "hex":
		return types.Parse(env.Env, types.Of(types.ByteaOID), `\x`+a.Str())
	case "escape":
		return types.ParseEscape(a.Str())
	case "base64":
		made, err := decodeBase64(a.Str())
		return types.String(made), err
	}
	return types.Null, errEncoding(b.Str())
}

// errInvalidUTF8 shows the bytes where a text stops to be UTF-8: as many as the first
// of them announces.
func errInvalidUTF8(s string) error {
	at := 0
	for at < len(s) && s[at] != 0 {
		r, size := utf8.DecodeRuneInString(s[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	size := 1
	switch c := s[at]; {
	case c >= 0xf0 && c < 0xf8:
		size = 4
	case c >= 0xe0 && c < 0xf0:
		size = 3
	case c >= 0xc0 && c < 0xe0:
		size = 2
	}
	var shown strings.Builder
	for _, c := range []byte(s[at:min(at+size, len(s))]) {
		fmt.Fprintf(&shown, " 0x%02x", c)
	}
	return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\":%s", shown.String())
}

func getByte(_ *Env, a, b types.Datum) (types.Datum, error) {
	s, n := a.Str(), b.Int()
	if n < 0 || n >= int64(len(s)) {
		return types.Null, sqlstate.New(sqlstate.ArraySubscriptError, "index %d out of valid range, 0..%d", n, len(s)-1)
	}
	return integer(int(s[n]))
}
