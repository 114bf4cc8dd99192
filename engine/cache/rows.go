package cache

import (
	"fmt"
	"unsafe"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// pebbleRows are one owner's rows in the database that was open when they were.
type pebbleRows struct {
	cache   *Pebble
	db      *pebble.DB
	it      *pebble.Iterator
	begun   bool
	prefix  int // bytes of a key before the entity
	lineage [16]byte
	row     Row
	err     error
}

// Scan implements External.
func (p *Pebble) Scan(o Owner, from event.Entity) Rows {
	if !p.enter() {
		return noRows{ErrUnavailable}
	}
	it, err := p.iter(o, from)
	if err != nil {
		p.users.Done()
		return noRows{fmt.Errorf("%w: %w", ErrUnavailable, err)}
	}
	return &pebbleRows{cache: p, db: p.db, it: it, prefix: keyBytes(o.Name, ""), lineage: o.Lineage}
}

// iter is an iterator over an owner's rows, everything put so far included.
func (p *Pebble) iter(o Owner, from event.Entity) (*pebble.Iterator, error) {
	if err := p.write(); err != nil {
		return nil, err
	}
	end := prefixEnd(appendKey(nil, o.Name, o.Version, ""))
	return p.db.NewIter(&pebble.IterOptions{LowerBound: appendKey(nil, o.Name, o.Version, from), UpperBound: end})
}

// Next implements Rows.
func (r *pebbleRows) Next() bool {
	for r.step() {
		if len(r.it.Key()) == r.prefix {
			continue // the owner's mark
		}
		value, err := r.it.ValueAndErr()
		if err != nil {
			r.err = err
			return false
		}
		row, lineage, err := decodeRow(r.it.Key(), value)
		if err != nil {
			_ = r.cache.drop(r.db, append([]byte(nil), r.it.Key()...), "row_damaged")
			continue
		}
		if lineage == r.lineage {
			r.row = row
			return true
		}
	}
	if r.err == nil {
		r.err = r.it.Error()
	}
	return false
}

func (r *pebbleRows) step() bool {
	if r.begun {
		return r.it.Next()
	}
	r.begun = true
	return r.it.First()
}

// Entity implements Rows.
func (r *pebbleRows) Entity() event.Entity {
	e := r.it.Key()[r.prefix:]
	return event.Entity(unsafe.String(unsafe.SliceData(e), len(e)))
}

// Row implements Rows.
func (r *pebbleRows) Row() Row { return r.row }

// Err implements Rows.
func (r *pebbleRows) Err() error {
	if r.err == nil && r.cache.broken.Load() {
		return ErrUnavailable
	}
	return r.err
}

// Close implements Rows.
func (r *pebbleRows) Close() {
	_ = r.it.Close() // Err has told
	r.cache.users.Done()
}
