package types

import (
	"math"
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/projsql/projsql/wire/sqlstate"
)

const guardDigits = 12 // beyond the digits shown, for one rounding only

func toAPD(n *Numeric) *apd.Decimal {
	d := &apd.Decimal{Exponent: -n.scale, Negative: n.coeff.Sign() < 0}
	d.Coeff.SetMathBigInt(new(big.Int).Abs(&n.coeff))
	return d
}

// fromAPD rounds half away from zero to scale digits.
func fromAPD(d *apd.Decimal, scale int32) (Datum, error) {
	c := d.Coeff.MathBigInt()
	if d.Negative {
		c.Neg(c)
	}
	if d.Exponent > 0 {
		c.Mul(c, bigPow10(int(d.Exponent)))
		return numericOf(roundBig(c, 0, scale), scale)
	}
	return numericOf(roundBig(c, -d.Exponent, scale), scale)
}

func apdContext(precision int64) *apd.Context {
	c := apd.BaseContext.WithPrecision(uint32(max(precision, numericMinSigDigits) + guardDigits))
	c.MaxExponent, c.MinExponent = apd.MaxExponent, apd.MinExponent
	return c
}

// approximate is the value as a float64, infinite if it does not fit.
func (n *Numeric) approximate() float64 {
	f, _ := new(big.Float).SetInt(&n.coeff).Float64()
	if n.scale < 300 && !math.IsInf(f, 0) {
		return f / math.Pow10(int(n.scale))
	}
	d, err := toAPD(n).Float64()
	if err != nil {
		return math.Copysign(math.Inf(1), float64(n.sign()))
	}
	return d
}

// log10E is rounded as PostgreSQL writes it: scales of results depend on it.
const log10E = 0.434294481903252

// NumericExp returns exp(a).
func NumericExp(a Datum) (Datum, error) {
	n := numericParts(a)
	switch n.form {
	case numericNaN, numericPosInf:
		return a, nil
	case numericNegInf:
		return NumericFromInt(0), nil
	}
	power := n.approximate()
	if power >= numericResultScaleMax*3 { // as PostgreSQL guards
		return Null, errNumericOverflow()
	}
	weight := power * log10E
	weight = max(min(weight, numericResultScaleMax), -numericResultScaleMax)
	scale := min(max(numericMinSigDigits-int32(weight), n.scale, 0), numericDisplayScaleMax)
	var r apd.Decimal
	if power <= -numericResultScaleMax*3 || power*math.Log10E < -float64(scale)-2 {
		return numericOf(new(big.Int), scale)
	}
	_, err := apdContext(int64(scale)+int64(max(weight, 0))).Exp(&r, toAPD(n))
	if err != nil {
		return Null, errNumericOverflow()
	}
	return fromAPD(&r, scale)
}

func errLogarithm(sign int) error {
	if sign == 0 {
		return sqlstate.New(sqlstate.InvalidArgumentForLogarithm, "cannot take logarithm of zero")
	}
	return sqlstate.New(sqlstate.InvalidArgumentForLogarithm, "cannot take logarithm of a negative number")
}

// lnWeight estimates the decimal weight of ln(n) as PostgreSQL does, from the first two
// digits in base 10000: scales of results depend on it.
func lnWeight(n *Numeric) int32 {
	if n.sign() <= 0 {
		return 0
	}
	if diff := new(big.Int).Sub(&n.coeff, bigPow10(int(n.scale))); nearOne(diff, n.scale) {
		// ln(x) is near x - 1.
		if diff.Sign() == 0 {
			return 0
		}
		return int32(decimalDigits(diff)) - n.scale - 1
	}
	lead, weight := leadingGroups(n)
	return int32(math.Log10(math.Abs(math.Log(lead) + float64(weight)*math.Ln10)))
}

// nearOne reports that a number of this scale lies no more than 0.1 off 1.
func nearOne(diff *big.Int, scale int32) bool {
	tenfold := new(big.Int).Mul(diff, big.NewInt(10))
	return tenfold.CmpAbs(bigPow10(int(scale))) <= 0
}

// leadingGroups gives the first digits of a number in base 10000, two if it has more than
// one, as an integer, and the power of ten that it is to be taken times.
func leadingGroups(n *Numeric) (lead float64, power int) {
	digits := decimalDigits(&n.coeff)
	weight, take := leadingGroup(digits - int(n.scale) - 1)
	first, rest := new(big.Int), new(big.Int)
	if take > digits {
		first.Mul(&n.coeff, bigPow10(take-digits))
	} else {
		first.QuoRem(&n.coeff, bigPow10(digits-take), rest)
	}
	if rest.Sign() == 0 {
		return float64(first.Int64()), weight * 4
	}
	second := roundDown(&n.coeff, digits-take-4)
	return float64(second.Int64()), weight*4 - 4
}

// roundDown drops that many decimal digits, or adds zeros.
func roundDown(c *big.Int, drop int) *big.Int {
	if drop < 0 {
		return new(big.Int).Mul(c, bigPow10(-drop))
	}
	return new(big.Int).Quo(c, bigPow10(drop))
}

// leadingFloat is the coefficient as 0.ddd.
func leadingFloat(n *Numeric, digits int) float64 {
	f, _ := new(big.Float).Quo(new(big.Float).SetInt(&n.coeff), new(big.Float).SetInt(bigPow10(digits))).Float64()
	return math.Abs(f)
}

// NumericLn returns ln(a); 2201E if a is not positive.
func NumericLn(a Datum) (Datum, error) {
	n := numericParts(a)
	switch {
	case n.form == numericNaN || n.form == numericPosInf:
		return a, nil
	case n.sign() <= 0:
		return Null, errLogarithm(n.sign())
	}
	weight := lnWeight(n)
	scale := min(max(numericMinSigDigits-weight, n.scale, 0), numericDisplayScaleMax)
	var r apd.Decimal
	if _, err := apdContext(int64(scale)+int64(max(weight, 0))+int64(decimalDigits(&n.coeff))).Ln(&r, toAPD(n)); err != nil {
		return Null, errNumericOverflow()
	}
	return fromAPD(&r, scale)
}

// NumericLog returns the logarithm of a to the base.
func NumericLog(base, a Datum) (Datum, error) {
	b, n := numericParts(base), numericParts(a)
	switch {
	case b.form == numericNaN || n.form == numericNaN:
		return NumericNaN(), nil
	case (b.form != numericFinite || n.form != numericFinite) && (b.sign() < 0 || n.sign() < 0):
		return Null, errLogarithm(-1)
	case b.sign() <= 0:
		return Null, errLogarithm(b.sign())
	case n.sign() <= 0:
		return Null, errLogarithm(n.sign())
	case b.form == numericPosInf && n.form == numericPosInf:
		return NumericNaN(), nil
	case b.form == numericPosInf:
		return NumericFromInt(0), nil
	case n.form == numericPosInf:
		return a, nil
	}
	baseWeight, weight := lnWeight(b), lnWeight(n)
	scale := min(max(numericMinSigDigits-(weight-baseWeight), b.scale, n.scale, 0), numericDisplayScaleMax)
	ctx := apdContext(int64(scale) + int64(max(weight, 0)) + int64(max(decimalDigits(&n.coeff), decimalDigits(&b.coeff))))
	var x, y, r apd.Decimal
	_, err1 := ctx.Ln(&x, toAPD(n))
	_, err2 := ctx.Ln(&y, toAPD(b))
	if err1 != nil || err2 != nil {
		return Null, errNumericOverflow()
	}
	if y.IsZero() {
		return Null, errDivisionByZero()
	}
	if _, err := ctx.Quo(&r, &x, &y); err != nil {
		return Null, errNumericOverflow()
	}
	return fromAPD(&r, scale)
}
