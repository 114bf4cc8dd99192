package types

import (
	"math"
	"unsafe"
)

// Datum is one SQL value of any type; the zero Datum is NULL. Its type is known
// from where it stands (a column, a bound expression), not from the Datum, as in
// PostgreSQL. A Datum is immutable and 24 bytes; values of fixed size, short
// numerics and text need no allocation. (The layout is that of log/slog.Value.)
type Datum struct {
	num uint64
	ref any // nil: NULL; scalar: num; *byte: string data, num = length; else a pointer
}

type (
	scalarKind struct{ _ byte }
	stringData *byte
)

var scalar = &scalarKind{}

// Null is the SQL NULL.
var Null = Datum{}

// IsNull reports whether d is NULL.
func (d Datum) IsNull() bool { return d.ref == nil }

// Int returns a Datum of any integer-like type: int2, int4, int8, oid, date (days
// since 2000-01-01), time, timestamp and timestamptz (microseconds since
// 2000-01-01), money (cents), "char".
func Int(i int64) Datum { return Datum{num: uint64(i), ref: scalar} }

// Bool returns a bool.
func Bool(b bool) Datum {
	if b {
		return Datum{num: 1, ref: scalar}
	}
	return Datum{ref: scalar}
}

// Float returns a float4 or float8. Go's NaN becomes the one that PostgreSQL sends.
func Float(f float64) Datum {
	n := math.Float64bits(f)
	if n == goNaN {
		n = 0x7FF8000000000000
	}
	return Datum{num: n, ref: scalar}
}

const goNaN = 0x7FF8000000000001

// String returns a Datum of any type whose value is a string of bytes: text,
// varchar, bpchar, name, json, bytea, uuid (16 bytes), inet and cidr (Network), macaddr and
// macaddr8 (6 and 8 bytes), pg_snapshot (Snapshot), point and other shapes, jsonb (package jsonb's encoding), tsvector and
// tsquery (package textsearch's). It shares s.
func String(s string) Datum {
	return Datum{num: uint64(len(s)), ref: stringData(unsafe.StringData(s))}
}

// Pointer returns a Datum that holds p, a pointer to an immutable value: *Array,
// *Numeric, *Interval and the like. p must not be nil.
func Pointer(p any) Datum { return Datum{ref: p} }

// Int returns the integer. d must be one.
func (d Datum) Int() int64 { return int64(d.num) }

// Bool returns the bool. d must be one.
func (d Datum) Bool() bool { return d.num != 0 }

// Float returns the float. d must be one.
func (d Datum) Float() float64 { return math.Float64frombits(d.num) }

// Str returns the string of bytes. d must be one; NULL gives "".
func (d Datum) Str() string {
	p, ok := d.ref.(stringData)
	if !ok {
		return ""
	}
	return unsafe.String((*byte)(p), int(d.num))
}

// Pointer returns what Pointer was given.
func (d Datum) Pointer() any { return d.ref }
