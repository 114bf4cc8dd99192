package query

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// defined is what a transaction has changed of the catalog and has not committed. It is immutable: savepoints keep it.
type defined struct {
	changes []staged
	over    *projection.Catalog // what all others see
	catalog *projection.Catalog // what the transaction sees
	by      []string            // the roles that made the changes, but for those that nobody guards
	first   bool                // it made the first role
	lost    *event.RecordError  // others have committed what the changes do not stand beside
}

// staged is what becomes of one record at COMMIT. What it expects and holds is said of what others see.
type staged struct {
	event.Change
	version uint64    // in the transaction's catalog
	roles   *role.Set // what the record of roles will say; it has no value before COMMIT
}

// gone reports whether the record is taken away.
func (c *staged) gone() bool { return c.Value == nil && c.roles.Empty() }

// catalog is what the session sees: what is committed, and what its transaction has changed.
func (s *Session) catalog() *projection.Catalog {
	if d := s.tx.defined; d != nil {
		return d.catalog
	}
	return s.server.options.Definitions.Current()
}

// change changes the catalog, at once or with all else that the transaction does. A *event.RecordError says that
// the catalog is not what the changes were made of: they are to be made again.
func (s *Session) change(ctx context.Context, e *edited) error {
	if s.lone() && s.routineDepth == 0 { // what a function defines is a part of the statement that calls it
		changes, err := e.written()
		if err != nil {
			return err
		}
		return s.server.options.Backend.Change(ctx, changes...)
	}
	if s.catalog().ViewsVersion == 0 { // what a transaction changes may depend on more than one record
		err := s.server.options.Backend.Change(ctx, event.Change{Name: projection.ViewsRecordName, Value: viewsRecord, Expect: event.NoRecord})
		return cmp.Or(err, error(&event.RecordError{Name: projection.ViewsRecordName}))
	}
	if err := s.rebase(); err != nil {
		return err
	}
	return s.stage(e)
}

// turn waits until no other session of the node tries again what it has lost to others, of whom but one is ahead then; the
// returned function lets the next one.
func (s *Session) turn(ctx context.Context) (leave func()) {
	select {
	case s.server.again <- struct{}{}:
		return func() { <-s.server.again }
	case <-ctx.Done(): // who tries again is told
		return func() {}
	}
}

// stage has the transaction see changes, or tells why they are refused.
func (s *Session) stage(e *edited) error {
	c := s.catalog()
	next := &defined{over: c}
	if d := s.tx.defined; d != nil {
		*next = *d
	}
	for _, change := range e.changes {
		if refusal, _ := change.Refusal(func(record string) (uint64, error) { return c.RecordVersion(record), nil }); refusal != nil {
			return refusal
		}
	}
	if s.tx.definitions++; s.tx.definitions == projection.AgesMax {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "a transaction may change definitions %d times", projection.AgesMax-1)
	}
	made := make([]staged, len(e.changes))
	version := projection.Uncommitted(s.server.uncommitted.Add(1))
	for i := range e.changes {
		made[i] = staged{Change: e.changes[i], version: version}
		if made[i].Name == role.RecordName {
			made[i].roles = e.roles.Put(version)
		}
	}
	next.changes = merged(next.changes, made)
	if bytesMax := s.server.options.TransactionBytesMax; bytesOf(next.changes) > bytesMax {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "transaction defines more than %d bytes", bytesMax).WithHint("Commit in between.")
	}
	next.catalog = s.with(c, made)
	if !s.trusted() && !slices.Contains(next.by, s.user) {
		next.by = append(slices.Clip(next.by), s.user)
	}
	s.tx.defined = next
	return nil
}

func bytesOf(changes []staged) (bytes int64) {
	for i := range changes {
		bytes += int64(len(changes[i].Value))
	}
	return bytes
}

// with is a catalog after changes.
func (s *Session) with(c *projection.Catalog, changes []staged) *projection.Catalog {
	var put []event.Record
	var removed []string
	var roles *role.Set
	for i := range changes {
		switch made := &changes[i]; {
		case made.gone():
			removed = append(removed, made.Name)
		case made.roles != nil:
			roles = made.roles
		default:
			put = append(put, event.Record{Name: made.Name, Value: made.Value, Version: made.version})
		}
	}
	return s.server.options.Definitions.With(c, roles, put, removed)
}

// merged puts changes behind those of statements before them: a record is changed once, from what it is to all others. What the
// transaction itself has changed before is held by nobody.
func merged(before, changes []staged) []staged {
	all := slices.Clone(before)
	find := func(in []staged, name string) int {
		return slices.IndexFunc(in, func(c staged) bool { return c.Name == name })
	}
	for _, c := range changes {
		c.Holds = slices.DeleteFunc(slices.Clone(c.Holds), func(h event.Hold) bool { return find(before, h.Name) >= 0 })
		if find(all, c.Needs) >= 0 {
			c.Needs = ""
		}
		i := find(all, c.Name)
		if i < 0 {
			all = append(all, c)
			continue
		}
		was := &all[i]
		c.Expect, c.Version, c.Needs, c.Holds = was.Expect, was.Version, cmp.Or(was.Needs, c.Needs), append(c.Holds, was.Holds...)
		*was = c
	}
	return all
}

// altersKinds reports whether events are to be read in another shape.
func (d *defined) altersKinds() bool {
	return d != nil && slices.ContainsFunc(d.changes, func(c staged) bool { return strings.HasPrefix(c.Name, projection.KindPrefix) })
}

// refused is why the transaction cannot commit any more; nil if it can.
func (d *defined) refused() error {
	if d == nil || d.lost == nil {
		return nil
	}
	return errLost(d.lost)
}

// errLost is what a transaction is told that changed what another has changed since.
func errLost(lost *event.RecordError) error {
	return sqlstate.New(sqlstate.SerializationFailure, "could not serialize access due to concurrent changes of definitions").
		WithDetail("%s was changed by another session.", recordShown(lost.Name)).
		WithHint("The transaction might succeed if retried.")
}

// commits are the transaction's changes, as they go into the log.
func (d *defined) commits() ([]event.Change, error) {
	if d == nil {
		return nil, nil
	}
	if err := d.refused(); err != nil {
		return nil, err
	}
	var all []event.Change
	var holds []event.Hold
	for _, c := range d.changes {
		holds = append(holds, c.Holds...)
		if c.gone() && c.Expect == event.NoRecord { // made and dropped
			if !ofViews(c.Name) {
				holds = append(holds, event.Hold{Name: c.Name})
			}
			continue
		}
		if c.roles != nil {
			value, err := d.roles().Record()
			if err != nil {
				return nil, err
			}
			c.Value = value
		}
		c.Holds = nil
		all = append(all, c.Change)
	}
	return holding(all, holds), nil
}

// ofViews reports whether a record is of those that nobody puts without that of all views.
func ofViews(record string) bool {
	return strings.HasPrefix(record, projection.ViewPrefix) || strings.HasPrefix(record, projection.RoutinePrefix)
}

// holding are changes that are made together where all holds are what they are.
func holding(changes []event.Change, all []event.Hold) []event.Change {
	slices.SortFunc(all, func(a, b event.Hold) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	all = slices.Compact(all)
	for i := range changes {
		n := len(all)
		if i < len(changes)-1 {
			n = min(n, event.HoldsMax)
		}
		changes[i].Holds, all = all[:n:n], all[n:]
	}
	return changes
}

// roles are those of the transaction, where what is said of its projections is said of those that it commits.
func (d *defined) roles() *role.Set {
	set := d.catalog.Roles
	for name, o := range set.Relations() {
		switch {
		case !projection.IsUncommitted(o.Of):
		case d.catalog.Which(name) == o.Of:
			made := *o
			made.New, made.Of = true, 0
			set = set.WithRelation(name, &made)
		default:
			set = set.WithRelation(name, nil)
		}
	}
	return set
}

// age is that of a view or a routine that is made over a catalog.
func (s *Session) age(c *projection.Catalog) uint64 {
	if d := s.tx.defined; d != nil {
		for i := range d.changes {
			if d.changes[i].Name == projection.ViewsRecordName {
				return projection.Age(d.changes[i].Version, s.tx.definitions)
			}
		}
	}
	return projection.Age(c.ViewsVersion, 0)
}

// recordShown says in words what a record is of.
func recordShown(record string) string {
	kind, name, named := strings.Cut(record, "/")
	switch {
	case record == projection.ViewsRecordName:
		return "A view or function"
	case record == role.RecordName:
		return "A role or privilege"
	case !named:
		return "A definition"
	case kind+"/" == projection.RecordPrefix:
		return "Projection " + strconv.Quote(name)
	case kind+"/" == projection.ViewPrefix:
		return "View " + strconv.Quote(name)
	case kind+"/" == projection.RoutinePrefix:
		return "Function " + name
	case kind+"/" == projection.KindPrefix:
		return "Event kind " + strconv.Quote(name)
	}
	return "What is said of relation " + strconv.Quote(name)
}
