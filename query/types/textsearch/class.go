package textsearch

import (
	"bytes"
	"compress/gzip"
	_ "embed" // classes.tsv.gz
	"io"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// classes.tsv.gz has what the locale C.UTF-8 and PostgreSQL's tables of widths say of characters.
//
//go:embed classes.tsv.gz
var classData []byte

var classes = sync.OnceValue(func() map[string]*unicode.RangeTable {
	zip, err := gzip.NewReader(bytes.NewReader(classData))
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		panic(err)
	}
	all := map[string]*unicode.RangeTable{}
	for line := range strings.Lines(string(text)) {
		name, spans, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		all[name] = rangeTable(strings.Fields(spans))
	}
	return all
})

func rangeTable(spans []string) *unicode.RangeTable {
	t := &unicode.RangeTable{}
	for _, span := range spans {
		from, to, wide := strings.Cut(span, "-")
		if !wide {
			to = from
		}
		low, high := codePoint(from), codePoint(to)
		if high <= 0xFFFF {
			t.R16 = append(t.R16, unicode.Range16{Lo: uint16(low), Hi: uint16(high), Stride: 1})
			continue
		}
		if low <= 0xFFFF {
			t.R16 = append(t.R16, unicode.Range16{Lo: uint16(low), Hi: 0xFFFF, Stride: 1})
			low = 0x10000
		}
		t.R32 = append(t.R32, unicode.Range32{Lo: low, Hi: high, Stride: 1})
	}
	return t
}

func codePoint(hex string) uint32 {
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		panic("textsearch: classes.tsv: " + err.Error())
	}
	return uint32(n)
}

var (
	alphaTable   = sync.OnceValue(func() *unicode.RangeTable { return classes()["alpha"] })
	spaceTable   = sync.OnceValue(func() *unicode.RangeTable { return classes()["space"] })
	specialTable = sync.OnceValue(func() *unicode.RangeTable { return classes()["special"] })
)

func isLetter(r rune) bool { return r < 0x80 && 'a' <= r|0x20 && r|0x20 <= 'z' }

func isAlpha(r rune) bool {
	if r < unicode.MaxASCII {
		return isLetter(r)
	}
	return unicode.Is(alphaTable(), r)
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isSpace(r rune) bool {
	if r < unicode.MaxASCII {
		return r == ' ' || '\t' <= r && r <= '\r'
	}
	return unicode.Is(spaceTable(), r)
}

// isSpecial reports whether a character breaks no word, though it is no letter: it takes no
// room of its own, or is a vowel sign.
func isSpecial(r rune) bool { return r > unicode.MaxASCII && unicode.Is(specialTable(), r) }

func isHexDigit(r rune) bool { return isDigit(r) || 'a' <= r|0x20 && r|0x20 <= 'f' && r < 0x80 }

// isURL reports whether a character may stand in the path of a URL (RFC 3986).
func isURL(r rune) bool {
	return ' ' < r && r < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", r)
}

// lower maps characters one by one.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return strings.Map(unicode.ToLower, s)
		}
	}
	return s
}
