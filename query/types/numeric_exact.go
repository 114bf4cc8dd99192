package types

import "math/big"

// NumericMulExact is NumericMul without rounding and without limits: for sums in the
// making, which PostgreSQL keeps so too.
func NumericMulExact(a, b Datum) Datum {
	d, err := NumericMul(a, b)
	if isShort(a) && isShort(b) {
		return d // of few digits
	}
	x, y := numericParts(a), numericParts(b)
	if err == nil && (x.form != numericFinite || y.form != numericFinite || x.scale+y.scale <= numericScaleMax) {
		return d
	}
	n := &Numeric{scale: x.scale + y.scale}
	n.coeff.Mul(&x.coeff, &y.coeff)
	return Pointer(n)
}

func isShort(d Datum) bool { _, ok := d.ref.(*shortScale); return ok }

// NumericAddExact is NumericAdd without limits.
func NumericAddExact(a, b Datum) Datum {
	if d, err := NumericAdd(a, b); err == nil {
		return d
	}
	x, y := numericParts(a), numericParts(b)
	n := &Numeric{scale: max(x.scale, y.scale)}
	n.coeff.Add(scaledTo(x, n.scale), scaledTo(y, n.scale))
	return Pointer(n)
}

func scaledTo(n *Numeric, scale int32) *big.Int {
	return new(big.Int).Mul(&n.coeff, bigPow10(int(scale-n.scale)))
}
