package projsql

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Draft is an event to append. Entity and Kind are required.
type Draft struct {
	Entity string // 1..1024 bytes
	Kind   string // 1..255 bytes
	// Data and Metadata are JSON: a json.RawMessage or []byte as it stands, anything else by
	// json.Marshal. nil is {} as data, and none as metadata.
	Data     any
	Metadata any
	// ID makes a retry safe: the same id again appends nothing and returns the first
	// receipt, with Duplicate set, and with Doubtful where it may be this append's own,
	// which had no answer before; with other content it is refused (23505). Zero: a new one.
	ID          ID
	Correlation ID
	Causation   ID
	OccurredAt  time.Time // zero: when it is recorded
	RecordedBy  string
	// Expected is what the entity's version must be before; the zero value demands nothing.
	Expected Expectation
}

type (
	// Expectation is what a Draft demands of its entity's version.
	Expectation = event.Expectation
	// Receipt tells what became of a Draft.
	Receipt = event.Receipt
	// ConflictError refuses a transaction because an entity was at another version than a
	// Draft expected. Its SQLSTATE is 40001.
	ConflictError = event.ConflictError
)

// Expect demands that the entity is at a version; 0: that it has no event.
func Expect(version uint64) Expectation { return event.Expect(event.Version(version)) }

// Append appends events, over any entities, as one transaction: all or none. It returns
// their receipts, in their order, once they are durable and every consistent read on
// this node reflects them. Drafts of one entity get ascending versions in their order.
//
// Errors have a method SQLState: 40001 (*ConflictError), 23505 for an ID with other
// content, 22P02 for data that is no JSON, 22023 and 54000 for what no event can be;
// 40003 if it is unknown whether the transaction is in the log, which with IDs of the
// caller's is safe to try again.
func (db *DB) Append(ctx context.Context, drafts ...Draft) ([]Receipt, error) {
	if err := db.gate.enter(); err != nil {
		return nil, err
	}
	defer db.gate.leave()
	t := event.Transaction{Drafts: make([]event.Draft, len(drafts))}
	for i := range drafts {
		d, err := drafts[i].encode()
		if err != nil {
			return nil, fmt.Errorf("draft %d, entity %q: %w", i, drafts[i].Entity, err)
		}
		t.Drafts[i] = d
	}
	return db.cluster.Append(ctx, t)
}

func (d *Draft) encode() (to event.Draft, err error) {
	to = event.Draft{
		ID: d.ID, Entity: event.Entity(d.Entity), Kind: event.Kind(d.Kind), Correlation: d.Correlation, Causation: d.Causation,
		OccurredAt: event.NoTime, RecordedBy: d.RecordedBy, Expected: d.Expected,
	}
	if d.ID == (ID{}) {
		to.ID = event.NewID()
	}
	if !d.OccurredAt.IsZero() {
		to.OccurredAt = event.Micros(d.OccurredAt.UnixMicro())
	}
	data := d.Data
	if data == nil {
		data = json.RawMessage("{}")
	}
	if to.Data, err = encodeJSON(data); err != nil || d.Metadata == nil {
		return to, err
	}
	to.Metadata, err = encodeJSON(d.Metadata)
	return to, err
}

func encodeJSON(v any) (doc []byte, err error) {
	var text []byte
	switch v := v.(type) {
	case json.RawMessage:
		text = v
	case []byte:
		text = v
	default:
		if text, err = json.Marshal(v); err != nil {
			return nil, sqlstate.New(sqlstate.InvalidTextRepresentation, "%v", err)
		}
	}
	encoded, err := jsonb.Parse(string(text))
	return []byte(encoded), err
}
