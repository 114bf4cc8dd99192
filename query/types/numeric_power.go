package types

import (
	"math"
	"math/big"

	"github.com/projsql/projsql/wire/sqlstate"
)

// NumericPower returns a ^ b; 2201F for 0 to a negative power and for a negative
// number to a fraction.
func NumericPower(a, b Datum) (Datum, error) {
	x, y := numericParts(a), numericParts(b)
	if x.form != numericFinite || y.form != numericFinite {
		return powerSpecial(a, x, y)
	}
	whole := isWhole(y)
	switch {
	case x.sign() == 0 && y.sign() < 0:
		return Null, sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
	case x.sign() < 0 && !whole:
		return Null, sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
	case whole && new(big.Int).Quo(&y.coeff, bigPow10(int(y.scale))).IsInt64():
		e := new(big.Int).Quo(&y.coeff, bigPow10(int(y.scale))).Int64()
		if e >= math.MinInt32 && e <= math.MaxInt32 {
			return powerInt(x, e)
		}
	case x.sign() == 0:
		return numericOf(new(big.Int), numericMinSigDigits)
	}
	return powerReal(x, y)
}

func isWhole(n *Numeric) bool {
	return new(big.Int).Rem(&n.coeff, bigPow10(int(n.scale))).Sign() == 0
}

func powerSpecial(a Datum, x, y *Numeric) (Datum, error) {
	one := NumericFromInt(1)
	switch {
	case y.form == numericFinite && y.sign() == 0, x.form == numericFinite && NumericCmp(a, one) == 0:
		return one, nil
	case x.form == numericNaN || y.form == numericNaN:
		return NumericNaN(), nil
	case x.sign() == 0 && y.sign() < 0:
		return Null, sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "zero raised to a negative power is undefined")
	case y.form != numericFinite:
		return powerOfInfinity(a, y.sign() > 0)
	case x.sign() < 0 && !isWhole(y):
		return Null, sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "a negative number raised to a non-integer power yields a complex result")
	case y.sign() < 0:
		return NumericFromInt(0), nil
	case x.form == numericNegInf && new(big.Int).Quo(&y.coeff, bigPow10(int(y.scale))).Bit(0) == 1:
		return NumericInf(-1), nil
	}
	return NumericInf(1), nil
}

func powerOfInfinity(a Datum, positive bool) (Datum, error) {
	switch c := NumericCmp(NumericAbs(a), NumericFromInt(1)); {
	case c == 0:
		return NumericFromInt(1), nil
	case (c > 0) == positive:
		return NumericInf(1), nil
	}
	return NumericFromInt(0), nil
}

// powerInt raises to an integer, with 16 digits or as many as x shows.
func powerInt(x *Numeric, e int64) (Datum, error) {
	digits := decimalDigits(&x.coeff)
	scale := min(max(numericMinSigDigits, x.scale), numericDisplayScaleMax)
	switch {
	case e == 0:
		return numericOf(bigPow10(int(scale)), scale)
	case x.sign() == 0:
		return numericOf(new(big.Int), scale)
	}
	weight := float64(e) * (math.Log10(leadingFloat(x, digits)) + float64(digits-int(x.scale)))
	if weight > numericIntegerDigitsMax {
		return Null, errNumericOverflow()
	}
	if weight < -float64(scale)-2 {
		return numericOf(new(big.Int), scale)
	}
	if e >= 0 && float64(e)*float64(digits) < 5000 {
		c := new(big.Int).Exp(&x.coeff, big.NewInt(e), nil)
		return scaledPower(c, int64(x.scale)*e, scale)
	}
	bits := realBits(int64(scale) + int64(max(weight, 0)))
	return numericOf(fromReal(powerOfReal(x.real(bits+64), e, bits), scale), scale)
}

func scaledPower(c *big.Int, from int64, to int32) (Datum, error) {
	if from <= int64(to) {
		return numericOf(c.Mul(c, bigPow10(int(int64(to)-from))), to)
	}
	return numericOf(quoRound(c, bigPow10(int(from-int64(to)))), to)
}

func powerReal(x, y *Numeric) (Datum, error) {
	if x.sign() == 0 {
		return numericOf(new(big.Int), numericMinSigDigits)
	}
	abs := &Numeric{scale: x.scale}
	abs.coeff.Abs(&x.coeff)
	weight := powerWeight(abs, y)
	const guard = numericResultScaleMax * 3 // as PostgreSQL guards, by the estimate with some to spare
	if weight > guard*1.01*log10E {
		return Null, errNumericOverflow()
	}
	scale := min(max(numericMinSigDigits-int32(max(weight, -numericResultScaleMax)), x.scale, y.scale, 0), numericDisplayScaleMax)
	if weight < -float64(scale)-2 {
		return numericOf(new(big.Int), scale)
	}
	bits := realBits(int64(scale)+int64(max(weight, 0))) + 64
	power := abs.ln(bits)
	power.Mul(power, y.real(bits))
	if power.Cmp(big.NewFloat(guard)) >= 0 {
		return Null, errNumericOverflow()
	}
	c := fromReal(expReal(power, bits), scale)
	if x.sign() < 0 && new(big.Int).Quo(&y.coeff, bigPow10(int(y.scale))).Bit(0) == 1 {
		c.Neg(c)
	}
	return numericOf(c, scale)
}

// powerWeight is the decimal logarithm of x^y, from a natural one that is rounded where
// PostgreSQL rounds it: the digits that the result shows depend on it.
func powerWeight(x, y *Numeric) float64 {
	scale := max(powerWeightDigits-lnWeight(x), 0)
	ln := fromReal(x.ln(realBits(powerWeightDigits)), scale)
	product := roundBig(ln.Mul(ln, &y.coeff), scale+y.scale, scale)
	n := &Numeric{scale: scale}
	n.coeff.Set(product)
	return n.approximate() * log10E
}

// powerWeightDigits are what PostgreSQL takes of the logarithm that it estimates with.
const powerWeightDigits = 8
