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

// TestPercentilesAreThoseOfAnArray compares a percentile with the same out of an array of fractions, for
// which all values are sorted.
func TestPercentilesAreThoseOfAnArray(t *testing.T) {
	kinds := map[string][]string{
		"float8":    {"0", "'-0'", "1.5", "1.25", "-7", "1e300", "'NaN'", "'Infinity'", "'-Infinity'", "NULL"},
		"float4":    {"0", "'-0'", "3", "-0.5", "'NaN'", "NULL"},
		"bigint":    {"0", "1", "-1", "256", "65536", "9223372036854775807", "'-9223372036854775808'", "NULL"},
		"xid8":      {"'0'", "'1'", "'18446744073709551615'", "'300'"},
		"date":      {"'2026-01-01'", "'1999-12-31'", "'infinity'", "'-infinity'", "'2026-01-02'"},
		"boolean":   {"true", "false", "NULL"},
		"numeric":   {"0", "1.50", "1.5", "'NaN'", "-3", "NULL"},
		"text":      {"''", "'a'", "'abcdefghi'", "'b'", "NULL"},
		"interval":  {"'1 day'", "'24 hours'", "'1 mon'", "'-1 s'", "NULL"},
		"timestamp": {"'2026-01-01 10:00'", "'2026-01-01 10:00:00.000001'", "'infinity'", "NULL"},
	}
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(rt *rapid.T) {
		kind := rapid.SampledFrom(names).Draw(rt, "type")
		literals := rapid.SliceOfN(rapid.SampledFrom(kinds[kind]), 0, 60).Draw(rt, "values")
		fraction := rapid.SampledFrom([]string{"0", "0.001", "0.25", "0.5", "0.77", "1"}).Draw(rt, "fraction")
		order := rapid.SampledFrom([]string{"", " DESC"}).Draw(rt, "order")
		function := "percentile_disc"
		if (kind == "float8" || kind == "interval") && rapid.Bool().Draw(rt, "continuous") {
			function = "percentile_cont"
		}
		from := "NULL)) AS v (x)"
		for _, l := range literals {
			from = l + "::" + kind + "), (" + from
		}
		within := fmt.Sprintf(" WITHIN GROUP (ORDER BY x::%s%s)", kind, order)
		sql := fmt.Sprintf("SELECT %[1]s(%[2]s)%[3]s, (%[1]s(ARRAY[%[2]s])%[3]s)[1] FROM (VALUES (%[4]s", function, fraction, within, from)
		q, _, err := planned(&fixture{}, sql)
		if err != nil {
			rt.Fatal(sql, err)
		}
		rows, err := drain(q, exec.Options{})
		if err != nil {
			rt.Fatal(sql, err)
		}
		if one, of, _ := strings.Cut(strings.TrimSuffix(line(q, rows[0]), "\n"), "|"); one != of {
			rt.Fatalf("%s: %s, of the array %s", sql, one, of)
		}
	})
}

// TestPercentilesOfMany are of so many numbers that they are found by their first bits.
func TestPercentilesOfMany(t *testing.T) {
	const rows = 200_000
	for _, c := range []struct{ value, want string }{
		{"i * 7919 % 200000", "100"},
		{"(i * 7919 % 200000) - 100000", "-99900"},
		{"(i * 7919 % 200000) * 1000000007", "100000000700"},
		{"((i * 7919 % 200000)::float8 / 1000)", "0.1"},
		{"CASE WHEN i % 2 = 0 THEN 5 END", "5"},
	} {
		sql := "SELECT percentile_disc(0.0005025) WITHIN GROUP (ORDER BY " + c.value + "), percentile_disc(0.9994975) WITHIN GROUP (ORDER BY " + c.value + " DESC) FROM big"
		q, _ := prepare(t, single{numbers(rows)}, sql)
		got, err := drain(q, exec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range got[0] {
			if text := types.Text(types.NewEnv(), q.Columns[i].Type.OID, d); text != c.want {
				t.Errorf("%s: %s, want %s", sql, text, c.want)
			}
		}
	}
}
