package role

import (
	"errors"
	"maps"
	"slices"
)

// Relation returns what is said of a relation of the schema public; nil: nothing. Whether that is still the
// relation that it was said of is the catalog's to tell.
func (s *Set) Relation(name string) *Object {
	if s == nil || s.held == nil {
		return nil
	}
	return s.held.Relations[name]
}

// Relations returns what is said of relations, by their names. It must not be changed.
func (s *Set) Relations() map[string]*Object {
	if s == nil || s.held == nil {
		return nil
	}
	return s.held.Relations
}

// Routine returns what is said of a function or procedure, as Relation does.
func (s *Set) Routine(key string) *Object { return s.Routines()[key] }

// Routines returns what is said of functions and procedures. It must not be changed.
func (s *Set) Routines() map[string]*Object {
	if s == nil || s.held == nil {
		return nil
	}
	return s.held.Routines
}

// OfSchema returns what is said of the schema public, and OfDatabase of the database.
func (s *Set) OfSchema() *Object {
	if s == nil || s.held == nil {
		return nil
	}
	return s.held.Schema
}

// OfDatabase returns what is said of the database.
func (s *Set) OfDatabase() *Object {
	if s == nil || s.held == nil {
		return nil
	}
	return s.held.Database
}

// Defaults returns what is granted on relations to come. They must not be changed.
func (s *Set) Defaults() []Default {
	if s == nil || s.held == nil {
		return nil
	}
	return s.held.Defaults
}

// WithRelation returns the set with another object for a relation; nil takes it away.
func (s *Set) WithRelation(name string, o *Object) *Set {
	made := s.clone()
	made.held = made.held.clone()
	made.held.Relations = put(made.held.Relations, name, o)
	return made
}

// WithRoutine returns the set with another object for a function or procedure; nil takes it away.
func (s *Set) WithRoutine(key string, o *Object) *Set {
	made := s.clone()
	made.held = made.held.clone()
	made.held.Routines = put(made.held.Routines, key, o)
	return made
}

// put returns the objects with another of a name; nil takes it away.
func put(all map[string]*Object, name string, o *Object) map[string]*Object {
	made := maps.Clone(all)
	if made == nil {
		made = map[string]*Object{}
	}
	made[name] = o
	if o == nil {
		delete(made, name)
	}
	return made
}

// WithSchema returns the set with another object for the schema public.
func (s *Set) WithSchema(o *Object) *Set {
	made := s.clone()
	made.held = made.held.clone()
	made.held.Schema = o
	return made
}

// WithDatabase returns the set with another object for the database.
func (s *Set) WithDatabase(o *Object) *Set {
	made := s.clone()
	made.held = made.held.clone()
	made.held.Database = o
	return made
}

// WithDefault returns the set with other defaults of a role for a kind of objects; a nil ACL takes them away.
func (s *Set) WithDefault(d Default) *Set {
	made := s.clone()
	made.held = made.held.clone()
	made.held.Defaults = slices.DeleteFunc(slices.Clone(made.held.Defaults), func(o Default) bool { return o.same(d) })
	if d.ACL != nil {
		made.held.Defaults = append(made.held.Defaults, d)
	}
	return made
}

func (d Default) same(o Default) bool {
	return d.Role == o.Role && d.Schema == o.Schema && d.Kind == o.Kind
}

// DefaultOf finds the defaults of a role for a kind of objects; a nil ACL: there are none.
func (s *Set) DefaultOf(role, schema string, k Kind) Default {
	asked := Default{Role: role, Schema: schema, Kind: k}
	for _, d := range s.Defaults() {
		if d.same(asked) {
			return d
		}
	}
	return asked
}

// Made returns what holds of an object of a kind that a role makes, by the defaults; its record is put with the roles'.
func (s *Set) Made(by string, k Kind) *Object {
	o := &Object{Owner: by, New: true}
	standard := k.ofNew(by)
	acl := slices.Clone(standard)
	if d := s.DefaultOf(by, "", k); d.ACL != nil {
		acl = slices.Clone(d.ACL)
	}
	for _, i := range s.DefaultOf(by, "public", k).ACL {
		acl = acl.merged(i)
	}
	if !acl.same(standard) {
		o.ACL = acl
	}
	return o
}

// same reports whether two ACLs have the same items.
func (acl ACL) same(other ACL) bool {
	return len(acl) == len(other) && !slices.ContainsFunc(acl, func(i Item) bool { return !slices.Contains(other, i) })
}

// May returns what a role may do with an object of a kind.
func (s *Set) May(name string, o *Object, k Kind) Privileges {
	if s.Superuser(name) {
		return k.All()
	}
	return access{s, o.OwnedBy(), o.Effective(k)}.may(name)&k.All() | s.everywhere(name, k)
}

// everywhere returns what a role may do with all objects of a kind.
func (s *Set) everywhere(name string, k Kind) (may Privileges) {
	if name == Public || k == Database {
		return 0
	}
	reads, writes := s.Has(name, ReadAll), s.Has(name, WriteAll)
	switch {
	case k == Schema && (reads || writes):
		return Usage
	case k == Schema:
		return 0
	}
	if reads {
		may |= Select
	}
	if writes {
		may |= Insert | Update | Delete
	}
	return may
}

// MayColumn returns what a role may do with a column beside what it may with all of them.
func (s *Set) MayColumn(name string, o *Object, column string) Privileges {
	return access{s, o.OwnedBy(), o.Column(column)}.may(name)
}

// MayGrant returns which privileges on an object a role may grant to others.
func (s *Set) MayGrant(name string, o *Object, k Kind) Privileges {
	if s.Superuser(name) {
		return k.All()
	}
	return access{s, o.OwnedBy(), o.Effective(k)}.grants(name) & k.All()
}

// MayGrantColumn is MayGrant of a column, beside what holds of all of them.
func (s *Set) MayGrantColumn(name string, o *Object, column string) Privileges {
	if s.Superuser(name) {
		return OnColumn
	}
	return access{s, o.OwnedBy(), o.Column(column)}.grants(name) & OnColumn
}

// Owns reports whether a role may do with an object what its owner may.
func (s *Set) Owns(name string, o *Object) bool {
	return s.Superuser(name) || access{s, o.OwnedBy(), nil}.has(name, o.OwnedBy())
}

// Grant is a GRANT or a REVOKE.
type Grant struct {
	By         string // the role that says it
	Super      bool   // nothing is withheld from who does
	Revoke     bool
	Privileges Privileges
	All        bool     // ALL PRIVILEGES was said
	To         []string // Public is everybody
	Option     bool     // WITH GRANT OPTION, GRANT OPTION FOR
	Cascade    bool
}

// ErrNoPrivileges says that a role has nothing of an object, and may grant nothing of it.
var ErrNoPrivileges = errors.New("no privileges")

// Granted returns an object of a kind with privileges granted or revoked on all of it, and those that the
// role could grant or revoke. Errors: ErrNoPrivileges, GrantError.
func (s *Set) Granted(o *Object, k Kind, g Grant) (*Object, Privileges, error) {
	a := access{s, o.OwnedBy(), o.Effective(k)}
	by, may := a.bestGrantor(g)
	if may == 0 && s.May(by, o, k)|s.MayGrant(by, o, k) == 0 {
		return nil, 0, ErrNoPrivileges
	}
	acl, err := a.granted(g, by, may)
	if err != nil || may == 0 {
		return o, may, err
	}
	return o.WithACL(acl), may, nil
}

// GrantedColumn is Granted for a column of a relation, which was another before the statement: who may grant goes by
// that.
func (s *Set) GrantedColumn(before, o *Object, column string, g Grant) (*Object, Privileges, error) {
	both := access{s, o.OwnedBy(), append(slices.Clone(before.Effective(Table)), before.Column(column)...)}
	by, may := both.bestGrantor(g)
	if may == 0 && (both.may(by)|both.grants(by)|s.everywhere(by, Table))&OnColumn == 0 {
		return nil, 0, ErrNoPrivileges
	}
	acl, err := access{s, o.OwnedBy(), o.Column(column)}.granted(g, by, may)
	if err != nil || may == 0 {
		return o, may, err
	}
	return o.WithColumn(column, acl), may, nil
}

// GrantedDefault returns defaults with privileges granted or revoked; who they are of may all of that.
func (s *Set) GrantedDefault(d Default, g Grant) (Default, error) {
	a := access{s, d.Role, d.ACL}
	if d.ACL == nil {
		a.acl = d.standard()
	}
	acl, err := a.granted(g, d.Role, g.Privileges)
	return d.with(acl), err
}

// standard is what holds where nothing is said.
func (d Default) standard() ACL {
	if d.Schema == "" {
		return d.Kind.ofNew(d.Role)
	}
	return ACL{}
}

// with returns the defaults with another ACL; nothing is said by the standard one.
func (d Default) with(acl ACL) Default {
	if d.ACL = acl; acl.same(d.standard()) {
		d.ACL = nil
	}
	return d
}

// granted returns the ACL as a role leaves it that grants or revokes privileges.
func (a access) granted(g Grant, by string, p Privileges) (ACL, error) {
	for _, to := range g.To {
		item := Item{To: to, By: by}
		if !g.Revoke || !g.Option {
			item.May = p
		}
		if g.Revoke || g.Option {
			item.Grant = p
		}
		var err error
		if g.Revoke {
			a.acl, err = a.without(item, g.Cascade)
		} else {
			a.acl, err = a.with(item)
		}
		if err != nil {
			return nil, err
		}
	}
	return a.acl, nil
}

// within returns a role and those whose privileges it has, the nearest first.
func (s *Set) within(name string) []string {
	all := []string{name}
	for i := 0; i < len(all); i++ {
		groups := predefined[all[i]]
		if r := s.Get(all[i]); r != nil && r.Inherit {
			groups = slices.Sorted(maps.Keys(r.MemberOf))
		}
		for _, group := range groups {
			if !slices.Contains(all, group) {
				all = append(all, group)
			}
		}
	}
	return all
}

// Forgetting returns the set without all that a role was granted on objects, and has granted.
func (s *Set) Forgetting(name string) *Set {
	made := s.clone()
	made.held = made.held.each(func(o *Object) *Object { return o.forgetting(s, name) }, func(d Default) Default {
		if d.Role == name {
			d.ACL = nil
			return d
		}
		return d.with(access{s, d.Role, d.ACL}.forgetting(name))
	})
	return made
}
