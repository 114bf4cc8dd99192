package types

import (
	"math"
	"strconv"

	"github.com/projsql/projsql/wire/sqlstate"
)

func errSqrtNegative() error {
	return sqlstate.New(sqlstate.InvalidArgumentForPowerFunction, "cannot take square root of a negative number")
}

// NumericFromFloat converts as PostgreSQL's cast from float8 (15 digits) or, with
// bits 32, float4 (6 digits).
func NumericFromFloat(f float64, bits int) Datum {
	switch {
	case math.IsNaN(f):
		return NumericNaN()
	case math.IsInf(f, 0):
		return NumericInf(int(math.Copysign(1, f)))
	}
	digits := 15
	if bits == 32 {
		digits = 6
	}
	var tmp [32]byte
	d, err := ParseNumeric(string(strconv.AppendFloat(tmp[:0], f, 'g', digits, 64)))
	if err != nil {
		panic("types: float " + err.Error()) // a finite float is always within numeric's range
	}
	return d
}

// NumericToInt rounds to an integer of the type t (int2, int4, int8); 22003 if it
// does not fit, 0A000 for NaN and infinities.
func NumericToInt(t OID, a Datum) (int64, error) {
	low, high, name := intRange(t)
	switch {
	case NumericIsNaN(a):
		return 0, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert NaN to %s", name)
	case NumericIsInf(a) != 0:
		return 0, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert infinity to %s", name)
	}
	r, err := NumericRound(a, 0)
	if err != nil {
		return 0, err
	}
	_, short := r.ref.(*shortScale)
	if i := int64(r.num); short && i >= low && i <= high {
		return i, nil
	}
	return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "%s out of range", name)
}

func intRange(t OID) (low, high int64, name string) {
	switch t {
	case Int2OID:
		return math.MinInt16, math.MaxInt16, "smallint"
	case Int4OID:
		return math.MinInt32, math.MaxInt32, "integer"
	default:
		return math.MinInt64, math.MaxInt64, "bigint"
	}
}

// NumericToFloat converts to float8 or, with bits 32, float4; 22003 if it does not fit.
func NumericToFloat(a Datum, bits int) (float64, error) {
	if s, ok := a.ref.(*shortScale); ok && bits == 64 && s.scale < 20 && absUint(int64(a.num)) < 1<<53 {
		return float64(int64(a.num)) / float64(pow10[s.scale]), nil
	}
	if bits == 32 {
		return parseFloat(NumericText(a), 32)
	}
	return parseFloat(NumericText(a), 64)
}
