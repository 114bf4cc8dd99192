package types

import (
	"math"
	"math/big"
)

// realBits is the precision for results of that many decimal digits, with some to spare: what is
// shown is rounded once.
func realBits(digits int64) uint {
	return uint(float64(max(digits, numericMinSigDigits))*math.Log2(10)) + 64
}

// real is the number in binary.
func (n *Numeric) real(bits uint) *big.Float {
	f := new(big.Float).SetPrec(bits).SetInt(&n.coeff)
	return f.Quo(f, new(big.Float).SetPrec(bits).SetInt(bigPow10(int(n.scale))))
}

// fromReal rounds half away from zero to scale digits.
func fromReal(f *big.Float, scale int32) *big.Int {
	shown := new(big.Float).SetPrec(f.Prec()+64).Mul(f, new(big.Float).SetInt(bigPow10(int(scale))))
	c, _ := shown.Add(shown, big.NewFloat(math.Copysign(0.5, float64(f.Sign())))).Int(nil)
	return c
}

// expReal is e to the power of x, whose result must have an exponent of an int: x is 2^k and a rest,
// which is halved until its series is short, and the sum is squared as often.
func expReal(x *big.Float, bits uint) *big.Float {
	halvings := uint(math.Sqrt(float64(bits)/2)) + 1
	point := bits + halvings + 64
	approximate, _ := x.Float64()
	k := int64(math.Floor(approximate / math.Ln2))
	rest, _ := new(big.Float).SetMantExp(x, int(point)).Int(nil)
	rest.Sub(rest, new(big.Int).Mul(big.NewInt(k), ln2(point)))
	rest.Rsh(rest, halvings)
	sum := new(big.Int).Lsh(big.NewInt(1), point)
	term := new(big.Int).Set(sum)
	for n := int64(1); term.Sign() != 0; n++ {
		term.Mul(term, rest)
		term.Rsh(term, point)
		term.Quo(term, big.NewInt(n))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum)
		sum.Rsh(sum, point)
	}
	f := new(big.Float).SetPrec(bits).SetInt(sum)
	return f.SetMantExp(f, int(k)-int(point))
}

// lnReal is the natural logarithm of a positive number, to so many bits of its own: the logarithm of
// the mantissa, by Halley's steps, each of which finds three times as many bits, and of the power of two.
func lnReal(x *big.Float, bits uint) *big.Float {
	m := new(big.Float)
	exponent := x.MantExp(m)
	if m.Cmp(big.NewFloat(math.Sqrt2/2)) < 0 {
		m.SetMantExp(m, 1)
		exponent--
	}
	off := new(big.Float).Sub(m, big.NewFloat(1))
	if exponent == 0 {
		if off.Sign() == 0 {
			return off
		}
		bits += uint(max(-off.MantExp(nil), 0))
	}
	first, _ := off.Float64()
	ln := new(big.Float).SetPrec(bits + 64).SetFloat64(math.Log1p(first))
	for found := uint(48); found < bits+32; {
		found = 3*found - 4
		step := min(found, bits+32) + 32
		power := expReal(ln, step)
		below := new(big.Float).SetPrec(step).Add(m, power)
		above := new(big.Float).SetPrec(step).Sub(m, power)
		above.SetMantExp(above.Quo(above, below), 1)
		ln.Add(ln, above)
	}
	two := new(big.Float).SetPrec(bits + 64).SetInt(ln2(bits + 64))
	two.SetMantExp(two, -int(bits+64))
	return ln.Add(ln, two.Mul(two, new(big.Float).SetInt64(int64(exponent))))
}

// powerOfReal is x to an integer power.
func powerOfReal(x *big.Float, e int64, bits uint) *big.Float {
	bits += 64
	square := new(big.Float).SetPrec(bits).Set(x)
	product := new(big.Float).SetPrec(bits).SetInt64(1)
	for n := uint64(max(e, -e)); n > 0; n >>= 1 {
		if n&1 == 1 {
			product.Mul(product, square)
		}
		square.Mul(square, square)
	}
	if e < 0 {
		return product.Quo(new(big.Float).SetPrec(bits).SetInt64(1), product)
	}
	return product
}

// ln2 is the logarithm of 2 with so many bits behind the point, by Machin's way:
// 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749).
func ln2(point uint) *big.Int {
	const guard = 32
	sum := new(big.Int)
	for _, part := range [][2]int64{{18, 26}, {-2, 4801}, {8, 8749}} {
		sum.Add(sum, new(big.Int).Mul(big.NewInt(part[0]), atanhOf(part[1], point+guard)))
	}
	return sum.Rsh(sum, guard)
}

// atanhOf is atanh(1/n).
func atanhOf(n int64, point uint) *big.Int {
	power := new(big.Int).Quo(new(big.Int).Lsh(big.NewInt(1), point), big.NewInt(n))
	sum, term, square := new(big.Int), new(big.Int), big.NewInt(n*n)
	for k := int64(1); power.Sign() != 0; k += 2 {
		sum.Add(sum, term.Quo(power, big.NewInt(k)))
		power.Quo(power, square)
	}
	return sum
}
