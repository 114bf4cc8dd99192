package types

import (
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

const nameBytesMax = 63

func cutName(s string) string {
	if len(s) <= nameBytesMax {
		return s
	}
	n := nameBytesMax
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// coerceText applies varchar(n) and char(n): spaces beyond the limit are cut, other
// characters are refused unless the cast is explicit.
func coerceText(t Type, s string, explicit bool) (Datum, error) {
	limit := int(t.Mod) - 4
	if limit < 0 {
		return String(s), nil
	}
	if t.OID == VarcharOID && len(s) <= limit {
		return String(s), nil
	}
	count := utf8.RuneCountInString(s)
	if count <= limit {
		if t.OID == BpcharOID {
			s += strings.Repeat(" ", limit-count)
		}
		return String(s), nil
	}
	end := runeOffset(s, limit)
	if !explicit && strings.TrimRight(s[end:], " ") != "" {
		return Null, sqlstate.New(sqlstate.StringDataRightTruncation, "value too long for type %s", FormatType(t))
	}
	return String(s[:end]), nil
}

func runeOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func parseBytea(s string) (Datum, error) {
	if strings.HasPrefix(s, `\x`) {
		return parseHex(s[2:])
	}
	if !strings.ContainsRune(s, '\\') {
		return String(s), nil
	}
	return ParseEscape(s)
}

func parseHex(s string) (Datum, error) {
	out := make([]byte, 0, len(s)/2)
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(" \t\n\r", s[i]) >= 0 {
			continue
		}
		high, ok := hexDigit(s[i])
		if !ok {
			return Null, errHexDigit(s[i:])
		}
		i++
		if i == len(s) {
			return Null, sqlstate.New(sqlstate.InvalidParameterValue, "invalid hexadecimal data: odd number of digits")
		}
		low, ok := hexDigit(s[i])
		if !ok {
			return Null, errHexDigit(s[i:])
		}
		out = append(out, high<<4|low)
	}
	return String(string(out)), nil
}

func errHexDigit(s string) error {
	r, _ := utf8.DecodeRuneInString(s)
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid hexadecimal digit: \"%c\"", r)
}

func hexDigit(b byte) (byte, bool) {
	switch {
	case b-'0' <= 9:
		return b - '0', true
	case b-'a' <= 5:
		return b - 'a' + 10, true
	case b-'A' <= 5:
		return b - 'A' + 10, true
	}
	return 0, false
}

// ParseEscape reads the escape format of bytea. Errors: 22P02.
func ParseEscape(s string) (Datum, error) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
		case i+1 < len(s) && s[i+1] == '\\':
			out = append(out, '\\')
			i++
		case i+3 < len(s) && s[i+1]-'0' <= 3 && s[i+2]-'0' <= 7 && s[i+3]-'0' <= 7:
			out = append(out, (s[i+1]-'0')<<6|(s[i+2]-'0')<<3|(s[i+3]-'0'))
			i += 3
		default:
			return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type bytea")
		}
	}
	return String(string(out)), nil
}

func appendBytea(buf []byte, s string, escape bool) []byte {
	if !escape {
		return hex.AppendEncode(append(buf, '\\', 'x'), []byte(s))
	}
	for i := range len(s) {
		switch b := s[i]; {
		case b == '\\':
			buf = append(buf, '\\', '\\')
		case b < 0x20 || b > 0x7e:
			buf = append(buf, '\\', '0'+b>>6, '0'+b>>3&7, '0'+b&7)
		default:
			buf = append(buf, b)
		}
	}
	return buf
}

func parseUUID(s string) (Datum, error) {
	var u [16]byte
	rest, braces := s, strings.HasPrefix(s, "{")
	if braces {
		rest = rest[1:]
	}
	for i := range u {
		if len(rest) < 2 {
			return Null, errSyntax("uuid", s)
		}
		high, ok1 := hexDigit(rest[0])
		low, ok2 := hexDigit(rest[1])
		if !ok1 || !ok2 {
			return Null, errSyntax("uuid", s)
		}
		u[i], rest = high<<4|low, rest[2:]
		if i%2 == 1 && i < 15 && strings.HasPrefix(rest, "-") {
			rest = rest[1:]
		}
	}
	if braces && rest != "}" || !braces && rest != "" {
		return Null, errSyntax("uuid", s)
	}
	return String(string(u[:])), nil
}

func appendUUID(buf []byte, s string) []byte {
	if len(s) != 16 {
		return buf
	}
	for i, cut := range [...]int{4, 6, 8, 10, 16} {
		from := [...]int{0, 4, 6, 8, 10}[i]
		if i > 0 {
			buf = append(buf, '-')
		}
		buf = hex.AppendEncode(buf, []byte(s[from:cut]))
	}
	return buf
}

// LowerASCII folds names as PostgreSQL folds identifiers: letters beyond ASCII stay as they are.
func LowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
