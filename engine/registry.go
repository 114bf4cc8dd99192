package engine

import (
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Compiler makes a definition of a CREATE PROJECTION statement. It leaves Version and
// Since to the registry.
type Compiler func(source string) (*projection.Definition, error)

// KindCompiler makes what applies the upcasts of an event kind, of which there is one
// at least.
type KindCompiler func(kind event.Kind, upcasts []string) (projection.Upcaster, error)

// RegistryOptions configure a Registry. Compile must be set.
type RegistryOptions struct {
	Compile Compiler
	// CompileKind must be set where event kinds can have upcasts.
	CompileKind KindCompiler
	// Retired is told of each definition that was dropped or replaced, after lookups no
	// longer find it; nil = nobody. Statements that run already may still use it.
	Retired func(*projection.Definition)
	Logger  *slog.Logger // nil = discard
}

// Registry is a node's projections and event kinds, kept in step with the replicated
// catalog by Apply. It is safe for concurrent use.
type Registry struct {
	opts    RegistryOptions
	mu      sync.Mutex    // held while the catalog changes
	epoch   atomic.Uint64 // of the last catalog made
	current atomic.Pointer[projection.Catalog]
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
	r.current.Store(projection.NewCatalog(r.epoch.Add(1), projection.Contents{}))
	return r
}

// Current returns what the registry holds at this moment.
func (r *Registry) Current() *projection.Catalog { return r.current.Load() }

// Lookup finds a definition by its exact name.
func (r *Registry) Lookup(name string) (*projection.Definition, bool) {
	return r.current.Load().Lookup(name)
}

// All returns every definition, by name. The slice must not be changed.
func (r *Registry) All() []*projection.Definition { return r.current.Load().All() }

// Epoch changes whenever a definition or an event kind does.
func (r *Registry) Epoch() uint64 { return r.current.Load().Epoch() }

// Apply brings the registry in step with changes of the catalog, all at once.
// Records that are neither projections, their settings, comments, event kinds, views, routines nor roles are left alone; a record of a
// version that is known changes nothing. A record that does not compile (a newer
// projsql wrote it) takes its projection out of service, or makes reads of its kind's
// events fail, and is logged: that is no reason to stop the node, so the error is
// always nil.
func (r *Registry) Apply(changed []event.Record, removed []string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.publish(r.changed(r.current.Load(), changed, removed))
	return nil
}

// With returns what a catalog would be after changes that are not committed; nil roles: they stay. What they put has versions
// that no record has. Each call gives another catalog.
func (r *Registry) With(c *projection.Catalog, roles *role.Set, changed []event.Record, removed []string) *projection.Catalog {
	next := r.changed(c, changed, removed)
	if roles != nil {
		next.Roles = roles
	}
	return r.catalog(c, next, false)
}

// changed is the contents of a catalog after changes; its definitions are not over its event kinds yet.
func (r *Registry) changed(old *projection.Catalog, changed []event.Record, removed []string) projection.Contents {
	next := projection.Contents{
		Defined: maps.Clone(old.Defined), EventKinds: maps.Clone(old.EventKinds),
		SettingsOf: maps.Clone(old.SettingsOf), CommentsOn: maps.Clone(old.CommentsOn), Roles: old.Roles,
		Views: maps.Clone(old.Views), Routines: maps.Clone(old.Routines), ViewsVersion: old.ViewsVersion,
	}
	if next.Defined == nil {
		next.Defined = map[string]*projection.Definition{}
	}
	for _, rec := range changed {
		r.put(next.Defined, rec)
		next.EventKinds = r.putKind(next.EventKinds, rec)
		next.SettingsOf = r.putSettings(next.SettingsOf, rec)
		next.CommentsOn = r.putComments(next.CommentsOn, rec)
		next.Roles = r.putRoles(next.Roles, rec)
		next.Views = r.putView(next.Views, rec)
		next.Routines = r.putRoutine(next.Routines, rec)
		if rec.Name == projection.ViewsRecordName {
			next.ViewsVersion = rec.Version
		}
	}
	for _, record := range removed {
		r.remove(&next, record)
	}
	return next
}

func (r *Registry) remove(from *projection.Contents, record string) {
	if name, ok := strings.CutPrefix(record, projection.RecordPrefix); ok && (from.Defined[name] == nil || from.Defined[name].Language == projection.SQL) {
		delete(from.Defined, name)
	}
	if name, ok := strings.CutPrefix(record, projection.KindPrefix); ok {
		delete(from.EventKinds, event.Kind(name))
	}
	if name, ok := strings.CutPrefix(record, projection.SettingsPrefix); ok {
		delete(from.SettingsOf, name)
	}
	if name, ok := strings.CutPrefix(record, projection.CommentsPrefix); ok {
		delete(from.CommentsOn, name)
	}
	if name, ok := strings.CutPrefix(record, projection.ViewPrefix); ok {
		delete(from.Views, name)
	}
	if key, ok := strings.CutPrefix(record, projection.RoutinePrefix); ok {
		delete(from.Routines, key)
	}
	if record == projection.ViewsRecordName {
		from.ViewsVersion = 0
	}
	if record == role.RecordName {
		from.Roles = nil
	}
}

func (r *Registry) put(defined map[string]*projection.Definition, rec event.Record) {
	name, ok := strings.CutPrefix(rec.Name, projection.RecordPrefix)
	if !ok {
		return
	}
	if d := defined[name]; d != nil && d.Version == rec.Version {
		return
	}
	d, err := r.compile(name, rec)
	if err != nil {
		r.opts.Logger.Error("projection is out of service", "projection", name, "version", rec.Version, "error", err)
		delete(defined, name)
		return
	}
	if in := defined[name]; in != nil && in.Language == projection.Go {
		r.opts.Logger.Error("projection in Go is out of service: CREATE PROJECTION took its name", "projection", name)
	}
	defined[name] = d
}

// Register puts a projection into service on this node alone that is written in Go, and
// returns it as it was defined: Lookup has it as it is over the event kinds of the
// moment. The name must be free (42710); a record of the catalog that takes it later
// puts it out of service.
func (r *Registry) Register(d projection.Definition) (*projection.Definition, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if in := r.current.Load().Defined[d.Name]; in != nil {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "projection %q already exists", d.Name).
			WithDetail("It is written in %s.", map[projection.Language]string{projection.SQL: "SQL", projection.Go: "Go"}[in.Language])
	}
	if r.current.Load().View(d.Name) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "relation %q already exists", d.Name).WithDetail("It is a view.")
	}
	d.Language, d.Version = projection.Go, d.GoVersion()
	next := r.current.Load().Contents
	next.Defined = maps.Clone(next.Defined)
	if next.Defined == nil {
		next.Defined = map[string]*projection.Definition{}
	}
	next.Defined[d.Name] = &d
	r.publish(next)
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
	d.Version, d.Record, d.Since = rec.Version, rec.Version, rec.Since
	return &d, nil
}

func (r *Registry) putKind(kinds projection.EventKinds, rec event.Record) projection.EventKinds {
	text, ok := strings.CutPrefix(rec.Name, projection.KindPrefix)
	name := event.Kind(text)
	if !ok || kinds[name] != nil && kinds[name].Version == rec.Version {
		return kinds
	}
	k := &projection.EventKind{Name: name, Version: rec.Version, Since: rec.Since}
	if err := r.compileKind(k, rec.Value); err != nil {
		r.opts.Logger.Error("events of a kind cannot be read", "kind", name, "version", rec.Version, "error", err)
		k.Upcaster = unreadable{}
	}
	if kinds == nil {
		kinds = projection.EventKinds{}
	}
	kinds[name] = k
	return kinds
}

func (r *Registry) compileKind(k *projection.EventKind, value []byte) (err error) {
	if k.Upcasts, err = projection.KindRecordUpcasts(value); err != nil || len(k.Upcasts) == 0 {
		return err
	}
	k.Upcaster, err = r.opts.CompileKind(k.Name, k.Upcasts)
	return err
}

// putSettings takes what it understands of settings: none changes an answer.
func (r *Registry) putSettings(all map[string]projection.Settings, rec event.Record) map[string]projection.Settings {
	name, ok := strings.CutPrefix(rec.Name, projection.SettingsPrefix)
	if !ok || all[name].Version == rec.Version {
		return all
	}
	s, err := projection.RecordSettings(rec.Value)
	if err != nil {
		r.opts.Logger.Error("settings of a projection are not all followed", "projection", name, "version", rec.Version, "error", err)
	}
	if all == nil {
		all = map[string]projection.Settings{}
	}
	s.Version = rec.Version
	all[name] = s
	return all
}

// putComments takes comments: none changes an answer but those about comments.
func (r *Registry) putComments(all map[string]*projection.Comments, rec event.Record) map[string]*projection.Comments {
	name, ok := strings.CutPrefix(rec.Name, projection.CommentsPrefix)
	if !ok || all[name] != nil && all[name].Version == rec.Version {
		return all
	}
	c, err := projection.RecordComments(rec.Value)
	if err != nil {
		r.opts.Logger.Error("comments are not shown", "relation", name, "version", rec.Version, "error", err)
		c = &projection.Comments{}
	}
	if all == nil {
		all = map[string]*projection.Comments{}
	}
	c.Version = rec.Version
	all[name] = c
	return all
}

// putView takes a view. One that this node does not understand is not there.
func (r *Registry) putView(all map[string]*projection.View, rec event.Record) map[string]*projection.View {
	name, ok := strings.CutPrefix(rec.Name, projection.ViewPrefix)
	if !ok || all[name] != nil && all[name].Version == rec.Version {
		return all
	}
	v, err := projection.RecordView(rec.Value)
	if err != nil {
		r.opts.Logger.Error("view is out of service", "view", name, "version", rec.Version, "error", err)
		delete(all, name)
		return all
	}
	if all == nil {
		all = map[string]*projection.View{}
	}
	v.Name, v.Version = name, rec.Version
	all[name] = v
	return all
}

// putRoutine takes a routine. One that this node does not understand is not there.
func (r *Registry) putRoutine(all map[string]*projection.Routine, rec event.Record) map[string]*projection.Routine {
	key, ok := strings.CutPrefix(rec.Name, projection.RoutinePrefix)
	if !ok || all[key] != nil && all[key].Version == rec.Version {
		return all
	}
	made, err := projection.RecordRoutine(rec.Value)
	if err != nil {
		r.opts.Logger.Error("routine is out of service", "routine", key, "version", rec.Version, "error", err)
		delete(all, key)
		return all
	}
	if all == nil {
		all = map[string]*projection.Routine{}
	}
	made.Key, made.Version = key, rec.Version
	all[key] = made
	return all
}

// unreadable stands for upcasts that this node does not understand: its events are not
// shown as they were before.
type unreadable struct{}

// Upcast implements projection.Upcaster.
func (unreadable) Upcast(e, _ *event.Event) (*event.Event, error) {
	return nil, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "the upcasts of event kind %q cannot be applied on this node", string(e.Kind)).
		WithDetail("Version %d of entity %q is of this kind.", e.Version, e.Entity).
		WithHint("A newer projsql may have defined them; the node's log has the reason.")
}

// putRoles takes the roles. Where this node does not understand them, nobody can connect to it any more.
func (r *Registry) putRoles(old *role.Set, rec event.Record) *role.Set {
	if rec.Name != role.RecordName || old != nil && old.Version == rec.Version {
		return old
	}
	set, err := role.ParseRecord(rec.Value, rec.Version)
	if err != nil {
		r.opts.Logger.Error("roles are not understood: no client can connect", "version", rec.Version, "error", err)
		set = role.Unreadable()
	}
	set.Version = rec.Version
	return set
}

// publish makes the new catalog current, unless it is what it was; its definitions are not over its event
// kinds yet. Definitions that did not change stay the same pointers.
func (r *Registry) publish(next projection.Contents) {
	old := r.current.Load()
	if maps.Equal(old.Defined, next.Defined) && maps.Equal(old.EventKinds, next.EventKinds) && maps.Equal(old.SettingsOf, next.SettingsOf) &&
		maps.Equal(old.CommentsOn, next.CommentsOn) && old.Roles == next.Roles &&
		maps.Equal(old.Views, next.Views) && maps.Equal(old.Routines, next.Routines) && old.ViewsVersion == next.ViewsVersion {
		return
	}
	made := r.catalog(old, next, true)
	r.current.Store(made)
	for _, d := range old.All() {
		if made.Definitions[d.Name] != d {
			r.opts.Retired(d)
		}
	}
}

// catalog is what comes after another: its definitions are over its event kinds. Those that differ say whether they are committed.
func (r *Registry) catalog(old *projection.Catalog, next projection.Contents, committed bool) *projection.Catalog {
	byName := make(map[string]*projection.Definition, len(next.Defined))
	for name, d := range next.Defined {
		before, _ := old.Lookup(name)
		if before == nil || old.Defined[name] != d || altered(d, old.EventKinds, next.EventKinds) {
			own := *next.EventKinds.Over(d)
			own.Uncommitted = !committed
			before = &own
		}
		byName[name] = before
	}
	next.Definitions = byName
	return old.Next(r.epoch.Add(1), next)
}

// altered reports whether a kind that the definition handles differs.
func altered(d *projection.Definition, old, kinds projection.EventKinds) bool {
	for name := range old {
		if kinds[name] != old[name] && d.Relevant(name) {
			return true
		}
	}
	for name := range kinds {
		if kinds[name] != old[name] && d.Relevant(name) {
			return true
		}
	}
	return false
}
