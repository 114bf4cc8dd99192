package placement_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/cluster/placement"
	"github.com/projsql/projsql/storage/event"
)

// The partition of an entity is part of what nodes of different releases agree on.
func TestPartitionsAreFixed(t *testing.T) {
	for entity, want := range map[event.Entity]placement.Partition{
		"acct:7": 164, "acct:8": 239, "": 153, "ü": 61,
	} {
		if got := placement.Of(entity); got != want {
			t.Errorf("Of(%q) = %d, want %d", entity, got, want)
		}
	}
}

func TestOwnersAreFixed(t *testing.T) {
	m := placement.NewMap([]string{"a", "b", "c"})
	var got string
	for p := range placement.Partition(16) {
		got += m.Owner(p)
	}
	if want := "cbbaacbbcacbbaba"; got != want {
		t.Errorf("owners of partitions 0 to 15: %s, want %s", got, want)
	}
}

func TestEntitiesSpread(t *testing.T) {
	const entities = 256 * 400
	var count [placement.Partitions]int
	for i := range entities {
		count[placement.Of(event.Entity(fmt.Sprintf("acct:%d", i)))]++
	}
	for p, n := range count {
		if n < 300 || n > 500 {
			t.Errorf("partition %d has %d entities of %d", p, n, entities)
		}
	}
}

func members(t *rapid.T) []string {
	return rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9-]{1,12}`), 1, 9, rapid.ID[string]).Draw(t, "members")
}

func TestEveryNodeComputesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := members(t)
		shuffled := slices.Clone(live)
		rand.Shuffle(len(live), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		a, b := placement.NewMap(live), placement.NewMap(shuffled)
		for p := range placement.Partitions {
			if a.Owner(placement.Partition(p)) != b.Owner(placement.Partition(p)) {
				t.Fatalf("partition %d depends on the order of members", p)
			}
		}
	})
}

func TestOnlyTheMemberThatLeavesLosesPartitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := members(t)
		gone := rapid.SampledFrom(live).Draw(t, "gone")
		before := placement.NewMap(live)
		after := placement.NewMap(slices.DeleteFunc(slices.Clone(live), func(id string) bool { return id == gone }))
		for p := range placement.Partitions {
			was, is := before.Owner(placement.Partition(p)), after.Owner(placement.Partition(p))
			if was != gone && was != is {
				t.Fatalf("partition %d moved from %q to %q when %q left", p, was, is, gone)
			}
			if is == gone {
				t.Fatalf("partition %d is owned by %q, which left", p, gone)
			}
		}
	})
}

func TestOwnersShare(t *testing.T) {
	for n := 1; n <= 9; n++ {
		var live []string
		for i := range n {
			live = append(live, fmt.Sprintf("node-%d", i))
		}
		m := placement.NewMap(live)
		fair := placement.Partitions / n
		for _, id := range live {
			if got := m.Owned(id); got < fair*6/10 || got > fair*15/10 {
				t.Errorf("%s owns %d of %d partitions among %d members", id, got, placement.Partitions, n)
			}
		}
	}
}

func TestNobodyOwnsWithoutMembers(t *testing.T) {
	if owner := placement.NewMap(nil).Owner(3); owner != "" {
		t.Errorf("owner %q", owner)
	}
}
