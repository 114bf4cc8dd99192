package query

import (
	"context"
	"errors"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

const createViewTag = "CREATE VIEW"

// viewsRecord is the value of the record that every change of a view puts: its version is all that is
// of interest.
var viewsRecord = []byte("projsql views 1\n")

// changeViews commits what edit makes of the views of a catalog, on the condition that no view, and nothing that
// edit says, is changed meanwhile.
func (s *Session) changeViews(ctx context.Context, command string, edit func(*projection.Catalog) (*edited, error)) error {
	if err := s.writable(command); err != nil {
		return err
	}
	for tries := range alterTriesMax {
		if tries == 1 {
			defer s.turn(ctx)()
		}
		c := s.catalog()
		made, err := edit(c)
		if err != nil || len(made.changes) == 0 {
			return err
		}
		if c.ViewsVersion == 0 { // from here on all who change what views read go by this record
			err = s.server.options.Backend.Change(ctx, event.Change{Name: projection.ViewsRecordName, Value: viewsRecord, Expect: event.NoRecord})
		} else {
			err = s.change(ctx, made.onViews(c))
		}
		var lost *event.RecordError
		switch {
		case err == nil && c.ViewsVersion > 0:
			return nil
		case err != nil && !errors.As(err, &lost):
			return err
		}
	}
	return sqlstate.New(sqlstate.SerializationFailure, "views or functions were changed by others at the same time")
}

// governs implements governed.
func (k *createView) governs(s *Session) error {
	if k.lasting == nil {
		return nil
	}
	if s.may().schema()&role.Create == 0 {
		return denied("permission denied for schema public")
	}
	c, name := s.may().catalog, k.lasting.Name
	if _, taken := c.Lookup(name); k.replace && (taken || c.View(name) != nil || name == s.server.events.Name) {
		return s.mayOwn(name)
	}
	return nil
}

// define makes the view for all sessions.
func (k *createView) define(ctx context.Context, s *Session, x *call) error {
	name := k.lasting.Name
	return s.changeViews(ctx, createViewTag, func(c *projection.Catalog) (*edited, error) {
		if err := k.governs(s); err != nil {
			return nil, err
		}
		made, err := k.over(s, x, c)
		if err != nil {
			return nil, err
		}
		old, next := c.View(name), c.Roles
		switch {
		case old != nil && !k.replace:
			return nil, sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", name)
		case old == nil:
			if err := s.nameFree(c, name, k.replace); err != nil {
				return nil, err
			}
			made.Age = s.age(c)
			next = s.madePrivileges(c, made)
		default:
			if err := s.replaces(c, old, made); err != nil {
				return nil, err
			}
		}
		change, err := viewChange(old, made)
		if err != nil {
			return nil, err
		}
		change.Holds = append(holdsOf(c, made), event.Hold{Name: projection.RecordName(name)})
		return withRoles(c, []event.Change{change}, next), nil
	})
}

// madePrivileges are the roles with what holds of a view that is made.
func (s *Session) madePrivileges(c *projection.Catalog, v *projection.View) *role.Set {
	if c.Roles == nil { // nobody has any
		return nil
	}
	o := c.Roles.Made(s.maker(), role.Table)
	o.New, o.Of = false, v.Age
	return c.Roles.WithRelation(v.Name, o)
}

// over is the view over the relations of a catalog.
func (k *createView) over(s *Session, x *call, c *projection.Catalog) (*projection.View, error) {
	if c == x.catalog {
		return k.lasting, nil
	}
	anew := *x.compiled
	anew.catalog, anew.literals = c, nil
	if err := s.bindCreateView(&anew, k.statement); err != nil {
		return nil, err
	}
	if made := anew.command.(*createView).lasting; made != nil {
		return made, nil
	}
	return nil, errDefinitionsMoved
}

// nameFree refuses the name of a relation that is not a view of all sessions.
func (s *Session) nameFree(c *projection.Catalog, name string, replace bool) error {
	_, taken := c.Lookup(name)
	switch {
	case name != s.server.events.Name && !taken && catalog.Lookup("pg_catalog", name) == nil:
		return nil
	case replace && (taken || name == s.server.events.Name):
		return notA(name, "a view")
	}
	return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", name)
}

// replaces gives a view what it keeps of the one in whose place it comes.
func (s *Session) replaces(c *projection.Catalog, old, made *projection.View) error {
	if err := fits(columnsOf(old), columnsOf(made)); err != nil {
		return err
	}
	if reaches(c, made, old.Name, map[string]bool{}) {
		return sqlstate.New(sqlstate.InvalidObjectDefinition, "infinite recursion detected in rules for relation %q", old.Name)
	}
	made.Comment, made.Age = old.Comment, old.Age
	for i := range old.Columns {
		made.Columns[i].Comment = old.Columns[i].Comment
	}
	return nil
}

// reaches reports whether a view reads another of the name, itself or by views that it reads.
func reaches(c *projection.Catalog, v *projection.View, name string, seen map[string]bool) bool {
	return slices.ContainsFunc(v.Reads, func(read string) bool {
		if seen[read] {
			return false
		}
		seen[read] = true
		through := c.View(read)
		return read == name || through != nil && reaches(c, through, name, seen)
	})
}

// viewChange puts a view in the place of another, nil if it is new.
func viewChange(old, made *projection.View) (event.Change, error) {
	value, err := made.Record()
	change := event.Change{Name: projection.ViewRecordName(made.Name), Value: value, Expect: event.NoRecord}
	if old != nil {
		change.Expect, change.Version = event.ThisRecord, old.Version
	}
	return change, err
}

// holdsOf are the definitions that a view was made over.
func holdsOf(c *projection.Catalog, v *projection.View) []event.Hold {
	return holdsRelations(c, v.Reads)
}

// holdsRelations are the definitions of relations, of those that are projections.
func holdsRelations(c *projection.Catalog, names []string) (all []event.Hold) {
	for _, name := range names {
		if d, ok := c.Lookup(name); ok && d.Language == projection.SQL {
			all = append(all, event.Hold{Name: projection.RecordName(name), Version: d.Record})
		}
	}
	return all
}
