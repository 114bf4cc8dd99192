package query

import (
	"context"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// dropViews drops views of all sessions, and with cascade what needs them.
func (s *Session) dropViews(ctx context.Context, x *call, names []string, cascade bool) error {
	var more []dependent
	err := s.changeViews(ctx, "DROP VIEW", func(c *projection.Catalog) (*edited, error) {
		for _, name := range names {
			if c.View(name) == nil {
				return nil, sqlstate.New(sqlstate.UndefinedTable, "view %q does not exist", name)
			}
			if err := s.mayOwn(name); err != nil {
				return nil, err
			}
		}
		what := "desired object(s)"
		if len(names) == 1 {
			what = viewNamed(names[0])
		}
		g := goingWith(c, names, nil)
		if more = g.more; len(more) > 0 && !cascade {
			return nil, needed(what, more)
		}
		return withRoles(c, g.changes(c), g.privileges(c.Roles)), nil
	})
	if err != nil {
		return err
	}
	return s.tellCascade(x, more)
}

// going are relations and routines that go.
type going struct {
	relations []string
	routines  []string    // by Key
	more      []dependent // those of them that need others that go
}

// goingWith are relations and routines that go, with the views and the routines that need them or others that go.
func goingWith(c *projection.Catalog, relations, routines []string) *going {
	g := &going{relations: slices.Clone(relations), routines: slices.Clone(routines)}
	for _, name := range relations {
		g.readers(c, name)
	}
	for _, key := range routines {
		g.callers(c, c.Routine(key))
	}
	return g
}

// readers adds what needs a relation.
func (g *going) readers(c *projection.Catalog, name string) {
	described := "projection " + expr.QuoteIdent(name)
	if c.View(name) != nil {
		described = viewNamed(name)
	}
	for _, r := range c.AllRoutines() {
		if slices.Contains(r.Reads, name) {
			on := described
			if takesRowsOf(r, name) {
				on = "type " + expr.QuoteIdent(name)
			}
			g.routine(c, r, on)
		}
	}
	for _, v := range c.AllViews() {
		if slices.Contains(v.Reads, name) {
			g.view(c, v, described)
		}
	}
}

// callers adds what needs a routine.
func (g *going) callers(c *projection.Catalog, called *projection.Routine) {
	for _, r := range c.AllRoutines() {
		if slices.Contains(r.Calls, called.Key) {
			g.routine(c, r, routineNamed(called))
		}
	}
	for _, v := range c.AllViews() {
		if slices.Contains(v.Calls, called.Key) {
			g.view(c, v, routineNamed(called))
		}
	}
}

func (g *going) routine(c *projection.Catalog, r *projection.Routine, on string) {
	if slices.Contains(g.routines, r.Key) {
		return
	}
	g.routines, g.more = append(g.routines, r.Key), append(g.more, dependent{name: routineNamed(r), on: on})
	g.callers(c, r)
}

func (g *going) view(c *projection.Catalog, v *projection.View, on string) {
	if slices.Contains(g.relations, v.Name) {
		return
	}
	g.relations, g.more = append(g.relations, v.Name), append(g.more, dependent{name: viewNamed(v.Name), on: on})
	g.readers(c, v.Name)
}

// changes take away the records of the views and the routines.
func (g *going) changes(c *projection.Catalog) (changes []event.Change) {
	for _, name := range g.relations {
		if v := c.View(name); v != nil {
			changes = append(changes, event.Change{Name: projection.ViewRecordName(name), Expect: event.ThisRecord, Version: v.Version})
		}
	}
	for _, key := range g.routines {
		changes = append(changes, event.Change{Name: projection.RoutineRecordName(key), Expect: event.ThisRecord, Version: c.Routine(key).Version})
	}
	return changes
}

// privileges are the roles without what they may do with what goes.
func (g *going) privileges(left *role.Set) *role.Set {
	for _, name := range g.relations {
		if left.Relation(name) != nil {
			left = left.WithRelation(name, nil)
		}
	}
	for _, key := range g.routines {
		if left.Routine(key) != nil {
			left = left.WithRoutine(key, nil)
		}
	}
	return left
}

func viewNamed(name string) string { return "view " + expr.QuoteIdent(name) }
