// Package event holds the words of the log: entities, kinds, versions, events,
// the transactions that append them and the receipts that answer.
//
// It knows nothing of SQL, Raft or disks. Payloads (Data, Metadata) are opaque
// bytes here.
package event

import (
	"fmt"
	"iter"
	"slices"

	"github.com/projsql/projsql/storage/hlc"
)

// Limits of a name, in bytes.
const (
	EntityBytesMax = 1024
	KindBytesMax   = 255
)

type (
	// Entity is the key of one event stream, 1..EntityBytesMax bytes of UTF-8.
	Entity string
	// Kind is the type name of an event, 1..KindBytesMax bytes of UTF-8.
	Kind string
	// Version is the position of an event in its entity: 1, 2, 3 … without gaps.
	Version uint64
	// Sequence is the position of an event in its database's log, ascending from 1.
	// One sequence names one consistent cut of everything.
	Sequence uint64
	// ID identifies an event, a UUID. The zero ID means none.
	ID [16]byte
	// Micros is a point of time in microseconds since the Unix epoch, UTC.
	Micros int64
)

// NoTime is the Micros of an event that carries no occurred_at of its own.
const NoTime Micros = -1 << 63

// Expectation is what a draft demands of its entity's version before it.
// The zero value demands nothing; Expect(0) demands that there is no event yet.
type Expectation struct {
	Set     bool
	Version Version
}

// Expect demands that the entity's version is v.
func Expect(v Version) Expectation { return Expectation{Set: true, Version: v} }

// Draft is an event that is not in the log yet. ID must be set.
type Draft struct {
	ID          ID
	Entity      Entity
	Kind        Kind
	Data        []byte
	Metadata    []byte // nil = SQL NULL
	Correlation ID
	Causation   ID
	OccurredAt  Micros // NoTime = as recorded
	RecordedBy  string
	Expected    Expectation
	// Fresh demands that ID is not in the log: somebody was told that this event is new.
	Fresh bool
	// Dated says that OccurredAt is not the client's: an event that has ID already may have another.
	Dated bool
}

// Event is one entry of the log, immutable. An Event that a Reader yields, and
// its byte slices, may be reused by the Reader for the next one; whoever keeps
// it calls Clone.
type Event struct {
	Entity      Entity
	Version     Version
	Kind        Kind
	Data        []byte
	Metadata    []byte // nil = SQL NULL
	ID          ID
	Correlation ID
	Causation   ID
	OccurredAt  Micros // the client's, or RecordedAt
	RecordedBy  string
	HLC         hlc.Timestamp
	Sequence    Sequence
}

// RecordedAt is when projsql learned of the event: the wall part of its HLC.
func (e *Event) RecordedAt() Micros { return Micros(e.HLC.WallMS() * 1000) }

// Clone returns a copy that shares nothing with e's reader.
func (e *Event) Clone() *Event {
	c := *e
	c.Data = append([]byte(nil), e.Data...)
	if e.Metadata != nil {
		c.Metadata = append([]byte{}, e.Metadata...)
	}
	return &c
}

// Transaction is a set of drafts that are appended all or none, over any
// entities. Drafts of one entity get ascending versions in their order.
type Transaction struct {
	Drafts []Draft
	// Premise and all Guards must hold; a transaction that is in the log already is not
	// asked.
	Premise Premise
	Guards  []Guard
	// Changes are made with the drafts, all or nothing: what they expect and hold is asked of the catalog as
	// it was before the transaction.
	Changes []Change
}

// Receipt tells what became of one draft.
type Receipt struct {
	Version   Version
	Sequence  Sequence
	HLC       hlc.Timestamp
	Duplicate bool // the event id was in the log already; this is its first receipt
	// Doubtful says of a Duplicate that it may be this append's own: it was proposed before, and no answer came.
	Doubtful bool
}

// Head is the newest position of one entity within a cut.
type Head struct {
	Generation Version       // number of events of any kind, equals the highest version
	Sequence   Sequence      // of the last event
	HLC        hlc.Timestamp // of the last event
	Kinds      []KindHead    // in no particular order; immutable
}

// KindHead is the last event of one kind in an entity.
type KindHead struct {
	Kind     Kind
	Version  Version
	Sequence Sequence
	HLC      hlc.Timestamp
}

// Reader reads the log as it stood at one cut. It is safe for concurrent use.
// A read error is never "no event": it ends the iteration as an error with
// SQLSTATE 58030 (I/O) or XX001 (checksum).
type Reader interface {
	// Head returns the entity's head within the cut; false if the entity has no event in it.
	Head(Entity) (Head, bool, error)
	// Entity yields the entity's events with from <= version <= to (to = 0: no upper
	// bound) in version order.
	Entity(e Entity, from, to Version) iter.Seq2[*Event, error]
	// Log yields all events with from <= sequence <= to (to = 0: the cut) in
	// sequence order.
	Log(from, to Sequence) iter.Seq2[*Event, error]
	// Entities yields the entities that have an event in the cut, from the given one
	// on ("" = all), in byte order, with their heads.
	Entities(from Entity) iter.Seq2[EntityHead, error]
	// ByHLC returns the last sequence whose HLC is at most ts; 0 if there is none.
	ByHLC(ts hlc.Timestamp) (Sequence, error)
	// ByID returns the event with the given id; nil if there is none in the cut.
	ByID(ID) (*Event, error)
	// Cut returns the sequence and stamp of the cut.
	Cut() (Sequence, hlc.Timestamp)
	// Count returns the number of events in the cut.
	Count() (uint64, error)
}

// KindReader is a Reader that finds events by their kind.
type KindReader interface {
	// Kinds yields the events of the given kinds with from <= sequence <= to (to = 0:
	// the cut) in sequence order.
	Kinds(kinds []Kind, from, to Sequence) iter.Seq2[*Event, error]
}

// KindLister is a Reader that tells the kinds of a database.
type KindLister interface {
	// AllKinds returns every kind that an event ever had, behind the cut too.
	AllKinds() []Kind
}

// OfKinds yields what KindReader.Kinds does, of any Reader.
func OfKinds(r Reader, kinds []Kind, from, to Sequence) iter.Seq2[*Event, error] {
	if indexed, ok := r.(KindReader); ok {
		return indexed.Kinds(kinds, from, to)
	}
	return func(yield func(*Event, error) bool) {
		for e, err := range r.Log(from, to) {
			if (err != nil || slices.Contains(kinds, e.Kind)) && !yield(e, err) {
				return
			}
		}
	}
}

// Walker is a Reader for those who read many entities.
type Walker interface {
	// Cursor returns a cursor at the reader's cut.
	Cursor() Cursor
	// Heads is as Reader's Entities for less: a head's Kinds are valid until the next.
	Heads(from Entity) iter.Seq2[EntityHead, error]
}

// HeadsOf yields what Walker.Heads does, of any Reader.
func HeadsOf(r Reader, from Entity) iter.Seq2[EntityHead, error] {
	if w, ok := r.(Walker); ok {
		return w.Heads(from)
	}
	return r.Entities(from)
}

// Cursor reads entity after entity for less than Reader.Entity does, least where each
// is the next in byte order. It is used by one goroutine, and not for long: a log that
// is being replaced waits for it. It must be closed.
type Cursor interface {
	// Each calls each with what Reader's Entity yields, one after the other. An error of
	// each ends it and is returned as it is.
	Each(e Entity, from, to Version, each func(*Event) error) error
	Close()
}

// EntityHead is one entity and its head.
type EntityHead struct {
	Entity Entity
	Head   Head
}

// Change is a change of the replicated catalog: one named record is put or
// deleted. The log orders it with the events.
type Change struct {
	Name   string // e.g. "projection/account"
	Value  []byte // nil deletes the record
	Expect ChangeExpectation
	// Version is what ThisRecord expects; 0 with every other expectation.
	Version uint64
	// Needs is the name of another record that must exist, else RecordError; "" = none.
	Needs string
	// Holds are other records that must be as they were read, else RecordError.
	Holds []Hold
}

// Hold is what a record must be for a change of another.
type Hold struct {
	Name    string
	Version uint64 // 0 = there is none
}

// ChangeExpectation says what must hold of a record before it is changed.
type ChangeExpectation uint8

// Expectations; the zero value is not valid.
const (
	AnyRecord  ChangeExpectation = iota + 1
	NoRecord                     // else RecordError
	SomeRecord                   // else RecordError
	ThisRecord                   // the one of Version, not changed since; else RecordError
)

// Record is one record of the replicated catalog.
type Record struct {
	Name    string
	Value   []byte
	Version uint64   // the Raft index of the entry that put it; never reused
	Since   Sequence // last event of the log before that entry
}

// RecordError says that a Change's expectation did not hold.
type RecordError struct {
	Name   string // of the record that is not as expected
	Exists bool
	// Changed: ThisRecord was expected, and the record is another by now.
	Changed bool
}

func (e *RecordError) Error() string {
	switch {
	case e.Changed:
		return fmt.Sprintf("%q was changed at the same time", e.Name)
	case e.Exists:
		return fmt.Sprintf("%q already exists", e.Name)
	}
	return fmt.Sprintf("%q does not exist", e.Name)
}

// SQLState returns 42710, 42704 or 40001.
func (e *RecordError) SQLState() string {
	switch {
	case e.Changed:
		return "40001"
	case e.Exists:
		return "42710"
	}
	return "42704"
}

// ConflictError says that a transaction was refused because an entity was not
// at the version that a draft expected.
type ConflictError struct {
	Entity   Entity
	Expected Version
	Actual   Version
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("could not append to entity %q: expected version %d", e.Entity, e.Expected)
}

// SQLState returns 40001.
func (e *ConflictError) SQLState() string { return "40001" }

// SQLDetail names the actual version.
func (e *ConflictError) SQLDetail() string {
	return fmt.Sprintf("Entity %q is at version %d.", e.Entity, e.Actual)
}

// DuplicateIDError says that an event id is in the log with other content.
type DuplicateIDError struct {
	ID      ID
	Entity  Entity // of the event that has the id
	Version Version
}

func (e *DuplicateIDError) Error() string {
	return "event id already exists with other content"
}

// SQLState returns 23505.
func (e *DuplicateIDError) SQLState() string { return "23505" }

// SQLDetail names the first event.
func (e *DuplicateIDError) SQLDetail() string {
	return fmt.Sprintf("event_id %s is version %d of entity %q.", e.ID, e.Version, e.Entity)
}

// KnownIDError says that a transaction was refused because the log has the id of a
// draft that must be Fresh.
type KnownIDError struct {
	ID       ID
	Entity   Entity // of the event that has the id
	Version  Version
	Sequence Sequence
	// Doubtful says that the event may be this transaction's own: it was proposed before, and no answer came.
	Doubtful bool
}

func (e *KnownIDError) Error() string {
	if e.Doubtful {
		return "the append may or may not have been committed"
	}
	return "could not serialize access: another transaction appended the event id"
}

// SQLState returns 40001, or 40003 if the event may be the transaction's own.
func (e *KnownIDError) SQLState() string {
	if e.Doubtful {
		return "40003"
	}
	return "40001"
}

// SQLDetail names the event.
func (e *KnownIDError) SQLDetail() string {
	return fmt.Sprintf("event_id %s is version %d of entity %q.", e.ID, e.Version, e.Entity)
}

// String returns the usual hyphenated form.
func (id ID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:16])
}
