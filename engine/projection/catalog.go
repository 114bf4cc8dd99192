package projection

import (
	"cmp"
	"slices"
	"strings"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/storage/event"
)

// Catalog is what a node knows of its database's projections and event kinds at one
// moment: who reads more than one thing of it takes one Catalog. It is immutable.
type Catalog struct {
	epoch  uint64
	sorted []*Definition
	views  []*View
	// routines are the oldest first.
	routines []*Routine
	Contents
}

// Contents are what a Catalog is made of. None of it may be changed any more.
type Contents struct {
	Defined     map[string]*Definition // by name, as their records say
	Definitions map[string]*Definition // over EventKinds
	EventKinds  EventKinds
	// SettingsOf projections, defined or not, by name.
	SettingsOf map[string]Settings
	CommentsOn map[string]*Comments // by relation, defined or not
	Roles      *role.Set            // nil: there are none
	Views      map[string]*View     // by name
	Routines   map[string]*Routine  // by Key
	// ViewsVersion is that of the record that every change of a view or a routine puts; 0 = there was never one.
	ViewsVersion uint64
}

// NewCatalog returns the catalog of the contents. No two catalogs of a node may have the same epoch.
func NewCatalog(epoch uint64, contents Contents) *Catalog { return (&Catalog{}).Next(epoch, contents) }

// Next is NewCatalog for less, of contents that are much like the catalog's.
func (c *Catalog) Next(epoch uint64, contents Contents) *Catalog {
	return &Catalog{
		epoch: epoch, Contents: contents,
		sorted: sorted(c.sorted, c.Definitions, contents.Definitions, func(d *Definition) string { return d.Name }, func(a, b *Definition) int { return strings.Compare(a.Name, b.Name) }),
		views: sorted(c.views, c.Contents.Views, contents.Views, func(v *View) string { return v.Name }, func(a, b *View) int {
			return cmp.Or(older(a.Age, b.Age), strings.Compare(a.Name, b.Name))
		}),
		routines: sorted(c.routines, c.Contents.Routines, contents.Routines, func(r *Routine) string { return r.Key }, func(a, b *Routine) int {
			return cmp.Or(older(a.Age, b.Age), strings.Compare(a.Key, b.Key))
		}),
	}
}

// sorted are the values of a map, which was another that had been sorted: what is almost in order takes one pass.
func sorted[V comparable](before []V, was, now map[string]V, name func(V) string, compare func(a, b V) int) []V {
	all := make([]V, 0, len(now))
	for _, v := range before {
		if now[name(v)] == v {
			all = append(all, v)
		}
	}
	if len(all) < len(now) {
		for key, v := range now {
			if was[key] != v {
				all = append(all, v)
			}
		}
	}
	slices.SortFunc(all, compare)
	return all
}

// View finds a view by its exact name; nil if there is none.
func (c *Catalog) View(name string) *View { return c.Contents.Views[name] }

// AllViews returns every view, the oldest first. The slice must not be changed.
func (c *Catalog) AllViews() []*View { return c.views }

// Routine finds a routine by its Key; nil if there is none.
func (c *Catalog) Routine(key string) *Routine { return c.Contents.Routines[key] }

// AllRoutines returns every routine, the oldest first. The slice must not be changed.
func (c *Catalog) AllRoutines() []*Routine { return c.routines }

// Lookup finds a definition by its exact name.
func (c *Catalog) Lookup(name string) (*Definition, bool) {
	d, ok := c.Definitions[name]
	return d, ok
}

// All returns every definition, by name. The slice must not be changed.
func (c *Catalog) All() []*Definition { return c.sorted }

// Kinds returns the event kinds that were ever altered.
func (c *Catalog) Kinds() EventKinds { return c.EventKinds }

// Epoch is another number for every catalog of a node.
func (c *Catalog) Epoch() uint64 { return c.epoch }

// Settings returns those of a projection.
func (c *Catalog) Settings(name string) Settings { return c.SettingsOf[name] }

// Comments returns those on a projection, or on events; nil if there are none.
func (c *Catalog) Comments(relation string) *Comments { return c.CommentsOn[relation] }

// Held returns who owns a relation of the schema public and may do what with it; nil: what holds by default. What is
// said of another relation that had the name is not said of this one.
func (c *Catalog) Held(relation string) *role.Object {
	o := c.Roles.Relation(relation)
	if o == nil {
		return nil
	}
	if o.Of != c.Which(relation) {
		return nil
	}
	return o
}

// Which tells a relation from others that had its name or will have it: by the record that defines a projection, and by
// the age of a view, which is its own whatever is altered; 0 of those that are in no record.
func (c *Catalog) Which(relation string) uint64 {
	if v := c.Contents.Views[relation]; v != nil {
		return v.Age
	}
	if d := c.Definitions[relation]; d != nil {
		return d.Record
	}
	return 0
}

// HeldRoutine is Held of a routine, by its Key.
func (c *Catalog) HeldRoutine(key string) *role.Object {
	o, r := c.Roles.Routine(key), c.Routine(key)
	if o == nil || r == nil || o.Of != r.Age {
		return nil
	}
	return o
}

// RecordVersion returns the version of the catalog record of a name; 0 if there is none that is understood.
func (c *Catalog) RecordVersion(record string) uint64 {
	kind, name, _ := strings.Cut(record, "/")
	switch kind + "/" {
	case RecordPrefix:
		if d := c.Definitions[name]; d != nil {
			return d.Record
		}
	case KindPrefix:
		if k := c.EventKinds[event.Kind(name)]; k != nil {
			return k.Version
		}
	case SettingsPrefix:
		return c.SettingsOf[name].Version
	case CommentsPrefix:
		if o := c.CommentsOn[name]; o != nil {
			return o.Version
		}
	case ViewPrefix:
		if v := c.Contents.Views[name]; v != nil {
			return v.Version
		}
	case RoutinePrefix:
		if r := c.Contents.Routines[name]; r != nil {
			return r.Version
		}
	case ViewsRecordName + "/":
		return c.ViewsVersion
	case role.RecordName + "/":
		return c.Roles.Of()
	}
	return 0
}

// Versions of records that no entry of the log has put: Raft's indexes do not get there.
const uncommitted = 1 << 62

// Uncommitted returns the nth version of a record that is not committed.
func Uncommitted(n uint64) uint64 { return uncommitted | n }

// IsUncommitted reports whether the version of a record, or of a projection in SQL, is one of Uncommitted.
func IsUncommitted(version uint64) bool { return version&uncommitted != 0 }

// An age is the number of a view or routine within its transaction above the bits of a version.
const (
	ageBits = 48
	AgesMax = 1 << 14 // of one transaction
)

// Age returns that of the nth view or routine that one transaction makes: version is that of the record that it changes with them, and
// no other transaction's.
func Age(version, n uint64) uint64 { return version | n<<ageBits }

// Rebased returns an age over another version of the record, if it is over this one.
func Rebased(age, version, another uint64) uint64 {
	if age&(1<<ageBits-1) != version {
		return age
	}
	return age&^(1<<ageBits-1) | another
}

// older compares two ages.
func older(a, b uint64) int {
	const versions = 1<<ageBits - 1
	return cmp.Or(cmp.Compare(a&versions, b&versions), cmp.Compare(a>>ageBits, b>>ageBits))
}
