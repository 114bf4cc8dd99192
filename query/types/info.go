package types

import (
	_ "embed" // pg_type.tsv, pg_range.tsv
	"strconv"
	"strings"
	"sync"
)

// TypeInfo is one row of pg_type, immutable.
type TypeInfo struct {
	OID       OID
	Name      string // typname: int4
	SQLName   string // format_type: integer
	Len       int16  // bytes; -1 varlena, -2 C string
	ByVal     bool
	Kind      byte // typtype: b, c, d, e, p, r, m
	Category  byte // typcategory: N, S, A …
	Preferred bool
	Delim     byte // between the elements of an array of it
	Elem      OID  // 0 = none
	Array     OID  // 0 = none
	Align     byte
	Storage   byte
	Collation OID
	// Subtype is that of a range's bounds, 0 if the type is no range; Discrete says that
	// there is nothing between two neighbours of it, so that ranges have one form.
	Subtype  OID
	Discrete bool
	// Multirange is the type of a range's multiranges, Range that of a multirange's ranges.
	Multirange, Range OID
	// Bounds say what pg_range shows of a range type that a session has defined.
	Bounds *Bounds
	// Attributes are the columns of a composite type that a session has defined.
	Attributes []Attribute
	// Labels are those of an enum type, by their numbers.
	Labels []Label
	// Base is the type of a domain's values, NotNull says NOT NULL, and Check holds them, NULL too, against its
	// constraints (23502, 23514). Check may be called concurrently.
	Base    Type
	NotNull bool
	Check   func(*Env, Datum) error
	// Default is a domain's default and Constraints are its checks, as SQL.
	Default, ShownDefault string
	Constraints           []Constraint
}

// Bounds are how a range type orders its bounds: the operator class, the collation and
// the function that tells how far one is from another; 0 = none.
type Bounds struct{ Class, Collation, Diff OID }

// Constraint is a CHECK of a domain.
type Constraint struct {
	Name string
	OID  OID // of its row in pg_constraint
	SQL  string
	// Shown and Pretty are what catalogs show of it, Pretty with few parentheses.
	Shown, Pretty string
	// NotValid says that values from before it may break it.
	NotValid bool
}

// Attribute is a column of a composite type.
type Attribute struct {
	Name string
	Type Type
}

// IsArray reports whether the type is a true array, as int4[] and not int2vector.
func (t *TypeInfo) IsArray() bool {
	return (t.Category == 'A' || t.OID == RecordArrayOID) && t.Len == -1 && t.Name[0] == '_'
}

//go:embed pg_type.tsv
var pgType string

//go:embed pg_range.tsv
var pgRange string

type typeTable struct {
	byOID  map[OID]*TypeInfo
	byName map[string]*TypeInfo
	all    []*TypeInfo
}

var typeTables = sync.OnceValue(func() *typeTable {
	t := &typeTable{byOID: map[OID]*TypeInfo{}, byName: map[string]*TypeInfo{}}
	for line := range strings.Lines(pgType) {
		i := parseTypeRow(strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		t.byOID[i.OID], t.byName[i.Name] = i, i
		t.all = append(t.all, i)
	}
	for line := range strings.Lines(pgRange) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		t.addRange(parseOIDOf(f[0]), parseOIDOf(f[1]), parseOIDOf(f[2]), f[3] == "t")
	}
	t.addDomains()
	return t
})

// addRange takes a row of pg_range.
func (t *typeTable) addRange(oid, subtype, multirange OID, discrete bool) {
	r := t.byOID[oid]
	r.Subtype, r.Multirange, r.Discrete = subtype, multirange, discrete
	t.byOID[multirange].Range = oid
}

func parseOIDOf(s string) OID {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		panic("types: an OID: " + err.Error())
	}
	return OID(n)
}

func parseTypeRow(f []string) *TypeInfo {
	length, err := strconv.ParseInt(f[2], 10, 16)
	if err != nil {
		panic("types: pg_type.tsv: " + err.Error())
	}
	return &TypeInfo{
		OID: parseOIDOf(f[0]), Name: f[1], Len: int16(length), ByVal: f[3] == "t",
		Kind: f[4][0], Category: f[5][0], Preferred: f[6] == "t", Delim: f[7][0],
		Elem: parseOIDOf(f[8]), Array: parseOIDOf(f[9]), Align: f[10][0], Storage: f[11][0],
		Collation: parseOIDOf(f[12]), SQLName: f[13],
	}
}

// Info returns the type's row of pg_type; nil if PostgreSQL 15 has no such type and no
// session has defined it.
func Info(t OID) *TypeInfo {
	if t >= firstDefined {
		return definedInfo(t)
	}
	return typeTables().byOID[t]
}

// IsRecord reports whether values of t are records: of no type of their own, or of a
// composite one.
func IsRecord(t OID) bool {
	if t == RecordOID {
		return true
	}
	i := Info(BaseOf(t))
	return i != nil && i.Kind == 'c'
}

// ByName returns PostgreSQL's type with the given typname (int4, _text); nil if there is
// none. Words of the grammar (integer) are not names.
func ByName(name string) *TypeInfo { return typeTables().byName[name] }

// All returns every type by OID; the slice is shared.
func All() []*TypeInfo { return typeTables().all }

// ArrayOf returns the OID of the array of t; 0 if there is none.
func ArrayOf(t OID) OID {
	if i := Info(t); i != nil {
		return i.Array
	}
	return 0
}

// MadeOf reports whether t is a type, or arrays of it.
func MadeOf(t, of OID) bool { return t == of || ElemOf(t) == of }

// ElemOf returns the OID of the elements of the array type t; 0 if it is none. int2vector
// and oidvector have elements too.
func ElemOf(t OID) OID {
	if i := Info(t); i != nil && (i.IsArray() || IsVector(t)) {
		return i.Elem
	}
	return 0
}

// SubtypeOf returns the OID of the bounds of a range type, or of a domain over one; 0 if t
// is none.
func SubtypeOf(t OID) OID {
	if i := Info(BaseOf(t)); i != nil {
		return i.Subtype
	}
	return 0
}

// RangeOf returns the OID of the ranges of a multirange type, or of a domain over one; 0 if
// t is none.
func RangeOf(t OID) OID {
	if i := Info(BaseOf(t)); i != nil {
		return i.Range
	}
	return 0
}

// MultirangeOf returns the OID of the multiranges of a range type; 0 if t is none.
func MultirangeOf(t OID) OID {
	if i := Info(t); i != nil {
		return i.Multirange
	}
	return 0
}

// IsVector reports whether t is int2vector or oidvector.
func IsVector(t OID) bool { return t == Int2VectorOID || t == OIDVectorOID }
