package exec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/types"
)

// sortColumns are the columns of rows that are sorted, with values that are near each
// other or at the ends of their types.
var sortColumns = []struct {
	name, sql string
	oid       types.OID
	literals  []string
}{
	{"a", "text", types.TextOID, []string{"''", "'a'", "'ab'", "'abcdefgh'", "'abcdefghi'", "'abcdefghj'", "E'a\\x01'"}},
	{"e", "text", types.TextOID, []string{"'type:1'", "'type:10'", "'type:123456789'", "'type:123456788'", "'type:2'"}},
	{"b", "numeric", types.NumericOID, []string{"0", "0.00", "1", "1.0", "-1", "1e40", "123456789012345678", "123456789012345679", "'NaN'", "'Infinity'", "'-Infinity'"}},
	{"c", "bigint", types.Int8OID, []string{"0", "1", "-1", "9223372036854775807", "'-9223372036854775808'"}},
	{"d", "float8", types.Float8OID, []string{"0", "'-0'", "1.5", "'NaN'", "'Infinity'", "'-Infinity'"}},
}

// A query sorts as comparing whole rows does; ORDER BY, a window and the first rows
// under a LIMIT agree.
func TestSortsAsComparing(t *testing.T) {
	t.Run("in memory", func(t *testing.T) { sortsAsComparing(t, exec.Options{}) })
	t.Run("on disk", func(t *testing.T) { sortsAsComparing(t, spilling(t, 500)) }) // some six rows in a run
	t.Run("row by row", func(t *testing.T) { sortsAsComparing(t, spilling(t, 1)) })
}

func sortsAsComparing(t *testing.T, o exec.Options) {
	rowsOf := func(t *rapid.T, sql string) [][]types.Datum { return rowsWith(t, sql, o) }
	rapid.Check(t, func(rt *rapid.T) {
		var values []string
		for i := range rapid.IntRange(1, 40).Draw(rt, "rows") {
			row := []string{fmt.Sprint(i)}
			for _, c := range sortColumns {
				literal := rapid.SampledFrom(append([]string{"NULL"}, c.literals...)).Draw(rt, c.name)
				row = append(row, literal+"::"+c.sql)
			}
			values = append(values, "("+strings.Join(row, ", ")+")")
		}
		keys := rapid.SliceOfNDistinct(rapid.IntRange(0, len(sortColumns)-1), 1, 3, rapid.ID[int]).Draw(rt, "keys")
		var order []string
		var desc, first []bool
		for range keys {
			d, f := rapid.Bool().Draw(rt, "desc"), rapid.Bool().Draw(rt, "nulls first")
			order = append(order, sortColumns[keys[len(order)]].name+map[bool]string{true: " DESC", false: " ASC"}[d]+map[bool]string{true: " NULLS FIRST", false: " NULLS LAST"}[f])
			desc, first = append(desc, d), append(first, f)
		}
		from := "SELECT n, a, e, b, c, d FROM (VALUES " + strings.Join(values, ", ") + ") AS v (n, a, e, b, c, d)"
		naive := rowsOf(rt, from)
		compare := func(x, y []types.Datum) int {
			for i, k := range keys {
				a, b := x[1+k], y[1+k]
				switch {
				case a.IsNull() && b.IsNull():
					continue
				case a.IsNull() || b.IsNull():
					if a.IsNull() == first[i] {
						return -1
					}
					return 1
				}
				c := types.Compare(sortColumns[k].oid, a, b)
				if desc[i] {
					c = -c
				}
				if c != 0 {
					return c
				}
			}
			return 0
		}
		slices.SortStableFunc(naive, compare)
		by := " ORDER BY " + strings.Join(order, ", ")
		sorted := rowsOf(rt, from+by)
		seen := map[int64]bool{}
		for i, row := range sorted {
			seen[row[0].Int()] = true
			if compare(row, naive[i]) != 0 {
				rt.Fatalf("%s\n%s\n%s", from+by, numbersOf(sorted), numbersOf(naive))
			}
		}
		if len(sorted) != len(naive) || len(seen) != len(naive) {
			rt.Fatalf("%s: %d rows, %d different ones, of %d", from+by, len(sorted), len(seen), len(naive))
		}
		if o.Limits.WorkBytes == 1 && numbersOf(sorted) != numbersOf(naive) {
			rt.Fatalf("runs of one row lose their order: %s\n%s\n%s", from+by, numbersOf(sorted), numbersOf(naive))
		}
		ranked := "SELECT n FROM (SELECT n, row_number() OVER (" + by + ") AS r FROM (" + from + ") AS w) AS x ORDER BY r"
		if got := numbersOf(rowsOf(rt, ranked)); got != numbersOf(sorted) {
			rt.Fatalf("%s\n%s\n%s", ranked, got, numbersOf(sorted))
		}
		limit := rapid.IntRange(0, 12).Draw(rt, "limit")
		top := rowsOf(rt, from+by+fmt.Sprint(" LIMIT ", limit))
		if len(top) != min(limit, len(naive)) {
			rt.Fatalf("%d rows under LIMIT %d of %d", len(top), limit, len(naive))
		}
		for i, row := range top {
			if compare(row, naive[i]) != 0 {
				rt.Fatalf("LIMIT %d: %s\n%s", limit, numbersOf(top), numbersOf(naive))
			}
		}
	})
}

func rowsWith(t *rapid.T, sql string, o exec.Options) [][]types.Datum {
	q, _, err := planned(&fixture{}, sql)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := drain(q, o)
	if err != nil {
		t.Fatal(err)
	}
	if n := o.Temp.Stats().Bytes; n != 0 {
		t.Fatalf("%d bytes are left in temporary files", n)
	}
	return rows
}

func numbersOf(rows [][]types.Datum) string {
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprint(&b, row[0].Int(), " ")
	}
	return b.String()
}
