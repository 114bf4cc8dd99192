package types

import (
	"math"
	"math/big"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Limits of numeric, as in PostgreSQL.
const (
	numericIntegerDigitsMax = 131072 // before the decimal point
	numericScaleMax         = 16383  // that a value can have
	numericDisplayScaleMax  = 1000   // that a division gives
	numericResultScaleMax   = 2000
	numericMinSigDigits     = 16
)

// Numeric is a numeric that does not fit a Datum itself: a coefficient beyond
// int64 or a scale beyond shortScaleMax, NaN or an infinity. It is immutable.
type Numeric struct {
	form  numericForm
	coeff big.Int // signed
	scale int32   // digits behind the point, as shown
}

type numericForm uint8

const (
	numericFinite numericForm = iota
	numericNegInf
	numericPosInf
	numericNaN
)

// A short numeric is a Datum whose num is the coefficient and whose ref points
// into shortScales.
type shortScale struct{ scale int32 }

const shortScaleMax = 63

var shortScales = func() (t [shortScaleMax + 1]shortScale) {
	for i := range t {
		t[i].scale = int32(i)
	}
	return t
}()

var (
	nanNumeric    = &Numeric{form: numericNaN}
	posInfNumeric = &Numeric{form: numericPosInf}
	negInfNumeric = &Numeric{form: numericNegInf}
)

var pow10 = func() (t [20]uint64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 10
	}
	return t
}()

func errNumericOverflow() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value overflows numeric format")
}

// NumericFromInt returns a numeric with scale 0.
func NumericFromInt(i int64) Datum { return shortNumeric(i, 0) }

// NumericScaled returns coefficient·10^-scale with that display scale (0..16383).
func NumericScaled(coefficient int64, scale int32) Datum {
	if scale <= shortScaleMax {
		return shortNumeric(coefficient, scale)
	}
	n := &Numeric{scale: scale}
	n.coeff.SetInt64(coefficient)
	return Pointer(n)
}

// NumericNaN returns NaN.
func NumericNaN() Datum { return Pointer(nanNumeric) }

// NumericInf returns Infinity, or -Infinity for a negative sign.
func NumericInf(sign int) Datum {
	if sign < 0 {
		return Pointer(negInfNumeric)
	}
	return Pointer(posInfNumeric)
}

func shortNumeric(c int64, scale int32) Datum {
	return Datum{num: uint64(c), ref: &shortScales[scale]}
}

// numericOf makes the Datum of coeff·10^-scale and keeps coeff.
func numericOf(coeff *big.Int, scale int32) (Datum, error) {
	if coeff.IsInt64() && scale <= shortScaleMax {
		return shortNumeric(coeff.Int64(), scale), nil
	}
	if scale > numericScaleMax || tooLong(coeff, scale) {
		return Null, errNumericOverflow()
	}
	n := &Numeric{scale: scale}
	n.coeff.Set(coeff)
	return Pointer(n), nil
}

func tooLong(coeff *big.Int, scale int32) bool {
	// log10(2) a bit: only near the limit are the digits counted.
	if int(float64(coeff.BitLen())*0.30103)-int(scale) < numericIntegerDigitsMax-1 {
		return false
	}
	return decimalDigits(coeff)-int(scale) > numericIntegerDigitsMax
}

func decimalDigits(c *big.Int) int {
	if c.Sign() == 0 {
		return 0
	}
	n := int(float64(c.BitLen()-1) * math.Log10(2))
	for c.CmpAbs(bigPow10(n)) >= 0 { // at most twice
		n++
	}
	return n
}

func bigPow10(n int) *big.Int {
	if n < len(pow10) {
		return new(big.Int).SetUint64(pow10[n])
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// numericParts returns the value as a Numeric, which callers must not change.
func numericParts(d Datum) *Numeric {
	if s, ok := d.ref.(*shortScale); ok {
		n := &Numeric{scale: s.scale}
		n.coeff.SetInt64(int64(d.num))
		return n
	}
	return d.ref.(*Numeric)
}

// NumericIsNaN reports NaN.
func NumericIsNaN(a Datum) bool { return a.ref == any(nanNumeric) }

// NumericIsInf returns 1, -1 or 0.
func NumericIsInf(a Datum) int {
	switch a.ref {
	case any(posInfNumeric):
		return 1
	case any(negInfNumeric):
		return -1
	}
	return 0
}

// NumericSign returns -1, 0 or 1, or NaN's 2.
func NumericSign(a Datum) int {
	if _, ok := a.ref.(*shortScale); ok {
		return signOf(int64(a.num))
	}
	switch n := a.ref.(*Numeric); n.form {
	case numericNaN:
		return 2
	case numericPosInf:
		return 1
	case numericNegInf:
		return -1
	default:
		return n.coeff.Sign()
	}
}

func signOf(i int64) int {
	switch {
	case i < 0:
		return -1
	case i > 0:
		return 1
	}
	return 0
}

// NumericScale is scale(a), digits shown behind the point; false for NaN and infinities.
func NumericScale(a Datum) (int32, bool) {
	if s, ok := a.ref.(*shortScale); ok {
		return s.scale, true
	}
	n := a.ref.(*Numeric)
	return n.scale, n.form == numericFinite
}

// NumericMinScale is min_scale(a); false for NaN and infinities.
func NumericMinScale(a Datum) (int32, bool) { return NumericScale(NumericTrimScale(a)) }

// NumericTrimScale is trim_scale(a).
func NumericTrimScale(a Datum) Datum {
	if s, ok := a.ref.(*shortScale); ok {
		c, scale := trimZeros(int64(a.num), s.scale)
		return shortNumeric(c, scale)
	}
	n := a.ref.(*Numeric)
	if n.form != numericFinite {
		return a
	}
	c, scale := trimBigZeros(&n.coeff, n.scale)
	d, err := numericOf(c, scale)
	if err != nil {
		return a
	}
	return d
}

func trimZeros(c int64, scale int32) (int64, int32) {
	if c == 0 {
		return 0, 0
	}
	for scale > 0 && c%10 == 0 {
		c, scale = c/10, scale-1
	}
	return c, scale
}

func trimBigZeros(c *big.Int, scale int32) (*big.Int, int32) {
	if c.Sign() == 0 {
		return c, 0
	}
	var r big.Int
	// By halves: a value may have thousands of zeros.
	for step := int32(4096); step > 0; step /= 2 {
		for scale >= step {
			q := new(big.Int)
			if q.QuoRem(c, bigPow10(int(step)), &r); r.Sign() != 0 {
				break
			}
			c, scale = q, scale-step
		}
	}
	return c, scale
}
