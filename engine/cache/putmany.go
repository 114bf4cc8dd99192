package cache

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

var _ ManyPutter = (*Pebble)(nil)

// PutMany implements ManyPutter: the rows are written as one batch, those of neighbours in groups.
func (p *Pebble) PutMany(o Owner, rows []EntityRow, neighbours bool) error {
	if len(rows) == 0 {
		return nil
	}
	return p.use(func(db *pebble.DB) error {
		w := manyRows{cache: p, db: db, owner: o, met: p.met(db, o), rows: rows, hashes: make([]entityHash, len(rows))}
		for i := range rows {
			w.hashes[i] = p.absent.hash(rows[i].Entity)
		}
		put := w.putSingly
		if neighbours {
			put = w.putGrouped
		}
		if err := put(); err != nil {
			_ = w.batch.Close() // given up
			return err
		}
		return p.queued(p.pending.putBatch(w.batch, w.hashes))
	})
}

// manyRows are rows on their way into a batch.
type manyRows struct {
	cache  *Pebble
	db     *pebble.DB
	owner  Owner
	met    *met
	rows   []EntityRow
	hashes []entityHash // of their entities
	batch  *pebble.Batch
}

// putSingly puts each row under a key of its own.
func (w *manyRows) putSingly() error {
	w.met.single.add(w.hashes...)
	bytes := batchHeaderBytes
	for i := range w.rows {
		bytes += rowBytes(w.owner, &w.rows[i]) + batchRowBytes
	}
	w.batch = w.db.NewBatchWithSize(bytes)
	for i := range w.rows {
		if err := setRow(w.batch, w.owner, &w.rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// putGrouped puts the rows into groups, in the place of all that is there of their entities.
func (w *manyRows) putGrouped() (err error) {
	bytes := batchHeaderBytes
	for i := range w.rows {
		bytes += groupedBytesMax(&w.rows[i])
	}
	w.batch = w.db.NewBatchWithSize(bytes + bytes/4)
	var rest grouped
	var next event.Entity
	if w.met.overlap(w.rows[0].Entity, w.rows[len(w.rows)-1].Entity) {
		if rest, next, err = w.replace(); err != nil {
			return err
		}
	}
	w.met.groups.add(w.hashes...)
	if err := w.deleteSingle(); err != nil {
		return err
	}
	g := groupWriter{owner: w.owner, batch: w.batch}
	defer g.borrow(&w.cache.groupMemory)()
	for i := range w.rows {
		if err := g.add(w.rows[i].Entity, &w.rows[i].Row); err != nil {
			return err
		}
	}
	for rest.next() && (next == "" || rest.entity < next) {
		if err := g.add(rest.entity, &rest.row); err != nil {
			return err
		}
	}
	return g.flush()
}

// replace deletes the groups that begin between the rows. Rows of entities behind the last, which the
// last of these groups had, are returned: they would not be found any more. Those from next on a group
// has newer, if next is not "".
func (w *manyRows) replace() (rest grouped, next event.Entity, err error) {
	if err := w.cache.write(); err != nil {
		return grouped{}, "", err
	}
	first, last := w.rows[0].Entity, w.rows[len(w.rows)-1].Entity
	it, err := groupsOf(w.db, w.owner, first)
	if err != nil {
		return grouped{}, "", err
	}
	defer it.Close() //nolint:errcheck // what cannot be read is not replaced
	begin, end := groupKey(nil, w.owner, first), groupKey(nil, w.owner, last)
	var behind []byte
	for ; it.Valid() && bytes.Compare(it.Key(), end) <= 0; it.Next() {
		if bytes.Compare(it.Key(), begin) > 0 {
			if err := w.batch.Delete(it.Key(), nil); err != nil {
				return grouped{}, "", err
			}
		}
		behind = behind[:0]
		if g, err := groupAt(it); err == nil && g.lineage == w.owner.Lineage {
			behind = append(behind, g.behind(last)...)
		}
	}
	if it.Valid() {
		return grouped{rest: behind}, event.Entity(strings.Clone(string(it.Key()[keyBytes(w.owner.Name, groupMark):]))), nil
	}
	return grouped{rest: behind}, "", nil
}

// deleteSingle deletes rows of the entities that they may have by themselves: those pass for newer.
func (w *manyRows) deleteSingle() error {
	if !w.met.single.any() {
		return nil
	}
	for i, h := range w.hashes {
		if w.met.single.lacks(h) {
			continue
		}
		if err := w.batch.Delete(appendKey(nil, w.owner.Name, w.owner.Version, w.rows[i].Entity), nil); err != nil {
			return err
		}
	}
	return nil
}

// groupWriter puts rows, which are in order, into groups of a batch.
type groupWriter struct {
	owner Owner
	batch *pebble.Batch
	key   []byte // of the group at hand
	group []byte
}

// borrow takes memory for a group out of a pool, until the function that it returns is called.
func (g *groupWriter) borrow(pool *sync.Pool) (giveBack func()) {
	memory, ok := pool.Get().(*groupMemory)
	if !ok {
		memory = &groupMemory{}
	}
	g.key, g.group = memory.key, memory.group
	return func() {
		if cap(g.group) <= 2*groupBytesMax {
			memory.key, memory.group = g.key[:0], g.group[:0]
			pool.Put(memory)
		}
	}
}

type groupMemory struct{ key, group []byte }

func (g *groupWriter) add(e event.Entity, r *Row) error {
	if len(g.group) == 0 {
		g.key = groupKey(g.key[:0], g.owner, e)
		g.group = groupStart(g.group, g.owner.Lineage)
	}
	g.group = appendGrouped(g.group, e, r)
	if len(g.group) < groupBytesMax {
		return nil
	}
	return g.flush()
}

func (g *groupWriter) flush() error {
	if len(g.group) == 0 {
		return nil
	}
	sealGroup(g.key, g.group)
	err := g.batch.Set(g.key, g.group, nil)
	g.group = g.group[:0]
	return err
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
