package jsonb

import (
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Validate checks an encoding from an untrusted source; XX001.
func Validate(doc string) error {
	if len(doc) > BytesMax {
		return errTooLarge()
	}
	if valid(Root(doc), 0) {
		return nil
	}
	return sqlstate.New(sqlstate.DataCorrupted, "invalid jsonb encoding")
}

func valid(v Value, depth int) bool {
	if depth > nestMax {
		return false
	}
	switch v.Kind() {
	case Null, Bool:
		return len(v.node) == 1
	case String:
		return validString(v.node[1:])
	case Number:
		return validNumber(v.node[1:])
	case Array, Object:
		c, ok := v.open()
		return ok && c.valid(depth)
	}
	return false
}

func validString(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func (c *container) valid(depth int) bool {
	if !c.covers(c.ends, c.values) || c.keys != "" && !c.covers(c.keys, c.keyed) {
		return false
	}
	for i := range c.count {
		if c.keys != "" && !validString(c.key(i)) {
			return false
		}
		if c.keys != "" && i > 0 && compareKeys(c.key(i-1), c.key(i)) >= 0 {
			return false
		}
		if !valid(c.value(i), depth+1) {
			return false
		}
	}
	return true
}

// covers reports whether the ends ascend and reach area's end exactly.
func (c *container) covers(table, area string) bool {
	last := 0
	for i := range c.count {
		end := number(table, i*c.width, c.width)
		if end < last {
			return false
		}
		last = end
	}
	return last == len(area)
}
