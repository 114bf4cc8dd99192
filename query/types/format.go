package types

import (
	"fmt"

	"github.com/projsql/projsql/wire/sqlstate"
)

// TypeName is a type's name without a modifier, as errors and signatures have it:
// character, where FormatType writes bpchar.
func TypeName(t OID) string {
	if info := Info(t); info != nil {
		return info.SQLName
	}
	return "???"
}

// FormatType is PostgreSQL's format_type: numeric(10,2), character varying(3)[].
func FormatType(t Type) string {
	info := Info(t.OID)
	if info == nil {
		return "???"
	}
	if info.IsArray() {
		return FormatType(Type{info.Elem, t.Mod}) + "[]"
	}
	if t.Mod < 0 {
		switch t.OID {
		case BpcharOID:
			return "bpchar" // character means character(1)
		case BitOID:
			return `"bit"` // bit means bit(1)
		}
		return info.SQLName
	}
	switch t.OID {
	case NumericOID:
		if t.Mod < 4 {
			return "numeric"
		}
		return fmt.Sprintf("numeric(%d,%d)", (t.Mod-4)>>16&0xffff, ((t.Mod-4)&0x7ff^1024)-1024)
	case VarcharOID, BpcharOID:
		if t.Mod <= 4 {
			return info.SQLName
		}
		return fmt.Sprintf("%s(%d)", info.SQLName, t.Mod-4)
	case BitOID, VarbitOID:
		return fmt.Sprintf("%s(%d)", info.SQLName, t.Mod)
	case TimeOID, TimestampOID:
		return fmt.Sprintf("%s(%d) without time zone", info.Name, t.Mod)
	case TimetzOID, TimestamptzOID:
		return fmt.Sprintf("%s(%d) with time zone", info.Name[:len(info.Name)-2], t.Mod)
	case IntervalOID:
		return formatInterval(t.Mod)
	}
	return info.SQLName
}

// Interval modifiers: which fields are kept, and digits of the seconds.
const (
	intervalYear      = 1 << 2
	intervalMonth     = 1 << 1
	intervalDay       = 1 << 3
	intervalHour      = 1 << 10
	intervalMinute    = 1 << 11
	intervalSecond    = 1 << 12
	intervalFullRange = 0x7fff
	intervalFullDigit = 0xffff
)

func intervalFields(mask int32) (string, bool) {
	switch mask {
	case intervalYear:
		return " year", true
	case intervalMonth:
		return " month", true
	case intervalDay:
		return " day", true
	case intervalHour:
		return " hour", true
	case intervalMinute:
		return " minute", true
	case intervalSecond:
		return " second", true
	case intervalYear | intervalMonth:
		return " year to month", true
	case intervalDay | intervalHour:
		return " day to hour", true
	case intervalDay | intervalHour | intervalMinute:
		return " day to minute", true
	case intervalDay | intervalHour | intervalMinute | intervalSecond:
		return " day to second", true
	case intervalHour | intervalMinute:
		return " hour to minute", true
	case intervalHour | intervalMinute | intervalSecond:
		return " hour to second", true
	case intervalMinute | intervalSecond:
		return " minute to second", true
	case intervalFullRange:
		return "", true
	}
	return "", false
}

func formatInterval(mod int32) string {
	fields, _ := intervalFields(mod >> 16 & 0x7fff)
	if precision := mod & 0xffff; precision != intervalFullDigit {
		return fmt.Sprintf("interval%s(%d)", fields, precision)
	}
	return "interval" + fields
}

// Typmod returns the modifier for the numbers written behind a type's name:
// numeric(10,2) → {10, 2}; interval: the grammar's field mask, then precision.
// Errors: 22023.
func Typmod(t OID, args []int32) (int32, error) {
	if len(args) == 0 {
		return -1, nil
	}
	if e := ElemOf(t); e != 0 {
		return Typmod(e, args)
	}
	switch t {
	case NumericOID:
		return numericMod(args)
	case VarcharOID:
		return textMod("varchar", args)
	case BpcharOID:
		return textMod("char", args)
	case BitOID, VarbitOID:
		return bitsMod(Info(t).Name, args)
	case TimeOID:
		return timeMod("TIME(%d)", args)
	case TimetzOID:
		return timeMod("TIME(%d) WITH TIME ZONE", args)
	case TimestampOID:
		return timeMod("TIMESTAMP(%d)", args)
	case TimestamptzOID:
		return timeMod("TIMESTAMP(%d) WITH TIME ZONE", args)
	case IntervalOID:
		return intervalMod(args)
	}
	return -1, sqlstate.New(sqlstate.SyntaxError, "type modifier is not allowed for type \"%s\"", Info(t).Name)
}

// Reduced is the warning that a precision is greater than there is, and is taken for 6; nil
// if it is not.
func Reduced(t OID, args []int32) *sqlstate.Error {
	if e := ElemOf(t); e != 0 {
		t = e
	}
	if len(args) == 0 || args[len(args)-1] <= 6 || t == IntervalOID && len(args) == 1 {
		return nil
	}
	format := map[OID]string{
		TimeOID: "TIME(%d)", TimetzOID: "TIME(%d) WITH TIME ZONE", TimestampOID: "TIMESTAMP(%d)",
		TimestamptzOID: "TIMESTAMP(%d) WITH TIME ZONE", IntervalOID: "INTERVAL(%d)",
	}[t]
	if format == "" {
		return nil
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, format+" precision reduced to maximum allowed, 6", args[len(args)-1])
}

func errMod(format string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, format, args...)
}

func numericMod(args []int32) (int32, error) {
	if len(args) > 2 {
		return -1, errMod("invalid NUMERIC type modifier")
	}
	scale := int32(0)
	if len(args) == 2 {
		scale = args[1]
	}
	if args[0] < 1 || args[0] > 1000 {
		return -1, errMod("NUMERIC precision %d must be between 1 and 1000", args[0])
	}
	if scale < -1000 || scale > 1000 {
		return -1, errMod("NUMERIC scale %d must be between -1000 and 1000", scale)
	}
	return args[0]<<16 | scale&0x7ff + 4, nil
}

func textMod(name string, args []int32) (int32, error) {
	switch {
	case len(args) != 1:
		return -1, errMod("invalid type modifier")
	case args[0] < 1:
		return -1, errMod("length for type %s must be at least 1", name)
	case args[0] > 10485760:
		return -1, errMod("length for type %s cannot exceed 10485760", name)
	}
	return args[0] + 4, nil
}

func timeMod(format string, args []int32) (int32, error) {
	if len(args) != 1 {
		return -1, errMod("invalid type modifier")
	}
	if args[0] < 0 {
		return -1, errMod(format+" precision must not be negative", args[0])
	}
	return min(args[0], 6), nil
}

func intervalMod(args []int32) (int32, error) {
	if _, ok := intervalFields(args[0]); !ok || len(args) > 2 {
		return -1, errMod("invalid INTERVAL type modifier")
	}
	if len(args) == 1 {
		if args[0] == intervalFullRange {
			return -1, nil
		}
		return args[0]<<16 | intervalFullDigit, nil
	}
	if args[1] < 0 {
		return -1, errMod("INTERVAL(%d) precision must not be negative", args[1])
	}
	return args[0]<<16 | min(args[1], 6), nil
}

// Coerce applies a type's modifier to a value of that type, as an assignment or
// (explicit) a cast does: rounds numeric and time, cuts or refuses text. Array
// elements too. Errors: 22001, 22003.
func Coerce(t Type, d Datum, explicit bool) (Datum, error) {
	if t.Mod < 0 || d.IsNull() {
		return d, nil
	}
	switch t.OID {
	case NumericOID:
		return numericTypmod(d, t.Mod)
	case VarcharOID, BpcharOID:
		return coerceText(t, d.Str(), explicit)
	case BitOID, VarbitOID:
		return coerceBits(t, d.Str(), explicit)
	case TimeOID:
		return Int(roundMicros(d.Int(), t.Mod)), nil
	case TimetzOID:
		v := d.TimeTZ()
		v.Micros = roundMicros(v.Micros, t.Mod)
		return Pointer(&v), nil
	case TimestampOID, TimestamptzOID:
		return Int(roundTimestamp(d.Int(), t.Mod)), nil
	case IntervalOID:
		return IntervalOf(intervalTypmod(d.Interval(), t.Mod)), nil
	}
	if a, ok := d.ref.(*Array); ok {
		return coerceArray(Type{a.Elem, t.Mod}, a, explicit)
	}
	return d, nil
}

func coerceArray(elem Type, a *Array, explicit bool) (Datum, error) {
	c := *a
	c.Items = make([]Datum, len(a.Items))
	for i, d := range a.Items {
		var err error
		if c.Items[i], err = Coerce(elem, d, explicit); err != nil {
			return Null, err
		}
	}
	return Pointer(&c), nil
}
