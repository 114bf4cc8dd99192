package query

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// changeOwner is ALTER TABLE and ALTER VIEW … OWNER TO, of events, a projection or a view.
type changeOwner struct {
	relation string
	to       *pg.RoleSpec
	tag      string
}

// ownerStep is the new owner where that is all that an ALTER says of what is not the session's.
func ownerStep(n *pg.AlterTableStmt) (*pg.RoleSpec, bool) {
	if len(n.GetCmds()) != 1 {
		return nil, false
	}
	cmd := n.GetCmds()[0].GetAlterTableCmd()
	return cmd.GetNewowner(), cmd.GetSubtype() == pg.AlterTableType_AT_ChangeOwner
}

// bindOwner binds ALTER TABLE … OWNER TO of what outlives the session; false: it is another statement, or of another
// relation.
func (s *Session) bindOwner(c *compiled, n *pg.AlterTableStmt) (bool, error) {
	to, is := ownerStep(n)
	if !is || n.GetObjtype() != pg.ObjectType_OBJECT_TABLE && n.GetObjtype() != pg.ObjectType_OBJECT_VIEW {
		return false, nil
	}
	r, err := s.relationNamed(c, n.GetRelation())
	if err != nil || r.Schema != "public" {
		return false, nil // the other way tells
	}
	if n.GetObjtype() == pg.ObjectType_OBJECT_VIEW && !r.Lasting {
		return true, notA(r.Name, "a view")
	}
	c.command = &changeOwner{relation: r.Name, to: to, tag: "ALTER " + strings.ToUpper(objectWord(n.GetObjtype()))}
	return true, nil
}

// bindAlterOwner binds ALTER … OWNER TO of what is no relation.
func (s *Session) bindAlterOwner(c *compiled, n *pg.AlterOwnerStmt) error {
	return unsupported(c.sql, int32(c.statement.Start), "ALTER %s … OWNER TO is not supported", objectWord(n.GetObjectType()))
}

func (k *changeOwner) run(ctx context.Context, s *Session, _ *call) (result, error) {
	err := s.changeHeld(ctx, k.tag, func(c *projection.Catalog) (*role.Set, error) {
		if _, there := c.Lookup(k.relation); !there && c.View(k.relation) == nil && k.relation != s.server.events.Name {
			return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", k.relation)
		}
		if err := s.mayOwn(k.relation); err != nil {
			return nil, err
		}
		to, err := s.newOwner(k.to)
		if err != nil {
			return nil, err
		}
		was := c.Held(k.relation)
		if was.OwnedBy() == to {
			return c.Roles, nil
		}
		if err := s.mayGive(c.Roles, to); err != nil {
			return nil, err
		}
		return c.Roles.WithRelation(k.relation, heldOf(c, k.relation, was.Owned(to))), nil
	})
	return result{tag: k.tag}, err
}

// newOwner is the role that a statement names, as ACLs have it.
func (s *Session) newOwner(r *pg.RoleSpec) (string, error) {
	name, err := s.nameOf(r)
	if err != nil {
		return "", err
	}
	return s.held(name)
}

// mayGive refuses to make a role the owner of a relation that could not have made it.
func (s *Session) mayGive(set *role.Set, to string) error {
	switch {
	case s.may().all:
		return nil
	case to == role.Owner || !set.Member(s.user, to):
		return denied("must be member of role %q", shownRole(to))
	case set.May(to, set.OfSchema(), role.Schema)&role.Create == 0:
		return denied("permission denied for schema public")
	}
	return nil
}

// shownRole is a role's name as errors have it.
func shownRole(name string) string {
	if name == role.Owner {
		return owner
	}
	return name
}

// ownedRoles are the roles that a statement names whose objects it is about.
func (s *Session) ownedRoles(list []*pg.Node, what string) ([]string, error) {
	var all []string
	for _, n := range list {
		name, err := s.newOwner(n.GetRoleSpec())
		if err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	for _, name := range all {
		if !s.may().all && !s.roles().Has(s.user, name) {
			return nil, denied("permission denied to %s", what)
		}
	}
	return all, nil
}

// reassignOwned is REASSIGN OWNED.
type reassignOwned struct{ statement *pg.ReassignOwnedStmt }

func (k *reassignOwned) run(ctx context.Context, s *Session, _ *call) (result, error) {
	const tag = "REASSIGN OWNED"
	err := s.changeHeld(ctx, tag, func(c *projection.Catalog) (*role.Set, error) {
		from, err := s.ownedRoles(k.statement.GetRoles(), "reassign objects")
		if err != nil {
			return nil, err
		}
		to, err := s.newOwner(k.statement.GetNewrole())
		if err != nil {
			return nil, err
		}
		if !s.may().all && !c.Roles.Has(s.user, to) {
			return nil, denied("permission denied to reassign objects")
		}
		set := c.Roles
		for _, name := range from {
			if name == role.Owner || role.IsPredefined(name) {
				return nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot reassign ownership of objects owned by role %s because they are required by the database system", shownRole(name))
			}
			for relation, o := range set.Relations() {
				if o.Owner == name {
					set = set.WithRelation(relation, o.Owned(to))
				}
			}
			for key, o := range set.Routines() {
				if o.Owner == name {
					set = set.WithRoutine(key, o.Owned(to))
				}
			}
		}
		return set, nil
	})
	return result{tag: tag}, err
}

// dropOwned is DROP OWNED: the projections and views of roles, and what they were granted.
type dropOwned struct{ statement *pg.DropOwnedStmt }

func (k *dropOwned) run(ctx context.Context, s *Session, x *call) (result, error) {
	const tag = "DROP OWNED"
	if err := s.writable(tag); err != nil {
		return result{}, err
	}
	names, err := s.ownedRoles(k.statement.GetRoles(), "drop objects")
	if err != nil {
		return result{}, err
	}
	for range alterTriesMax {
		c := s.catalog()
		owned, err := s.ownedBy(c, names)
		if err != nil {
			return result{}, err
		}
		gone := goingWith(c, owned, routinesOf(c, names))
		more := gone.more
		if len(more) > 0 && k.statement.GetBehavior() != pg.DropBehavior_DROP_CASCADE {
			return result{}, needed("desired object(s)", more)
		}
		if made := k.changes(c, names, gone); len(made.changes) > 0 {
			err = s.change(ctx, made)
		}
		var lost *event.RecordError
		if !errors.As(err, &lost) {
			return result{tag: tag}, cmp.Or(err, s.tellCascade(x, more))
		}
	}
	return result{}, sqlstate.New(sqlstate.SerializationFailure, "roles were changed by others at the same time")
}

// changes drop relations, and take away what roles were granted.
func (k *dropOwned) changes(c *projection.Catalog, names []string, gone *going) *edited {
	var changes []event.Change
	for _, name := range gone.relations {
		if d, ok := c.Lookup(name); ok {
			changes = append(changes, dropChanges(d, true)...)
		}
	}
	views := gone.changes(c)
	next := gone.privileges(c.Roles)
	for _, name := range names {
		next = next.Forgetting(name)
		for relation, o := range next.Relations() { // of what SQL does not drop
			if o.Owner == name {
				next = next.WithRelation(relation, nil)
			}
		}
	}
	for key, o := range next.Routines() {
		if slices.Contains(names, o.Owner) {
			next = next.WithRoutine(key, nil)
		}
	}
	made := withRoles(c, append(changes, views...), next)
	if len(views) > 0 {
		return made.onViews(c)
	}
	return made.holdingViews(c)
}

// ownedBy are the relations of roles that can be dropped.
func (s *Session) ownedBy(c *projection.Catalog, names []string) (owned []string, err error) {
	for _, name := range names {
		if name == role.Owner || role.IsPredefined(name) {
			return nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop objects owned by role %s because they are required by the database system", shownRole(name))
		}
		if c.Held(s.server.events.Name).OwnedBy() == name {
			return nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop table %s because it is required by the database system", s.server.events.Name).
				WithHint("Give it to another role: ALTER TABLE events OWNER TO …")
		}
		for _, d := range c.All() {
			if c.Held(d.Name).OwnedBy() == name && d.Language == projection.SQL {
				owned = append(owned, d.Name)
			}
		}
		for _, v := range c.AllViews() {
			if c.Held(v.Name).OwnedBy() == name {
				owned = append(owned, v.Name)
			}
		}
	}
	return owned, nil
}

// routinesOf are the Keys of the routines of roles.
func routinesOf(c *projection.Catalog, names []string) (all []string) {
	for _, r := range c.AllRoutines() {
		if slices.Contains(names, c.HeldRoutine(r.Key).OwnedBy()) {
			all = append(all, r.Key)
		}
	}
	return all
}

// dropChanges take away the records of a projection; exactly: if it is still this one.
func dropChanges(d *projection.Definition, exactly bool) []event.Change {
	record := projection.RecordName(d.Name)
	last := event.Change{Name: record, Expect: event.SomeRecord}
	if exactly {
		last.Expect, last.Version = event.ThisRecord, d.Record
	}
	return []event.Change{
		{Name: projection.SettingsRecordName(d.Name), Expect: event.AnyRecord},
		{Name: projection.CommentsRecordName(d.Name), Expect: event.AnyRecord},
		last,
	}
}
