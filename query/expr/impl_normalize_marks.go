package expr

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// marksMax is how many combining marks in a row are left to package norm: from 30 on it puts
// a joiner between them.
const marksMax = 8

// laterMarks came with Unicode 15, where they have a class or parts: PostgreSQL 15 knows version 14, in which they are nothing.
var laterMarks = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x0ece, Hi: 0x0ece, Stride: 1}},
	R32: []unicode.Range32{
		{Lo: 0x10efd, Hi: 0x10eff, Stride: 1},
		{Lo: 0x11f41, Hi: 0x11f42, Stride: 1},
		{Lo: 0x1e030, Hi: 0x1e06d, Stride: 1},
		{Lo: 0x1e08f, Hi: 0x1e08f, Stride: 1},
		{Lo: 0x1e4ec, Hi: 0x1e4ef, Stride: 1},
	},
}

// normalString is f's form of a text, in which any number of marks may follow a character.
func normalString(f norm.Form, s string) string {
	var made strings.Builder
	for {
		at := strings.IndexFunc(s, func(r rune) bool { return unicode.Is(laterMarks, r) })
		if at < 0 {
			break
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		made.WriteString(normalKnown(f, s[:at]))
		made.WriteString(s[at : at+size])
		s = s[at+size:]
	}
	if made.Len() == 0 {
		return normalKnown(f, s)
	}
	made.WriteString(normalKnown(f, s))
	return made.String()
}

// normalKnown is normalString of a text without later marks.
func normalKnown(f norm.Form, s string) string {
	var made strings.Builder
	for {
		from, end := manyMarks(f, s)
		if end < 0 {
			if made.Len() == 0 {
				return f.String(s)
			}
			made.WriteString(f.String(s))
			return made.String()
		}
		made.WriteString(f.String(s[:from]))
		made.WriteString(normalMarks(f, s[from:end]))
		s = s[end:]
	}
}

// manyMarks finds a character with many marks behind it; end is -1 without one.
func manyMarks(f norm.Form, s string) (from, end int) {
	start, marks := 0, 0
	for i, r := range s {
		if r < utf8.RuneSelf {
			if marks > marksMax {
				return start, i
			}
			start, marks = i, 0
			continue
		}
		p := f.PropertiesString(s[i:])
		switch {
		case p.CCC() != 0:
			marks++
		case marks > marksMax:
			return start, i
		case p.BoundaryBefore():
			start, marks = i, 0
		default:
			marks = 0
		}
	}
	if marks > marksMax {
		return start, len(s)
	}
	return 0, -1
}

// normalMarks takes a text apart into its characters' own parts, orders the marks and, if f
// composes, puts together what has a character of its own. (Unicode Standard, 3.11.)
func normalMarks(f norm.Form, s string) string {
	apart := norm.NFD
	if f == norm.NFKC || f == norm.NFKD {
		apart = norm.NFKD
	}
	var all []rune
	for _, r := range s {
		all = append(all, []rune(apart.String(string(r)))...)
	}
	class := func(r rune) uint8 { return apart.PropertiesString(string(r)).CCC() }
	for i := 0; i < len(all); {
		from := i
		for i < len(all) && class(all[i]) != 0 {
			i++
		}
		slices.SortStableFunc(all[from:i], func(a, b rune) int { return int(class(a)) - int(class(b)) })
		i = max(i, from+1)
	}
	if f == norm.NFC || f == norm.NFKC {
		all = composed(all, class)
	}
	return string(all)
}

// composed puts marks together with the character before them, unless another one of their class
// stands between.
func composed(all []rune, class func(rune) uint8) []rune {
	made, starter, last := all[:0], -1, uint8(0)
	for _, r := range all {
		c := class(r)
		if starter >= 0 && (last < c || last == 0 && starter == len(made)-1) {
			if pair := []rune(norm.NFC.String(string([]rune{made[starter], r}))); len(pair) == 1 {
				made[starter] = pair[0]
				continue
			}
		}
		if made = append(made, r); c == 0 {
			starter = len(made) - 1
		}
		last = c
	}
	return made
}
