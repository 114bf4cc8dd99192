package appends

import (
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// eventExpected is the write-only column expected_version, after those of the relation.
const eventExpected = plan.EventSequence + 1

// emptyDataText is what data is where an INSERT leaves it out.
const emptyDataText = "{}"

// Target is a column of events that a statement writes.
type Target struct {
	Column int // plan.EventEntity …, or eventExpected
	Name   string
	Type   types.Type
}

// TargetOf finds a column of events, or expected_version, by name.
func TargetOf(events *plan.Relation, name string) (Target, bool) {
	if name == "expected_version" {
		return Target{Column: eventExpected, Name: name, Type: types.Of(types.Int8OID)}, true
	}
	for i, c := range events.Columns {
		if c.Name == name {
			return Target{Column: i, Name: name, Type: c.Type}, true
		}
	}
	return Target{}, false
}

// Assigned reports whether the log gives a column its value. A NULL leaves it to the log, as with a trigger
// that fills the column: many mappers of objects name every column of a table.
func (t Target) Assigned() bool {
	switch t.Column {
	case plan.EventVersion, plan.EventRecordedAt, plan.EventRecordedBy, plan.EventHLC, plan.EventSequence:
		return true
	}
	return false
}

// Drafter makes drafts of rows of values.
type Drafter struct {
	targets []Target
	user    string
	empty   []byte // data where it is left out
}

// NewDrafter returns what makes drafts of values of these targets, recorded by user.
func NewDrafter(targets []Target, user string) (*Drafter, error) {
	empty, err := jsonb.Parse(emptyDataText)
	return &Drafter{targets: targets, user: user, empty: []byte(empty)}, err
}

// Draft makes a draft of one row. given tells which of the targets have a value;
// the others are DEFAULT; nil: all have. Without a value for event_id it has no ID.
func (d *Drafter) Draft(row []types.Datum, given []bool) (event.Draft, error) {
	to := event.Draft{Data: d.empty, OccurredAt: event.NoTime, RecordedBy: d.user}
	var has [eventExpected + 1]bool
	for i, t := range d.targets {
		if given != nil && !given[i] {
			continue
		}
		has[t.Column] = true
		if row[i].IsNull() {
			if t.required() {
				return to, notNull(t.Name)
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
	return to, nil
}

// required reports whether a NULL is refused.
func (t Target) required() bool {
	return t.Column == plan.EventEntity || t.Column == plan.EventKind || t.Column == plan.EventData
}

func notNull(column string) error {
	e := sqlstate.New(sqlstate.NotNullViolation, "null value in column %q of relation \"events\" violates not-null constraint", column)
	e.Table, e.Column = "events", column
	return e
}

func (t Target) store(to *event.Draft, v types.Datum) error {
	if t.Assigned() {
		return sqlstate.New(sqlstate.GeneratedAlways, "cannot insert a non-DEFAULT value into column %q", t.Name).
			WithDetail("Column %q is a generated column.", t.Name)
	}
	switch t.Column {
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
func (t Target) fits(n, bytesMax int) error {
	if n == 0 {
		e := sqlstate.New(sqlstate.CheckViolation, "%s must not be empty", t.Name)
		e.Table, e.Column = "events", t.Name
		return e
	}
	if n > bytesMax {
		e := sqlstate.New(sqlstate.StringDataRightTruncation, "%s is longer than %d bytes", t.Name, bytesMax)
		e.Table, e.Column = "events", t.Name
		return e
	}
	return nil
}

// EventRow is the row of an event as the relation events has it. A pending event
// has no HLC yet: what follows from that is NULL.
func EventRow(e *event.Event) []types.Datum {
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

// Committed is the event that a draft became.
func Committed(d *event.Draft, r *event.Receipt) *event.Event {
	e := pendingEvent(d, r.Version, event.NoTime)
	e.HLC, e.Sequence = r.HLC, r.Sequence
	if d.OccurredAt == event.NoTime {
		e.OccurredAt = e.RecordedAt()
	}
	return e
}
