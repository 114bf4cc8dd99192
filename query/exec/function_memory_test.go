package exec_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestRowsAreMadeOneByOne: functions that cut a text into rows do not make all of them for one.
func TestRowsAreMadeOneByOne(t *testing.T) {
	one := single{numbers(1)}
	const n, bytesMax = "2000000", 150 << 20
	for _, sql := range []string{
		"SELECT x FROM regexp_split_to_table(repeat('a,', " + n + "), ',') x LIMIT 1",
		"SELECT x FROM regexp_matches(repeat('a,', " + n + "), ',', 'g') x LIMIT 1",
		"SELECT x FROM string_to_table(repeat('a,', " + n + "), ',') x LIMIT 1",
		"SELECT x FROM json_array_elements(('[' || repeat('1,', " + n + ") || '1]')::json) x LIMIT 1",
		"SELECT x FROM json_object_keys(('{' || repeat('\"a\":1,', " + n + ") || '\"a\":1}')::json) x LIMIT 1",
		"SELECT x FROM generate_subscripts(array_fill(1, ARRAY[" + n + "]), 1) x LIMIT 1",
		"SELECT x FROM jsonb_object_keys((SELECT jsonb_object_agg(i, 1) FROM generate_series(1, 100000) i)) x LIMIT 1",
		"SELECT json_array_length(('[' || repeat('1,', " + n + ") || '1]')::json)",
		"SELECT json_strip_nulls(('[' || repeat('1,', " + n + ") || '1]')::json)",
	} {
		q, _ := prepare(t, one, sql)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		rows, err := drain(q, exec.Options{})
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err != nil || len(rows) != 1 || took > bytesMax {
			t.Errorf("%s: %d rows of %d bytes, %v", sql, len(rows), took, err)
		}
	}
}

// TestValuesAreBounded: what functions make of a short text has a bound.
func TestValuesAreBounded(t *testing.T) {
	one := single{numbers(1)}
	for _, sql := range []string{
		"SELECT string_to_array(repeat(',', 17000000 + i::int), ',') FROM big",
		"SELECT ('{' || repeat('1,', 17000000 + i::int) || '1}')::text[] FROM big",
		"SELECT ('[' || repeat('[],', 17000000 + i::int) || '1]')::jsonb FROM big",
		"SELECT a || a FROM big, array_fill(1, ARRAY[9000000 + i::int]) a",
		"SELECT array_fill(repeat('a', 1000000), ARRAY[2000 + i::int]) FROM big",
		"SELECT array_to_string(array_fill(1, ARRAY[1000000 + i::int]), repeat('x', 300 + i::int)) FROM big",
		"SELECT concat_ws(a, a, a) FROM big, repeat('a', 100000000 + i::int) a",
		"SELECT format('%s%s%s', a, a, a) FROM big, repeat('a', 100000000 + i::int) a",
		`SELECT regexp_replace(repeat('a', 1000000), 'a*', repeat('\&', 300 + i::int)) FROM big`,
		"SELECT to_json(repeat(chr(1), 45000000 + i::int)) FROM big",
		"SELECT row_to_json(ROW(i, ARRAY[a, a, a])) FROM big, repeat(chr(1), 15000000 + i::int) a",
		"SELECT to_char(1, repeat('9', 5000000 + i::int)) FROM big",
		"SELECT to_date('', repeat('Y', 5000000 + i::int)) FROM big",
	} {
		q, _ := prepare(t, one, sql)
		_, err := drain(q, exec.Options{})
		if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.ProgramLimitExceeded {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// TestCancelOfMatches: a function that finds many matches ends with its statement.
func TestCancelOfMatches(t *testing.T) {
	one := single{numbers(1)}
	for _, sql := range []string{
		"SELECT normalize(repeat('é', 2000000 + i::int), NFD) FROM big",
		"SELECT repeat('é', 2000000 + i::int) IS NFC NORMALIZED FROM big",
		"SELECT repeat('a', 100000 + i::int) LIKE repeat('a', 100000 + i::int) FROM big",
		"SELECT array_fill(1, ARRAY[10000 + i::int]) && array_fill(2, ARRAY[10000]) FROM big",
		"SELECT array_fill(1, ARRAY[10000 + i::int]) @> (array_fill(1, ARRAY[10000]) || 2) FROM big",
		"SELECT regexp_count(repeat('a,', 100000 + i::int), ',') FROM big",
		"SELECT regexp_replace(repeat('a,', 100000 + i::int), ',', ';', 'g') FROM big",
		"SELECT string_to_array(repeat('a,', 100000 + i::int), ',') FROM big",
	} {
		q, _ := prepare(t, one, sql)
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(gone)
		rows, err := exec.Open(&lateContext{Context: ctx}, q, exec.Options{})
		if err == nil {
			_, err = rows.Next(&lateContext{Context: ctx})
			rows.Close()
		}
		if !errors.Is(err, gone) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// lateContext is done only for who looks at its error: what looks between two rows goes on.
type lateContext struct{ context.Context }

func (c *lateContext) Done() <-chan struct{} { return nil }
