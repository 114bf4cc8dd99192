package engine

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/projsql/projsql/engine/pack"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// entry is one entity's state, which may be none.
type entry struct {
	entity     event.Entity
	snapshot   *projection.Snapshot
	generation event.Version
}

const (
	blockEntries = 512 // of a block that is made
	// A block is made anew once the entries that have changed are more than one to so many of it, or
	// than a few: who changes one of them copies them all.
	blockChanged    = 16
	blockChangedMin = 8
)

// block is a stretch of a listing: what was put together once, and what has changed since. It is
// immutable.
type block struct {
	first   event.Entity // the listing's entities from it on, up to the next block's, belong here
	core    *core
	only    []uint16 // of a part of a listing: the core's entries that are in it; nil: all
	changed []entry  // in the place of the core's of the same entity, or between them
	entries int
	bytes   int64
	counted atomic.Int32 // one more than its states; 0: nobody has counted them
}

// core is entries that lie together in memory.
type core struct {
	projection.Run
	folded  pack.Ints // of each snapshot, its generation
	entries int
}

// newBlocks packs entries, which are in order, into blocks of about the same number each.
func newBlocks(f projection.Fold, entries []entry) (blocks []*block) {
	n := (len(entries) + blockEntries - 1) / blockEntries
	for i := range n {
		part := entries[i*len(entries)/n : (i+1)*len(entries)/n]
		b := &block{core: newCore(f, part), entries: len(part)}
		b.first = event.Entity(b.core.Entities.At(0))
		b.bytes = int64(unsafe.Sizeof(*b)) + b.core.sizeBytes()
		blocks = append(blocks, b)
	}
	return blocks
}

func newCore(f projection.Fold, entries []entry) *core {
	c := &core{entries: len(entries)}
	u := unpacks.Get().(*unpackedEntries)
	defer unpacks.Put(u)
	u.take(entries)
	c.Entities, c.States = pack.NewDistinct(u.names), packStates(f, u.states)
	c.Generation, c.folded = pack.NewInts(u.generation), pack.NewInts(u.folded)
	c.Watermark, c.HLC = pack.NewInts(u.watermark), pack.NewInts(u.hlc)
	u.clear()
	return c
}

// unpackedEntries are entries, field by field, in memory that serves again.
type unpackedEntries struct {
	names                              []string
	states                             []projection.State
	generation, folded, watermark, hlc []int64
}

var unpacks = sync.Pool{New: func() any { return &unpackedEntries{} }}

func (u *unpackedEntries) take(entries []entry) {
	for i := range entries {
		x := &entries[i]
		s := x.snapshot
		if s == nil {
			s = &projection.Snapshot{}
		}
		u.names, u.states = append(u.names, string(x.entity)), append(u.states, s.State)
		u.generation, u.folded = append(u.generation, int64(x.generation)), append(u.folded, int64(s.Generation))
		u.watermark, u.hlc = append(u.watermark, int64(s.Watermark)), append(u.hlc, int64(s.HLC))
	}
}

func (u *unpackedEntries) clear() {
	clear(u.names)
	clear(u.states)
	u.names, u.states = u.names[:0], u.states[:0]
	u.generation, u.folded, u.watermark, u.hlc = u.generation[:0], u.folded[:0], u.watermark[:0], u.hlc[:0]
}

func (c *core) sizeBytes() int64 {
	n := int(unsafe.Sizeof(*c)) + c.Entities.SizeBytes() + c.States.SizeBytes()
	for _, ints := range []*pack.Ints{&c.Generation, &c.folded, &c.Watermark, &c.HLC} {
		n += ints.SizeBytes()
	}
	return int64(n)
}

// at returns where an entity is among the entries, or would be.
func (c *core) at(e event.Entity) (int, bool) {
	i := sort.Search(c.entries, func(i int) bool { return c.Entities.At(i) >= string(e) })
	return i, i < c.entries && c.Entities.At(i) == string(e)
}

// entry makes entry i, whose name shares the core's memory.
func (c *core) entry(i int) entry {
	x := entry{entity: event.Entity(c.Entities.At(i)), generation: event.Version(c.Generation.At(i))}
	if c.Watermark.At(i) != 0 {
		x.snapshot = &projection.Snapshot{State: c.States.State(i), Generation: event.Version(c.folded.At(i))}
		c.Prove(i, x.snapshot)
	}
	return x
}

// entry returns what the block has of an entity.
func (b *block) entry(e event.Entity) (entry, bool) {
	if i, ok := atEntry(b.changed, e); ok {
		return b.changed[i], true
	}
	i, ok := b.core.at(e)
	if !ok {
		return entry{}, false
	}
	return b.core.entry(i), true
}

// atEntry returns where an entity is among entries that are in order, or would be.
func atEntry(entries []entry, e event.Entity) (int, bool) {
	return slices.BinarySearchFunc(entries, e, func(x entry, e event.Entity) int { return strings.Compare(string(x.entity), string(e)) })
}

// each calls packed with the stretches of the core's entries that stand, and single with those that
// have changed, in order: of the entities from from on and before to, if there is one.
func (b *block) each(from, to event.Entity, packed func(c *core, i, end int) error, single func(*entry) error) error {
	i, _ := b.core.at(from)
	end, first, last := b.core.entries, 0, len(b.changed)
	if from != "" {
		first, _ = atEntry(b.changed, from)
	}
	if to != "" {
		end, _ = b.core.at(to)
		last, _ = atEntry(b.changed, to)
	}
	for k := first; k < last; k++ {
		j, found := b.core.at(b.changed[k].entity)
		if err := b.stretches(i, j, packed); err != nil {
			return err
		}
		if err := single(&b.changed[k]); err != nil {
			return err
		}
		if i = j; found {
			i++
		}
	}
	return b.stretches(i, end, packed)
}

// stretches calls each with the entries of the core from i up to end, or those of them that are in the
// block.
func (b *block) stretches(i, end int, each func(c *core, i, end int) error) error {
	if b.only == nil {
		if i >= end {
			return nil
		}
		return each(b.core, i, end)
	}
	k, _ := slices.BinarySearch(b.only, uint16(i))
	for k < len(b.only) && int(b.only[k]) < end {
		from := int(b.only[k])
		to := from + 1
		for k++; k < len(b.only) && int(b.only[k]) == to && to < end; k++ {
			to++
		}
		if err := each(b.core, from, to); err != nil {
			return err
		}
	}
	return nil
}

// with returns the block with newer entries, which are in order; or, where those that have changed
// are many by now, blocks that are made anew.
func (b *block) with(f projection.Fold, newer []entry) []*block {
	changed := mergeEntries(b.changed, newer)
	made := &block{first: b.first, core: b.core, changed: changed, entries: b.core.entries}
	made.bytes = int64(unsafe.Sizeof(*b)) + b.core.sizeBytes()
	for i := range changed {
		made.bytes += changed[i].sizeBytes()
		if _, known := b.core.at(changed[i].entity); !known {
			made.entries++
		}
	}
	if len(changed) <= max(blockChangedMin, b.core.entries/blockChanged) {
		return []*block{made}
	}
	blocks := newBlocks(f, made.all())
	blocks[0].first = min(blocks[0].first, b.first)
	return blocks
}

// mergeEntries returns both, in order; of the same entity the newer one.
func mergeEntries(older, newer []entry) []entry {
	all := make([]entry, 0, len(older)+len(newer))
	for _, x := range older {
		for len(newer) > 0 && newer[0].entity < x.entity {
			all, newer = append(all, newer[0]), newer[1:]
		}
		if len(newer) > 0 && newer[0].entity == x.entity {
			x, newer = newer[0], newer[1:]
		}
		all = append(all, x)
	}
	return append(all, newer...)
}

// all makes every entry.
func (b *block) all() []entry {
	entries := make([]entry, 0, b.entries)
	_ = b.each("", "", func(c *core, i, end int) error {
		for ; i < end; i++ {
			entries = append(entries, c.entry(i))
		}
		return nil
	}, func(x *entry) error {
		entries = append(entries, *x)
		return nil
	})
	return entries
}

// states is how many of the entries have one.
func (b *block) states() int {
	if n := b.counted.Load(); n > 0 {
		return int(n - 1)
	}
	n := 0
	_ = b.each("", "", func(c *core, i, end int) error {
		for ; i < end; i++ {
			if c.States.Has(i) {
				n++
			}
		}
		return nil
	}, func(x *entry) error {
		if x.snapshot != nil && x.snapshot.State != nil {
			n++
		}
		return nil
	})
	b.counted.Store(int32(n + 1))
	return n
}

// part returns what the block has of a share. Its bytes are what it takes beside the block.
func (b *block) part(s projection.Share) *block {
	p := &block{first: b.first, core: b.core, only: make([]uint16, 0, b.core.entries*s.Count()/projection.Partitions)}
	_ = b.each("", "", func(c *core, i, end int) error {
		for ; i < end; i++ {
			if s.Has(event.Entity(c.Entities.At(i))) {
				p.only = append(p.only, uint16(i))
			}
		}
		return nil
	}, func(x *entry) error {
		if s.Has(x.entity) {
			p.changed = append(p.changed, *x)
		}
		return nil
	})
	p.entries = len(p.only) + len(p.changed)
	p.bytes = int64(unsafe.Sizeof(*p)) + 2*int64(cap(p.only)) + entryBytes*int64(cap(p.changed))
	return p
}

const (
	entryBytes    = int64(unsafe.Sizeof(entry{}))
	snapshotBytes = int64(unsafe.Sizeof(projection.Snapshot{}))
)

// sizeBytes is what an entry takes that is by itself.
func (x *entry) sizeBytes() int64 {
	n := entryBytes + snapshotBytes + int64(len(x.entity))
	if x.snapshot != nil && x.snapshot.State != nil {
		n += int64(x.snapshot.State.SizeBytes())
	}
	return n
}

func packStates(f projection.Fold, states []projection.State) projection.Packed {
	if p, ok := f.(projection.Packer); ok {
		return p.Pack(states)
	}
	return unpacked(slices.Clone(states))
}

// unpacked are the states of a fold that does not pack them.
type unpacked []projection.State

func (u unpacked) Has(i int) bool               { return u[i] != nil }
func (u unpacked) State(i int) projection.State { return u[i] }
func (u unpacked) SizeBytes() (bytes int) {
	for _, s := range u {
		if bytes += int(unsafe.Sizeof(s)); s != nil {
			bytes += s.SizeBytes()
		}
	}
	return bytes
}
