package types

import (
	"math"
	"math/big"
	"math/bits"
)

// NumericAdd returns a + b; 22003 if it overflows, as the others.
func NumericAdd(a, b Datum) (Datum, error) {
	if x, y, scale, ok := alignShort(a, b); ok {
		if sum := x + y; (x^sum)&(y^sum) >= 0 {
			return shortNumeric(sum, scale), nil
		}
	}
	return addBig(numericParts(a), numericParts(b))
}

// NumericSub returns a - b.
func NumericSub(a, b Datum) (Datum, error) {
	if x, y, scale, ok := alignShort(a, b); ok {
		if diff := x - y; (x^y)&(x^diff) >= 0 {
			return shortNumeric(diff, scale), nil
		}
	}
	return addBig(numericParts(a), numericParts(NumericNeg(b)))
}

// NumericMul returns a * b.
func NumericMul(a, b Datum) (Datum, error) {
	as, ok1 := a.ref.(*shortScale)
	bs, ok2 := b.ref.(*shortScale)
	if ok1 && ok2 && as.scale+bs.scale <= shortScaleMax {
		if p, ok := mulInt64(int64(a.num), int64(b.num)); ok {
			return shortNumeric(p, as.scale+bs.scale), nil
		}
	}
	return mulBig(numericParts(a), numericParts(b))
}

// alignShort gives both coefficients at the larger scale if all fits.
func alignShort(a, b Datum) (x, y int64, scale int32, ok bool) {
	as, ok1 := a.ref.(*shortScale)
	bs, ok2 := b.ref.(*shortScale)
	if !ok1 || !ok2 {
		return 0, 0, 0, false
	}
	x, y = int64(a.num), int64(b.num)
	switch {
	case as.scale == bs.scale:
		return x, y, as.scale, true
	case as.scale < bs.scale:
		x, ok = scaleUp(x, bs.scale-as.scale)
		return x, y, bs.scale, ok
	default:
		y, ok = scaleUp(y, as.scale-bs.scale)
		return x, y, as.scale, ok
	}
}

func scaleUp(c int64, by int32) (int64, bool) {
	if by > 18 {
		return 0, c == 0
	}
	return mulInt64(c, int64(pow10[by]))
}

func mulInt64(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(absUint(a), absUint(b))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

func addBig(a, b *Numeric) (Datum, error) {
	if a.form != numericFinite || b.form != numericFinite {
		return addSpecial(a.form, b.form), nil
	}
	x, y, scale := alignBig(a, b)
	return numericOf(new(big.Int).Add(x, y), scale)
}

func addSpecial(a, b numericForm) Datum {
	switch {
	case a == numericNaN || b == numericNaN:
		return NumericNaN()
	case a == numericFinite:
		return formDatum(b)
	case b == numericFinite || a == b:
		return formDatum(a)
	}
	return NumericNaN()
}

func formDatum(f numericForm) Datum {
	switch f {
	case numericPosInf:
		return NumericInf(1)
	case numericNegInf:
		return NumericInf(-1)
	}
	return NumericNaN()
}

// alignBig gives both coefficients at the larger scale; they may be shared.
func alignBig(a, b *Numeric) (x, y *big.Int, scale int32) {
	x, y, scale = &a.coeff, &b.coeff, max(a.scale, b.scale)
	if a.scale < scale {
		x = new(big.Int).Mul(x, bigPow10(int(scale-a.scale)))
	}
	if b.scale < scale {
		y = new(big.Int).Mul(y, bigPow10(int(scale-b.scale)))
	}
	return x, y, scale
}

func mulBig(a, b *Numeric) (Datum, error) {
	if a.form == numericNaN || b.form == numericNaN {
		return NumericNaN(), nil
	}
	if a.form != numericFinite || b.form != numericFinite {
		sign := a.sign() * b.sign()
		if sign == 0 {
			return NumericNaN(), nil
		}
		return NumericInf(sign), nil
	}
	c, scale := new(big.Int).Mul(&a.coeff, &b.coeff), a.scale+b.scale
	if scale > numericScaleMax {
		c, scale = roundBig(c, scale, numericScaleMax), numericScaleMax
	}
	return numericOf(c, scale)
}

func (n *Numeric) sign() int {
	switch n.form {
	case numericPosInf:
		return 1
	case numericNegInf:
		return -1
	}
	return n.coeff.Sign()
}

// NumericNeg returns -a.
func NumericNeg(a Datum) Datum {
	if s, ok := a.ref.(*shortScale); ok && int64(a.num) != math.MinInt64 {
		return shortNumeric(-int64(a.num), s.scale)
	}
	n := numericParts(a)
	switch n.form {
	case numericNaN:
		return a
	case numericPosInf:
		return NumericInf(-1)
	case numericNegInf:
		return NumericInf(1)
	}
	c := new(big.Int).Neg(&n.coeff)
	if c.IsInt64() && n.scale <= shortScaleMax {
		return shortNumeric(c.Int64(), n.scale)
	}
	r := &Numeric{scale: n.scale}
	r.coeff.Set(c)
	return Pointer(r)
}

// NumericAbs returns |a|.
func NumericAbs(a Datum) Datum {
	if NumericSign(a) == -1 {
		return NumericNeg(a)
	}
	return a
}

// NumericCmp compares; NaN is greatest and equals itself.
func NumericCmp(a, b Datum) int {
	as, ok1 := a.ref.(*shortScale)
	bs, ok2 := b.ref.(*shortScale)
	if !ok1 || !ok2 {
		return cmpBig(numericParts(a), numericParts(b))
	}
	x, y := int64(a.num), int64(b.num)
	if as.scale == bs.scale {
		return cmpOrdered(x, y)
	}
	if sx, sy := signOf(x), signOf(y); sx != sy || sx == 0 {
		return cmpOrdered(sx, sy)
	}
	if diff := as.scale - bs.scale; diff < -19 || diff > 19 {
		return cmpBig(numericParts(a), numericParts(b))
	}
	c := cmpScaled(absUint(x), as.scale, absUint(y), bs.scale)
	if x < 0 {
		return -c
	}
	return c
}

// cmpScaled compares x·10^-xs with y·10^-ys in 128 bits.
func cmpScaled(x uint64, xs int32, y uint64, ys int32) int {
	if xs > ys {
		return -cmpScaled(y, ys, x, xs)
	}
	hi, lo := bits.Mul64(x, pow10[ys-xs])
	if hi != 0 {
		return 1
	}
	return cmpOrdered(lo, y)
}

func cmpOrdered[T int | int64 | int32 | uint64 | uint32 | byte | numericForm](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func cmpBig(a, b *Numeric) int {
	if a.form == numericFinite && b.form == numericFinite {
		x, y, _ := alignBig(a, b)
		return x.Cmp(y)
	}
	return cmpOrdered(a.rank(), b.rank())
}

func (n *Numeric) rank() int {
	switch n.form {
	case numericNegInf:
		return -1
	case numericPosInf:
		return 1
	case numericNaN:
		return 2
	}
	return 0
}
