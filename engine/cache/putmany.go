package cache

import "github.com/cockroachdb/pebble/v2"

var _ ManyPutter = (*Pebble)(nil)

// PutMany implements ManyPutter: the rows are written as one batch.
func (p *Pebble) PutMany(o Owner, rows []EntityRow) error {
	return p.use(func(db *pebble.DB) error {
		f := p.absent.of(o, func() bool { return p.hasRows(db, o) })
		batch, hashes := db.NewBatch(), make([]entityHash, len(rows))
		for i := range rows {
			hashes[i] = p.absent.hash(rows[i].Entity)
			f.add(hashes[i])
			if err := setRow(batch, o, &rows[i]); err != nil {
				return err
			}
		}
		return p.queued(p.pending.putBatch(batch, hashes))
	})
}

// setRow encodes a row into the memory of a batch.
func setRow(batch *pebble.Batch, o Owner, r *EntityRow) error {
	op := batch.SetDeferred(keyBytes(o.Name, r.Entity), rowHeaderBytes+len(r.Row.State))
	appendKey(op.Key[:0], o.Name, o.Version, r.Entity)
	appendRow(op.Value[:0], op.Key, o.Lineage, &r.Row)
	return op.Finish()
}
