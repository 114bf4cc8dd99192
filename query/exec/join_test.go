package exec_test

import (
	"testing"

	"github.com/projsql/projsql/query/exec"
)

// TestJoinTellsKeysApart joins so many rows that a few keys have the same 32 bits of hash.
func TestJoinTellsKeysApart(t *testing.T) {
	const rows = 400_000
	q, _ := prepare(t, single{numbers(rows)}, "SELECT count(*), count(*) FILTER (WHERE a.i <> b.i) FROM big a JOIN big b ON a.i = b.i")
	got, err := drain(q, exec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if count, off := got[0][0].Int(), got[0][1].Int(); count != rows || off != 0 {
		t.Errorf("%d pairs, %d of them wrong", count, off)
	}
}
