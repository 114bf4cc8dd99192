package projection

import "github.com/projsql/projsql/storage/event"

// HistoryRequest asks for the states that one entity went through.
type HistoryRequest struct {
	Definition *Definition
	Entity     event.Entity
	Cut        Cut // binds, whatever its Newest and StaleMax say
	// From and To are the first and the last version wanted; 0 = without a bound.
	From, To event.Version
	// Timed asks for phase times in the outcome.
	Timed bool
}

// EachStep gets one relevant event and the outcome after it: its Snapshot is the state
// right after the event, with the event's own position. The outcome may be kept, the
// event is the reader's. An error ends the history.
type EachStep func(e *event.Event, o *Outcome) error
