package structs

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// converter turns the values of one Go type into those of one SQL type and back.
type converter struct {
	// load sets v, which is zero, from a value that is not NULL.
	load func(d types.Datum, v reflect.Value) error
	// store returns a value in memory that nobody changes. v can be addressed.
	store func(v reflect.Value) (types.Datum, error)
}

// converterOf finds the converter, or says that a Go type does not hold an SQL type.
func converterOf(t reflect.Type, typ types.Type) (converter, error) {
	array := types.ElemOf(typ.OID)
	switch kind := t.Kind(); {
	case t == timeType && isInstant(typ.OID):
		return timeConverter(typ.OID), nil
	case t == durationType && typ.OID == types.IntervalOID:
		return durationConverter, nil
	case isUUID(t) && typ.OID == types.UUIDOID:
		return uuidConverter, nil
	case t == rawJSONType && isJSON(typ.OID):
		return jsonConverter(typ.OID), nil
	case t != timeType && isText(t):
		return textConverter(typ, marshal, unmarshal), nil
	case kind == reflect.Pointer:
		return pointerConverter(t, typ)
	case kind == reflect.Bool && typ.OID == types.BoolOID:
		return boolConverter, nil
	case isSigned(kind) && isInteger(typ.OID):
		return signedConverter(typ.OID), nil
	case isUnsigned(kind) && isInteger(typ.OID):
		return unsignedConverter(typ.OID), nil
	case isSigned(kind) && typ.OID == types.NumericOID:
		return signedNumericConverter, nil
	case kind == reflect.Float32 && typ.OID == types.Float4OID, kind == reflect.Float64 && typ.OID == types.Float8OID:
		return floatConverter, nil
	case kind == reflect.String:
		return textConverter(typ, stringOf, setString), nil
	case kind == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && typ.OID == types.ByteaOID:
		return bytesConverter, nil
	case kind == reflect.Slice && array != 0:
		return arrayConverter(t, types.Type{OID: array, Mod: typ.Mod})
	case isJSON(typ.OID):
		return jsonConverter(typ.OID), nil
	}
	return converter{}, fmt.Errorf("%s does not hold values of type %s", t, types.FormatType(typ))
}

func pointerConverter(t reflect.Type, typ types.Type) (converter, error) {
	elem, err := converterOf(t.Elem(), typ)
	return converter{
		load: func(d types.Datum, v reflect.Value) error {
			v.Set(reflect.New(t.Elem()))
			return elem.load(d, v.Elem())
		},
		store: func(v reflect.Value) (types.Datum, error) {
			if v.IsNil() {
				return types.Null, nil
			}
			return elem.store(v.Elem())
		},
	}, err
}

func arrayConverter(t reflect.Type, typ types.Type) (converter, error) {
	elem, err := converterOf(t.Elem(), typ)
	return converter{
		load: func(d types.Datum, v reflect.Value) error {
			a := d.Array()
			if len(a.Dims) > 1 {
				return sqlstate.New(sqlstate.ArraySubscriptError, "an array of %d dimensions does not fit %s", len(a.Dims), t)
			}
			v.Set(reflect.MakeSlice(t, len(a.Items), len(a.Items)))
			for i, item := range a.Items {
				if item.IsNull() {
					continue
				}
				if err := elem.load(item, v.Index(i)); err != nil {
					return err
				}
			}
			return nil
		},
		store: func(v reflect.Value) (_ types.Datum, err error) {
			if v.IsNil() {
				return types.Null, nil
			}
			items := make([]types.Datum, v.Len())
			for i := range items {
				if items[i], err = elem.store(v.Index(i)); err != nil {
					return types.Null, err
				}
			}
			return types.Pointer(types.NewArray(typ.OID, items)), nil
		},
	}, err
}

// textConverter goes by the text form of the Go type, which is the input and the output
// of the SQL type.
func textConverter(typ types.Type, text func(reflect.Value) (string, error), set func(string, reflect.Value) error) converter {
	plain := isString(typ.OID)
	return converter{
		load: func(d types.Datum, v reflect.Value) error {
			if plain {
				return set(d.Str(), v)
			}
			return set(types.Text(nil, typ.OID, d), v)
		},
		store: func(v reflect.Value) (types.Datum, error) {
			s, err := text(v)
			if err != nil {
				return types.Null, err
			}
			if err := checkUTF8(s); err != nil {
				return types.Null, err
			}
			if plain {
				return types.String(s), nil
			}
			return types.Parse(nil, typ, s)
		},
	}
}

func stringOf(v reflect.Value) (string, error) { return v.String(), nil }

func setString(s string, v reflect.Value) error {
	v.SetString(s)
	return nil
}

func marshal(v reflect.Value) (string, error) {
	b, err := v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
	return string(b), err
}

func unmarshal(s string, v reflect.Value) error {
	return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
}

func isString(o types.OID) bool {
	return o == types.TextOID || o == types.VarcharOID || o == types.BpcharOID
}

func checkUTF8(s string) error {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\"")
	}
	return nil
}
