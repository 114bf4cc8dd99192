package event

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of the guards of a transaction.
const (
	GuardsMax         = 64
	GuardNamesMax     = 4096 // kinds, entities and prefixes of one guard
	PredicateBytesMax = 64 << 10
)

// Guard refuses its transaction if the log has gained an event that it looks for:
// one behind Since, of one of Kinds, of one of Entities or of an entity that begins
// with one of Prefixes, and of which Predicate is true. An empty list restricts
// nothing, but Entities and Prefixes are one list.
type Guard struct {
	Since    Sequence // the events up to it were judged before
	Kinds    []Kind
	Entities []Entity
	Prefixes []Entity
	// Predicate is a condition on one event in a form that those who judge agree on;
	// nil is true. Nothing here reads it.
	Predicate []byte
}

// Covers reports whether the guard looks at the events of an entity.
func (g *Guard) Covers(e Entity) bool {
	if len(g.Entities) == 0 && len(g.Prefixes) == 0 || slices.Contains(g.Entities, e) {
		return true
	}
	return slices.ContainsFunc(g.Prefixes, func(p Entity) bool { return strings.HasPrefix(string(e), string(p)) })
}

// CoversKind reports whether the guard looks at the events of a kind.
func (g *Guard) CoversKind(k Kind) bool { return len(g.Kinds) == 0 || slices.Contains(g.Kinds, k) }

// ValidateGuard reports what forbids a guard in a log that goes to a sequence, as a
// *DraftError.
func ValidateGuard(g *Guard, last Sequence) error {
	if g.Since > last {
		return &DraftError{
			State: "40001", Message: "could not serialize access: an assertion was judged over events that are not in the log",
			Detail: fmt.Sprintf("It was judged up to sequence %d; the log goes to %d.", g.Since, last),
		}
	}
	if n := len(g.Kinds) + len(g.Entities) + len(g.Prefixes); n > GuardNamesMax {
		return &DraftError{
			State: "54000", Message: "guard names too many kinds and entities",
			Detail: fmt.Sprintf("It has %d; the limit is %d.", n, GuardNamesMax),
		}
	}
	return validateSize("condition of a guard", len(g.Predicate), PredicateBytesMax)
}

// GuardError says that a transaction was refused because of an event that one of
// its guards looks for.
type GuardError struct {
	Guard    int // its index in the transaction
	Entity   Entity
	Version  Version
	Kind     Kind
	Sequence Sequence
}

func (e *GuardError) Error() string {
	return "could not serialize access due to an event that an assertion excludes"
}

// SQLState returns 40001.
func (e *GuardError) SQLState() string { return "40001" }

// SQLDetail names the event.
func (e *GuardError) SQLDetail() string {
	return fmt.Sprintf("Version %d of entity %q, kind %q, sequence %d.", e.Version, e.Entity, e.Kind, e.Sequence)
}
