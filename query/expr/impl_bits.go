package expr

import (
	"math"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// bitStrings are the functions of bit and varbit, whose values are strings of 0 and 1.
func bitStrings() map[string]any {
	all := map[string]any{
		"bitfromint4": bitsOfInt, "bitfromint8": bitsOfInt,
		"bittoint4": intOfBits(32, "integer"), "bittoint8": intOfBits(64, "bigint"),
		"bit_and": bitsByBit("AND", func(a, b byte) byte { return a & b }),
		"bit_or":  bitsByBit("OR", func(a, b byte) byte { return a | b }),
		"bitxor":  bitsByBit("XOR", func(a, b byte) byte { return a ^ b&1 }),
		"bitnot": text1(func(s string) string {
			return strings.Map(func(r rune) rune { return '0' + '1' - r }, s)
		}),
		"bitcat":        Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return text(a.Str() + b.Str()) }),
		"bitshiftleft":  shiftBits(1),
		"bitshiftright": shiftBits(-1),
		"bitcmp": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return integer(strings.Compare(a.Str(), b.Str()))
		}),
		"bit_bit_count": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return integer(strings.Count(a.Str(), "1")) }),
		"bitposition":   Func2(positionOfBits),
		"bitgetbit":     Func2(getBitOf),
		"bitsetbit":     Func3(setBitOf),
		"bitsubstr": Func3(func(_ *Env, s, start, count types.Datum) (types.Datum, error) {
			return substringOfBits(s.Str(), start.Int(), count.Int())
		}),
		"bitsubstr_no_len": Func2(func(_ *Env, s, start types.Datum) (types.Datum, error) {
			return substringOfBits(s.Str(), max(start.Int(), 1), math.MaxInt32)
		}),
	}
	for name, t := range map[string]types.OID{"bit": types.BitOID, "varbit": types.VarbitOID} {
		all[name] = Func3(func(_ *Env, s, length, explicit types.Datum) (types.Datum, error) {
			if length.Int() <= 0 {
				return s, nil
			}
			return types.Coerce(types.Type{OID: t, Mod: int32(length.Int())}, s, explicit.Bool())
		})
	}
	all["bitoverlay_no_len"] = Func3(func(_ *Env, s, by, start types.Datum) (types.Datum, error) {
		return overlayBits(s.Str(), by.Str(), start.Int(), int64(len(by.Str())))
	})
	all["bitoverlay"] = FuncN(func(_ *Env, args []types.Datum) (types.Datum, error) {
		return overlayBits(args[0].Str(), args[1].Str(), args[2].Int(), args[3].Int())
	})
	for name, unit := range map[string]int{"bitlength": 1, "bit_length(bit)": 1, "bitoctetlength": 8} {
		all[name] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return integer((len(a.Str()) + unit - 1) / unit) })
	}
	return all
}

// bitsOfInt makes the lowest bits of a number, as many as the second argument says.
var bitsOfInt = Func2(func(_ *Env, n, count types.Datum) (types.Datum, error) {
	b := make([]byte, max(count.Int(), 1))
	for i := range b {
		b[i] = '0' + byte(n.Int()>>min(len(b)-1-i, 63)&1)
	}
	return text(string(b))
})

func intOfBits(most int, name string) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		s := a.Str()
		if len(s) > most {
			return types.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "%s out of range", name)
		}
		var n uint64
		for i := range len(s) {
			n = n<<1 | uint64(s[i]-'0')
		}
		if most == 32 {
			return types.Int(int64(int32(uint32(n)))), nil
		}
		return types.Int(int64(n)), nil
	}
}

func bitsByBit(name string, each func(a, b byte) byte) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.CombineBits(name, a, b, each) }
}

// shiftBits shifts to the left, or for -1 to the right.
func shiftBits(direction int64) Func2 {
	return func(_ *Env, a, n types.Datum) (types.Datum, error) {
		s, by := a.Str(), n.Int()*direction
		size := int64(len(s))
		switch {
		case by >= size, -by >= size:
			return text(strings.Repeat("0", len(s)))
		case by >= 0:
			return text(s[by:] + strings.Repeat("0", int(by)))
		}
		return text(strings.Repeat("0", int(-by)) + s[:size+by])
	}
}

func positionOfBits(_ *Env, s, part types.Datum) (types.Datum, error) {
	if s.Str() == "" {
		return integer(0)
	}
	return integer(strings.Index(s.Str(), part.Str()) + 1)
}

func bitIndex(s string, n int64) error {
	if n < 0 || n >= int64(len(s)) {
		return sqlstate.New(sqlstate.ArraySubscriptError, "bit index %d out of valid range (0..%d)", n, len(s)-1)
	}
	return nil
}

func getBitOf(_ *Env, s, n types.Datum) (types.Datum, error) {
	if err := bitIndex(s.Str(), n.Int()); err != nil {
		return types.Null, err
	}
	return integer(int(s.Str()[n.Int()] - '0'))
}

func setBitOf(_ *Env, s, n, to types.Datum) (types.Datum, error) {
	if err := bitIndex(s.Str(), n.Int()); err != nil {
		return types.Null, err
	}
	if to.Int() != 0 && to.Int() != 1 {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "new bit must be 0 or 1")
	}
	b := []byte(s.Str())
	b[n.Int()] = '0' + byte(to.Int())
	return text(string(b))
}

func substringOfBits(s string, start, count int64) (types.Datum, error) {
	if count < 0 {
		return types.Null, sqlstate.New(sqlstate.SubstringError, "negative substring length not allowed")
	}
	end := min(start+count-1, int64(len(s)))
	if start = max(start, 1); end < start {
		return text("")
	}
	return text(s[start-1 : end])
}

func overlayBits(s, by string, start, count int64) (types.Datum, error) {
	before, err := substringOfBits(s, 1, start-1)
	if err != nil || start <= 0 {
		return types.Null, sqlstate.New(sqlstate.SubstringError, "negative substring length not allowed")
	}
	if start+count > math.MaxInt32 {
		return types.Null, int4Range.overflow()
	}
	after, err := substringOfBits(s, max(start+count, 1), math.MaxInt32)
	return types.String(before.Str() + by + after.Str()), err
}
