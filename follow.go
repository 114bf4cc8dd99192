package projsql

import (
	"context"
	"iter"

	"github.com/projsql/projsql/engine/projection"
)

// Change says that a state may have changed. Without an entity, every state of the channel
// is to be read anew.
type Change = projection.Change

// Follow returns the changes of all states that may have changed since, as LISTEN tells
// them in SQL, until ctx ends or the DB is closed. A channel is a projection's name ("account"), or that and
// an entity ("account:acct:7"). Several appends may be one change; none is missed. A
// read AtLeast the change's HLC sees it. One goroutine at a time may range over them.
//
// Error: 54000 for too many channels.
func (db *DB) Follow(ctx context.Context, channels ...string) (iter.Seq[Change], error) {
	if err := db.gate.enter(); err != nil {
		return nil, err
	}
	defer db.gate.leave()
	s := db.feed.Subscribe()
	for _, c := range channels {
		if err := s.Listen(c); err != nil {
			s.Close()
			return nil, err
		}
	}
	context.AfterFunc(ctx, s.Close)
	return func(yield func(Change) bool) {
		for ctx.Err() == nil {
			for _, change := range s.Changes() {
				if !yield(change) {
					return
				}
			}
			select {
			case <-ctx.Done():
			case <-db.gate.closing:
				return
			case <-s.Ready():
			}
		}
	}, nil
}
