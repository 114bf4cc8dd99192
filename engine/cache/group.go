package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// A row group is the rows of neighbouring entities under one key: to write, flush and compact a key
// costs more than the row of a short entity. An entity's row, unless it has one of its own, which is
// newer, is in the last group that begins at or before it, if it is anywhere. A group is at rest
//
//	format   1 byte
//	checksum 4 bytes, as a row's
//	lineage 16 bytes
//	and of each row, in byte order of the entities:
//	  entity  its length (uvarint), its bytes
//	  HLC     8 bytes, little endian
//	  watermark, generation, known: uvarint
//	  flags   1 byte, as a row's
//	  state   its length (uvarint), its bytes
const (
	groupFormat      = 2
	groupHeaderBytes = checksumEnd + len(Owner{}.Lineage)
	// A group is cut once it has so many bytes: who wants one row reads all.
	groupBytesMax = 16 << 10
)

// groupedHeaderMax is the bytes of a row besides its entity and its state.
const groupedHeaderMax = 8 + 1 + 2*binary.MaxVarintLen32 + 3*binary.MaxVarintLen64

// groupMark stands in a group's key where the entity begins in a row's. No entity has a zero byte.
const groupMark = "\x00"

// firstEntity is at or before every entity, and after groupMark and all behind it.
const firstEntity = event.Entity("\x01")

// groupKey is the key of the group that begins with an entity.
func groupKey(buf []byte, o Owner, first event.Entity) []byte {
	return append(appendKey(buf, o.Name, o.Version, groupMark), first...)
}

// groupStart begins a group; appendGrouped adds a row to it, and sealGroup ends it.
func groupStart(buf []byte, lineage [16]byte) []byte {
	return append(append(buf, groupFormat, 0, 0, 0, 0), lineage[:]...)
}

func appendGrouped(buf []byte, e event.Entity, r *Row) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(e)))
	buf = append(buf, e...)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(r.HLC))
	buf = binary.AppendUvarint(buf, uint64(r.Watermark))
	buf = binary.AppendUvarint(buf, uint64(r.Generation))
	buf = binary.AppendUvarint(buf, uint64(r.Known))
	buf = append(buf, r.flags())
	buf = binary.AppendUvarint(buf, uint64(len(r.State)))
	return append(buf, r.State...)
}

// groupedBytesMax is what a row takes in a group at most.
func groupedBytesMax(r *EntityRow) int {
	return groupedHeaderMax + len(r.Entity) + len(r.Row.State)
}

func sealGroup(key, group []byte) {
	binary.LittleEndian.PutUint32(group[1:], checksum(key, group[checksumEnd:]))
}

// grouped walks the rows of a group.
type grouped struct {
	rest    []byte // those after the one it stands at
	lineage [16]byte
	entity  event.Entity // shares the group's memory, as the row's state does
	row     Row
}

// openGroup checks a group and stands before its first row.
func openGroup(key, group []byte) (g grouped, err error) {
	if len(group) < groupHeaderBytes || group[0] != groupFormat ||
		binary.LittleEndian.Uint32(group[1:]) != checksum(key, group[checksumEnd:]) {
		return grouped{}, errDamaged
	}
	copy(g.lineage[:], group[checksumEnd:])
	g.rest = group[groupHeaderBytes:]
	return g, nil
}

// next moves to the next row. What is no row, under a checksum that fits, ends them.
func (g *grouped) next() bool {
	b := g.rest
	e, b, ok := cutBytes(b)
	if !ok || len(b) < 8 {
		return false
	}
	stamp := binary.LittleEndian.Uint64(b)
	b = b[8:]
	var numbers [3]uint64
	for i := range numbers {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			return false
		}
		numbers[i], b = n, b[size:]
	}
	if len(b) == 0 {
		return false
	}
	flags := b[0]
	state, b, ok := cutBytes(b[1:])
	if !ok {
		return false
	}
	g.entity = event.Entity(unsafe.String(unsafe.SliceData(e), len(e)))
	g.row = Row{
		HLC: hlc.Timestamp(stamp), Watermark: event.Sequence(numbers[0]), Generation: event.Version(numbers[1]),
		Known: event.Sequence(numbers[2]), NoState: flags&flagNoState != 0, State: state,
	}
	g.rest = b
	return true
}

// to moves to an entity's row, or reports that the group has none.
func (g *grouped) to(e event.Entity) bool {
	for g.next() {
		if g.entity >= e {
			return g.entity == e
		}
	}
	return false
}

// behind returns the rows of entities after one.
func (g *grouped) behind(e event.Entity) []byte {
	for {
		rest := g.rest
		if !g.next() || g.entity > e {
			return rest
		}
	}
}

// groupsOf returns an iterator over an owner's groups, at the first that may have a row of the
// entity or of one after it.
func groupsOf(db *pebble.DB, o Owner, from event.Entity) (*pebble.Iterator, error) {
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: groupKey(nil, o, ""), UpperBound: appendKey(nil, o.Name, o.Version, firstEntity)})
	if err != nil {
		return nil, err
	}
	if !it.SeekLT(append(groupKey(nil, o, from), 0)) {
		it.First()
	}
	return it, nil
}

// groupAt opens the group that an iterator stands at.
func groupAt(it *pebble.Iterator) (grouped, error) {
	value, err := it.ValueAndErr()
	if err != nil {
		return grouped{}, err
	}
	return openGroup(it.Key(), value)
}

// getGrouped is Get of a row in a group.
func (p *Pebble) getGrouped(db *pebble.DB, o Owner, e event.Entity, buf []byte) (Row, error) {
	it, err := groupsOf(db, o, e)
	if err != nil {
		return Row{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer it.Close() //nolint:errcheck // nothing was written
	if !it.Valid() {
		if err := it.Error(); err != nil {
			return Row{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return Row{}, ErrMiss
	}
	g, err := groupAt(it)
	switch {
	case errors.Is(err, errDamaged):
		return Row{}, p.drop(db, slices.Clone(it.Key()), "row_damaged")
	case err != nil:
		return Row{}, p.readError(db, slices.Clone(it.Key()), err)
	case !g.to(e):
		return Row{}, ErrMiss
	case g.lineage != o.Lineage:
		return Row{}, &MissError{Reason: "row_of_another_lineage"}
	}
	g.row.State = append(buf, g.row.State...)
	return g.row, nil
}

// cutBytes returns what follows its own length in b, and what is after it.
func cutBytes(b []byte) (cut, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	b = b[size:]
	return b[:n], b[n:], true
}
