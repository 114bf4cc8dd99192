package structs

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

var boolConverter = converter{
	load:  func(d types.Datum, v reflect.Value) error { v.SetBool(d.Bool()); return nil },
	store: func(v reflect.Value) (types.Datum, error) { return types.Bool(v.Bool()), nil },
}

var floatConverter = converter{
	load:  func(d types.Datum, v reflect.Value) error { v.SetFloat(d.Float()); return nil },
	store: func(v reflect.Value) (types.Datum, error) { return types.Float(v.Float()), nil },
}

func isSigned(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Int64 }

func isUnsigned(k reflect.Kind) bool { return k >= reflect.Uint8 && k <= reflect.Uint32 }

// integerBits are the sizes of PostgreSQL's integers.
var integerBits = map[types.OID]uint{types.Int2OID: 16, types.Int4OID: 32, types.Int8OID: 64}

func isInteger(o types.OID) bool { return integerBits[o] != 0 }

func outOfRange(typ types.OID) error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "%s out of range", types.FormatType(types.Of(typ)))
}

func integer(i int64, typ types.OID) (types.Datum, error) {
	spare := 64 - integerBits[typ]
	if i<<spare>>spare != i {
		return types.Null, outOfRange(typ)
	}
	return types.Int(i), nil
}

func signedConverter(typ types.OID) converter {
	return converter{
		load:  func(d types.Datum, v reflect.Value) error { return setInt(v, d.Int()) },
		store: func(v reflect.Value) (types.Datum, error) { return integer(v.Int(), typ) },
	}
}

func setInt(v reflect.Value, i int64) error {
	if v.OverflowInt(i) {
		return sqlstate.New(sqlstate.NumericValueOutOfRange, "%d does not fit %s", i, v.Type())
	}
	v.SetInt(i)
	return nil
}

func unsignedConverter(typ types.OID) converter {
	return converter{
		load: func(d types.Datum, v reflect.Value) error {
			if i := d.Int(); i < 0 || v.OverflowUint(uint64(i)) {
				return sqlstate.New(sqlstate.NumericValueOutOfRange, "%d does not fit %s", i, v.Type())
			}
			v.SetUint(uint64(d.Int()))
			return nil
		},
		store: func(v reflect.Value) (types.Datum, error) { return integer(int64(v.Uint()), typ) },
	}
}

var signedNumericConverter = converter{
	load: func(d types.Datum, v reflect.Value) error {
		if scale, finite := types.NumericMinScale(d); !finite || scale > 0 {
			return sqlstate.New(sqlstate.NumericValueOutOfRange, "%s does not fit %s", types.NumericText(d), v.Type())
		}
		i, err := types.NumericToInt(types.Int8OID, d)
		if err != nil {
			return err
		}
		return setInt(v, i)
	},
	store: func(v reflect.Value) (types.Datum, error) { return types.NumericFromInt(v.Int()), nil },
}

var bytesConverter = converter{
	load: func(d types.Datum, v reflect.Value) error {
		v.Set(reflect.ValueOf([]byte(d.Str())).Convert(v.Type()))
		return nil
	},
	store: func(v reflect.Value) (types.Datum, error) {
		if v.IsNil() {
			return types.Null, nil
		}
		return types.String(string(v.Bytes())), nil
	},
}

var uuidConverter = converter{
	load: func(d types.Datum, v reflect.Value) error {
		reflect.Copy(v, reflect.ValueOf([]byte(d.Str())))
		return nil
	},
	store: func(v reflect.Value) (types.Datum, error) { return types.String(string(v.Bytes())), nil },
}

func isInstant(o types.OID) bool {
	return o == types.TimestamptzOID || o == types.TimestampOID || o == types.DateOID
}

// The years that PostgreSQL's timestamps can have.
const (
	yearMin = -4712
	yearMax = 294275
)

// timeConverter keeps what the SQL type keeps: microseconds, or days, in UTC.
func timeConverter(typ types.OID) converter {
	return converter{
		load: func(d types.Datum, v reflect.Value) error {
			micros, finite := d.Int(), types.FiniteTime(d.Int())
			if typ == types.DateOID {
				micros, finite = micros*types.MicrosPerDay, types.FiniteDate(micros)
			}
			if !finite {
				return sqlstate.New(sqlstate.DatetimeFieldOverflow, "infinity does not fit %s", v.Type())
			}
			v.Set(reflect.ValueOf(time.UnixMicro(micros - types.UnixEpochMicros).UTC()))
			return nil
		},
		store: func(v reflect.Value) (types.Datum, error) {
			t := v.Interface().(time.Time).UTC()
			if y := t.Year(); y < yearMin || y > yearMax {
				return types.Null, sqlstate.New(sqlstate.DatetimeFieldOverflow, "%s out of range", types.FormatType(types.Of(typ)))
			}
			if typ == types.DateOID {
				return types.Int(types.DaysOf(t.Year(), int(t.Month()), t.Day())), nil
			}
			return types.Int(types.MicrosOf(t)), nil
		},
	}
}

// durationConverter keeps microseconds.
var durationConverter = converter{
	load: func(d types.Datum, v reflect.Value) error {
		i := d.Interval()
		whole := time.Duration(i.Micros) * time.Microsecond
		if i.Months != 0 || i.Days != 0 || whole.Microseconds() != i.Micros {
			return sqlstate.New(sqlstate.DatetimeFieldOverflow, "an interval of days or months does not fit %s", v.Type())
		}
		v.SetInt(int64(whole))
		return nil
	},
	store: func(v reflect.Value) (types.Datum, error) {
		return types.IntervalOf(types.Interval{Micros: time.Duration(v.Int()).Microseconds()}), nil
	},
}

func isJSON(o types.OID) bool { return o == types.JSONBOID || o == types.JSONOID }

// jsonConverter goes by encoding/json.
func jsonConverter(typ types.OID) converter {
	return converter{
		load: func(d types.Datum, v reflect.Value) error {
			text := []byte(d.Str())
			if typ == types.JSONBOID {
				text = jsonb.AppendText(nil, d.Str())
			}
			return json.Unmarshal(text, v.Addr().Interface())
		},
		store: func(v reflect.Value) (types.Datum, error) {
			if nullable(v.Type()) && v.IsNil() {
				return types.Null, nil
			}
			text, err := json.Marshal(v.Addr().Interface())
			if err != nil || typ == types.JSONOID {
				return types.String(string(text)), err
			}
			doc, err := jsonb.Parse(string(text))
			return types.String(doc), err
		},
	}
}
