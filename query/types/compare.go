package types

import (
	"math"
	"strings"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/textsearch"
)

// Compare orders two values as the type's btree operator class does (text in C
// collation, NaN greatest); types without one (json) by bytes. Neither may be NULL.
func Compare(t OID, a, b Datum) int {
	if t >= firstDomain {
		t = BaseOf(t)
	}
	switch t {
	case NumericOID:
		return NumericCmp(a, b)
	case Float4OID, Float8OID:
		return compareFloat(a.Float(), b.Float())
	case BpcharOID:
		return strings.Compare(strings.TrimRight(a.Str(), " "), strings.TrimRight(b.Str(), " "))
	case JSONBOID:
		return jsonb.Compare(a.Str(), b.Str())
	case XID8OID, LSNOID:
		return cmpOrdered(a.num, b.num)
	case TSVectorOID:
		return textsearch.CompareVectors(a.Str(), b.Str())
	case TSQueryOID:
		return textsearch.CompareQueries(a.Str(), b.Str())
	case InetOID, CidrOID:
		return a.Network().Cmp(b.Network())
	}
	switch v := a.ref.(type) {
	case *scalarKind:
		return cmpOrdered(a.Int(), b.Int())
	case stringData:
		return strings.Compare(a.Str(), b.Str())
	case *Interval:
		return IntervalCmp(*v, b.Interval())
	case *TimeTZ:
		return compareTimeTZ(*v, b.TimeTZ())
	case *Array:
		return compareArrays(v, b.Array())
	case *Record:
		return compareRecords(v, b.Record())
	case *Range:
		return compareRanges(v, b.Range())
	case *Multirange:
		return compareMultiranges(v, b.Multirange())
	}
	panic("types: values of type " + sqlName(t) + " have no order")
}

// Unordered reports whether PostgreSQL has no B-tree operator class for a type, which is no array.
func Unordered(t OID) bool {
	switch t {
	case JSONOID, JSONPathOID, XIDOID, CIDOID, VoidOID, ACLItemOID, RefcursorOID,
		PgSnapshotOID, TxidSnapshotOID:
		return true
	}
	return IsShape(t)
}

// Equal reports Compare == 0, faster. Neither may be NULL.
func Equal(t OID, a, b Datum) bool {
	if t >= firstDomain {
		t = BaseOf(t)
	}
	switch t {
	case NumericOID, Float4OID, Float8OID, BpcharOID, JSONBOID, TSQueryOID:
		return Compare(t, a, b) == 0
	}
	switch a.ref.(type) {
	case *scalarKind:
		return a.num == b.num
	case stringData:
		return a.num == b.num && a.Str() == b.Str()
	}
	return Compare(t, a, b) == 0
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	}
	return boolInt(math.IsNaN(a)) - boolInt(math.IsNaN(b))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareTimeTZ(a, b TimeTZ) int {
	if c := cmpOrdered(a.Micros+int64(a.WestSeconds)*1e6, b.Micros+int64(b.WestSeconds)*1e6); c != 0 {
		return c
	}
	return cmpOrdered(a.WestSeconds, b.WestSeconds)
}

// CompareNulls compares with NULL after everything else.
func CompareNulls(t OID, a, b Datum) int {
	if a.IsNull() || b.IsNull() {
		return boolInt(a.IsNull()) - boolInt(b.IsNull())
	}
	return Compare(t, a, b)
}

func compareArrays(a, b *Array) int {
	for i := range min(len(a.Items), len(b.Items)) {
		if c := CompareNulls(a.Elem, a.Items[i], b.Items[i]); c != 0 {
			return c
		}
	}
	if c := cmpOrdered(len(a.Items), len(b.Items)); c != 0 {
		return c
	}
	if c := cmpOrdered(len(a.Dims), len(b.Dims)); c != 0 {
		return c
	}
	for i := range a.Dims {
		if c := cmpOrdered(a.Dims[i].Length, b.Dims[i].Length); c != 0 {
			return c
		}
	}
	for i := range a.Dims {
		if c := cmpOrdered(a.Dims[i].Lower, b.Dims[i].Lower); c != 0 {
			return c
		}
	}
	return 0
}

func compareRecords(a, b *Record) int {
	for i := range min(len(a.Fields), len(b.Fields)) {
		if c := CompareNulls(a.Types[i], a.Fields[i], b.Fields[i]); c != 0 {
			return c
		}
	}
	return cmpOrdered(len(a.Fields), len(b.Fields))
}
