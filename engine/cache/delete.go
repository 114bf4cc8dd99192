package cache

import "github.com/cockroachdb/pebble/v2"

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
		deleted, err := p.deletePrefix(appendKey(nil, o.Name, o.Version, ""), prefix)
		n += deleted
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// deletePrefix deletes rows of one owner, and its mark if there were any.
func (p *Pebble) deletePrefix(owner []byte, prefix string) (n int, err error) {
	lower := append(append([]byte(nil), owner...), prefix...)
	err = p.useWritten(func(db *pebble.DB) error {
		it, err := db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: prefixEnd(lower)})
		if err != nil {
			return err
		}
		for ok := it.First(); ok; ok = it.Next() {
			if len(it.Key()) > len(owner) {
				n++
			}
		}
		if err := it.Close(); err != nil || n == 0 {
			return err
		}
		if err := db.Delete(owner, pebble.NoSync); err != nil {
			return err
		}
		return db.DeleteRange(lower, prefixEnd(lower), pebble.NoSync)
	})
	return n, err
}
