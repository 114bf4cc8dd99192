package cache

import (
	"errors"
	"fmt"

	crdb "github.com/cockroachdb/errors"
	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// Get implements External.
func (p *Pebble) Get(o Owner, e event.Entity, buf []byte) (row Row, err error) {
	h := p.absent.hash(e)
	err = p.use(func(db *pebble.DB) error {
		met := p.met(db, o)
		if met.lacks(h) {
			return ErrMiss
		}
		if p.pending.has(h) {
			if err := p.write(); err != nil {
				return err
			}
		}
		row, err = Row{}, ErrMiss
		if !met.single.lacks(h) {
			key := appendKey(make([]byte, 0, keyBytes(o.Name, e)), o.Name, o.Version, e)
			row, err = p.get(db, key, o.Lineage, buf)
		}
		if errors.Is(err, ErrMiss) && !met.groups.lacks(h) {
			if inGroup, missed := p.getGrouped(db, o, e, buf); missed == nil || err == ErrMiss { // which has no reason
				row, err = inGroup, missed
			}
		}
		return err
	})
	return row, err
}

func (p *Pebble) get(db *pebble.DB, key []byte, lineage [16]byte, buf []byte) (Row, error) {
	value, closer, err := db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return Row{}, ErrMiss
	}
	if err != nil {
		return Row{}, p.readError(db, key, err)
	}
	defer closer.Close() //nolint:errcheck // nothing was written
	return p.row(db, key, value, lineage, buf)
}

func (p *Pebble) row(db *pebble.DB, key, value []byte, lineage [16]byte, buf []byte) (Row, error) {
	row, own, err := decodeRow(key, value)
	if err != nil {
		return Row{}, p.drop(db, key, "row_damaged")
	}
	if own != lineage {
		return Row{}, &MissError{Reason: "row_of_another_lineage"}
	}
	row.State = append(buf, row.State...)
	return row, nil
}

// readError tells damage, which is a miss, from a disk that fails.
func (p *Pebble) readError(db *pebble.DB, key []byte, err error) error {
	if damaged(err) {
		return p.drop(db, key, "block_damaged")
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// damaged reports whether Pebble marked an error as damage; the marks are those of its own
// errors package.
func damaged(err error) bool { return crdb.Is(err, pebble.ErrCorruption) }

// drop deletes a damaged row. Should that fail, the row stays damaged, and a miss.
func (p *Pebble) drop(db *pebble.DB, key []byte, reason string) error {
	p.damaged.Add(1)
	if err := db.Delete(key, pebble.NoSync); err != nil {
		p.logger.Warn("damaged row of the external cache cannot be deleted", "error", err)
	}
	return &MissError{Reason: reason}
}
