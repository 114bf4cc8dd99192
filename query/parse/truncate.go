package parse

import (
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// nameBytesMax is what the grammar cuts names to.
const nameBytesMax = 63

// Truncations are the notices of names that the grammar cuts, in order.
func Truncations(sql string) (all []*sqlstate.Error) {
	if len(sql) <= nameBytesMax {
		return nil
	}
	l := lexer{text: sql}
	for t := l.next(); t.kind != tokEOF; t = l.next() {
		if t.end-t.start <= nameBytesMax {
			continue
		}
		name := sql[t.start:t.end]
		switch {
		case t.kind == tokIdent:
			name = lowerASCII(name)
		case t.kind == tokQuoted && name[0] == '"':
			name = strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
		default:
			continue
		}
		if kept := cut(name); kept != name {
			all = append(all, sqlstate.New(sqlstate.NameTooLong, "identifier \"%s\" will be truncated to \"%s\"", name, kept))
		}
	}
	return all
}

// cut shortens a name to whole characters.
func cut(name string) string {
	if len(name) <= nameBytesMax {
		return name
	}
	n := nameBytesMax
	for !utf8.RuneStart(name[n]) {
		n--
	}
	return name[:n]
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
