package expr

import (
	"math"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// casts are the functions of pg_cast.
func casts() map[string]any {
	all := map[string]any{
		"bool_int4": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			if a.Bool() {
				return types.Int(1), nil
			}
			return types.Int(0), nil
		}),
		"int4_bool": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Bool(a.Int() != 0), nil }),
		"booltext": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			if a.Bool() {
				return types.String("true"), nil
			}
			return types.String("false"), nil
		}),
		"rtrim1": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return types.String(strings.TrimRight(a.Str(), " ")), nil
		}),
		"bpchar_name": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return nameOf(strings.TrimRight(a.Str(), " ")), nil }),
		"text_name":   Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return nameOf(a.Str()), nil }),
		"name_text":   Func1(same),
		"name_bpchar": Func1(same),
		"char_text":   Func1(charText),
		"char_bpchar": Func1(charText),
		"text_char":   Func1(textChar),
		"chartoi4":    Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Int(int64(int8(a.Int()))), nil }),
		"i4tochar":    Func1(intChar),
		"oidtoi8":     Func1(same),
		"xid8toxid":   Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Int(int64(uint32(a.Int()))), nil }),
		"i8tooid":     Func1(intOID),
		"ftod":        Func1(same),
		"dtof":        Func1(floatNarrow),
	}
	intCasts(all)
	floatCasts(all)
	numericCasts(all)
	jsonCasts(all)
	return all
}

func intCasts(all map[string]any) {
	for source, r := range map[string]*intRange{
		"i2toi4": int4Range, "i4toi2": int2Range, "int28": int8Range, "int48": int8Range, "int82": int2Range, "int84": int4Range,
	} {
		all[source] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return r.result(a.Int()) })
	}
	for _, source := range []string{"i2tod", "i4tod", "i8tod"} {
		all[source] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Float(float64(a.Int())), nil })
	}
	for _, source := range []string{"i2tof", "i4tof", "i8tof"} {
		all[source] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Float(float64(float32(a.Int()))), nil })
	}
}

func floatCasts(all map[string]any) {
	for source, r := range map[string]*intRange{
		"dtoi2": int2Range, "dtoi4": int4Range, "dtoi8": int8Range, "ftoi2": int2Range, "ftoi4": int4Range, "ftoi8": int8Range,
	} {
		all[source] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			f := math.RoundToEven(a.Float())
			if math.IsNaN(f) || f < float64(r.min) || f >= -float64(r.min) {
				return types.Null, r.overflow()
			}
			return types.Int(int64(f)), nil
		})
	}
}

func numericCasts(all map[string]any) {
	for _, source := range []string{"int2_numeric", "int4_numeric", "int8_numeric"} {
		all[source] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.NumericFromInt(a.Int()), nil })
	}
	for source, t := range map[string]types.OID{"numeric_int2": types.Int2OID, "numeric_int4": types.Int4OID, "numeric_int8": types.Int8OID} {
		all[source] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			i, err := types.NumericToInt(t, a)
			return types.Int(i), err
		})
	}
	for suffix, bits := range map[string]int{"float4": 32, "float8": 64} {
		all["numeric_"+suffix] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			f, err := types.NumericToFloat(a, bits)
			return types.Float(f), err
		})
		all[suffix+"_numeric"] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return types.NumericFromFloat(a.Float(), bits), nil
		})
	}
}

// jsonCasts take a jsonb number or boolean for one of SQL.
func jsonCasts(all map[string]any) {
	all["jsonb_bool"] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
		v := jsonb.Root(a.Str())
		if v.Kind() != jsonb.Bool {
			return types.Null, cannotCastJSON(v.Kind(), "boolean")
		}
		return types.Bool(v.Bool()), nil
	})
	for source, t := range map[string]types.OID{
		"jsonb_numeric": types.NumericOID, "jsonb_int2": types.Int2OID, "jsonb_int4": types.Int4OID, "jsonb_int8": types.Int8OID,
		"jsonb_float4": types.Float4OID, "jsonb_float8": types.Float8OID,
	} {
		all[source] = Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return jsonNumber(a.Str(), t) })
	}
}

func cannotCastJSON(k jsonb.Kind, to string) error {
	name := k.String()
	if k == jsonb.Number {
		name = "numeric"
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, "cannot cast jsonb %s to type %s", name, to)
}

func jsonNumber(doc string, t types.OID) (types.Datum, error) {
	v := jsonb.Root(doc)
	if v.Kind() != jsonb.Number {
		return types.Null, cannotCastJSON(v.Kind(), typeName(t))
	}
	text, _ := v.Text()
	n, err := types.ParseNumeric(text)
	if err != nil || t == types.NumericOID {
		return n, err
	}
	switch t {
	case types.Float8OID:
		f, err := types.NumericToFloat(n, 64)
		return types.Float(f), err
	case types.Float4OID:
		f, err := types.NumericToFloat(n, 32)
		return types.Float(f), err
	}
	i, err := types.NumericToInt(t, n)
	return types.Int(i), err
}

// nameOf cuts to the 63 bytes of type name, at a character's beginning.
func nameOf(s string) types.Datum {
	const nameBytesMax = 63
	if len(s) > nameBytesMax {
		end := nameBytesMax
		for end > 0 && s[end]&0xC0 == 0x80 {
			end--
		}
		s = s[:end]
	}
	return types.String(s)
}

func charText(env *Env, a types.Datum) (types.Datum, error) {
	return types.String(types.Text(env.Env, types.CharOID, a)), nil
}

func textChar(env *Env, a types.Datum) (types.Datum, error) {
	return types.Parse(env.Env, types.Of(types.CharOID), a.Str())
}

func intChar(_ *Env, a types.Datum) (types.Datum, error) {
	if a.Int() < math.MinInt8 || a.Int() > math.MaxInt8 {
		return types.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "\"char\" out of range")
	}
	return types.Int(int64(uint8(a.Int()))), nil
}

func intOID(_ *Env, a types.Datum) (types.Datum, error) {
	if a.Int() < 0 || a.Int() > math.MaxUint32 {
		return types.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "OID out of range")
	}
	return a, nil
}

func floatNarrow(_ *Env, a types.Datum) (types.Datum, error) {
	x := a.Float()
	f := float64(float32(x))
	switch {
	case math.IsInf(f, 0) && !math.IsInf(x, 0):
		return types.Null, errOverflow()
	case f == 0 && x != 0:
		return types.Null, errUnderflow()
	}
	return types.Float(f), nil
}
