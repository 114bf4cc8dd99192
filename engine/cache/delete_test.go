package cache_test

import (
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/storage/event"
)

// TestDeleteOwnerWritesLittle: few rows are deleted one by one and none by nothing, as every
// deletion of a range is looked at by all iterators; all rows are gone however many there were.
func TestDeleteOwnerWritesLittle(t *testing.T) {
	for _, c := range []struct{ have, rows, ranges int }{{0, 0, 0}, {1, 1, 0}, {256, 256, 0}, {257, 0, 1}, {1000, 0, 1}} {
		p := open(t, "cache", vfs.NewMem())
		for i := range c.have {
			put(t, p, owner(1), event.Entity(fmt.Sprintf("e%04d", i)), "x")
		}
		put(t, p, owner(2), "other", "x")
		if rows, ranges, err := p.Deletion("account", 1); rows != c.rows || ranges != c.ranges || err != nil {
			t.Errorf("%d rows are deleted by %d and %d ranges: %v", c.have, rows, ranges, err)
		}
		if err := p.DeleteOwner("account", 1); err != nil {
			t.Fatal(err)
		}
		if got := scan(t, p, owner(1), ""); got != "" {
			t.Errorf("of %d rows %s are left", c.have, got)
		}
		want(t, p, owner(2), "other", "x")
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
