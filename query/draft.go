package query

import (
	"github.com/google/uuid"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// eventExpected is the write-only column expected_version, after those of the relation.
const eventExpected = plan.EventSequence + 1

// emptyData is what data is where an INSERT leaves it out.
const emptyDataText = "{}"

// target is a column of events that a statement writes.
type target struct {
	column int // plan.EventEntity …, or eventExpected
	name   string
	typ    types.Type
}

// targets are the columns that may be written, by name.
func (v *Server) targetOf(name string) (target, bool) {
	if name == "expected_version" {
		return target{eventExpected, name, types.Of(types.Int8OID)}, true
	}
	for i, c := range v.events.Columns {
		if c.Name == name {
			return target{i, name, c.Type}, true
		}
	}
	return target{}, false
}

// assigned reports whether the log gives a column its value.
func (t target) assigned() bool {
	switch t.column {
	case plan.EventVersion, plan.EventRecordedAt, plan.EventRecordedBy, plan.EventHLC, plan.EventSequence:
		return true
	}
	return false
}

// drafter makes drafts of rows of values.
type drafter struct {
	targets []target
	user    string
	empty   []byte // data where it is left out
}

func (s *Session) newDrafter(targets []target) (*drafter, error) {
	empty, err := jsonb.Parse(emptyDataText)
	return &drafter{targets: targets, user: s.start.User, empty: []byte(empty)}, err
}

// draft makes a draft of one row. given tells which of the targets have a value;
// the others are DEFAULT; nil: all have.
func (d *drafter) draft(row []types.Datum, given []bool) (event.Draft, error) {
	to := event.Draft{Data: d.empty, OccurredAt: event.NoTime, RecordedBy: d.user}
	var has [eventExpected + 1]bool
	for i, t := range d.targets {
		if given != nil && !given[i] {
			continue
		}
		has[t.column] = true
		if row[i].IsNull() {
			if t.required() {
				return to, notNull(t.name)
			}
			continue
		}
		if err := t.store(&to, row[i]); err != nil {
			return to, err
		}
	}
	if !has[plan.EventEntity] {
		return to, notNull("entity")
	}
	if !has[plan.EventKind] {
		return to, notNull("kind")
	}
	if to.ID == (event.ID{}) {
		id, err := uuid.NewV7()
		if err != nil {
			return to, err
		}
		to.ID = event.ID(id)
	}
	return to, nil
}

// required reports whether a NULL is refused.
func (t target) required() bool {
	return t.column == plan.EventEntity || t.column == plan.EventKind || t.column == plan.EventData
}

func notNull(column string) error {
	e := sqlstate.New(sqlstate.NotNullViolation, "null value in column %q of relation \"events\" violates not-null constraint", column)
	e.Table, e.Column = "events", column
	return e
}

func (t target) store(to *event.Draft, v types.Datum) error {
	switch t.column {
	case plan.EventEntity:
		to.Entity = event.Entity(v.Str())
		return t.fits(len(to.Entity), event.EntityBytesMax)
	case plan.EventKind:
		to.Kind = event.Kind(v.Str())
		return t.fits(len(to.Kind), event.KindBytesMax)
	case plan.EventData:
		to.Data = []byte(v.Str())
	case plan.EventMetadata:
		to.Metadata = []byte(v.Str())
	case plan.EventID:
		copy(to.ID[:], v.Str())
	case plan.EventCorrelation:
		copy(to.Correlation[:], v.Str())
	case plan.EventCausation:
		copy(to.Causation[:], v.Str())
	case plan.EventOccurredAt:
		to.OccurredAt = event.Micros(types.UnixMicros(v.Int()))
	case eventExpected:
		if v.Int() < 0 {
			return sqlstate.New(sqlstate.InvalidParameterValue, "expected_version must not be negative")
		}
		to.Expected = event.Expect(event.Version(v.Int()))
	}
	return nil
}

// fits checks the length of a name.
func (t target) fits(n, bytesMax int) error {
	if n == 0 {
		e := sqlstate.New(sqlstate.CheckViolation, "%s must not be empty", t.name)
		e.Table, e.Column = "events", t.name
		return e
	}
	if n > bytesMax {
		e := sqlstate.New(sqlstate.StringDataRightTruncation, "%s is longer than %d bytes", t.name, bytesMax)
		e.Table, e.Column = "events", t.name
		return e
	}
	return nil
}

// eventRow is the row of an event as the relation events has it. A pending event
// has no HLC yet: what follows from that is NULL.
func eventRow(e *event.Event) []types.Datum {
	row := make([]types.Datum, plan.EventSequence+1)
	row[plan.EventEntity] = types.String(string(e.Entity))
	row[plan.EventVersion] = types.Int(int64(e.Version))
	row[plan.EventKind] = types.String(string(e.Kind))
	row[plan.EventData] = types.String(string(e.Data))
	if e.Metadata != nil {
		row[plan.EventMetadata] = types.String(string(e.Metadata))
	}
	row[plan.EventID] = idDatum(e.ID)
	row[plan.EventCorrelation] = idDatum(e.Correlation)
	row[plan.EventCausation] = idDatum(e.Causation)
	row[plan.EventOccurredAt] = timeDatum(e.OccurredAt)
	row[plan.EventRecordedBy] = types.String(e.RecordedBy)
	if e.HLC != 0 {
		row[plan.EventRecordedAt] = timeDatum(e.RecordedAt())
		row[plan.EventHLC] = types.Int(int64(e.HLC))
		row[plan.EventSequence] = types.Int(int64(e.Sequence))
	}
	return row
}

func idDatum(id event.ID) types.Datum {
	if id == (event.ID{}) {
		return types.Null
	}
	return types.String(string(id[:]))
}

func timeDatum(t event.Micros) types.Datum { return types.Int(types.OfUnixMicros(int64(t))) }

// committed is the event that a draft became.
func committed(d *event.Draft, r *event.Receipt) *event.Event {
	e := pendingEvent(d, r.Version, event.NoTime)
	e.HLC, e.Sequence = r.HLC, r.Sequence
	if d.OccurredAt == event.NoTime {
		e.OccurredAt = e.RecordedAt()
	}
	return e
}
