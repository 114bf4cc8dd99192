package storage

import (
	"fmt"
	"testing"

	"github.com/projsql/projsql/storage/event"
)

func headAt(v event.Version) *head { return &head{Head: event.Head{Generation: v}} }

// TestOlderHeadIsNotPutOverNewer fills the cache with what was loaded before Apply
// wrote, whether Apply's head is still there or was evicted.
func TestOlderHeadIsNotPutOverNewer(t *testing.T) {
	for _, evicted := range []bool{false, true} {
		c := newHeadCache(1 << 20)
		_, ticket := c.get("a")
		c.write("a", headAt(2))
		if evicted {
			c.shard("a").drop(c.shard("a").slots["a"])
		}
		c.fill("a", headAt(1), ticket)
		if h, _ := c.get("a"); h != nil && h.Generation != 2 {
			t.Errorf("evicted %v: generation %d", evicted, h.Generation)
		}
	}
}

// TestHeadCacheIsBounded keeps what is used and counts its bytes.
func TestHeadCacheIsBounded(t *testing.T) {
	const bytesMax = 64 << 10
	c := newHeadCache(bytesMax)
	for i := range 5000 {
		c.write(event.Entity(fmt.Sprint("acct:", i)), headAt(1))
		c.write("hot", headAt(event.Version(i+1)))
		if h, _ := c.get("hot"); h == nil || h.Generation != event.Version(i+1) {
			t.Fatalf("after %d entities the hot one is %+v", i, h)
		}
	}
	if n := c.stats().bytes; n > bytesMax || n < bytesMax/4 {
		t.Errorf("%d bytes of %d", n, bytesMax)
	}
	for i := range c.shards {
		s := &c.shards[i]
		for len(s.ring) > 0 {
			s.drop(s.ring[0])
		}
		if s.bytes != 0 || len(s.slots) != 0 {
			t.Fatalf("shard %d: %d bytes, %d slots when empty", i, s.bytes, len(s.slots))
		}
	}
}

// TestOnlyAWholeCacheKnowsWhatIsNot: a store that was not empty, or a head that was
// evicted, leaves the question to the store.
func TestOnlyAWholeCacheKnowsWhatIsNot(t *testing.T) {
	c := newHeadCache(1 << 20)
	if c.lacks("a") {
		t.Error("lacks an entity that the store may have")
	}
	c.startEmpty()
	if !c.lacks("a") {
		t.Error("an empty store has no entity")
	}
	c.write("a", headAt(1))
	if c.lacks("a") {
		t.Error("lacks what was written")
	}
	c.shard("a").drop(c.shard("a").slots["a"])
	if c.lacks("a") {
		t.Error("lacks what was evicted")
	}
}
