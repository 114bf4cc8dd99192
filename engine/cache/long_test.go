package cache_test

import (
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/storage/event"
)

// The longest entity is cached like any other, and told from those that begin alike.
func TestLongEntities(t *testing.T) {
	p := open(t, "cache", vfs.NewMem())
	long := event.Entity(strings.Repeat("ß", event.EntityBytesMax/2))
	put(t, p, owner(1), long, "long")
	put(t, p, owner(1), long[:len(long)-2], "shorter")
	want(t, p, owner(1), long, "long")
	want(t, p, owner(1), long[:len(long)-2], "shorter")
	if n, err := p.DeletePrefix(string(long)); n != 1 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	wantMiss(t, p, owner(1), long, "")
}
