package cache

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// Damaged reports whether b is refused as the row under key.
func Damaged(key, b []byte) bool {
	_, _, err := decodeRow(key, b)
	return err != nil
}

// Deletion returns how many deletions of rows, and of ranges, DeleteOwner would write.
func (p *Pebble) Deletion(name string, version uint64) (rows, ranges int, err error) {
	err = p.useWritten(func(db *pebble.DB) error {
		b := db.NewBatch()
		defer b.Close()
		if err := deletion(db, b, appendKey(nil, name, version, "")); err != nil {
			return err
		}
		r := b.Reader()
		for {
			kind, _, _, ok, err := r.Next()
			switch {
			case !ok || err != nil:
				return err
			case kind == pebble.InternalKeyKindRangeDelete:
				ranges++
			default:
				rows++
			}
		}
	})
	return rows, ranges, err
}

// DamagedGroup reports whether b is refused as the group under key.
func DamagedGroup(key, b []byte) bool {
	_, err := openGroup(key, b)
	return err != nil
}

// GroupOf walks the rows of a group whose checksum fits what stands behind its header, and puts them
// into one anew.
func GroupOf(rows []byte) (n int, again []byte) {
	key := []byte("key")
	group := append(groupStart(nil, [16]byte{1}), rows...)
	sealGroup(key, group)
	g, err := openGroup(key, group)
	if err != nil {
		return -1, nil
	}
	for g.next() {
		n++
		again = appendGrouped(again, g.entity, &g.row)
	}
	return n, again
}

// Grouped is a row as a group has it.
func Grouped(e event.Entity, r *Row) []byte { return appendGrouped(nil, e, r) }
