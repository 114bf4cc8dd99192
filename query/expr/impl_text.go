package expr

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// stringBytesMax is the largest string that a function makes.
const stringBytesMax = 1 << 28

func text(s string) (types.Datum, error) { return types.String(s), nil }

func integer(i int) (types.Datum, error) { return types.Int(int64(i)), nil }

func errTooLarge() error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "requested length too large")
}

// text1 and text2 adapt functions of strings that cannot fail.
func text1(f func(string) string) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) { return text(f(a.Str())) }
}

func text2(f func(s, t string) string) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) { return text(f(a.Str(), b.Str())) }
}

func length(f func(string) int) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) { return integer(f(a.Str())) }
}

func byteLength(s string) int { return len(s) }

func trimmedLength(s string) int { return utf8.RuneCountInString(strings.TrimRight(s, " ")) }

func texts() map[string]any {
	return map[string]any{
		"textcat": Func2(textConcat), "byteacat": Func2(textConcat),
		"text_larger": textPick(1), "text_smaller": textPick(-1),
		"textlen": length(utf8.RuneCountInString), "bpcharlen": length(trimmedLength),
		"textoctetlen": length(byteLength), "bpcharoctetlen": length(byteLength), "byteaoctetlen": length(byteLength),
		"bit_length(text)": length(func(s string) int { return 8 * len(s) }), "bit_length(bytea)": length(func(s string) int { return 8 * len(s) }),
		"lower": cased(lower, lowerASCII), "upper": cased(upper, upperASCII), "initcap": cased(initcap, initcapASCII),
		"text_left": Func2(textLeft), "text_right": Func2(textRight),
		"text_substr": Func3(substring), "text_substr_no_len": Func2(substringFrom),
		"bytea_substr": Func3(byteSubstring), "bytea_substr_no_len": Func2(byteSubstringFrom),
		"lpad": Func3(lpad), "rpad": Func3(rpad),
		"lpad(text,integer)": Func2(func(env *Env, a, b types.Datum) (types.Datum, error) { return lpad(env, a, b, types.String(" ")) }),
		"rpad(text,integer)": Func2(func(env *Env, a, b types.Datum) (types.Datum, error) { return rpad(env, a, b, types.String(" ")) }),
		"btrim":              text2(strings.Trim), "btrim1": text1(func(s string) string { return strings.Trim(s, " ") }),
		"ltrim": text2(strings.TrimLeft), "ltrim1": text1(func(s string) string { return strings.TrimLeft(s, " ") }),
		"rtrim": text2(strings.TrimRight), "rtrim1": text1(func(s string) string { return strings.TrimRight(s, " ") }),
		"replace_text": Func3(replaceText), "text_reverse": text1(reverse), "repeat": Func2(repeat),
		"textpos": Func2(position), "byteapos": Func2(bytePosition),
		"split_part": Func3(splitPart), "translate": Func3(translate), "chr": Func1(chr), "ascii": Func1(ascii),
		"textoverlay": FuncN(overlay), "textoverlay_no_len": FuncN(overlay),
		"text_starts_with": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Bool(strings.HasPrefix(a.Str(), b.Str())), nil
		}),
		"md5_text": text1(md5Hex), "md5_bytea": text1(md5Hex),
		"sha224_bytea": text1(func(s string) string { h := sha256.Sum224([]byte(s)); return string(h[:]) }),
		"sha256_bytea": text1(func(s string) string { h := sha256.Sum256([]byte(s)); return string(h[:]) }),
		"sha384_bytea": text1(func(s string) string { h := sha512.Sum384([]byte(s)); return string(h[:]) }),
		"sha512_bytea": text1(func(s string) string { h := sha512.Sum512([]byte(s)); return string(h[:]) }),
		"to_hex32": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return text(strconv.FormatUint(uint64(uint32(a.Int())), 16))
		}),
		"to_hex64":      Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return text(strconv.FormatUint(uint64(a.Int()), 16)) }),
		"binary_encode": Func2(encodeBytes), "binary_decode": Func2(decodeBytes),
		"pg_convert_from": Func2(convertFrom), "pg_convert_to": Func2(convertTo), "pg_convert": Func3(convert),
		"length_in_encoding": Func2(lengthIn), "to_ascii_default": Func1(toASCII), "to_ascii_encname": Func2(toASCIINamed), "to_ascii_enc": Func2(toASCIINumbered),
		"quote_ident": text1(QuoteIdent), "quote_literal": text1(QuoteLiteral),
		"quote_nullable":            Func1(quoteNullable),
		"quote_literal(anyelement)": maker(quoteAny), "quote_nullable(anyelement)": maker(quoteAny),
		"textanycat(text,anynonarray)": maker(func(c *Call) any { return concatAny(c.Proc.Args[1], false) }),
		"anytextcat(anynonarray,text)": maker(func(c *Call) any { return concatAny(c.Proc.Args[0], true) }),
		"byteaGetByte":                 Func2(getByte),
	}
}

func textPick(sign int) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		if strings.Compare(a.Str(), b.Str())*sign >= 0 {
			return a, nil
		}
		return b, nil
	}
}

func textConcat(_ *Env, a, b types.Datum) (types.Datum, error) {
	if len(a.Str())+len(b.Str()) > stringBytesMax {
		return types.Null, errTooLarge()
	}
	return text(a.Str() + b.Str())
}

func concatAny(t types.OID, first bool) Func2 {
	return func(env *Env, a, b types.Datum) (types.Datum, error) {
		if first {
			return text(castString(env, t, a) + b.Str())
		}
		return text(a.Str() + castString(env, t, b))
	}
}

// castString is the cast to text, which for a few types is not their output.
func castString(env *Env, t types.OID, d types.Datum) string {
	switch types.BaseOf(t) {
	case types.BoolOID:
		if d.Bool() {
			return "true"
		}
		return "false"
	case types.BpcharOID:
		return strings.TrimRight(d.Str(), " ")
	case types.InetOID, types.CidrOID:
		return string(d.Network().AppendWhole(nil))
	}
	return types.Text(env.Env, t, d)
}

// lower and upper map characters one by one, as the locale C.UTF-8 does.
func lower(s string) string { return strings.Map(unicode.ToLower, s) }

func upper(s string) string { return strings.Map(unicode.ToUpper, s) }

func isAlnum(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func initcap(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		was := inside
		inside = isAlnum(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// cased is a function of text that changes cases, those that the collation knows.
func cased(all, ascii func(string) string) maker {
	return func(c *Call) any {
		if c.ASCII {
			return text1(ascii)
		}
		return text1(all)
	}
}

func lowerASCII(s string) string { return onlyASCII(unicode.ToLower, s) }

func upperASCII(s string) string { return onlyASCII(unicode.ToUpper, s) }

// onlyASCII changes characters that are ASCII.
func onlyASCII(change func(rune) rune, s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return r
		}
		return change(r)
	}, s)
}

func initcapASCII(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		was := inside
		inside = r <= unicode.MaxASCII && isAlnum(r)
		switch {
		case r > unicode.MaxASCII:
			return r
		case was:
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

func reverse(s string) string {
	b := make([]byte, len(s))
	for i, r := range s {
		n := utf8.RuneLen(r)
		copy(b[len(s)-i-n:], s[i:i+n])
	}
	return string(b)
}

func md5Hex(s string) string {
	h := md5.Sum([]byte(s))
	return hex.EncodeToString(h[:])
}

// runeOffset returns the byte offset of the n-th character, the length if there
// are fewer.
func runeOffset(s string, n int64) int {
	if n <= 0 {
		return 0
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func textLeft(_ *Env, a, b types.Datum) (types.Datum, error) {
	s, n := a.Str(), b.Int()
	if n < 0 {
		n = max(int64(utf8.RuneCountInString(s))+n, 0)
	}
	return text(s[:runeOffset(s, n)])
}

func textRight(_ *Env, a, b types.Datum) (types.Datum, error) {
	s, n := a.Str(), b.Int()
	if n < 0 {
		return text(s[runeOffset(s, -n):])
	}
	return text(s[runeOffset(s, max(int64(utf8.RuneCountInString(s))-n, 0)):])
}

func substring(_ *Env, a, from, count types.Datum) (types.Datum, error) {
	s, start, n := a.Str(), from.Int(), count.Int()
	if n < 0 {
		return types.Null, sqlstate.New(sqlstate.SubstringError, "negative substring length not allowed")
	}
	end := start + n
	begin := runeOffset(s, max(start, 1)-1)
	return text(s[begin:max(begin, runeOffset(s, max(end, 1)-1))])
}

func substringFrom(_ *Env, a, from types.Datum) (types.Datum, error) {
	s := a.Str()
	return text(s[runeOffset(s, max(from.Int(), 1)-1):])
}

func byteSubstring(_ *Env, a, from, count types.Datum) (types.Datum, error) {
	s, start, n := a.Str(), from.Int(), count.Int()
	if n < 0 {
		return types.Null, sqlstate.New(sqlstate.SubstringError, "negative substring length not allowed")
	}
	begin := min(max(start, 1)-1, int64(len(s)))
	end := min(max(start+n, 1)-1, int64(len(s)))
	return text(s[begin:max(begin, end)])
}

func byteSubstringFrom(_ *Env, a, from types.Datum) (types.Datum, error) {
	s := a.Str()
	return text(s[min(max(from.Int(), 1)-1, int64(len(s))):])
}

// padding returns so many characters of fill, repeated.
func padding(fill string, n int) (string, error) {
	if n*max(len(fill), 1) > stringBytesMax {
		return "", errTooLarge()
	}
	runes := []rune(fill)
	out := make([]rune, n)
	for i := range out {
		out[i] = runes[i%len(runes)]
	}
	return string(out), nil
}

func pad(a, b, fill types.Datum) (s, added string, err error) {
	s = a.Str()
	n := max(b.Int(), 0)
	have := int64(utf8.RuneCountInString(s))
	if have >= n {
		return s[:runeOffset(s, n)], "", nil
	}
	if fill.Str() == "" {
		return s, "", nil
	}
	if n > stringBytesMax {
		return "", "", errTooLarge()
	}
	added, err = padding(fill.Str(), int(n-have))
	return s, added, err
}

func lpad(_ *Env, a, b, fill types.Datum) (types.Datum, error) {
	s, added, err := pad(a, b, fill)
	return types.String(added + s), err
}

func rpad(_ *Env, a, b, fill types.Datum) (types.Datum, error) {
	s, added, err := pad(a, b, fill)
	return types.String(s + added), err
}

func replaceText(_ *Env, a, from, to types.Datum) (types.Datum, error) {
	if from.Str() == "" {
		return a, nil
	}
	if n := strings.Count(a.Str(), from.Str()); n*len(to.Str())+len(a.Str()) > stringBytesMax {
		return types.Null, errTooLarge()
	}
	return text(strings.ReplaceAll(a.Str(), from.Str(), to.Str()))
}

func repeat(_ *Env, a, b types.Datum) (types.Datum, error) {
	n := max(b.Int(), 0)
	if n*int64(len(a.Str())) > stringBytesMax {
		return types.Null, errTooLarge()
	}
	return text(strings.Repeat(a.Str(), int(n)))
}

func position(_ *Env, a, b types.Datum) (types.Datum, error) {
	i := strings.Index(a.Str(), b.Str())
	if i < 0 {
		return integer(0)
	}
	return integer(utf8.RuneCountInString(a.Str()[:i]) + 1)
}

func bytePosition(_ *Env, a, b types.Datum) (types.Datum, error) {
	return integer(strings.Index(a.Str(), b.Str()) + 1)
}

func splitPart(_ *Env, a, b, c types.Datum) (types.Datum, error) {
	s, sep, n := a.Str(), b.Str(), c.Int()
	if n == 0 {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "field position must not be zero")
	}
	parts := []string{s}
	switch {
	case s == "":
		parts = nil
	case sep != "":
		parts = strings.Split(s, sep)
	}
	if n < 0 {
		n += int64(len(parts)) + 1
	}
	if n < 1 || n > int64(len(parts)) {
		return text("")
	}
	return text(parts[n-1])
}

func translate(_ *Env, a, from, to types.Datum) (types.Datum, error) {
	old, made := []rune(from.Str()), []rune(to.Str())
	table := map[rune]rune{}
	for i, r := range old {
		if _, seen := table[r]; seen {
			continue
		}
		table[r] = -1
		if i < len(made) {
			table[r] = made[i]
		}
	}
	return text(strings.Map(func(r rune) rune {
		if n, ok := table[r]; ok {
			return n
		}
		return r
	}, a.Str()))
}

func chr(_ *Env, a types.Datum) (types.Datum, error) {
	n := a.Int()
	switch {
	case n < 0:
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "character number must be positive")
	case n == 0:
		return types.Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "null character not permitted")
	case n > utf8.MaxRune || n >= 0xD800 && n < 0xE000:
		if n > utf8.MaxRune {
			return types.Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "requested character too large for encoding: %d", n)
		}
		return types.Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "requested character not valid for encoding: %d", n)
	}
	return text(string(rune(n)))
}

func ascii(_ *Env, a types.Datum) (types.Datum, error) {
	if a.Str() == "" {
		return integer(0)
	}
	r, _ := utf8.DecodeRuneInString(a.Str())
	return integer(int(r))
}

func overlay(_ *Env, args []types.Datum) (types.Datum, error) {
	s, made := args[0].Str(), args[1].Str()
	from, end, err := overlaid(args, utf8.RuneCountInString(made))
	if err != nil {
		return types.Null, err
	}
	return text(s[:runeOffset(s, from)] + made + s[runeOffset(s, end):])
}

// overlaid is what overlay(s PLACING made FROM … FOR …) replaces, from 0; without FOR as
// much as is put there.
func overlaid(args []types.Datum, size int) (from, end int64, err error) {
	from, count := args[2].Int(), int64(size)
	if len(args) > 3 {
		count = args[3].Int()
	}
	if from <= 0 {
		return 0, 0, sqlstate.New(sqlstate.SubstringError, "negative substring length not allowed")
	}
	if end = from + count; end > math.MaxInt32 || end < math.MinInt32 {
		return 0, 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "integer out of range")
	}
	return from - 1, max(end-1, 0), nil
}

func errEncoding(name string) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized encoding: \"%s\"", name)
}

func encodeBytes(_ *Env, a, b types.Datum) (types.Datum, error) {
	switch strings.ToLower(b.Str()) {
	case "hex":
		return text(hex.EncodeToString([]byte(a.Str())))
	case "base64":
		return text(wrapLines(base64.StdEncoding.EncodeToString([]byte(a.Str())), 76))
	case "escape":
		return text(escapeBytes(a.Str()))
	}
	return types.Null, errEncoding(b.Str())
}

func wrapLines(s string, width int) string {
	var out strings.Builder
	for len(s) > width {
		out.WriteString(s[:width])
		out.WriteByte('\n')
		s = s[width:]
	}
	out.WriteString(s)
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
	strip := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\n\r", r) {
				return -1
			}
			return r
		}, s)
	}
	switch strings.ToLower(b.Str()) {
	case "hex":
		return types.Parse(env.Env, types.Of(types.ByteaOID), `\x`+strip(a.Str()))
	case "escape":
		return types.Parse(env.Env, types.Of(types.ByteaOID), a.Str())
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
