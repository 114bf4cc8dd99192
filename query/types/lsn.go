package types

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// lsnHalfDigits is how many digits each of the two words of a pg_lsn may have.
const lsnHalfDigits = 8

// parseLSN reads a pg_lsn, two words in hexadecimal: 16/B374D848.
func parseLSN(s string) (Datum, error) {
	high, low, ok := strings.Cut(s, "/")
	h, okHigh := lsnHalf(high)
	l, okLow := lsnHalf(low)
	if !ok || !okHigh || !okLow {
		return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type pg_lsn: \"%s\"", s)
	}
	return LSN(h<<32 | l), nil
}

func lsnHalf(s string) (uint64, bool) {
	for i := range len(s) {
		if !strings.ContainsRune("0123456789abcdef", rune(lowerByte(s[i]))) {
			return 0, false
		}
	}
	if s == "" || len(s) > lsnHalfDigits {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 16, 32)
	return n, err == nil
}

// LSN is a value of pg_lsn.
func LSN(n uint64) Datum { return Int(int64(n)) }

func appendLSN(buf []byte, d Datum) []byte {
	n := uint64(d.Int())
	return fmt.Appendf(buf, "%X/%X", uint32(n>>32), uint32(n))
}

// NumericOfLSN is the number of a pg_lsn.
func NumericOfLSN(d Datum) Datum {
	n, err := ParseNumeric(strconv.FormatUint(uint64(d.Int()), 10))
	if err != nil {
		panic("types: the digits of a pg_lsn: " + err.Error())
	}
	return n
}

// LSNOfNumeric is the pg_lsn of a number, rounded. 22023 beyond 64 bits and below 0, 0A000 if it is none.
func LSNOfNumeric(d Datum) (Datum, error) {
	switch {
	case NumericIsNaN(d):
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert NaN to pg_lsn")
	case NumericIsInf(d) != 0:
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert infinity to pg_lsn")
	}
	whole, err := NumericRound(d, 0)
	if err != nil {
		return Null, err
	}
	n, err := strconv.ParseUint(NumericText(whole), 10, 64)
	if err != nil {
		return Null, sqlstate.New(sqlstate.InvalidParameterValue, "pg_lsn out of range")
	}
	return LSN(n), nil
}
