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
			if sees := s.Datum().SnapshotSees(n); sees != (n <= last) {
				t.Errorf("%v sees %d: %v", s, n, sees)
			}
		}
		text := types.Text(nil, types.PgSnapshotOID, s.Datum())
		if d, err := types.Parse(nil, types.Of(types.PgSnapshotOID), text); err != nil || d.Str() != s.Datum().Str() {
			t.Errorf("%s is read as %v, %v", text, d, err)
		}
	}
}

// TestSnapshotSees: what is in progress is not seen, and is found without a copy of a long snapshot.
func TestSnapshotSees(t *testing.T) {
	s := types.Snapshot{Xmin: 10, Xmax: 30010}
	for id := uint64(10); id < 30010; id += 3 {
		s.Xip = append(s.Xip, id)
	}
	d := s.Datum()
	for id := uint64(1); id < 30100; id += 7 {
		want := id < 10 || id < 30010 && (id-10)%3 != 0
		if d.SnapshotSees(id) != want {
			t.Fatalf("%d is seen: %v", id, !want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { d.SnapshotSees(20000) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
