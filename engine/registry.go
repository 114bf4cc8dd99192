package engine

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Compiler makes a definition of a CREATE PROJECTION statement. It leaves Version and
// Since to the registry.
type Compiler func(source string) (*projection.Definition, error)

// RegistryOptions configure a Registry. Compile must be set.
type RegistryOptions struct {
	Compile Compiler
	// Retired is told of each definition that was dropped or replaced, after lookups no
	// longer find it; nil = nobody. Statements that run already may still use it.
	Retired func(*projection.Definition)
	Logger  *slog.Logger // nil = discard
}

// Registry is a node's projections, kept in step with the replicated catalog by
// Apply. It is safe for concurrent use.
type Registry struct {
	opts    RegistryOptions
	mu      sync.Mutex // held while the catalog changes
	current atomic.Pointer[registered]
}

// registered is what the registry holds at one moment, immutable.
type registered struct {
	epoch  uint64
	byName map[string]*projection.Definition
	sorted []*projection.Definition
}

// NewRegistry returns an empty registry.
func NewRegistry(o RegistryOptions) *Registry {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Retired == nil {
		o.Retired = func(*projection.Definition) {}
	}
	r := &Registry{opts: o}
	r.current.Store(&registered{epoch: 1, byName: map[string]*projection.Definition{}})
	return r
}

// Lookup finds a definition by its exact name.
func (r *Registry) Lookup(name string) (*projection.Definition, bool) {
	d, ok := r.current.Load().byName[name]
	return d, ok
}

// All returns every definition, by name. The slice must not be changed.
func (r *Registry) All() []*projection.Definition { return r.current.Load().sorted }

// Epoch changes whenever a definition does.
func (r *Registry) Epoch() uint64 { return r.current.Load().epoch }

// Apply brings the registry in step with changes of the catalog, all at once.
// Records that are not projections are left alone; a record of a version that is
// known changes nothing. A record that does not compile (a newer projsql wrote it)
// takes its projection out of service and is logged: that is no reason to stop the
// node, so the error is always nil.
func (r *Registry) Apply(changed []event.Record, removed []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.current.Load()
	byName := maps.Clone(old.byName)
	for _, rec := range changed {
		r.put(byName, rec)
	}
	for _, name := range removed {
		if name, ok := strings.CutPrefix(name, projection.RecordPrefix); ok && (byName[name] == nil || byName[name].Language == projection.SQL) {
			delete(byName, name)
		}
	}
	r.publish(old, byName)
	return nil
}

func (r *Registry) put(byName map[string]*projection.Definition, rec event.Record) {
	name, ok := strings.CutPrefix(rec.Name, projection.RecordPrefix)
	if !ok {
		return
	}
	if d := byName[name]; d != nil && d.Version == rec.Version {
		return
	}
	d, err := r.compile(name, rec)
	if err != nil {
		r.opts.Logger.Error("projection is out of service", "projection", name, "version", rec.Version, "error", err)
		delete(byName, name)
		return
	}
	if in := byName[name]; in != nil && in.Language == projection.Go {
		r.opts.Logger.Error("projection in Go is out of service: CREATE PROJECTION took its name", "projection", name)
	}
	byName[name] = d
}

// Register puts a projection into service on this node alone that is written in Go, and
// returns it as it is in service. The name must be free (42710); a record of the
// catalog that takes it later puts it out of service.
func (r *Registry) Register(d projection.Definition) (*projection.Definition, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.current.Load()
	if in := old.byName[d.Name]; in != nil {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "projection %q already exists", d.Name).
			WithDetail("It is written in %s.", map[projection.Language]string{projection.SQL: "SQL", projection.Go: "Go"}[in.Language])
	}
	d.Language, d.Version = projection.Go, d.GoVersion()
	byName := maps.Clone(old.byName)
	byName[d.Name] = &d
	r.publish(old, byName)
	return &d, nil
}

func (r *Registry) compile(name string, rec event.Record) (*projection.Definition, error) {
	source, err := projection.RecordSource(rec.Value)
	if err != nil {
		return nil, err
	}
	compiled, err := r.opts.Compile(source)
	if err != nil {
		return nil, err
	}
	d := *compiled
	if d.Name != name {
		return nil, fmt.Errorf("record defines projection %q", d.Name)
	}
	d.Version, d.Since = rec.Version, rec.Since
	return &d, nil
}

func (r *Registry) publish(old *registered, byName map[string]*projection.Definition) {
	if maps.Equal(old.byName, byName) {
		return
	}
	sorted := slices.SortedFunc(maps.Values(byName), func(a, b *projection.Definition) int {
		return strings.Compare(a.Name, b.Name)
	})
	r.current.Store(&registered{epoch: old.epoch + 1, byName: byName, sorted: sorted})
	for name, d := range old.byName {
		if byName[name] != d {
			r.opts.Retired(d)
		}
	}
}
