package temptable_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func shape(name string, keys ...temptable.Key) temptable.Shape {
	return temptable.Shape{
		Name: name, OnCommit: temptable.PreserveRows, Keys: keys,
		Columns: []temptable.Column{{Name: "id", Type: types.Of(types.Int8OID)}, {Name: "name", Type: types.Of(types.TextOID)}},
	}
}

func row(id int, name string) temptable.Row {
	return temptable.Row{types.Int(int64(id)), types.String(name)}
}

// ids are the first column of a version, in order.
func ids(v *temptable.Version) (all []int) {
	for _, r := range v.All() {
		all = append(all, int(r[0].Int()))
	}
	return all
}

// A table under random changes, marks and rollbacks holds what a plain slice holds
// that is copied at every mark, and a version read before keeps its rows.
func TestTableIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tables := temptable.New(1 << 30)
		table, err := tables.Create(shape("t", temptable.Key{Name: "t_pkey", Columns: []int{0}}))
		if err != nil {
			t.Fatal(err)
		}
		var model []int
		type saved struct {
			mark  int
			model []int
		}
		saves := []saved{{tables.Mark(), nil}}
		old, oldModel := table.Version(), []int(nil)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				var c temptable.Change
				next := slices.Clone(model)
				for range rapid.IntRange(1, 300).Draw(t, "rows") {
					id := rapid.IntRange(0, 1_000_000).Draw(t, "id")
					c.Insert, next = append(c.Insert, row(id, "x")), append(next, id)
				}
				_, err := tables.Change(table, c)
				if unique := len(next) == len(slices.Compact(slices.Sorted(slices.Values(next)))); unique != (err == nil) {
					t.Fatalf("unique %v, but %v", unique, err)
				}
				if err == nil {
					model = next
				}
			case 2:
				var c temptable.Change
				var next []int
				for id, r := range table.Version().All() {
					if rapid.Bool().Draw(t, "delete") {
						c.Delete = append(c.Delete, id)
					} else {
						next = append(next, int(r[0].Int()))
					}
				}
				if _, err := tables.Change(table, c); err != nil {
					t.Fatal(err)
				}
				model = next
			case 3:
				saves = append(saves, saved{tables.Mark(), slices.Clone(model)})
			case 4:
				i := rapid.IntRange(0, len(saves)-1).Draw(t, "to")
				if i == 0 {
					continue // the table would go too
				}
				tables.Rollback(saves[i].mark)
				model, saves = slices.Clone(saves[i].model), saves[:i+1]
			case 5:
				if got := ids(old); !slices.Equal(got, oldModel) {
					t.Fatalf("an older version has %v, had %v", got, oldModel)
				}
				old, oldModel = table.Version(), slices.Clone(model)
			}
			if got := ids(table.Version()); !slices.Equal(got, model) {
				t.Fatalf("table has %v, the model %v", got, model)
			}
			if table.Version().Len() != len(model) {
				t.Fatalf("%d rows, the model has %d", table.Version().Len(), len(model))
			}
		}
	})
}

func TestTablesComeAndGoWithTransactions(t *testing.T) {
	tables := temptable.New(1 << 20)
	kept, err := tables.Create(shape("kept"))
	if err != nil {
		t.Fatal(err)
	}
	tables.Commit()
	shapes := tables.Shapes()
	tables.Drop(kept)
	if _, err := tables.Create(shape("new")); err != nil {
		t.Fatal(err)
	}
	if tables.Shapes() == shapes {
		t.Error("plans would not notice that tables came and went")
	}
	tables.Rollback(0)
	if tables.Lookup("kept") != kept || tables.Lookup("new") != nil {
		t.Errorf("after a rollback: %v", tables.All())
	}
	var e *sqlstate.Error
	if _, err := tables.Create(shape("kept")); !errors.As(err, &e) || e.Code != sqlstate.DuplicateTable {
		t.Errorf("a second table of a name: %v", err)
	}
}

func TestOnCommit(t *testing.T) {
	tables := temptable.New(1 << 20)
	for name, what := range map[string]temptable.OnCommit{"preserve": temptable.PreserveRows, "delete": temptable.DeleteRows, "drop": temptable.Drop} {
		s := shape(name)
		s.OnCommit = what
		table, err := tables.Create(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tables.Change(table, temptable.Change{Insert: []temptable.Row{row(1, "a")}}); err != nil {
			t.Fatal(err)
		}
	}
	tables.Commit()
	var left []string
	for _, table := range tables.All() {
		left = append(left, fmt.Sprintf("%s:%d", table.Name, table.Version().Len()))
	}
	if want := []string{"delete:0", "preserve:1"}; !slices.Equal(left, want) {
		t.Errorf("after COMMIT %v, want %v", left, want)
	}
}

// Rows beyond the limit are refused whole, and room comes back when rows go.
func TestBytesMax(t *testing.T) {
	tables := temptable.New(10_000)
	table, err := tables.Create(shape("t"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	var e *sqlstate.Error
	for err == nil && rows < 1_000 {
		if _, err = tables.Change(table, temptable.Change{Insert: []temptable.Row{row(rows, "some text of a row")}}); err == nil {
			rows++
		}
	}
	if !errors.As(err, &e) || e.Code != sqlstate.OutOfMemory || rows == 0 || table.Version().Len() != rows {
		t.Fatalf("%d rows, then %v; %d in the table", rows, err, table.Version().Len())
	}
	tables.Empty(table)
	if _, err := tables.Change(table, temptable.Change{Insert: []temptable.Row{row(1, "a")}}); err != nil {
		t.Error(err)
	}
}
