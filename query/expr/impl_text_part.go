package expr

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

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
