package expr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// encodings are PostgreSQL's encodings of one byte a character, by names without
// punctuation. nil is UTF8.
var encodings = map[string]*encoding{
	"utf8": {"UTF8", nil}, "unicode": {"UTF8", nil}, "sqlascii": {"SQL_ASCII", nil}, // taken as it is
	"latin1": {"LATIN1", charmap.ISO8859_1}, "iso88591": {"LATIN1", charmap.ISO8859_1},
	"latin2": {"LATIN2", charmap.ISO8859_2}, "iso88592": {"LATIN2", charmap.ISO8859_2},
	"latin3": {"LATIN3", charmap.ISO8859_3}, "iso88593": {"LATIN3", charmap.ISO8859_3},
	"latin4": {"LATIN4", charmap.ISO8859_4}, "iso88594": {"LATIN4", charmap.ISO8859_4},
	"latin5": {"LATIN5", charmap.ISO8859_9}, "iso88599": {"LATIN5", charmap.ISO8859_9},
	"latin6": {"LATIN6", charmap.ISO8859_10}, "iso885910": {"LATIN6", charmap.ISO8859_10},
	"latin7": {"LATIN7", charmap.ISO8859_13}, "iso885913": {"LATIN7", charmap.ISO8859_13},
	"latin8": {"LATIN8", charmap.ISO8859_14}, "iso885914": {"LATIN8", charmap.ISO8859_14},
	"latin9": {"LATIN9", charmap.ISO8859_15}, "iso885915": {"LATIN9", charmap.ISO8859_15},
	"latin10": {"LATIN10", charmap.ISO8859_16}, "iso885916": {"LATIN10", charmap.ISO8859_16},
	"iso88595": {"ISO_8859_5", charmap.ISO8859_5}, "iso88597": {"ISO_8859_7", charmap.ISO8859_7},
	"koi8": {"KOI8R", charmap.KOI8R}, "koi8r": {"KOI8R", charmap.KOI8R},
	"win1250": {"WIN1250", charmap.Windows1250}, "windows1250": {"WIN1250", charmap.Windows1250},
	"win1251": {"WIN1251", charmap.Windows1251}, "windows1251": {"WIN1251", charmap.Windows1251}, "win": {"WIN1251", charmap.Windows1251},
	"win1252": {"WIN1252", charmap.Windows1252}, "windows1252": {"WIN1252", charmap.Windows1252},
	"win1253": {"WIN1253", charmap.Windows1253}, "windows1253": {"WIN1253", charmap.Windows1253},
	"win1254": {"WIN1254", charmap.Windows1254}, "windows1254": {"WIN1254", charmap.Windows1254},
	"win1257": {"WIN1257", charmap.Windows1257}, "windows1257": {"WIN1257", charmap.Windows1257},
	"win866": {"WIN866", charmap.CodePage866}, "windows866": {"WIN866", charmap.CodePage866}, "alt": {"WIN866", charmap.CodePage866},
}

// Encodings are PostgreSQL's names of encodings by number.
var Encodings = strings.Fields(`SQL_ASCII EUC_JP EUC_CN EUC_KR EUC_TW EUC_JIS_2004 UTF8 MULE_INTERNAL LATIN1 LATIN2 LATIN3 LATIN4 LATIN5
	LATIN6 LATIN7 LATIN8 LATIN9 LATIN10 WIN1256 WIN1258 WIN866 WIN874 KOI8R WIN1251 WIN1252 ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8
	WIN1250 WIN1253 WIN1254 WIN1255 WIN1257 KOI8U SJIS BIG5 GBK UHC GB18030 JOHAB SHIFT_JIS_2004`)

// encodingAliases are other names of encodings, in lower case and without what is no letter or digit.
var encodingAliases = map[string]string{
	"unicode": "utf8", "koi8": "koi8r", "win": "win1251", "alt": "win866", "abc": "win1258", "tcvn": "win1258", "tcvn5712": "win1258", "vscii": "win1258",
	"mskanji": "sjis", "shiftjis": "sjis", "win932": "sjis", "win950": "big5", "win936": "gbk", "win949": "uhc",
	"iso88591": "latin1", "iso88592": "latin2", "iso88593": "latin3", "iso88594": "latin4", "iso88599": "latin5", "iso885910": "latin6",
	"iso885913": "latin7", "iso885914": "latin8", "iso885915": "latin9", "iso885916": "latin10",
}

// EncodingNumber finds an encoding by any of its names; -1 if there is none.
func EncodingNumber(name string) int {
	bare := bareEncoding(name)
	if n, ok := strings.CutPrefix(bare, "windows"); ok {
		bare = "win" + n
	}
	if other, ok := encodingAliases[bare]; ok {
		bare = other
	}
	return slices.IndexFunc(Encodings, func(e string) bool { return bareEncoding(e) == bare })
}

// otherEncodings are those that are not converted here.
var otherEncodings = strings.Fields(`eucjp euccn euckr euctw eucjis2004 muleinternal win1255 windows1255 win1256 windows1256 win1258 windows1258
	abc tcvn tcvn5712 vscii koi8u win874 windows874 iso88596 iso88598 sjis mskanji shiftjis win932 windows932 big5 win950 windows950 gbk win936 windows936 uhc win949
	windows949 gb18030 johab shiftjis2004`)

type encoding struct {
	name  string
	chars *charmap.Charmap
}

// encodingNamed finds an encoding; what is wrong with its name is said with a role before.
func encodingNamed(name, role string) (*encoding, error) {
	bare := bareEncoding(name)
	if e := encodings[bare]; e != nil {
		return e, nil
	}
	if slices.Contains(otherEncodings, bare) {
		return nil, unavailable("encoding " + name)
	}
	return nil, sqlstate.New(sqlstate.InvalidParameterValue, "invalid %sencoding name \"%s\"", role, name)
}

func bareEncoding(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, name)
}

// runes reads bytes in the encoding.
func (e *encoding) runes(s string) (string, error) {
	if e.name == "UTF8" {
		if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
			return "", errInvalidUTF8(s)
		}
		return s, nil
	}
	if err := e.check(s); err != nil || e.chars == nil {
		return s, err
	}
	var made strings.Builder
	for _, c := range []byte(s) {
		r := e.rune(c)
		if r == utf8.RuneError {
			return "", e.noEquivalent(string([]byte{c}), "UTF8")
		}
		made.WriteRune(r)
	}
	return made.String(), nil
}

// check refuses what is no text in the encoding.
func (e *encoding) check(s string) error {
	switch {
	case e.name == "UTF8" && !utf8.ValidString(s):
		return errInvalidUTF8(s)
	case strings.Contains(s, "\x00"):
		return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"%s\": 0x00", e.name)
	}
	return nil
}

// rune is what a byte stands for. The upper control characters are left out of charmap's
// tables of ISO 8859, and not of PostgreSQL's.
func (e *encoding) rune(c byte) rune {
	r := e.chars.DecodeByte(c)
	if iso := strings.HasPrefix(e.name, "LATIN") || strings.HasPrefix(e.name, "ISO"); r == utf8.RuneError && iso && c >= 0x80 && c < 0xa0 {
		return rune(c)
	}
	return r
}

// bytes writes text in the encoding.
func (e *encoding) bytes(s string) (string, error) {
	if e.chars == nil {
		return s, nil
	}
	made := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := e.chars.EncodeRune(r)
		if !ok && e.rune(byte(r)) == r {
			c, ok = byte(r), true
		}
		if !ok {
			return "", (&encoding{name: "UTF8"}).noEquivalent(string(r), e.name)
		}
		made = append(made, c)
	}
	return string(made), nil
}

func (e *encoding) noEquivalent(char, other string) error {
	var shown strings.Builder
	for _, c := range []byte(char) {
		fmt.Fprintf(&shown, " 0x%02x", c)
	}
	return sqlstate.New(sqlstate.UntranslatableCharacter, "character with byte sequence%s in encoding \"%s\" has no equivalent in encoding \"%s\"", shown.String(), e.name, other)
}

func convertBytes(s, from, to string) (types.Datum, error) {
	source, err := encodingNamed(from, "source ")
	if err != nil {
		return types.Null, err
	}
	target, err := encodingNamed(to, "destination ")
	if err != nil {
		return types.Null, err
	}
	switch {
	case source == target || target.name == "SQL_ASCII":
		return types.String(s), source.check(s)
	case source.name == "SQL_ASCII": // bytes of no encoding are those of any
		return types.String(s), cmp.Or(source.check(s), target.check(s))
	case source.chars != nil && target.chars != nil:
		table, ok := betweenEncodings[source.name+" "+target.name]
		if !ok {
			return types.Null, sqlstate.New(sqlstate.UndefinedFunction, "default conversion function for encoding \"%s\" to \"%s\" does not exist", source.name, target.name)
		}
		made, err := convertBetween(s, source, target, table)
		return types.String(made), err
	}
	runes, err := source.runes(s)
	if err != nil {
		return types.Null, err
	}
	made, err := target.bytes(runes)
	return types.String(made), err
}

func convertFrom(_ *Env, a, b types.Datum) (types.Datum, error) {
	return convertBytes(a.Str(), b.Str(), "UTF8")
}

func convertTo(_ *Env, a, b types.Datum) (types.Datum, error) {
	return convertBytes(a.Str(), "UTF8", b.Str())
}

func convert(_ *Env, a, from, to types.Datum) (types.Datum, error) {
	return convertBytes(a.Str(), from.Str(), to.Str())
}

// lengthIn is the number of characters of bytes in an encoding.
func lengthIn(_ *Env, a, b types.Datum) (types.Datum, error) {
	e, err := encodingNamed(b.Str(), "")
	if err != nil {
		return types.Null, err
	}
	if e.name == "UTF8" {
		runes, err := e.runes(a.Str())
		return types.Int(int64(utf8.RuneCountInString(runes))), err
	}
	return types.Int(int64(len(a.Str()))), e.check(a.Str())
}

// toASCII answers to_ascii(text), which knows no way from UTF8.
func toASCII(*Env, types.Datum) (types.Datum, error) { return types.Null, noASCII("UTF8") }

func noASCII(encoding string) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "encoding conversion from %s to ASCII not supported", encoding)
}

// asciiOf are letters that look like what the bytes from 0x80 on stand for in an encoding; text has
// none above 0xf4.
var asciiOf = map[string]string{
	"LATIN1":  "                                  cL Y  \"Ca  -R     'u .,      ?  AAAAACEEEEIIII NOOOOOxOUUUUYTBaaaaaaaceeeeiiii nooo",
	"LATIN2":  "                                 A L LS \"SSTZ-ZZ a,l'ls ,sstz\"zz  AAALCCCEEEEIIDDNNOOOOxRUUUUYTBraaaalccceeeeiiddnnoo",
	"LATIN9":  "                                  cL YS sCa  -R     Zu .z   EeY?  AAAAACEEEEIIII NOOOOOxOUUUUYTBaaaaaaaceeeeiiii nooo",
	"WIN1250": "  ' \"    %S<STZZ `'\"\".--  s>stzz   L A  \"CS  -RZ  ,l'u .,as L\"lz  AAALCCCEEEEIIDDNNOOOOxRUUUUYTBraaaalccceeeeiiddnnoo",
}

func toASCIINamed(_ *Env, a, name types.Datum) (types.Datum, error) {
	n := EncodingNumber(name.Str())
	if n < 0 {
		return types.Null, sqlstate.New(sqlstate.UndefinedObject, "%s is not a valid encoding name", name.Str())
	}
	return asciiFrom(a.Str(), Encodings[n])
}

func toASCIINumbered(_ *Env, a, number types.Datum) (types.Datum, error) {
	n := number.Int()
	if n < 0 || n >= int64(len(Encodings)) {
		return types.Null, sqlstate.New(sqlstate.UndefinedObject, "%d is not a valid encoding code", n)
	}
	return asciiFrom(a.Str(), Encodings[n])
}

// asciiFrom takes the bytes of text for bytes of the encoding, though they are UTF-8, as PostgreSQL
// does.
func asciiFrom(s, encoding string) (types.Datum, error) {
	alike, ok := asciiOf[encoding]
	if !ok {
		return types.Null, noASCII(encoding)
	}
	made := []byte(s)
	for i, c := range made {
		if c >= 0x80 {
			made[i] = alike[c-0x80]
		}
	}
	return text(string(made))
}
