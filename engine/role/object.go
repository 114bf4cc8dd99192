package role

import (
	"maps"
	"slices"
)

// Kind is a kind of object that there are privileges on.
type Kind byte

// Kinds, by the letters of pg_default_acl and acldefault. There are no lasting sequences and types: what is said
// of those to come is kept.
const (
	Table     Kind = 'r'
	Schema    Kind = 'n'
	Database  Kind = 'd'
	Sequences Kind = 'S'
	Functions Kind = 'f'
	Types     Kind = 'T'
)

// All returns the privileges that there are on a kind of object.
func (k Kind) All() Privileges {
	switch k {
	case Schema:
		return Usage | Create
	case Database:
		return Create | Temporary | Connect
	case Sequences:
		return Select | Update | Usage
	case Functions:
		return Execute
	case Types:
		return Usage
	}
	return OnTable
}

// public returns what everybody has on a kind of object by default. Of the schema public it is what PostgreSQL
// grants when it makes a database.
func (k Kind) public() Privileges {
	switch k {
	case Schema, Types:
		return Usage
	case Database:
		return Temporary | Connect
	case Functions:
		return Execute
	}
	return 0
}

// ofNew returns what holds by default of objects of a kind that a role makes.
func (k Kind) ofNew(owner string) ACL {
	if k == Schema {
		return DefaultACL(owner, k.All(), 0)
	}
	return DefaultACL(owner, k.All(), k.public())
}

// Object is who owns an object, and who may do what with it. It is immutable; nil stands for one
// that nobody owns but the database's owner, with the default of everything.
type Object struct {
	Owner string `json:"owner,omitempty"` // Owner: the database's
	// ACL is nil where nothing was granted or revoked.
	ACL ACL `json:"acl"`
	// Columns are what is granted on single columns beside that, by name.
	Columns map[string]ACL `json:"columns,omitempty"`
	// Of tells which object of its name it is: the version of the catalog record that defines a projection, the age of
	// a view or a routine, 0 of what no record defines. Another one, made by a release that knows no privileges, has none of these.
	Of uint64 `json:"of,omitempty"`
	// New says that Of is the version of this record: both are put together.
	New bool `json:"new,omitempty"`
}

// OwnedBy is the owner of an object.
func (o *Object) OwnedBy() string {
	if o == nil {
		return Owner
	}
	return o.Owner
}

// Effective returns what holds of an object of a kind: its ACL, or the default.
func (o *Object) Effective(k Kind) ACL {
	switch {
	case o != nil && o.ACL != nil:
		return o.ACL
	case k == Schema: // granted, once it was made
		return append(k.ofNew(o.OwnedBy()), Item{To: Public, By: o.OwnedBy(), May: k.public()})
	}
	return DefaultACL(o.OwnedBy(), k.All(), k.public())
}

// Explicit returns the ACL; nil: it is the default.
func (o *Object) Explicit() ACL {
	if o == nil {
		return nil
	}
	return o.ACL
}

// Column returns what is granted on a column alone.
func (o *Object) Column(name string) ACL {
	if o == nil {
		return nil
	}
	return o.Columns[name]
}

func (o *Object) clone() *Object {
	if o == nil {
		return &Object{}
	}
	made := *o
	return &made
}

// WithACL returns the object with another ACL.
func (o *Object) WithACL(acl ACL) *Object {
	made := o.clone()
	made.ACL = acl
	return made
}

// WithColumn returns the object with another ACL of a column; an empty one is none.
func (o *Object) WithColumn(name string, acl ACL) *Object {
	made := o.clone()
	made.Columns = maps.Clone(made.Columns)
	if made.Columns == nil {
		made.Columns = map[string]ACL{}
	}
	made.Columns[name] = acl
	if len(acl) == 0 {
		delete(made.Columns, name)
	}
	return made
}

// Owned returns the object as it is when another owns it.
func (o *Object) Owned(by string) *Object {
	made := o.clone()
	from := made.Owner
	made.Owner, made.ACL = by, made.ACL.owned(from, by)
	made.Columns = eachACL(made.Columns, func(acl ACL) ACL { return acl.owned(from, by) })
	return made
}

// Kept returns the object as it is of a new definition, whose record is put with this one; column tells which columns
// that has.
func (o *Object) Kept(column func(name string) bool) *Object {
	made := o.clone()
	made.New, made.Of = true, 0
	for name := range made.Columns {
		if !column(name) {
			made = made.WithColumn(name, nil)
		}
	}
	return made
}

// ColumnRenamed returns the object with another name of a column.
func (o *Object) ColumnRenamed(from, to string) *Object {
	acl := o.Column(from)
	if len(acl) == 0 {
		return o
	}
	return o.WithColumn(from, nil).WithColumn(to, acl)
}

// renamed returns the object with another name of a role.
func (o *Object) renamed(from, to string) *Object {
	if o == nil || !o.names(from) {
		return o
	}
	made := o.clone()
	if made.Owner == from {
		made.Owner = to
	}
	made.ACL = made.ACL.owned(from, to)
	made.Columns = eachACL(made.Columns, func(acl ACL) ACL { return acl.owned(from, to) })
	return made
}

// forgetting returns the object without what a role was granted, and has granted.
func (o *Object) forgetting(s *Set, name string) *Object {
	if o == nil || !o.names(name) {
		return o
	}
	made := o.clone()
	if made.ACL != nil {
		made.ACL = access{s, made.Owner, made.ACL}.forgetting(name)
	}
	made.Columns = eachACL(made.Columns, func(acl ACL) ACL { return access{s, made.Owner, acl}.forgetting(name) })
	return made
}

func eachACL(all map[string]ACL, change func(ACL) ACL) map[string]ACL {
	var made map[string]ACL
	for name, acl := range all {
		if acl = change(acl); len(acl) > 0 {
			if made == nil {
				made = map[string]ACL{}
			}
			made[name] = acl
		}
	}
	return made
}

// names reports whether a role owns the object or is named in an ACL of it.
func (o *Object) names(name string) bool {
	return o.Owner == name || len(o.Named(name)) > 0
}

// Named returns where a role is named in the ACLs of an object that it does not own: "" is the object itself,
// others are columns.
func (o *Object) Named(name string) (where []string) {
	if o.ACL.Names(name) {
		where = append(where, "")
	}
	for _, column := range slices.Sorted(maps.Keys(o.Columns)) {
		if o.Columns[column].Names(name) {
			where = append(where, column)
		}
	}
	return where
}

// Default is what is granted on relations that a role will make.
type Default struct {
	Role   string `json:"role,omitempty"`
	Schema string `json:"schema,omitempty"` // "" = in any
	Kind   Kind   `json:"kind"`
	ACL    ACL    `json:"acl"`
}

// privileges are the objects of which more is said than the default. They are immutable.
type privileges struct {
	Relations map[string]*Object `json:"relations,omitempty"` // of the schema public, by name
	Routines  map[string]*Object `json:"routines,omitempty"`  // of the schema public, by what tells one from another
	Schema    *Object            `json:"schema,omitempty"`    // public
	Database  *Object            `json:"database,omitempty"`
	Defaults  []Default          `json:"defaults,omitempty"`
}

func (p *privileges) empty() bool {
	return p == nil || len(p.Relations) == 0 && len(p.Routines) == 0 && p.Schema == nil && p.Database == nil && len(p.Defaults) == 0
}

func (p *privileges) clone() *privileges {
	if p == nil {
		return &privileges{}
	}
	made := *p
	return &made
}

// says reports whether something holds of an object.
func (p *privileges) says(something func(*Object) bool) bool {
	if p == nil {
		return false
	}
	for _, all := range []map[string]*Object{p.Relations, p.Routines} {
		for _, o := range all {
			if something(o) {
				return true
			}
		}
	}
	return something(p.Schema) || something(p.Database)
}

// each returns the privileges with every object changed.
func (p *privileges) each(change func(*Object) *Object, defaults func(Default) Default) *privileges {
	if p == nil {
		return nil
	}
	made := &privileges{Schema: change(p.Schema), Database: change(p.Database), Relations: eachObject(p.Relations, change), Routines: eachObject(p.Routines, change)}
	for _, d := range p.Defaults {
		if d = defaults(d); d.ACL != nil {
			made.Defaults = append(made.Defaults, d)
		}
	}
	return made
}

func eachObject(all map[string]*Object, change func(*Object) *Object) map[string]*Object {
	if len(all) == 0 {
		return nil
	}
	made := make(map[string]*Object, len(all))
	for name, o := range all {
		made[name] = change(o)
	}
	return made
}
