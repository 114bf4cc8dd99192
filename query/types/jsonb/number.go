package jsonb

import (
	"strconv"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Limits of numeric.
const (
	integerDigitsMax = 131072
	scaleMax         = 16383
)

func errNumericOverflow() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value overflows numeric format")
}

// canonical turns a number in JSON's syntax into the text that numeric prints.
func canonical(s string) (string, error) {
	if strings.IndexByte(s, 'e') >= 0 || strings.IndexByte(s, 'E') >= 0 {
		return expand(s)
	}
	if s[0] == '-' && strings.Trim(s, "-0.") == "" {
		s = s[1:] // numeric has no negative zero
	}
	integer, fraction, _ := strings.Cut(s, ".")
	if len(integer) > integerDigitsMax || len(fraction) > scaleMax {
		return "", errNumericOverflow()
	}
	return s, nil
}

func expand(s string) (string, error) {
	i := strings.IndexAny(s, "eE")
	exponent, err := strconv.Atoi(s[i+1:])
	if err != nil || exponent > 1<<30 || exponent < -(1<<30) {
		return "", errNumericOverflow()
	}
	mantissa, sign := s[:i], ""
	if mantissa[0] == '-' {
		mantissa, sign = mantissa[1:], "-"
	}
	integer, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(integer+fraction, "0")
	scale := len(fraction) - exponent
	if max(scale, 0) > scaleMax || digits != "" && len(digits)-scale > integerDigitsMax {
		return "", errNumericOverflow()
	}
	switch {
	case digits == "":
		sign, digits = "", "0"
		scale = max(scale, 0)
	case scale < 0:
		digits += strings.Repeat("0", -scale)
		scale = 0
	}
	if scale == 0 {
		return sign + digits, nil
	}
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	point := len(digits) - scale
	return sign + digits[:point] + "." + digits[point:], nil
}

// validNumber reports whether s is a number as numeric prints it.
func validNumber(s string) bool {
	if strings.HasPrefix(s, "-") {
		if s = s[1:]; strings.Trim(s, "0.") == "" {
			return false // numeric has no negative zero
		}
	}
	integer, fraction, point := strings.Cut(s, ".")
	if !allDigits(integer) || len(integer) > 1 && integer[0] == '0' || len(integer) > integerDigitsMax {
		return false
	}
	return !point || allDigits(fraction) && len(fraction) <= scaleMax
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return s != ""
}

// compareNumbers compares two numbers' texts by value.
func compareNumbers(a, b string) int {
	negA, negB := strings.HasPrefix(a, "-"), strings.HasPrefix(b, "-")
	switch {
	case negA && negB:
		return compareUnsigned(b[1:], a[1:])
	case negA:
		return -1
	case negB:
		return 1
	}
	return compareUnsigned(a, b)
}

func compareUnsigned(a, b string) int {
	ai, af, _ := strings.Cut(a, ".")
	bi, bf, _ := strings.Cut(b, ".")
	if c := compareKeys(ai, bi); c != 0 {
		return c
	}
	return strings.Compare(strings.TrimRight(af, "0"), strings.TrimRight(bf, "0"))
}

// numberKey is a text equal for equal numbers.
func numberKey(s string) string {
	if strings.IndexByte(s, '.') < 0 {
		return s
	}
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
