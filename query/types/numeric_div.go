package types

import (
	"math"
	"math/big"
	"math/bits"

	"github.com/projsql/projsql/wire/sqlstate"
)

func errDivisionByZero() error {
	return sqlstate.New(sqlstate.DivisionByZero, "division by zero")
}

// NumericDiv returns a / b with PostgreSQL's scale; 22012 if b is 0.
func NumericDiv(a, b Datum) (Datum, error) {
	as, ok1 := a.ref.(*shortScale)
	bs, ok2 := b.ref.(*shortScale)
	if ok1 && ok2 {
		if b.num == 0 {
			return Null, errDivisionByZero()
		}
		scale := divScale(leadingOfShort(int64(a.num), as.scale), leadingOfShort(int64(b.num), bs.scale), as.scale, bs.scale)
		if d, ok := divShort(int64(a.num), int64(b.num), scale-as.scale+bs.scale, scale); ok {
			return d, nil
		}
	}
	x, y := numericParts(a), numericParts(b)
	if x.form != numericFinite || y.form != numericFinite {
		return divSpecial(x, y)
	}
	if y.coeff.Sign() == 0 {
		return Null, errDivisionByZero()
	}
	scale := divScale(leadingOf(x), leadingOf(y), x.scale, y.scale)
	return numericOf(divRounded(x, y, scale), scale)
}

// divShort divides a·10^up by b if quotient and dividend stay within 64 and 128 bits.
func divShort(a, b int64, up, scale int32) (Datum, bool) {
	if up < 0 || int(up) >= len(pow10) || scale > shortScaleMax {
		return Null, false
	}
	hi, lo := bits.Mul64(absUint(a), pow10[up])
	div := absUint(b)
	if hi >= div {
		return Null, false
	}
	q, r := bits.Div64(hi, lo, div)
	if r >= div-r {
		q++
	}
	if q > math.MaxInt64 {
		return Null, false
	}
	if (a < 0) != (b < 0) {
		return shortNumeric(-int64(q), scale), true
	}
	return shortNumeric(int64(q), scale), true
}

// leading is a value's first base-10000 digit and its weight, which PostgreSQL's
// division estimates with.
type leading struct {
	weight int32
	digit  uint64
}

func leadingOf(n *Numeric) leading {
	digits := decimalDigits(&n.coeff)
	if digits == 0 {
		return leading{}
	}
	weight, take := leadingGroup(digits - int(n.scale) - 1)
	c := new(big.Int).Abs(&n.coeff)
	if take <= digits {
		c.Quo(c, bigPow10(digits-take))
	} else {
		c.Mul(c, bigPow10(take-digits))
	}
	return leading{int32(weight), c.Uint64()}
}

func leadingOfShort(c int64, scale int32) leading {
	u := absUint(c)
	if u == 0 {
		return leading{}
	}
	digits := 1
	for digits < 20 && u >= pow10[min(digits, 19)] {
		if digits == 19 {
			digits = 20
			break
		}
		digits++
	}
	weight, take := leadingGroup(digits - int(scale) - 1)
	if take <= digits {
		u /= pow10[digits-take]
	} else {
		u *= pow10[take-digits]
	}
	return leading{int32(weight), u}
}

// leadingGroup gives the weight of the base-10000 digit that holds the decimal
// position and how many decimal digits of it are at or left of the position.
func leadingGroup(position int) (weight, take int) {
	weight = position / 4
	if position%4 < 0 {
		weight--
	}
	return weight, position - weight*4 + 1
}

func divScale(a, b leading, as, bs int32) int32 {
	weight := a.weight - b.weight
	if a.digit <= b.digit {
		weight--
	}
	scale := max(numericMinSigDigits-weight*4, as, bs, 0)
	return min(scale, numericDisplayScaleMax)
}

func divSpecial(a, b *Numeric) (Datum, error) {
	switch {
	case a.form == numericNaN || b.form == numericNaN:
		return NumericNaN(), nil
	case a.form != numericFinite && b.form != numericFinite:
		return NumericNaN(), nil
	case a.form != numericFinite:
		if b.coeff.Sign() == 0 {
			return Null, errDivisionByZero()
		}
		return NumericInf(a.sign() * b.sign()), nil
	}
	return NumericFromInt(0), nil
}

// divRounded returns the coefficient of a/b at scale, half away from zero.
func divRounded(a, b *Numeric, scale int32) *big.Int {
	x, y := new(big.Int).Set(&a.coeff), new(big.Int).Set(&b.coeff)
	if up := int(scale) - int(a.scale) + int(b.scale); up >= 0 {
		x.Mul(x, bigPow10(up))
	} else {
		y.Mul(y, bigPow10(-up))
	}
	return quoRound(x, y)
}

// quoRound returns x/y rounded half away from zero.
func quoRound(x, y *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(x, y, new(big.Int))
	if r.Lsh(r, 1).CmpAbs(y) >= 0 {
		q.Add(q, big.NewInt(int64(x.Sign()*y.Sign())))
	}
	return q
}

func roundBig(c *big.Int, from, to int32) *big.Int {
	if to >= from {
		return new(big.Int).Mul(c, bigPow10(int(to-from)))
	}
	return quoRound(c, bigPow10(int(from-to)))
}

// NumericDivTrunc is div(a, b): the quotient's integer part.
func NumericDivTrunc(a, b Datum) (Datum, error) {
	x, y := numericParts(a), numericParts(b)
	if x.form != numericFinite || y.form != numericFinite {
		return divSpecial(x, y)
	}
	if y.coeff.Sign() == 0 {
		return Null, errDivisionByZero()
	}
	p, q, _ := alignBig(x, y)
	return numericOf(new(big.Int).Quo(p, q), 0)
}

// NumericMod returns a % b, with the sign of a; 22012 if b is 0.
func NumericMod(a, b Datum) (Datum, error) {
	if x, y, scale, ok := alignShort(a, b); ok && y != 0 {
		if y == -1 {
			return shortNumeric(0, scale), nil
		}
		return shortNumeric(x%y, scale), nil
	}
	x, y := numericParts(a), numericParts(b)
	if x.form != numericFinite || y.form != numericFinite {
		return modSpecial(a, x, y)
	}
	if y.coeff.Sign() == 0 {
		return Null, errDivisionByZero()
	}
	p, q, scale := alignBig(x, y)
	return numericOf(new(big.Int).Rem(p, q), scale)
}

func modSpecial(a Datum, x, y *Numeric) (Datum, error) {
	switch {
	case x.form == numericNaN || y.form == numericNaN:
		return NumericNaN(), nil
	case x.form != numericFinite:
		if y.sign() == 0 {
			return Null, errDivisionByZero()
		}
		return NumericNaN(), nil
	}
	return a, nil
}
