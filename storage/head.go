package storage

import (
	"encoding/binary"
	"slices"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// head is an entity's newest head. One that others can see never changes.
type head struct {
	event.Head
	first event.Sequence // of the entity's first event
	kinds []headKind     // one for each of Head.Kinds
	block block          // the newest
}

// headKind is what a head knows of a kind beside its last event.
type headKind struct {
	number kindNumber
	first  event.Version // of the kind's first event
}

// clone returns a copy that may be changed.
func (h *head) clone() *head {
	c := *h
	c.Kinds = append(make([]event.KindHead, 0, len(h.Kinds)+1), h.Kinds...)
	c.kinds = append(make([]headKind, 0, len(h.kinds)+1), h.kinds...)
	return &c
}

func (h *head) kindIndex(n kindNumber) int {
	return slices.IndexFunc(h.kinds, func(k headKind) bool { return k.number == n })
}

// add makes the head that of one more event.
func (h *head) add(v event.Version, b bodyHead, name event.Kind) {
	if h.Generation == 0 {
		h.first = b.sequence
	}
	h.Generation, h.Sequence, h.HLC = v, b.sequence, b.hlc
	last := event.KindHead{Kind: name, Version: v, Sequence: b.sequence, HLC: b.hlc}
	if i := h.kindIndex(b.kind); i >= 0 {
		h.Kinds[i] = last
		return
	}
	h.Kinds = append(h.Kinds, last)
	h.kinds = append(h.kinds, headKind{number: b.kind, first: v})
}

// sizeBytes is the memory that the head takes, for cache limits.
func (h *head) sizeBytes() int {
	const fixed, perKind = 128, 56
	return fixed + perKind*cap(h.Kinds)
}

// appendHead appends the record of h. A kind's last event is told by its
// distance from the entity's: for most kinds that is a byte a number.
func appendHead(buf []byte, h *head) []byte {
	for _, n := range [...]uint64{uint64(h.Generation), uint64(h.Sequence), uint64(h.HLC), uint64(h.first), uint64(h.Generation - h.block.first), uint64(h.block.bytes), uint64(len(h.kinds))} {
		buf = binary.AppendUvarint(buf, n)
	}
	for i := range h.kinds {
		last := &h.Kinds[i]
		for _, n := range [...]uint64{
			uint64(h.kinds[i].number), uint64(h.kinds[i].first),
			uint64(h.Generation - last.Version), uint64(h.Sequence - last.Sequence), uint64(h.HLC - last.HLC),
		} {
			buf = binary.AppendUvarint(buf, n)
		}
	}
	return buf
}

// headKindBytesMin is the least that one kind takes in a head's record.
const headKindBytesMin = 5

func readHead(b []byte, kinds []event.Kind) (*head, bool) {
	h := &head{}
	return h, h.read(b, kinds)
}

// read makes h what a record says, in the memory that h has.
func (h *head) read(b []byte, kinds []event.Kind) bool {
	f := fields{rest: b}
	h.Generation, h.Sequence, h.HLC = event.Version(f.uvarint()), event.Sequence(f.uvarint()), hlc.Timestamp(f.uvarint())
	h.first = event.Sequence(f.uvarint())
	h.block = block{first: h.Generation - event.Version(f.uvarint()), bytes: int(f.uvarint())}
	n := f.uvarint()
	if n > uint64(len(f.rest)/headKindBytesMin) {
		return false
	}
	h.Kinds, h.kinds = slices.Grow(h.Kinds[:0], int(n))[:n], slices.Grow(h.kinds[:0], int(n))[:n]
	for i := range h.kinds {
		number := f.uvarint()
		if number >= uint64(len(kinds)) {
			return false
		}
		h.kinds[i] = headKind{number: kindNumber(number), first: event.Version(f.uvarint())}
		h.Kinds[i] = event.KindHead{
			Kind:     kinds[number],
			Version:  h.Generation - event.Version(f.uvarint()),
			Sequence: h.Sequence - event.Sequence(f.uvarint()),
			HLC:      h.HLC - hlc.Timestamp(f.uvarint()),
		}
	}
	return f.done() && h.block.first > 0 && h.block.first <= h.Generation
}
