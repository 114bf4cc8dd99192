package projsql

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"reflect"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/structs"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// View reads the states of one projection as values of S. It is safe for concurrent use.
type View[S any] struct {
	db         *DB
	name       string
	definition *projection.Definition // as registered
	mapping    *structs.Mapping
}

// Answer is one entity's state and the proof of its freshness.
type Answer[S any] struct {
	Entity  string
	State   *S // nil: the entity has no state. It is the caller's own
	Outcome Outcome
}

// Outcome is the proof of an answer, as the system columns have it in SQL.
type Outcome struct {
	Generation uint64 // number of the entity's events that the state knows of
	Watermark  uint64 // sequence of the last event folded
	HLC        HLC    // of the same event
	Strategy   projection.Strategy
	Cache      projection.CacheStatus
	Freshness  projection.Observed
	Age        time.Duration // since the state was last known current; 0: it is now
	Folded     int           // events folded for this answer
	Node       string        // that answered
}

// Get returns an entity's state; without a Freshness it is Consistent. Errors have a method
// SQLState: PJ001 if the freshness is not met in time, 22023 for a position in the
// future, 38000 or its own code if a fold fails.
func (v *View[S]) Get(ctx context.Context, entity string, f ...Freshness) (Answer[S], error) {
	if err := v.db.gate.enter(); err != nil {
		return Answer[S]{}, err
	}
	defer v.db.gate.leave()
	cut, err := v.cut(ctx, f)
	if err != nil {
		return Answer[S]{}, err
	}
	out, err := query.Project(ctx, v.db.cluster, projection.Request{Definition: v.current(), Entity: event.Entity(entity), Cut: cut})
	if err != nil {
		return Answer[S]{}, err
	}
	return v.answer(entity, &out)
}

// current is the definition over the event kinds of this moment.
func (v *View[S]) current() *projection.Definition {
	catalog := v.db.registry.Current()
	if d, ok := catalog.Lookup(v.name); ok && d.Language == projection.Go {
		return d
	}
	return catalog.Kinds().Over(v.definition) // CREATE PROJECTION took the name
}

// All yields the states of all entities that have one, in byte order of the entities, at
// one position of the log. An error ends it. Close waits for the loop, so it must not be
// called in it.
func (v *View[S]) All(ctx context.Context, f ...Freshness) iter.Seq2[Answer[S], error] {
	return func(yield func(Answer[S], error) bool) {
		if err := v.scan(ctx, f, yield); err != nil && !errors.Is(err, errEnough) {
			yield(Answer[S]{}, err)
		}
	}
}

func (v *View[S]) scan(ctx context.Context, f []Freshness, yield func(Answer[S], error) bool) error {
	if err := v.db.gate.enter(); err != nil {
		return err
	}
	defer v.db.gate.leave()
	cut, err := v.cut(ctx, f)
	if err != nil {
		return err
	}
	return v.db.cluster.Scan(ctx, projection.ScanRequest{Definition: v.current(), Cut: cut}, func(e event.Entity, out *projection.Outcome) error {
		a, err := v.answer(string(e), out)
		if err == nil && !yield(a, nil) {
			err = errEnough
		}
		return err
	})
}

// errEnough ends a scan whose reader wants no more.
var errEnough = errors.New("projsql: enough")

func (v *View[S]) cut(ctx context.Context, f []Freshness) (projection.Cut, error) {
	switch len(f) {
	case 0:
		return v.db.cluster.Cut(ctx, Consistent(), 0)
	case 1:
		return v.db.cluster.Cut(ctx, f[0], 0)
	}
	return projection.Cut{}, errors.New("projsql: a read has one freshness")
}

func (v *View[S]) answer(entity string, out *projection.Outcome) (Answer[S], error) {
	a := Answer[S]{Entity: entity, Outcome: Outcome{
		Generation: uint64(out.Generation), Strategy: out.Strategy, Cache: out.Cache, Freshness: out.Observed,
		Age: out.Age, Folded: out.Folded, Node: cmp.Or(out.Node, v.db.options.NodeName),
	}}
	if out.Snapshot != nil {
		a.Outcome.Watermark, a.Outcome.HLC = uint64(out.Snapshot.Watermark), out.Snapshot.HLC
	}
	row, ok := out.State().(interface{ Values() []types.Datum })
	if !ok {
		return a, nil
	}
	a.State = new(S)
	return a, v.mapping.Load(reflect.ValueOf(a.State).Elem(), row.Values())
}
