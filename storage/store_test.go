package storage_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// entry encodes a command as the entry with an index.
func entry(index uint64, c event.Command) event.Entry {
	return event.Entry{Index: index, Term: 1, Command: event.AppendCommand(nil, &c)}
}

// newest is the cut of everything a store has.
func newest(s *storage.Store) projection.Cut {
	seq, ts := s.Frontier()
	return projection.Cut{Sequence: seq, HLC: ts, Newest: true, OccurredBy: event.NoTime}
}

// filled opens a store in memory with events of 200 bytes: entity number e of n
// has events[e] of them, interleaved.
func filled(tb testing.TB, o storage.Options, entities, events int) *storage.Store {
	if o.FS == nil {
		o.FS = vfs.NewMem()
	}
	s, err := storage.Open("/db", o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	const batch = 1000
	index, id := uint64(0), uint64(0)
	kinds := []event.Kind{"Opened", "Paid", "Closed"}
	for done := 0; done < events; done += batch {
		index++
		var t event.Transaction
		for i := done; i < min(done+batch, events); i++ {
			id++
			d := event.Draft{
				Entity: event.Entity(fmt.Sprintf("acct:%d", i%entities)), Kind: kinds[i%len(kinds)],
				Data: fmt.Appendf(nil, `{"amount": %150d}`, i), OccurredAt: event.NoTime, RecordedBy: "joe",
			}
			for b := range 8 {
				d.ID[b] = byte(id >> (8 * b))
			}
			t.Drafts = append(t.Drafts, d)
		}
		res, err := s.Apply([]event.Entry{entry(index, event.Command{Stamp: hlc.New(int64(index), 0), Transactions: []event.Transaction{t}})})
		if err != nil {
			tb.Fatal(err)
		}
		if res[0].Transactions[0].Err != nil {
			tb.Fatal(res[0].Transactions[0].Err)
		}
	}
	return s
}

func TestInterleavedEntities(t *testing.T) {
	s := filled(t, storage.Options{}, 10, 5000)
	r := s.Reader(newest(s))
	n := 0
	for e, err := range r.Entity("acct:3", 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if e.Version != event.Version(n) {
			t.Fatal(e.Version)
		}
	}
	if n != 500 {
		t.Fatal(n)
	}
	n = 0
	for e, err := range r.Log(0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if e.Sequence != event.Sequence(n) {
			t.Fatal(e.Sequence)
		}
	}
	if n != 5000 {
		t.Fatal(n)
	}
}

// TestBlocksAreCachedBesideMemtables: what was read is read from memory the next time,
// though memtables take as much memory as the cache has for blocks.
func TestBlocksAreCachedBesideMemtables(t *testing.T) {
	const bytes = 2 << 20
	s := filled(t, storage.Options{CacheBytes: bytes, MemTableBytes: bytes, HeadCacheBytes: 1}, 2000, 40_000)
	if _, err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	misses := func() int64 {
		before := s.Stats().BlockMisses
		for _, err := range s.Reader(newest(s)).Entity("acct:3", 0, 0) {
			if err != nil {
				t.Fatal(err)
			}
		}
		return s.Stats().BlockMisses - before
	}
	if misses() == 0 {
		t.Fatal("nothing was read from disk")
	}
	for range 10 { // a compaction may have moved it
		if misses() == 0 {
			return
		}
	}
	t.Error("each read of an entity reads the disk")
}

// TestOtherFormatIsRefused opens what an earlier version has written.
func TestOtherFormatIsRefused(t *testing.T) {
	fs := vfs.NewMem()
	s, err := storage.Open("/db", storage.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := pebble.Open("/db/store-000001", &pebble.Options{FS: fs, FormatMajorVersion: pebble.FormatValueSeparation})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Set([]byte{0, 0, 'm'}, append([]byte{1}, make([]byte, 72)...), pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = storage.Open("/db", storage.Options{FS: fs})
	if e := sqlstate.Of(err); e.Code != sqlstate.FeatureNotSupported || e.Message != "/db/store-000001 was written in format 1; this version reads format 3" {
		t.Errorf("got %v", err)
	}
}

// What ends a cursor's reading comes back as it is, says nothing of the store, and leaves
// the cursor as good as it was.
func TestCursorIsEndedByItsReader(t *testing.T) {
	s := filled(t, storage.Options{}, 3, 600)
	c := s.Reader(newest(s)).(event.Walker).Cursor()
	defer c.Close()
	enough := errors.New("enough")
	for _, most := range []int{1, 70, 200, 201} {
		for i := range 3 {
			n := 0
			err := c.Each(event.Entity(fmt.Sprintf("acct:%d", i)), 0, 0, func(ev *event.Event) error {
				if n++; n == most || ev.Version != event.Version(n) {
					return enough
				}
				return nil
			})
			if errors.Is(err, enough) != (most <= 200) || n != min(most, 200) {
				t.Errorf("%d of entity %d: %v", n, i, err)
			}
		}
	}
	if err := s.Err(); err != nil {
		t.Error(err)
	}
}
