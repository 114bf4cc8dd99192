package temptable_test

import (
	"errors"
	"testing"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func TestTypesAreTheSessionsAndGoWithIt(t *testing.T) {
	a, b := temptable.New(1<<20), temptable.New(1<<20)
	pair := types.TypeInfo{Name: "pair", Kind: 'c', Attributes: []types.Attribute{{Name: "x", Type: types.Of(types.Int4OID)}}}
	one, err := a.CreateType(pair)
	if err != nil {
		t.Fatal(err)
	}
	other, err := b.CreateType(pair)
	if err != nil {
		t.Fatal(err)
	}
	if one.OID == other.OID {
		t.Fatal("two sessions share a type")
	}
	var e *sqlstate.Error
	if _, err := a.CreateType(pair); !errors.As(err, &e) || e.Code != sqlstate.DuplicateObject {
		t.Errorf("a second type of a name: %v", err)
	}
	table, err := a.Create(shape("t"))
	if err != nil {
		t.Fatal(err)
	}
	row, err := a.RowType(table)
	if err != nil || len(types.Info(row).Attributes) != 2 {
		t.Fatalf("the type of rows: %v, %v", types.Info(row), err)
	}
	array := types.ArrayOf(one.OID)
	a.Close()
	for _, oid := range []types.OID{one.OID, array, row} {
		if types.Info(oid) != nil {
			t.Errorf("type %d outlives its session", oid)
		}
	}
	if types.Info(other.OID) == nil {
		t.Error("another session's type went too")
	}
	b.Close()
}

func TestFunctionsComeAndGoWithTransactions(t *testing.T) {
	tables := temptable.New(1 << 20)
	f := &temptable.Function{Name: "f", Parameters: []temptable.Parameter{{Type: types.Int4OID, Mode: 'i'}}}
	if err := tables.CreateFunction(f, false); err != nil {
		t.Fatal(err)
	}
	tables.Commit()
	var e *sqlstate.Error
	if err := tables.CreateFunction(&temptable.Function{Name: "f", Parameters: f.Parameters}, false); !errors.As(err, &e) || e.Code != sqlstate.DuplicateFunction {
		t.Errorf("a second function with the same arguments: %v", err)
	}
	if err := tables.CreateFunction(&temptable.Function{Name: "f"}, false); err != nil {
		t.Errorf("an overload: %v", err)
	}
	tables.DropFunction(f)
	tables.Rollback(0)
	if all := tables.Functions(); len(all) != 1 || all[0] != f {
		t.Errorf("after a rollback: %v", all)
	}
}
