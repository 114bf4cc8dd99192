package types

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// ParseNumeric is numeric's input function without a modifier.
func ParseNumeric(s string) (Datum, error) {
	if d, ok := parseShortNumeric(s); ok {
		return d, nil
	}
	t := trimSpace(s)
	if d, ok := parseSpecialNumeric(t); ok {
		return d, nil
	}
	n, ok := scanNumeric(t)
	if !ok {
		return Null, errSyntax("numeric", s)
	}
	return n.datum()
}

// parseShortNumeric reads what most numbers look like: up to 18 digits, no
// exponent, no spaces.
func parseShortNumeric(s string) (Datum, bool) {
	i, neg := 0, false
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		i, neg = 1, s[0] == '-'
	}
	if len(s)-i > 19 || i == len(s) {
		return Null, false
	}
	var c int64
	point, digits := -1, len(s)-i
	for ; i < len(s); i++ {
		if d := s[i] - '0'; d <= 9 {
			c = c*10 + int64(d)
			continue
		}
		if s[i] != '.' || point >= 0 {
			return Null, false
		}
		point = i
		digits--
	}
	if digits == 0 || digits > 18 || point == len(s)-1 {
		return Null, false
	}
	if neg {
		c = -c
	}
	if point < 0 {
		return shortNumeric(c, 0), true
	}
	return shortNumeric(c, int32(len(s)-point-1)), true
}

func parseSpecialNumeric(s string) (Datum, bool) {
	sign, word := 1, s
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		word = s[1:]
		if s[0] == '-' {
			sign = -1
		}
	}
	switch {
	case strings.EqualFold(s, "nan"):
		return NumericNaN(), true
	case strings.EqualFold(word, "infinity"), strings.EqualFold(word, "inf"):
		return NumericInf(sign), true
	}
	return Null, false
}

// scannedNumeric is a number's digits as written.
type scannedNumeric struct {
	neg      bool
	integer  string
	fraction string
	exponent int64
}

func scanNumeric(s string) (n scannedNumeric, ok bool) {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		n.neg, s = s[0] == '-', s[1:]
	}
	n.integer, s = cutDigits(s)
	if s != "" && s[0] == '.' {
		n.fraction, s = cutDigits(s[1:])
	}
	if n.integer == "" && n.fraction == "" {
		return n, false
	}
	if s == "" {
		return n, true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return n, false
	}
	n.exponent, ok = scanExponent(strings.TrimLeft(s[1:], spaces))
	return n, ok
}

const exponentMax = 1<<30 - 1

func scanExponent(s string) (int64, bool) {
	sign := int64(1)
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	digits, rest := cutDigits(s)
	if digits == "" || rest != "" {
		return 0, false
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > 10 {
		digits = "9999999999"
	}
	e, _ := strconv.ParseInt("0"+digits, 10, 64)
	return sign * min(e, exponentMax), true
}

func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	return s[:i], s[i:]
}

func (n scannedNumeric) datum() (Datum, error) {
	if n.exponent >= exponentMax || n.exponent <= -exponentMax {
		return Null, errNumericOverflow()
	}
	digits := strings.TrimLeft(n.integer+n.fraction, "0")
	scale := int64(len(n.fraction)) - n.exponent
	shown := max(scale, 0)
	if shown > numericScaleMax || digits != "" && int64(len(digits))-scale > numericIntegerDigitsMax {
		return Null, errNumericOverflow()
	}
	c := new(big.Int)
	if digits != "" { // 0e999999999 is 0, and no power of ten need be known for it
		c.SetString(digits, 10)
		if scale < 0 {
			c.Mul(c, bigPow10(int(-scale)))
		}
	}
	if n.neg {
		c.Neg(c)
	}
	return numericOf(c, int32(shown))
}

// NumericText returns the value as PostgreSQL prints it.
func NumericText(d Datum) string { return string(appendNumeric(nil, d)) }

func appendNumeric(buf []byte, d Datum) []byte {
	if s, ok := d.ref.(*shortScale); ok {
		return appendShortNumeric(buf, int64(d.num), int(s.scale))
	}
	n := d.ref.(*Numeric)
	switch n.form {
	case numericNaN:
		return append(buf, "NaN"...)
	case numericPosInf:
		return append(buf, "Infinity"...)
	case numericNegInf:
		return append(buf, "-Infinity"...)
	}
	if n.coeff.Sign() < 0 {
		buf = append(buf, '-')
	}
	digits := new(big.Int).Abs(&n.coeff).Append(nil, 10)
	return appendScaled(buf, digits, int(n.scale))
}

func appendShortNumeric(buf []byte, c int64, scale int) []byte {
	if scale == 0 {
		return strconv.AppendInt(buf, c, 10)
	}
	var tmp [20]byte
	u := uint64(c)
	if c < 0 {
		buf, u = append(buf, '-'), -u
	}
	return appendScaled(buf, strconv.AppendUint(tmp[:0], u, 10), scale)
}

// appendScaled writes digits with the point scale places from the right.
func appendScaled(buf, digits []byte, scale int) []byte {
	point := len(digits) - scale
	if point <= 0 {
		buf = append(buf, '0', '.')
		for ; point < 0; point++ {
			buf = append(buf, '0')
		}
		return append(buf, digits...)
	}
	buf = append(buf, digits[:point]...)
	if scale == 0 {
		return buf
	}
	buf = append(buf, '.')
	return append(buf, digits[point:]...)
}

// numericTypmod applies numeric(p,s).
func numericTypmod(d Datum, mod int32) (Datum, error) {
	if mod < 4 {
		return d, nil
	}
	precision := (mod - 4) >> 16 & 0xffff
	scale := ((mod-4)&0x7ff ^ 1024) - 1024
	if NumericIsNaN(d) {
		return d, nil
	}
	if NumericIsInf(d) != 0 {
		return Null, errFieldOverflow().WithDetail("A field with precision %d, scale %d cannot hold an infinite value.", precision, scale)
	}
	r, err := NumericRound(d, scale)
	if err != nil {
		return Null, err
	}
	if fitsPrecision(r, int(precision-scale)) {
		return r, nil
	}
	e := errFieldOverflow()
	if precision == scale {
		return Null, e.WithDetail("A field with precision %d, scale %d must round to an absolute value less than 1.", precision, scale)
	}
	return Null, e.WithDetail("A field with precision %d, scale %d must round to an absolute value less than 10^%d.", precision, scale, precision-scale)
}

func errFieldOverflow() *sqlstate.Error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "numeric field overflow")
}

// fitsPrecision reports |d| < 10^digits.
func fitsPrecision(d Datum, digits int) bool {
	if NumericSign(d) == 0 {
		return true
	}
	if s, ok := d.ref.(*shortScale); ok && digits >= 0 && digits+int(s.scale) < len(pow10) {
		return absUint(int64(d.num)) < pow10[digits+int(s.scale)]
	}
	n := numericParts(d)
	return decimalDigits(&n.coeff)-int(n.scale) <= digits
}

func absUint(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}
