package types_test

import (
	"testing"

	"github.com/projsql/projsql/query/types"
)

// TestSnapshotOf: it sees what is up to a number, and is one that PostgreSQL reads, even beside numbers that it takes
// for none.
func TestSnapshotOf(t *testing.T) {
	for _, last := range []uint64{0, 1, 715, 1<<32 - 2, 1<<32 - 1, 1 << 32, 1<<63 - 1, 1 << 63} {
		s := types.SnapshotOf(last)
		for n := max(last, 3) - 3; n <= last+3; n++ {
			if s.Sees(n) != (n <= last) {
				t.Errorf("%v sees %d: %v", s, n, s.Sees(n))
			}
		}
		text := types.Text(nil, types.PgSnapshotOID, s.Datum())
		if d, err := types.Parse(nil, types.Of(types.PgSnapshotOID), text); err != nil || d.Str() != s.Datum().Str() {
			t.Errorf("%s is read as %v, %v", text, d, err)
		}
	}
}
