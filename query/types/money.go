package types

import (
	"math"
	"strconv"
	"strings"
)

// A money is a number of cents: the locales that lc_monetary may name write it alike.
const centDigits = 2

// parseMoney takes signs, dollars and parentheses before and behind the amount as PostgreSQL does, which does not
// look whether they belong together.
func parseMoney(text string) (Datum, error) {
	s := trimDollar(text)
	negative := strings.HasPrefix(s, "-") || strings.HasPrefix(s, "(")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	cents, rest, ok := scanCents(trimDollar(s))
	if !ok {
		return Null, errOutOfRange("money", text)
	}
	rest = strings.TrimLeft(rest, "0123456789")
	if strings.Trim(rest, spaces+")-+$") != "" {
		return Null, errSyntax("money", text)
	}
	switch {
	case negative, strings.Contains(rest, "-"):
		return Int(cents), nil
	case cents == math.MinInt64:
		return Null, errOutOfRange("money", text)
	}
	return Int(-cents), nil
}

func trimDollar(s string) string {
	return strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(s, spaces), "$"), spaces)
}

// scanCents reads an amount up to its cents, which the next digit rounds. It is negative, of which there is one more.
func scanCents(s string) (cents int64, rest string, ok bool) {
	decimals, point := 0, false
	for ; s != ""; s = s[1:] {
		switch c := s[0]; {
		case isDigit(c) && (!point || decimals < centDigits):
			if cents, ok = shiftCents(cents, c-'0'); !ok {
				return 0, "", false
			}
			if point {
				decimals++
			}
			continue
		case c == '.' && !point:
			point = true
			continue
		case c == ',':
			continue
		}
		break
	}
	if s != "" && s[0] >= '5' && isDigit(s[0]) {
		if cents == math.MinInt64 {
			return 0, "", false
		}
		cents--
	}
	for ; decimals < centDigits; decimals++ {
		if cents, ok = shiftCents(cents, 0); !ok {
			return 0, "", false
		}
	}
	return cents, s, true
}

// shiftCents puts a digit behind a negative number.
func shiftCents(cents int64, digit byte) (int64, bool) {
	const tenth = math.MinInt64 / 10
	if cents < tenth || cents == tenth && int64(digit) > tenth*10-math.MinInt64 {
		return 0, false
	}
	return cents*10 - int64(digit), true
}

func appendMoney(buf []byte, cents int64) []byte {
	if cents < 0 {
		buf = append(buf, '-')
	}
	amount := absUint(cents)
	whole := strconv.FormatUint(amount/100, 10)
	buf = append(buf, '$')
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, whole[i])
	}
	return append(buf, '.', '0'+byte(amount/10%10), '0'+byte(amount%10))
}
