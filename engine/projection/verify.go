package projection

import (
	"fmt"
	"strings"

	"github.com/projsql/projsql/storage/event"
)

// VerifyRequest asks for a comparison of cached states with the log.
type VerifyRequest struct {
	Definition *Definition
	Entity     event.Entity // "" = every entity
	// Cut returns a newest cut; it is the node's to set. It is asked again where a copy is
	// ahead of the last one.
	Cut func() Cut
	// Progress, unless nil, is called after each VerifyProgressEvery entities with their
	// number and the last one. Its error ends the verification.
	Progress func(done uint64, last event.Entity) error
}

// VerifyProgressEvery is the number of entities between two calls of Progress.
const VerifyProgressEvery = 10_000

// Kinds of copies of a state. LogCopy is no cache: it is what the log folds to.
const (
	LogCopy      = "log"
	SlotCopy     = "slot" // what memory has: a slot, or else what a scan listed
	ExternalCopy = "external"
)

// Verified tells what of one kind of copy was compared with the log on one node.
type Verified struct {
	Node     string
	Copy     string
	Entities uint64 // of LogCopy: folded; of a cache: its states that were compared
	Events   uint64 // that were folded for them
	// Unusable are those that no read takes: states of another history or ahead of the log,
	// rows that cannot be read, and, of LogCopy, entities that cannot be folded.
	Unusable uint64
}

// CopyError says that a cached state is not what the log folds to.
type CopyError struct {
	Node       string // who has it
	Copy       string // SlotCopy, ExternalCopy
	Projection string
	Entity     event.Entity
	Watermark  event.Sequence // of the copy
	Generation event.Version  // that the copy claims to know
	Reason     string
}

func (e *CopyError) Error() string {
	return fmt.Sprintf("cached state of projection %q, entity %q differs from its events on node %q", e.Projection, e.Entity, e.Node)
}

// SQLState returns XX001.
func (e *CopyError) SQLState() string { return "XX001" }

// SQLDetail names the copy and what is wrong.
func (e *CopyError) SQLDetail() string {
	return fmt.Sprintf("Copy %q with watermark %d and generation %d: %s.", e.Copy, e.Watermark, e.Generation, e.Reason)
}

// SQLHint tells the way out.
func (e *CopyError) SQLHint() string {
	return fmt.Sprintf("SELECT projsql_cache_purge('%s') forgets the entity's cached states.", strings.ReplaceAll(string(e.Entity), "'", "''"))
}
