package projsql

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

type (
	// HLC is a stamp of the hybrid logical clock: 48 bits of Unix milliseconds, 16 bits of
	// counter, ascending with the sequence. It is the token for AtLeast, on any node.
	HLC = hlc.Timestamp
	// ID is a UUID. The zero ID means none. A uuid.UUID converts to it.
	ID = event.ID
)

// Event is one event of the log, as a fold gets it. It is valid until the fold returns;
// its fields may be kept.
type Event struct {
	Entity      string
	Version     uint64 // position in its entity: 1, 2, 3 …
	Kind        string
	ID          ID
	Correlation ID
	Causation   ID
	OccurredAt  time.Time // the client's, or RecordedAt; UTC
	RecordedAt  time.Time // zero for an event of the reading transaction itself
	RecordedBy  string    // the user who appended it
	HLC         HLC
	Sequence    uint64 // position in the log

	data, metadata []byte // jsonb
	text           []byte // reused
}

// Decode decodes the event's data into v, as json.Unmarshal does.
func (e *Event) Decode(v any) error {
	e.text = jsonb.AppendText(e.text[:0], string(e.data))
	return json.Unmarshal(e.text, v)
}

// Data returns the event's data as JSON.
func (e *Event) Data() json.RawMessage { return jsonb.AppendText(nil, string(e.data)) }

// Metadata returns the event's metadata as JSON, nil if it has none.
func (e *Event) Metadata() json.RawMessage {
	if e.metadata == nil {
		return nil
	}
	return jsonb.AppendText(nil, string(e.metadata))
}

// set makes e the event from, of the given kind, whose text is the caller's. What stays
// the same from one event to the next is not copied again.
func (e *Event) set(from *event.Event, kind string) {
	if e.Entity != string(from.Entity) {
		e.Entity = strings.Clone(string(from.Entity))
	}
	if e.RecordedBy != from.RecordedBy {
		e.RecordedBy = strings.Clone(from.RecordedBy)
	}
	e.Version, e.Kind, e.Sequence, e.HLC = uint64(from.Version), kind, uint64(from.Sequence), from.HLC
	e.ID, e.Correlation, e.Causation = from.ID, from.Correlation, from.Causation
	e.OccurredAt, e.RecordedAt = timeOf(from.OccurredAt), time.Time{}
	if from.HLC != 0 {
		e.RecordedAt = timeOf(from.RecordedAt())
	}
	e.data, e.metadata = from.Data, from.Metadata
}

// timeOf is zero where there is no time.
func timeOf(m event.Micros) time.Time {
	if m == event.NoTime {
		return time.Time{}
	}
	return time.UnixMicro(int64(m)).UTC()
}
