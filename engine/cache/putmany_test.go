package cache_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

// rowsOf are rows of some entities, with a state each.
func rowsOf(state string, entities ...event.Entity) (rows []cache.EntityRow) {
	for _, e := range entities {
		rows = append(rows, cache.EntityRow{Entity: e, Row: row(fmt.Sprint(state, " of ", e))})
	}
	return rows
}

// Rows that are put together are as those that are put one by one, also to whom they
// follow while those are on their way.
func TestPutMany(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	wantMiss(t, p, owner(1), "b", "") // the owner is known to have no rows
	put(t, p, owner(1), "b", "older")
	none := rowsOf("", "none")
	none[0].Row.NoState, none[0].Row.State = true, nil
	if err := cache.PutMany(p, owner(1), append(rowsOf("one", "a", "b", "c"), none...), false); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		for _, e := range []event.Entity{"a", "b", "c"} {
			want(t, p, owner(1), e, "one of "+string(e))
		}
		if got, err := p.Get(owner(1), "none", nil); err != nil || !got.NoState || len(got.State) != 0 {
			t.Fatalf("none: got %+v, %v", got, err)
		}
		wantMiss(t, p, owner(2), "a", "")
	}
	check()
	put(t, p, owner(1), "c", "newer")
	want(t, p, owner(1), "c", "newer")
	put(t, p, owner(1), "c", "one of c")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cache.PutMany(p, owner(1), rowsOf("late", "a"), false); !errors.Is(err, cache.ErrUnavailable) {
		t.Fatalf("closed: %v", err)
	}
	p = open(t, "cache", fs)
	check()
}

// A cache that knows nothing of many is given one after the other.
func TestPutManyOneByOne(t *testing.T) {
	p := open(t, "cache", vfs.NewMem())
	if err := cache.PutMany(struct{ cache.External }{p}, owner(1), rowsOf("one", "a", "b"), false); err != nil {
		t.Fatal(err)
	}
	want(t, p, owner(1), "a", "one of a")
	want(t, p, owner(1), "b", "one of b")
	if err := cache.PutMany(cache.Noop{}, owner(1), rowsOf("one", "a"), false); err != nil {
		t.Fatal(err)
	}
}
