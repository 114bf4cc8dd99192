package cache

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// pebbleRows are one owner's rows in the database that was open when they were: those that
// entities have by themselves, and in their absence those in groups.
type pebbleRows struct {
	cache   *Pebble
	db      *pebble.DB
	lineage [16]byte
	from    event.Entity
	single  singleRows
	groups  groupRows
	entity  event.Entity
	row     Row
	err     error
}

// Scan implements External.
func (p *Pebble) Scan(o Owner, from event.Entity) Rows {
	if !p.enter() {
		return noRows{ErrUnavailable}
	}
	r, err := p.rows(o, from)
	if err != nil {
		p.users.Done()
		return noRows{fmt.Errorf("%w: %w", ErrUnavailable, err)}
	}
	return r
}

// rows are an owner's, everything put so far included.
func (p *Pebble) rows(o Owner, from event.Entity) (*pebbleRows, error) {
	if err := p.write(); err != nil {
		return nil, err
	}
	r := &pebbleRows{cache: p, db: p.db, lineage: o.Lineage, from: from}
	begin := appendKey(nil, o.Name, o.Version, max(from, firstEntity))
	it, err := p.db.NewIter(&pebble.IterOptions{LowerBound: begin, UpperBound: prefixEnd(appendKey(nil, o.Name, o.Version, ""))})
	if err != nil {
		return nil, err
	}
	r.single = singleRows{rows: r, it: it, prefix: keyBytes(o.Name, "")}
	if !p.met(p.db, o).groups.any() {
		return r, nil
	}
	if r.groups.it, err = groupsOf(p.db, o, from); err != nil {
		_ = it.Close()
		return nil, err
	}
	r.groups.rows, r.groups.prefix = r, keyBytes(o.Name, groupMark)
	return r, nil
}

// Next implements Rows.
func (r *pebbleRows) Next() bool {
	if !r.single.stands {
		r.single.next()
	}
	if !r.groups.stands {
		r.groups.next()
	}
	if r.err != nil {
		return false
	}
	switch s, g := &r.single, &r.groups; {
	case s.stands && (!g.stands || s.entity <= g.entity):
		r.entity, r.row = s.entity, s.row
		if g.stands && g.entity == s.entity {
			g.stands = false
		}
		s.stands = false
	case g.stands:
		r.entity, r.row = g.entity, g.row
		g.stands = false
	default:
		return false
	}
	return true
}

// Entity implements Rows.
func (r *pebbleRows) Entity() event.Entity { return r.entity }

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
	_ = r.single.it.Close() // Err has told
	if r.groups.it != nil {
		_ = r.groups.it.Close()
	}
	r.cache.users.Done()
}

// singleRows walk the rows that entities have by themselves.
type singleRows struct {
	rows   *pebbleRows
	it     *pebble.Iterator
	begun  bool
	stands bool // at a row that has not been given
	prefix int  // bytes of a key before the entity
	entity event.Entity
	row    Row
}

func (s *singleRows) next() {
	for s.step() {
		value, err := s.it.ValueAndErr()
		if err != nil {
			s.rows.err = err
			return
		}
		row, lineage, err := decodeRow(s.it.Key(), value)
		if err != nil {
			_ = s.rows.cache.drop(s.rows.db, slices.Clone(s.it.Key()), "row_damaged")
			continue
		}
		if lineage == s.rows.lineage {
			e := s.it.Key()[s.prefix:]
			s.entity, s.row, s.stands = event.Entity(unsafe.String(unsafe.SliceData(e), len(e))), row, true
			return
		}
	}
	if s.rows.err == nil {
		s.rows.err = s.it.Error()
	}
}

func (s *singleRows) step() bool {
	if s.begun {
		return s.it.Valid() && s.it.Next()
	}
	s.begun = true
	return s.it.First()
}

// groupRows walk the rows in groups.
type groupRows struct {
	rows   *pebbleRows
	it     *pebble.Iterator // at the next group; nil: there are none
	stands bool             // at a row that has not been given
	prefix int              // bytes of a key before a group's first entity
	bytes  []byte           // of the group at hand
	grouped
}

func (g *groupRows) next() {
	if g.it == nil {
		return
	}
	for {
		// What a group has from the next one's beginning on, that one has newer.
		for g.grouped.next() && (!g.it.Valid() || string(g.entity) < string(g.it.Key()[g.prefix:])) {
			if g.entity >= g.rows.from {
				g.stands = true
				return
			}
		}
		if !g.open() {
			return
		}
	}
}

// open opens the next whole group of the lineage, and moves the iterator to the one behind it.
func (g *groupRows) open() bool {
	g.grouped = grouped{}
	for g.it.Valid() {
		key := slices.Clone(g.it.Key())
		value, err := g.it.ValueAndErr()
		if err != nil {
			g.rows.err = err
			return false
		}
		g.bytes = append(g.bytes[:0], value...)
		g.it.Next()
		opened, err := openGroup(key, g.bytes)
		if errors.Is(err, errDamaged) {
			_ = g.rows.cache.drop(g.rows.db, key, "row_damaged")
			continue
		}
		if opened.lineage == g.rows.lineage {
			g.grouped = opened
			return true
		}
	}
	if g.rows.err == nil {
		g.rows.err = g.it.Error()
	}
	return false
}
