package types_test

import (
	"fmt"
	"testing"

	"github.com/projsql/projsql/query/types"
)

func rowShape(name string, columns ...types.OID) types.TypeInfo {
	t := types.TypeInfo{Name: name, SQLName: name}
	for i, c := range columns {
		t.Attributes = append(t.Attributes, types.Attribute{Name: fmt.Sprint("c", i), Type: types.Of(c)})
	}
	return t
}

func rowOf(t *testing.T, shape types.TypeInfo) types.OID {
	t.Helper()
	oid, err := types.RowOf(shape)
	if err != nil {
		t.Fatal(err)
	}
	return oid
}

func TestRowTypesFollowFromWhatRowsAre(t *testing.T) {
	one := rowOf(t, rowShape("rowtype_one", types.TextOID, types.Int4OID))
	if one != 3567832624 {
		t.Errorf("the OID is %d, on other nodes it is another", one)
	}
	if again := rowOf(t, rowShape("rowtype_one", types.TextOID, types.Int4OID)); again != one {
		t.Errorf("the same rows have the types %d and %d", one, again)
	}
	if altered := rowOf(t, rowShape("rowtype_one", types.TextOID, types.Int8OID)); altered == one {
		t.Error("other columns, the same type")
	}
	if other := rowOf(t, rowShape("rowtype_two", types.TextOID, types.Int4OID)); other == one {
		t.Error("another relation, the same type")
	}
	array := types.ArrayOf(one)
	if !types.IsRow(one) || !types.IsRow(array) || types.ElemOf(array) != one || !types.IsRecord(one) || types.TypeName(array) != "rowtype_one[]" {
		t.Errorf("%d with arrays %d, %q", one, array, types.TypeName(array))
	}
}

// TestRowTypesOfOneHash: of 60,000 types in 2^29 places several meet, and each is itself.
func TestRowTypesOfOneHash(t *testing.T) {
	const n = 60_000
	all := map[types.OID]string{}
	for i := range n {
		name := fmt.Sprint("rowtype_met_", i)
		oid := rowOf(t, rowShape(name, types.TextOID))
		if before, ok := all[oid]; ok {
			t.Fatalf("%s and %s have the type %d", before, name, oid)
		}
		all[oid] = name
	}
	for oid, name := range all {
		if got := types.Info(oid).Name; got != name {
			t.Fatalf("type %d of %s is that of %s", oid, name, got)
		}
	}
}
