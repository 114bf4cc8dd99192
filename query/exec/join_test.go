package exec_test

import (
	"testing"

	"github.com/projsql/projsql/query/exec"
)

// TestHashesTellKeysApart works on so many rows that a few keys have the same 32 bits of hash.
func TestHashesTellKeysApart(t *testing.T) {
	const rows = 400_000
	for _, sql := range []string{
		"SELECT count(*), count(*) FILTER (WHERE a.i <> b.i) FROM big a JOIN big b ON a.i = b.i",
		"SELECT count(*), count(*) FILTER (WHERE low <> high) FROM (SELECT min(i) AS low, max(i) AS high FROM big GROUP BY i) AS groups",
		"SELECT sum(n), count(*) FILTER (WHERE n <> 200000) FROM (SELECT count(DISTINCT i) AS n FROM big GROUP BY i % 2) AS halves",
		"SELECT count(*), count(*) FILTER (WHERE i % 2 = 1) FROM (SELECT i, i IN (SELECT i * 2 FROM big) AS found FROM (SELECT i FROM big UNION ALL SELECT i + 400000 FROM big) AS all_of_them) AS looked WHERE found",
	} {
		q, _ := prepare(t, single{numbers(rows)}, sql)
		got, err := drain(q, exec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if count, off := got[0][0].Int(), got[0][1].Int(); count != rows || off != 0 {
			t.Errorf("%s: %d, %d of them wrong", sql, count, off)
		}
	}
}
