package storage

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// TestStoreWithoutIndexOfKindsGetsOne opens what an earlier release wrote: a store in
// the format before, without the index.
func TestStoreWithoutIndexOfKindsGetsOne(t *testing.T) {
	fs := vfs.NewMem()
	s := openAt(t, fs)
	var want []event.Sequence
	for index := range uint64(3) {
		var tx event.Transaction
		for i := range 300 { // more than a run
			n := event.Sequence(index*300 + uint64(i) + 1)
			d := event.Draft{ID: event.ID{1, byte(n), byte(n >> 8)}, Entity: event.Entity(fmt.Sprint("e", n%7)), Kind: "Other", OccurredAt: event.NoTime}
			if n%10 == 3 {
				d.Kind = "Paid"
				want = append(want, n)
			}
			tx.Drafts = append(tx.Drafts, d)
		}
		if _, err := s.Apply([]event.Entry{{Index: index + 1, Command: event.AppendCommand(nil, &event.Command{Transactions: []event.Transaction{tx}})}}); err != nil {
			t.Fatal(err)
		}
	}
	age(t, s)
	s = openAt(t, fs)
	if got := ofKind(t, s, "Paid"); !slices.Equal(got, want) {
		t.Fatalf("found %v, want %v", got, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openAt(t, fs)
	if s.now.Load().meta.unindexed {
		t.Error("the index is made at every start")
	}
	if got := ofKind(t, s, "Paid"); !slices.Equal(got, want) {
		t.Fatalf("found %v after another start, want %v", got, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func openAt(t *testing.T, fs vfs.FS) *Store {
	s, err := Open("/db", Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// age takes the index away and closes the store as the earlier release left it.
func age(t *testing.T, s *Store) {
	v := s.now.Load()
	lower, upper := v.content.keys.bounds(tablePosts)
	record := appendMeta(nil, &v.meta)
	record[0] = formatBefore
	for _, err := range []error{
		v.content.db.DeleteRange(lower, upper, pebble.NoSync),
		v.content.db.Set(v.content.keys.meta(nil), record, pebble.NoSync),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := ofKind(t, s, "Paid"); len(got) != 0 {
		t.Fatalf("the index still has %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func ofKind(t *testing.T, s *Store, k event.Kind) (all []event.Sequence) {
	seq, _ := s.Frontier()
	for e, err := range event.OfKinds(s.Reader(projection.Cut{Sequence: seq, OccurredBy: event.NoTime}), []event.Kind{k}, 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Sequence)
	}
	return all
}
