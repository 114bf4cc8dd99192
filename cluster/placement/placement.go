// Package placement says which node answers for an entity: entities fall into
// partitions by hash, partitions go to nodes by rendezvous hashing (Thaler and
// Ravishankar, 1998). It is pure: every node computes the same from the same list
// of live members.
//
// It knows nothing of networks. Every replica holds all events, so placement is
// about caches and work, never about correctness.
package placement

import (
	"github.com/cespare/xxhash/v2"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Partitions is how many classes of entities there are.
const Partitions = projection.Partitions

// Partition is a class of entities; the unit of ownership.
type Partition = projection.Partition

// Of returns the partition of an entity.
func Of(e event.Entity) Partition { return projection.PartitionOf(e) }

// Map holds the owner of each partition. It is immutable.
type Map struct {
	owners [Partitions]string
}

// NewMap places all partitions on the live members, given by their persistent ids
// in any order; without any, no partition has an owner. When a member comes or
// goes only its own partitions move.
func NewMap(live []string) *Map {
	seeds := make([]uint64, len(live))
	for i, id := range live {
		seeds[i] = xxhash.Sum64String(id)
	}
	m := &Map{}
	for p := range m.owners {
		m.owners[p] = heaviest(Partition(p), live, seeds)
	}
	return m
}

// Owner returns the id of the partition's owner, "" if there is none.
func (m *Map) Owner(p Partition) string { return m.owners[p] }

// Share returns the partitions that a member owns; false if there are none.
func (m *Map) Share(id string) (s projection.Share, ok bool) {
	for p, owner := range m.owners {
		if owner == id {
			s.Add(Partition(p))
			ok = true
		}
	}
	return s, ok
}

// Owned returns how many partitions a member owns.
func (m *Map) Owned(id string) int {
	n := 0
	for _, owner := range m.owners {
		if owner == id {
			n++
		}
	}
	return n
}

// heaviest returns the member with the greatest weight for p; the greater id wins
// a tie.
func heaviest(p Partition, live []string, seeds []uint64) string {
	var owner string
	var most uint64
	for i, id := range live {
		w := mix(seeds[i] ^ mix(uint64(p)+1))
		if i == 0 || w > most || w == most && id > owner {
			owner, most = id, w
		}
	}
	return owner
}

// mix is the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
