package types

import (
	"math/big"
	"strconv"

	"github.com/projsql/projsql/wire/sqlstate"
)

func errNumericBinary(what string) error {
	return sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid %s in external \"numeric\" value", what)
}

func (r *wireReader) numeric(mod int32) (Datum, error) {
	count, weight := int(uint16(r.int16())), int(r.int16())
	sign, scale := uint16(r.int16()), uint16(r.int16())
	if r.short {
		return Null, nil
	}
	switch sign {
	case 0, 0x4000, 0xc000, 0xd000, 0xf000:
	default:
		return Null, errNumericBinary("sign")
	}
	if scale&0x3fff != scale {
		return Null, errNumericBinary("scale")
	}
	text := make([]byte, 0, min(4*count, 2*len(r.b)))
	for range count {
		digit := r.int16()
		if r.short {
			return Null, nil
		}
		if digit < 0 || digit > 9999 {
			return Null, errNumericBinary("digit")
		}
		text = append(text, strconv.Itoa(int(digit) + 10000)[1:]...)
	}
	d, err := numericFromDigits(sign, text, weight, int32(scale))
	if err != nil || mod < 0 {
		return d, err
	}
	return numericTypmod(d, mod)
}

func numericFromDigits(sign uint16, text []byte, weight int, scale int32) (Datum, error) {
	switch sign {
	case 0xc000:
		return NumericNaN(), nil
	case 0xd000:
		return NumericInf(1), nil
	case 0xf000:
		return NumericInf(-1), nil
	}
	c := new(big.Int)
	if len(text) > 0 {
		c.SetString(string(text), 10)
	}
	// The digits' own scale; what the display scale does not show is cut.
	own := len(text) - 4*(weight+1)
	if own < int(scale) {
		c.Mul(c, bigPow10(int(scale)-own))
	} else {
		c.Quo(c, bigPow10(own-int(scale)))
	}
	if sign == 0x4000 {
		c.Neg(c)
	}
	return numericOf(c, scale)
}
