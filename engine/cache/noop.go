package cache

import (
	"github.com/projsql/projsql/storage/event"
)

// Noop is an External that keeps nothing.
type Noop struct{}

var _ External = Noop{}

// Capabilities says that it is a noop.
func (Noop) Capabilities() Capabilities { return Capabilities{Noop: true} }

// Get misses.
func (Noop) Get(Owner, event.Entity, []byte) (Row, error) { return Row{}, ErrMiss }

// Put does nothing.
func (Noop) Put(Owner, event.Entity, Row) error { return nil }

// Scan returns no rows.
func (Noop) Scan(Owner, event.Entity) Rows { return noRows{} }

// noRows are rows that end at once, with err.
type noRows struct{ err error }

func (noRows) Next() bool           { return false }
func (noRows) Entity() event.Entity { return "" }
func (noRows) Row() Row             { return Row{} }
func (r noRows) Err() error         { return r.err }
func (noRows) Close()               {}

// DeleteOwner does nothing.
func (Noop) DeleteOwner(string, uint64) error { return nil }

// DeletePrefix deletes nothing.
func (Noop) DeletePrefix(string) (int, error) { return 0, nil }

// Owners returns none.
func (Noop) Owners() ([]Owner, error) { return nil, nil }

// OwnerBytes is none.
func (Noop) OwnerBytes(string, uint64) (uint64, error) { return 0, nil }

// Mark misses.
func (Noop) Mark(Owner) ([]byte, error) { return nil, ErrMiss }

// SetMark does nothing.
func (Noop) SetMark(Owner, []byte) error { return nil }

// Losses are none.
func (Noop) Losses() uint64 { return 0 }

// Prefetch does nothing.
func (Noop) Prefetch(Owner, event.Entity) error { return nil }

// Sync does nothing.
func (Noop) Sync() error { return nil }

// Metrics are zero.
func (Noop) Metrics() Metrics { return Metrics{} }

// Close does nothing.
func (Noop) Close() error { return nil }
