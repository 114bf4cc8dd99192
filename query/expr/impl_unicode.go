package expr

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// unescaper reads the escapes of unistr().
type unescaper struct {
	out  strings.Builder
	high rune // a high surrogate that waits for its low one
}

func errSurrogatePair() error {
	return sqlstate.New(sqlstate.SyntaxError, "invalid Unicode surrogate pair")
}

func unistr(_ *Env, a types.Datum) (types.Datum, error) {
	var u unescaper
	for s := a.Str(); s != ""; {
		n, err := u.step(s)
		if err != nil {
			return types.Null, err
		}
		s = s[n:]
	}
	if u.high != 0 {
		return types.Null, errSurrogatePair()
	}
	return text(u.out.String())
}

// step reads a character or an escape, and returns its length.
func (u *unescaper) step(s string) (int, error) {
	if s[0] != '\\' || strings.HasPrefix(s, `\\`) {
		if u.high != 0 {
			return 0, errSurrogatePair()
		}
		r, n := utf8.DecodeRuneInString(s)
		u.out.WriteRune(r)
		if r == '\\' {
			n = 2
		}
		return n, nil
	}
	for _, form := range []struct {
		prefix string
		digits int
	}{{`\`, 4}, {`\u`, 4}, {`\+`, 6}, {`\U`, 8}} {
		end := len(form.prefix) + form.digits
		if strings.HasPrefix(s, form.prefix) && len(s) >= end {
			if n, err := strconv.ParseUint(s[len(form.prefix):end], 16, 32); err == nil {
				return end, u.unit(uint32(n))
			}
		}
	}
	return 0, sqlstate.New(sqlstate.SyntaxError, "invalid Unicode escape").
		WithHint(`Unicode escapes must be \XXXX, \+XXXXXX, \uXXXX, or \UXXXXXXXX.`)
}

// unit adds a code point, or half of a surrogate pair.
func (u *unescaper) unit(n uint32) error {
	if n == 0 || n > utf8.MaxRune {
		return sqlstate.New(sqlstate.InvalidParameterValue, "invalid Unicode code point: %04X", n)
	}
	r := rune(n)
	low := r >= 0xdc00 && r < 0xe000
	switch {
	case (u.high != 0) != low:
		return errSurrogatePair()
	case low:
		u.out.WriteRune(0x10000 + (u.high-0xd800)<<10 + r - 0xdc00)
		u.high = 0
	case r >= 0xd800 && r < 0xdc00:
		u.high = r
	default:
		u.out.WriteRune(r)
	}
	return nil
}

// parseIdent is parse_ident(text, strict): the parts of a qualified name.
func parseIdent(_ *Env, a, b types.Datum) (types.Datum, error) {
	whole, rest := a.Str(), strings.TrimLeft(a.Str(), identBlanks)
	bad := func(detail string) (types.Datum, error) {
		e := sqlstate.New(sqlstate.InvalidParameterValue, "string is not a valid identifier: \"%s\"", whole)
		e.Detail = detail
		return types.Null, e
	}
	var parts []types.Datum
	for dotted := false; ; dotted = true {
		var part string
		switch {
		case strings.HasPrefix(rest, `"`):
			var closed bool
			if part, rest, closed = quotedIdent(rest[1:]); !closed {
				return bad("String has unclosed double quotes.")
			}
			if part == "" {
				return bad("Quoted identifier must not be empty.")
			}
		case rest != "" && identStart(rest[0]):
			n := 1
			for n < len(rest) && (identStart(rest[n]) || rest[n] == '$' || rest[n] >= '0' && rest[n] <= '9') {
				n++
			}
			part, rest = types.LowerASCII(rest[:n]), rest[n:]
		case strings.HasPrefix(rest, "."):
			return bad(`No valid identifier before ".".`)
		case dotted:
			return bad(`No valid identifier after ".".`)
		default:
			return bad("")
		}
		if len(parts) == types.ArrayMadeMax {
			return types.Null, errArraySize()
		}
		parts = append(parts, types.String(part))
		rest = strings.TrimLeft(rest, identBlanks)
		if !strings.HasPrefix(rest, ".") {
			break
		}
		rest = strings.TrimLeft(rest[1:], identBlanks)
	}
	if rest != "" && b.Bool() {
		return bad("")
	}
	return types.Pointer(types.NewArray(types.TextOID, parts)), nil
}

const identBlanks = " \t\n\r\f"

func identStart(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf }

// quotedIdent reads up to the closing quote; two stand for one.
func quotedIdent(s string) (part, rest string, closed bool) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `"`)
		b.WriteString(before)
		if !found {
			return "", "", false
		}
		if !strings.HasPrefix(after, `"`) {
			return b.String(), after, true
		}
		b.WriteByte('"')
		s = after[1:]
	}
}
