package query

import (
	"context"
	"errors"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// changeRoles commits what edit makes of the roles, on the condition that they are what it was made of.
func (s *Session) changeRoles(ctx context.Context, command string, edit func(*role.Set) (*role.Set, error)) error {
	return s.changeHeld(ctx, command, func(c *projection.Catalog) (*role.Set, error) { return edit(c.Roles) })
}

// changeHeld is changeRoles of what depends on the relations that there are, too.
func (s *Session) changeHeld(ctx context.Context, command string, edit func(*projection.Catalog) (next *role.Set, err error)) error {
	if err := s.writable(command); err != nil {
		return err
	}
	if guards := s.server.options.Guards; guards != nil && !guards() {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "roles need nodes that know each other").
			WithDetail("Without a secret whoever reaches a node can say that it is another node, and needs no password.").
			WithHint("Start all nodes with --cluster-secret-file.")
	}
	for tries := range alterTriesMax {
		if tries == 1 {
			defer s.turn(ctx)()
		}
		c := s.catalog()
		old := c.Roles
		next, err := edit(c)
		if err != nil || next == old {
			return err
		}
		if !next.Administered() {
			return unadministered(old)
		}
		change := rolesChange(old)
		holdRelations(c, next, &change)
		err = s.change(ctx, &edited{changes: []event.Change{change}, roles: next})
		if err == nil && !old.Guarded() && next.Guarded() { // who made the first role goes on to the others
			s.trust()
		}
		var lost *event.RecordError
		if !errors.As(err, &lost) {
			return err
		}
	}
	return sqlstate.New(sqlstate.SerializationFailure, "roles were changed by others at the same time")
}

// trusted reports whether the session needs no role to do everything.
func (s *Session) trusted() bool { return s.start.Trusted || s.tx.defined != nil && s.tx.defined.first }

// trust lets the session do everything, from now on or until its transaction is rolled back.
func (s *Session) trust() {
	if s.tx.defined == nil {
		s.start.Trusted = true
	} else {
		next := *s.tx.defined
		next.first = true
		s.tx.defined = &next
	}
	s.rights = rights{}
}

// holdRelations has a change of the roles made only while the relations of which it says something new are what they were: another
// that comes in their place has none of it. Before the first view a record can only be needed, and but one.
func holdRelations(c *projection.Catalog, next *role.Set, change *event.Change) {
	for name, o := range next.Relations() {
		if o == c.Roles.Relation(name) || o.Of != c.Which(name) || o.New {
			continue
		}
		var hold event.Hold
		if v := c.View(name); v != nil {
			hold = event.Hold{Name: projection.ViewRecordName(name), Version: v.Version}
		} else if d, there := c.Lookup(name); there && d.Language == projection.SQL {
			hold = event.Hold{Name: projection.RecordName(name), Version: d.Record}
		} else {
			continue
		}
		switch {
		case c.ViewsVersion == 0:
			change.Needs = hold.Name
		case len(change.Holds) < event.HoldsMax:
			change.Holds = append(change.Holds, hold)
		}
	}
}

// rolesChange puts a record of roles, whose value is not written yet, in the place of the one that there is.
func rolesChange(old *role.Set) event.Change {
	change := event.Change{Name: role.RecordName, Expect: event.NoRecord}
	if old != nil {
		change.Expect, change.Version = event.ThisRecord, old.Version
	}
	return change
}

func unadministered(old *role.Set) error {
	e := sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "no role would be left that can connect and do everything")
	if old.Guarded() {
		return e.WithHint("The last superuser that has LOGIN and a password goes when all other roles are dropped: then who reaches a node over loopback may do everything again.")
	}
	return e.WithHint("The first role is the administrator's: CREATE ROLE name SUPERUSER LOGIN PASSWORD '…'.")
}

// heldOf says which relation an object is said of.
func heldOf(c *projection.Catalog, relation string, o *role.Object) *role.Object {
	made := *o
	made.Of, made.New = c.Which(relation), false
	return &made
}

// keptPrivileges are the roles with what holds of a projection that is defined: what held of the one that it
// replaces, but for columns that it does not have, or what is granted on all that its owner makes.
func (s *Session) keptPrivileges(c *projection.Catalog, d *projection.Definition) *role.Set {
	if c.Roles == nil { // nobody has any
		return nil
	}
	made := c.Held(d.Name)
	if _, replaced := c.Lookup(d.Name); !replaced {
		made = c.Roles.Made(s.maker(), role.Table)
	}
	return c.Roles.WithRelation(d.Name, made.Kept(func(column string) bool { return hasColumn(d, column) }))
}

// maker is who owns what the session makes.
func (s *Session) maker() string {
	by, err := s.held(s.user)
	if err != nil {
		return role.Owner
	}
	return by
}

func hasColumn(d *projection.Definition, name string) bool {
	for _, c := range plan.NewProjection(d, 0).Columns {
		if c.Name == name {
			return true
		}
	}
	return false
}
