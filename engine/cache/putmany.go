package cache

import (
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"
)

var _ ManyPutter = (*Pebble)(nil)

// PutMany implements ManyPutter: the rows are written as one batch.
func (p *Pebble) PutMany(o Owner, rows []EntityRow) error {
	return p.use(func(db *pebble.DB) error {
		f := p.absent.of(o, func() bool { return p.hasRows(db, o) })
		hashes, bytes := make([]entityHash, len(rows)), batchHeaderBytes
		for i := range rows {
			hashes[i] = p.absent.hash(rows[i].Entity)
			bytes += rowBytes(o, &rows[i]) + batchRowBytes
		}
		f.add(hashes...)
		batch := db.NewBatchWithSize(bytes)
		for i := range rows {
			if err := setRow(batch, o, &rows[i]); err != nil {
				return err
			}
		}
		return p.queued(p.pending.putBatch(batch, hashes))
	})
}

// What a batch has besides its rows, at most.
const (
	batchHeaderBytes = 12
	batchRowBytes    = 1 + 2*binary.MaxVarintLen32 // its kind, and lengths of key and value
)

func rowBytes(o Owner, r *EntityRow) int {
	return keyBytes(o.Name, r.Entity) + rowHeaderBytes + len(r.Row.State)
}

// setRow encodes a row into the memory of a batch.
func setRow(batch *pebble.Batch, o Owner, r *EntityRow) error {
	op := batch.SetDeferred(keyBytes(o.Name, r.Entity), rowHeaderBytes+len(r.Row.State))
	appendKey(op.Key[:0], o.Name, o.Version, r.Entity)
	appendRow(op.Value[:0], op.Key, o.Lineage, &r.Row)
	return op.Finish()
}
