package cache_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

// TestNoRowIsTakenForAbsent puts and gets under owners that begin without rows, after
// their rows were deleted, with many writers, with more rows than a filter tells apart,
// and after another start.
func TestNoRowIsTakenForAbsent(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "/cache", fs)
	wantMiss(t, p, owner(1), "a", "")
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 500 {
				e := event.Entity(fmt.Sprint(w, "/", i))
				wantMiss(t, p, owner(1), e, "")
				put(t, p, owner(1), e, string(e))
				want(t, p, owner(1), e, string(e))
			}
		})
	}
	writers.Wait()
	wantMiss(t, p, owner(1), "a", "")
	if err := p.DeleteOwner("account", 1); err != nil {
		t.Fatal(err)
	}
	wantMiss(t, p, owner(1), "0/7", "")
	put(t, p, owner(1), "0/7", "again")
	want(t, p, owner(1), "0/7", "again")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, "/cache", fs)
	want(t, p, owner(1), "0/7", "again")
	wantMiss(t, p, owner(1), "0/8", "")
}

// TestRowsOfManyEntities has more than the first filter tells apart, and more than all do.
func TestRowsOfManyEntities(t *testing.T) {
	for _, rows := range []int{20_000, 80_000} {
		p := open(t, "/cache", vfs.NewMem())
		for i := range rows {
			put(t, p, owner(1), event.Entity(fmt.Sprint(i)), "x")
		}
		for i := 0; i < rows; i += 17 {
			want(t, p, owner(1), event.Entity(fmt.Sprint(i)), "x")
		}
		wantMiss(t, p, owner(1), "none", "")
	}
}

// BenchmarkMiss looks for rows under an owner that has others.
func BenchmarkMiss(b *testing.B) {
	p, err := cache.OpenPebble(b.TempDir(), cache.PebbleOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	for i := range 2000 {
		if err := p.Put(owner(1), event.Entity(fmt.Sprint(i)), row("x")); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		_, _ = p.Get(owner(1), "none", nil)
	}
}
