package types

import (
	"math"
	"math/big"

	"github.com/projsql/projsql/wire/sqlstate"
)

// approximate is the value as a float64, infinite if it does not fit.
func (n *Numeric) approximate() float64 {
	f, _ := new(big.Float).SetInt(&n.coeff).Float64()
	if n.scale < 300 && !math.IsInf(f, 0) {
		return f / math.Pow10(int(n.scale))
	}
	f, _ = n.real(64).Float64()
	return f
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
	if power <= -numericResultScaleMax*3 || power*math.Log10E < -float64(scale)-2 {
		return numericOf(new(big.Int), scale)
	}
	bits := realBits(int64(scale) + int64(max(power*log10E, 0)))
	return numericOf(fromReal(expReal(n.real(bits), bits), scale), scale)
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

// ln is the logarithm of a positive number: one near one needs all of its digits.
func (n *Numeric) ln(bits uint) *big.Float {
	return lnReal(n.real(bits+realBits(int64(decimalDigits(&n.coeff)))), bits)
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
	bits := realBits(int64(scale) + int64(max(weight, 0)))
	return numericOf(fromReal(n.ln(bits), scale), scale)
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
	bits := realBits(int64(scale) + int64(max(weight, 0)) + int64(max(-baseWeight, 0)))
	x, y := n.ln(bits), b.ln(bits)
	if y.Sign() == 0 {
		return Null, errDivisionByZero()
	}
	return numericOf(fromReal(x.Quo(x, y), scale), scale)
}
