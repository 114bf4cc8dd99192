package storage

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// upgradeBytesMax bounds what indexKinds writes at once.
const upgradeBytesMax = 4 << 20

// indexKinds makes the index of kinds for a content that was written without one. The
// meta record in the new format comes last, so that a crash begins it again.
func (c *content) indexKinds(m *meta) error {
	p, err := c.places()
	if err != nil {
		return err
	}
	defer p.close()
	batch := c.db.NewBatch()
	defer func() { _ = batch.Close() }()
	var postings []posting
	for ok := p.runs.First(); ok; ok = p.runs.Next() {
		if err := c.run(p.runs, &p.run); err != nil {
			return err
		}
		if err := c.findKinds(&p.run); err != nil {
			return err
		}
		postings = postingsOf(&p.run, postings)
		for i := range postings {
			if err := batch.Set(c.keys.posting(nil, postings[i].kind, p.run.sequence), postings[i].offsets, nil); err != nil {
				return err
			}
		}
		if batch.Len() > upgradeBytesMax {
			if err := batch.Commit(pebble.NoSync); err != nil {
				return err
			}
			batch.Reset()
		}
	}
	if err := p.runs.Error(); err != nil {
		return err
	}
	m.unindexed = false
	if err := batch.Set(c.keys.meta(nil), appendMeta(nil, m), nil); err != nil {
		return err
	}
	return batch.Commit(pebble.NoSync)
}

// findKinds reads the kinds of a run's events from their bodies.
func (c *content) findKinds(r *run) error {
	var key, body []byte
	for i := range r.places {
		p := &r.places[i]
		key = c.keys.event(key[:0], event.Entity(p.entity), p.version)
		var err error
		if body, err = c.get(key, body[:0]); err != nil {
			return err
		}
		h, ok := readBodyHead(body)
		if !ok {
			return damage("event %d of entity %q", p.version, p.entity)
		}
		p.kind = h.kind
	}
	return nil
}
