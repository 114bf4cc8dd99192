package cache

import (
	"errors"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// deletedSinglyMax is how many rows are deleted one by one. The deletion of a range is looked at by
// every iterator, and Pebble sorts all that its table in memory has anew after each: one for each
// definition that was replaced, with a row or two, would cost more than folding their entities.
const deletedSinglyMax = 256

// DeleteOwner implements External.
func (p *Pebble) DeleteOwner(name string, version uint64) error {
	prefix := appendKey(nil, name, version, "")
	return p.useWritten(func(db *pebble.DB) error {
		defer p.absent.forget(name, version)
		b := db.NewBatch()
		defer b.Close() //nolint:errcheck // Commit has told
		if err := deletion(db, b, prefix); err != nil || b.Empty() {
			return err
		}
		return b.Commit(pebble.NoSync)
	})
}

// deletion puts into an empty batch what deletes all rows under a prefix.
func deletion(db *pebble.DB, b *pebble.Batch, prefix []byte) error {
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: prefixEnd(prefix)})
	if err != nil {
		return err
	}
	n := 0
	for ok := it.First(); ok && n <= deletedSinglyMax; ok = it.Next() {
		if err = b.Delete(it.Key(), nil); err != nil {
			break
		}
		n++
	}
	if it.Close() == nil && err == nil && n <= deletedSinglyMax {
		return nil
	}
	b.Reset() // there are many, or they cannot be read
	return b.DeleteRange(prefix, prefixEnd(prefix), nil)
}

// DeletePrefix implements External.
func (p *Pebble) DeletePrefix(prefix string) (n int, err error) {
	owners, err := p.Owners()
	if err != nil {
		return 0, err
	}
	for _, o := range owners {
		deleted, err := p.deletePrefix(o, prefix)
		n += deleted
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// deletePrefix deletes rows of one owner, and its mark if there were any.
func (p *Pebble) deletePrefix(o Owner, prefix string) (n int, err error) {
	owner := appendKey(nil, o.Name, o.Version, "")
	lower := appendKey(nil, o.Name, o.Version, max(event.Entity(prefix), firstEntity))
	upper := prefixEnd(append(slices.Clone(owner), prefix...))
	err = p.useWritten(func(db *pebble.DB) error {
		it, err := db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		if err != nil {
			return err
		}
		for ok := it.First(); ok; ok = it.Next() {
			n++
		}
		if err := it.Close(); err != nil {
			return err
		}
		b := db.NewBatch()
		defer b.Close() //nolint:errcheck // Commit has told
		grouped, err := deleteGrouped(db, b, o, prefix)
		if n += grouped; err != nil || n == 0 {
			return err
		}
		if err := errors.Join(b.Delete(owner, nil), b.DeleteRange(lower, upper, nil)); err != nil {
			return err
		}
		return b.Commit(pebble.NoSync)
	})
	return n, err
}

// deleteGrouped puts into a batch what deletes the rows in groups of entities that begin with prefix,
// and returns how many there are. It looks at all of an owner's groups: one may have rows that the next
// one hides.
func deleteGrouped(db *pebble.DB, b *pebble.Batch, o Owner, prefix string) (n int, err error) {
	it, err := groupsOf(db, o, "")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	var group []byte
	for ok := it.Valid(); ok; {
		key := slices.Clone(it.Key())
		value, err := it.ValueAndErr()
		group = append(group[:0], value...)
		var g grouped
		if err == nil {
			g, err = openGroup(key, group)
		}
		next := ""
		if ok = it.Next(); ok {
			next = string(it.Key()[keyBytes(o.Name, groupMark):])
		}
		if err != nil { // nobody can say whose it was
			if err := b.Delete(key, nil); err != nil {
				return n, err
			}
			continue
		}
		deleted, err := g.without(b, key, o, prefix, event.Entity(next))
		if n += deleted; err != nil {
			return n, err
		}
	}
	return n, nil
}

// without puts the group into a batch without the rows of entities that begin with prefix, if it has
// any, and returns how many. next is where the next group begins, "" if there is none.
func (g *grouped) without(b *pebble.Batch, key []byte, o Owner, prefix string, next event.Entity) (n int, err error) {
	all := *g
	for all.next() {
		if strings.HasPrefix(string(all.entity), prefix) {
			n++
		}
	}
	if n == 0 {
		return 0, nil
	}
	if err := b.Delete(key, nil); err != nil {
		return 0, err
	}
	o.Lineage = g.lineage
	w := groupWriter{owner: o, batch: b}
	for g.next() {
		if strings.HasPrefix(string(g.entity), prefix) || next != "" && g.entity >= next {
			continue
		}
		if err := w.add(g.entity, &g.row); err != nil {
			return n, err
		}
	}
	return n, w.flush()
}
