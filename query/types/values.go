package types

import "slices"

// Interval is an interval; it is immutable inside a Datum (Pointer(*Interval)).
type Interval struct {
	Months int32
	Days   int32
	Micros int64
}

// TimeTZ is a time with time zone, Pointer(*TimeTZ).
type TimeTZ struct {
	Micros      int64 // local, since midnight
	WestSeconds int32 // of UTC, as PostgreSQL keeps it: +01 is -3600
}

// Dim is one dimension of an array.
type Dim struct {
	Length int32
	Lower  int32 // subscript of the first element, usually 1
}

// Array is a value of an array type, Pointer(*Array), immutable. Items are in
// row-major order, NULLs as Null. An empty array has no dimensions.
type Array struct {
	Elem  OID
	Dims  []Dim
	Items []Datum
	// HadNulls is for an array made of parts of another that has NULLs: the binary form
	// flags both, as PostgreSQL's does.
	HadNulls bool
}

// FlagsNulls reports whether the array has NULLs, or HadNulls.
func (a *Array) FlagsNulls() bool {
	return a.HadNulls || slices.ContainsFunc(a.Items, Datum.IsNull)
}

// NewArray returns a one-dimensional array with lower bound 1 that keeps items.
func NewArray(elem OID, items []Datum) *Array {
	if len(items) == 0 {
		return &Array{Elem: elem}
	}
	return &Array{Elem: elem, Dims: []Dim{{Length: int32(len(items)), Lower: 1}}, Items: items}
}

// Record is a row value, Pointer(*Record), immutable.
type Record struct {
	Names  []string // may be nil: f1, f2 …
	Types  []OID
	Fields []Datum
}

// IntervalOf returns a Datum that holds i.
func IntervalOf(i Interval) Datum { return Pointer(&i) }

// Interval returns the interval. d must be one.
func (d Datum) Interval() Interval { return *d.ref.(*Interval) }

// Array returns the array. d must be one.
func (d Datum) Array() *Array { return d.ref.(*Array) }

// Record returns the record. d must be one.
func (d Datum) Record() *Record { return d.ref.(*Record) }

// TimeTZ returns the time with time zone. d must be one.
func (d Datum) TimeTZ() TimeTZ { return *d.ref.(*TimeTZ) }
