package types

import (
	"sync"
	"sync/atomic"

	"github.com/projsql/projsql/wire/sqlstate"
)

// firstDefined is where the OIDs of types that sessions define begin; lastDefined is the
// last that may be given.
const (
	firstDefined OID = 2 << 30
	lastDefined  OID = 3<<30 - 1
)

// defined has the types that sessions have defined, by OID. It is the one thing that
// sessions share without being handed it: a value's text, order and hash are asked for
// with an OID and nothing else. No OID is given twice, so no session meets another's.
var defined struct {
	types sync.Map // OID → *TypeInfo
	given atomic.Uint32
}

func definedInfo(t OID) *TypeInfo {
	i, _ := defined.types.Load(t)
	info, _ := i.(*TypeInfo)
	return info
}

// Define makes a type that is known until Forget, and the type of arrays of it: a composite
// one of Attributes, an enum of Labels, a domain over Base, a range of Subtype, or a multirange of Range. t says
// its name, plain and as SQL writes it, its kind, and what that kind needs. A range has no multirange until
// Redefine gives it one. Safe for concurrent use. 54000 if there are no OIDs
// left.
func Define(t TypeInfo) (*TypeInfo, error) {
	oid := firstDefined + OID(defined.given.Add(2)-2)
	if oid >= lastDefined {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "too many types were defined since the start")
	}
	t.OID, t.Array, t.Len, t.Category, t.Align, t.Storage, t.Delim = oid, oid+1, -1, 'C', 'd', 'x', ','
	switch t.Kind {
	case 'e':
		t.Len, t.ByVal, t.Category, t.Align, t.Storage = 4, true, 'E', 'i', 'p'
	case 'r':
		t.Category = 'R'
		if Info(t.Subtype).Align != 'd' {
			t.Align = 'i'
		}
	case 'm':
		t.Category, t.Align = 'R', Info(t.Range).Align
	case 'd':
		base := Info(t.Base.OID)
		t.Len, t.ByVal, t.Category, t.Align, t.Storage, t.Collation = base.Len, base.ByVal, base.Category, base.Align, base.Storage, base.Collation
	}
	store(&t)
	return &t, nil
}

// store makes a type known, and that of arrays of it.
func store(t *TypeInfo) {
	defined.types.Store(t.Array, arrayOf(t))
	defined.types.Store(t.OID, t)
}

func arrayOf(t *TypeInfo) *TypeInfo {
	return &TypeInfo{
		OID: t.Array, Name: "_" + t.Name, SQLName: t.SQLName + "[]", Len: -1, Kind: 'b', Category: 'A', Delim: ',', Elem: t.OID,
		Align: t.Align, Storage: 'x', Collation: t.Collation,
	}
}

// NewOID is for what belongs to a type that was defined: no OID is given twice.
func NewOID() OID { return firstDefined + OID(defined.given.Add(1)-1) }

// BaseOf is the type of a domain's values, under all domains; t itself if it is none.
func BaseOf(t OID) OID {
	for t >= firstDomain {
		i := Info(t)
		if i == nil || i.Kind != 'd' {
			break
		}
		t = i.Base.OID
	}
	return t
}

// UnderDomains is BaseOf with the modifier that the domain has.
func UnderDomains(t Type) Type {
	for t.OID >= firstDomain {
		i := Info(t.OID)
		if i == nil || i.Kind != 'd' {
			break
		}
		t = i.Base
	}
	return t
}

// Redefine gives a type that was defined another name, other attributes, labels or constraints;
// whoever keeps records that were made before widens them.
func Redefine(to TypeInfo) {
	array := *definedInfo(to.Array)
	array.Name, array.SQLName = "_"+to.Name, to.SQLName+"[]"
	defined.types.Store(to.OID, &to)
	defined.types.Store(array.OID, &array)
}

// Forget forgets a type and that of its arrays, when no value of it is left.
func Forget(t OID) {
	defined.types.Delete(t)
	defined.types.Delete(t + 1)
}
