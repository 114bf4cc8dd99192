package projection

import (
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"github.com/projsql/projsql/storage/event"
)

// Partitions is how many classes of entities there are.
const Partitions = 256

// Partition is a class of entities, 0 to Partitions-1; the unit of ownership.
type Partition uint8

// PartitionOf returns the partition of an entity. It never changes for a given entity.
func PartitionOf(e event.Entity) Partition {
	return Partition(xxhash.Sum64String(string(e)) % Partitions)
}

// Share is the part of a projection that a scan is about, as a set of partitions. The zero
// value is all of it, as is the set of all.
type Share [Partitions / 64]uint64

const all = ^uint64(0)

// Add puts a partition into the set.
func (s *Share) Add(p Partition) { s[p/64] |= 1 << (p % 64) }

// Whole reports whether the share is all there is.
func (s Share) Whole() bool { return s == Share{} || s == Share{all, all, all, all} }

// Has reports whether an entity belongs to the share.
func (s Share) Has(e event.Entity) bool {
	if s.Whole() {
		return true
	}
	p := PartitionOf(e)
	return s[p/64]&(1<<(p%64)) != 0
}

// Covers reports whether all that belongs to another share belongs to this one.
func (s Share) Covers(other Share) bool {
	if s.Whole() || other.Whole() {
		return s.Whole()
	}
	for i := range s {
		if other[i]&^s[i] != 0 {
			return false
		}
	}
	return true
}

// OwnedShare is a share and the node that owns it.
type OwnedShare struct {
	Share
	Node, ID string
	Own      bool // by the node that tells
}

// Count returns the number of partitions.
func (s Share) Count() (n int) {
	if s.Whole() {
		return Partitions
	}
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// Union returns what is in either share; neither is the zero value's whole.
func (s Share) Union(other Share) Share {
	for i := range s {
		s[i] |= other[i]
	}
	return s
}
