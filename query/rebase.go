package query

import (
	"reflect"
	"slices"
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/storage/event"
)

// rebase has the transaction see what others have committed meanwhile, beside its own. The error is 40001: its own does not
// stand beside theirs.
func (s *Session) rebase() error {
	d := s.tx.defined
	switch {
	case d == nil:
		return nil
	case d.lost != nil:
		return d.refused()
	case d.over == s.server.options.Definitions.Current():
		return nil
	}
	next := *d
	now := s.server.options.Definitions.Current()
	m := move{of: d, now: now}
	if next.changes, next.lost = m.changes(); next.lost == nil {
		next.over, next.catalog = now, s.with(now, next.changes)
		next.lost = next.circle()
	}
	s.tx.defined = &next
	return next.refused()
}

// circle is a view or a routine that the transaction has replaced and that comes to read or call itself by what others have replaced.
func (d *defined) circle() *event.RecordError {
	for _, c := range d.changes {
		view, routine := d.catalog.View(strings.TrimPrefix(c.Name, projection.ViewPrefix)), d.catalog.Routine(strings.TrimPrefix(c.Name, projection.RoutinePrefix))
		if c.Expect == event.NoRecord {
			continue
		}
		if view != nil && reaches(d.catalog, view, view.Name, map[string]bool{}) || routine != nil && callsAgain(d.catalog, routine, routine.Key, map[string]bool{}) {
			return &event.RecordError{Name: c.Name}
		}
	}
	return nil
}

// move takes what a transaction has changed from the catalog that it was made over to another.
type move struct {
	of  *defined
	now *projection.Catalog
}

// changes are the transaction's over the other catalog; lost is what others have changed that these are of, or need. Two records
// are everybody's: that of views, which stands for what reads what, and that of roles.
func (m *move) changes() (made []staged, lost *event.RecordError) {
	roles, same := role.Merge(m.of.over.Roles, m.agedRoles(), m.now.Roles)
	if !same || slices.ContainsFunc(m.of.by, func(name string) bool { return !role.SameRights(m.of.over.Roles, m.now.Roles, name) }) {
		return nil, &event.RecordError{Name: role.RecordName}
	}
	for _, check := range []func() *event.RecordError{m.own, m.needed, m.needing} {
		if lost := check(); lost != nil {
			return nil, lost
		}
	}
	made = slices.Clone(m.of.changes)
	for i := range made {
		c := &made[i]
		c.Holds = slices.Clone(c.Holds)
		for j := range c.Holds {
			if h := &c.Holds[j]; everybodys(h.Name) {
				h.Version = m.now.RecordVersion(h.Name)
			}
		}
		if everybodys(c.Name) && c.Expect != event.AnyRecord {
			if c.Expect, c.Version = event.ThisRecord, m.now.RecordVersion(c.Name); c.Version == 0 {
				c.Expect = event.NoRecord
			}
		}
		switch {
		case c.Name == role.RecordName:
			c.roles = roles.Put(c.version)
		case c.Value != nil:
			c.Value = m.aged(c.Change)
		}
	}
	return made, nil
}

func everybodys(record string) bool {
	return record == projection.ViewsRecordName || record == role.RecordName
}

// own is a record that others have changed beside the transaction, or that it holds.
func (m *move) own() *event.RecordError {
	for _, c := range m.of.changes {
		names := []string{c.Name, c.Needs}
		for _, h := range c.Holds {
			names = append(names, h.Name)
		}
		for _, name := range names {
			if !everybodys(name) && m.of.over.RecordVersion(name) != m.now.RecordVersion(name) {
				return &event.RecordError{Name: name}
			}
		}
		if relation := relationOf(c.Name); relation != "" && !reflect.DeepEqual(m.of.over.Roles.Relation(relation), m.now.Roles.Relation(relation)) {
			return &event.RecordError{Name: role.RecordName}
		}
		if commented, is := strings.CutPrefix(c.Name, projection.CommentsPrefix); is && m.of.over.Held(commented).OwnedBy() != m.now.Held(commented).OwnedBy() {
			return &event.RecordError{Name: role.RecordName}
		}
		if key, is := strings.CutPrefix(c.Name, projection.RoutinePrefix); is && !reflect.DeepEqual(m.of.over.Roles.Routine(key), m.now.Roles.Routine(key)) {
			return &event.RecordError{Name: role.RecordName}
		}
	}
	return nil
}

// relationOf is the relation that a record defines; "" if it defines none.
func relationOf(record string) string {
	if name, is := strings.CutPrefix(record, projection.RecordPrefix); is {
		return name
	}
	if name, is := strings.CutPrefix(record, projection.ViewPrefix); is {
		return name
	}
	return ""
}

// needed is what a view or a routine of the transaction reads or calls, and others have changed.
func (m *move) needed() *event.RecordError {
	for _, v := range m.of.catalog.AllViews() {
		if lost := m.changed(v.Reads, v.Calls); m.of.over.View(v.Name) != v && lost != nil {
			return lost
		}
	}
	for _, r := range m.of.catalog.AllRoutines() {
		if lost := m.changed(r.Reads, r.Calls); m.of.over.Routine(r.Key) != r && lost != nil {
			return lost
		}
	}
	return nil
}

// changed is the first relation or routine that others have changed.
func (m *move) changed(relations, routines []string) *event.RecordError {
	var records []string
	for _, name := range relations {
		records = append(records, projection.ViewRecordName(name), projection.RecordName(name))
	}
	for _, key := range routines {
		records = append(records, projection.RoutineRecordName(key))
	}
	for _, record := range records {
		if m.of.over.RecordVersion(record) != m.now.RecordVersion(record) {
			return &event.RecordError{Name: record}
		}
	}
	return nil
}

// needing is a view or a routine that others have made or changed meanwhile, of what the transaction changes or drops, or by a
// name that it takes.
func (m *move) needing() *event.RecordError {
	relations, routines := map[string]bool{}, map[string]bool{}
	for _, c := range m.of.changes {
		if relation := relationOf(c.Name); relation != "" {
			relations[relation] = true
		} else if key, is := strings.CutPrefix(c.Name, projection.RoutinePrefix); is {
			routines[key] = true
		}
	}
	for _, v := range m.now.AllViews() {
		if m.of.over.View(v.Name) == v {
			continue
		}
		if relations[v.Name] || anyOf(v.Reads, relations) || anyOf(v.Calls, routines) {
			return &event.RecordError{Name: projection.ViewRecordName(v.Name)}
		}
	}
	for _, r := range m.now.AllRoutines() {
		if m.of.over.Routine(r.Key) == r {
			continue
		}
		if anyOf(r.Reads, relations) || anyOf(r.Calls, routines) {
			return &event.RecordError{Name: projection.RoutineRecordName(r.Key)}
		}
	}
	return nil
}

func anyOf(names []string, in map[string]bool) bool {
	return slices.ContainsFunc(names, func(name string) bool { return in[name] })
}

// age is that of what the transaction has made, over the other catalog; of what it has not made it is what it was.
func (m *move) age(was uint64) uint64 {
	return projection.Rebased(was, m.of.over.ViewsVersion, m.now.ViewsVersion)
}

// aged is the value of a record over the other catalog: with the ages that what the transaction has made has there.
func (m *move) aged(c event.Change) (value []byte) {
	var err error
	switch view, key := strings.TrimPrefix(c.Name, projection.ViewPrefix), strings.TrimPrefix(c.Name, projection.RoutinePrefix); {
	case view != c.Name && m.of.catalog.View(view) != nil:
		made := *m.of.catalog.View(view)
		made.Age = m.age(made.Age)
		value, err = made.Record()
	case key != c.Name && m.of.catalog.Routine(key) != nil:
		made := *m.of.catalog.Routine(key)
		made.Age = m.age(made.Age)
		value, err = made.Record()
	default:
		return c.Value
	}
	if err != nil {
		panic(err) // it was written before
	}
	return value
}

// agedRoles are the transaction's, with what they say of the views and routines that it has made.
func (m *move) agedRoles() *role.Set {
	set := m.of.catalog.Roles
	for name, o := range set.Relations() {
		if v := m.of.catalog.View(name); v != nil && v.Age == o.Of && m.age(o.Of) != o.Of {
			made := *o
			made.Of = m.age(o.Of)
			set = set.WithRelation(name, &made)
		}
	}
	for key, o := range set.Routines() {
		if of := m.age(o.Of); of != o.Of {
			made := *o
			made.Of = of
			set = set.WithRoutine(key, &made)
		}
	}
	return set
}
