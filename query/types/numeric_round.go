package types

import (
	"math/big"
)

// roundDigitsMax is one more than the digits that a numeric may have before its point.
const roundDigitsMax = 131073

// NumericRound rounds half away from zero to scale digits (negative: left of the point).
func NumericRound(a Datum, scale int32) (Datum, error) {
	return rescale(a, scale, roundShort, roundBig)
}

// NumericTrunc cuts to scale digits.
func NumericTrunc(a Datum, scale int32) (Datum, error) {
	return rescale(a, scale, truncShort, truncBig)
}

func rescale(a Datum, scale int32, short func(int64, int32) int64, long func(*big.Int, int32, int32) *big.Int) (Datum, error) {
	scale = min(max(scale, -roundDigitsMax), numericScaleMax)
	if s, ok := a.ref.(*shortScale); ok && scale >= 0 {
		if d, ok := rescaleShort(int64(a.num), s.scale, scale, short); ok {
			return d, nil
		}
	}
	n := numericParts(a)
	if n.form != numericFinite {
		return a, nil
	}
	c := long(&n.coeff, n.scale, scale)
	if scale < 0 {
		c.Mul(c, bigPow10(int(-scale)))
	}
	return numericOf(c, max(scale, 0))
}

func rescaleShort(c int64, from, to int32, cut func(int64, int32) int64) (Datum, bool) {
	switch {
	case to > shortScaleMax:
		return Null, false
	case to >= from:
		c, ok := scaleUp(c, to-from)
		return shortNumeric(c, to), ok
	case from-to > 18:
		return Null, false
	}
	return shortNumeric(cut(c, from-to), to), true
}

func roundShort(c int64, by int32) int64 {
	p := int64(pow10[by])
	q, r := c/p, c%p
	if absUint(r) >= uint64(p)/2 {
		q += int64(signOf(r))
	}
	return q
}

func truncShort(c int64, by int32) int64 { return c / int64(pow10[by]) }

func truncBig(c *big.Int, from, to int32) *big.Int {
	if to >= from {
		return new(big.Int).Mul(c, bigPow10(int(to-from)))
	}
	return new(big.Int).Quo(c, bigPow10(int(from-to)))
}

// NumericCeil returns ceil(a).
func NumericCeil(a Datum) (Datum, error) { return toward(a, 1) }

// NumericFloor returns floor(a).
func NumericFloor(a Datum) (Datum, error) { return toward(a, -1) }

func toward(a Datum, sign int) (Datum, error) {
	t, err := NumericTrunc(a, 0)
	if err != nil || NumericCmp(a, t)*sign <= 0 {
		return t, err
	}
	return NumericAdd(t, NumericFromInt(int64(sign)))
}

// NumericSqrt returns sqrt(a); 2201F if a is negative.
func NumericSqrt(a Datum) (Datum, error) {
	n := numericParts(a)
	if n.form == numericNaN || n.form == numericPosInf {
		return a, nil
	}
	if n.sign() < 0 {
		return Null, errSqrtNegative()
	}
	weight := leadingOf(n).weight
	scale := int32(numericMinSigDigits) - ((weight+1)*2 - 1)
	scale = min(max(scale, n.scale, 0), numericDisplayScaleMax)
	return numericOf(sqrtRounded(n, scale), scale)
}

// NumericSqrtTo returns sqrt(a) of a finite a that is not negative, rounded to so many digits
// behind the point.
func NumericSqrtTo(a Datum, scale int32) (Datum, error) {
	return numericOf(sqrtRounded(numericParts(a), scale), scale)
}

func sqrtRounded(n *Numeric, scale int32) *big.Int {
	// One guard digit decides the rounding: a square root is never a tie unless exact.
	up := 2*(int(scale)+1) - int(n.scale)
	c := new(big.Int)
	if up >= 0 {
		c.Mul(&n.coeff, bigPow10(up))
	} else {
		c.Quo(&n.coeff, bigPow10(-up))
	}
	return quoRound(c.Sqrt(c), big.NewInt(10))
}
