package expr

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"strconv"
	"strings"
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

// text1 adapts a function of strings that cannot fail.
func text1(f func(string) string) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		made := f(a.Str())
		if len(made) > stringBytesMax {
			return types.Null, errTooLarge()
		}
		return text(made)
	}
}

// trims removes the characters of a set; of a long one a table is made.
func trims(of func(string, func(rune) bool) string, short func(s, set string) string) Func2 {
	const long = 100
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		set := b.Str()
		if len(set) < long {
			return text(short(a.Str(), set))
		}
		table := map[rune]bool{}
		for _, r := range set {
			table[r] = true
		}
		return text(of(a.Str(), func(r rune) bool { return table[r] }))
	}
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
		"btrim":              trims(strings.TrimFunc, strings.Trim), "btrim1": text1(func(s string) string { return strings.Trim(s, " ") }),
		"ltrim": trims(strings.TrimLeftFunc, strings.TrimLeft), "ltrim1": text1(func(s string) string { return strings.TrimLeft(s, " ") }),
		"rtrim": trims(strings.TrimRightFunc, strings.TrimRight), "rtrim1": text1(func(s string) string { return strings.TrimRight(s, " ") }),
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
