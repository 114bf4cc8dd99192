package query

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// routine finds the routine of all sessions that the statement changes, which the session may.
func (k *alterFunction) routine(s *Session, c *projection.Catalog) (*lastingFunction, error) {
	f, err := s.functionOfUsers(c, k.function)
	if err != nil {
		return nil, err
	}
	found := s.functionOf(c, func(o *lastingFunction) bool { return o.Function == f })
	if found == nil {
		return nil, errDefinitionsMoved
	}
	return found, s.mayOwnRoutine(found.record)
}

// alterLasting changes a function of all sessions: its options, its comment or its name.
func (k *alterFunction) alterLasting(ctx context.Context, s *Session, x *call) error {
	return s.changeViews(ctx, k.defines(), func(c *projection.Catalog) (*edited, error) {
		was, err := k.routine(s, c)
		if err != nil {
			return nil, err
		}
		if k.name != "" {
			return k.rename(s, c, was.record)
		}
		now, err := k.altered(s, x, was.Function)
		if err != nil {
			return nil, err
		}
		made := *was.record
		made.Strict, made.Leakproof, made.Definer, made.Cost, made.Rows, made.Comment = now.Strict, now.Leakproof, now.Definer, now.Cost, now.Rows, now.Comment
		made.Volatile, made.Parallel, made.Config = string(now.Volatile), string(now.Parallel), now.Config
		change, err := routineChange(was.record, &made)
		return &edited{changes: []event.Change{change}}, err
	})
}

// rename gives a routine another name.
func (k *alterFunction) rename(s *Session, c *projection.Catalog, old *projection.Routine) (*edited, error) {
	made := *old
	made.Name, made.Key = k.name, k.name+old.Key[len(old.Name):]
	g := goingWith(c, nil, []string{old.Key})
	switch {
	case s.may().schema()&role.Create == 0:
		return nil, denied("permission denied for schema public")
	case c.Routine(made.Key) != nil:
		f := s.lastingFunction(c, &made)
		if f == nil {
			return nil, errDefinitionsMoved
		}
		return nil, sqlstate.New(sqlstate.DuplicateFunction, "function %s already exists in schema %q", functionName{written: k.name, args: f.Types()}.asked(), "public")
	case len(g.more) > 0:
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "%s, which calls %s, cannot be written with another name in it", g.more[0].name, routineNamed(old)).
			WithHint("Drop it first, and create it anew.")
	}
	change, err := routineChange(nil, &made)
	if err != nil {
		return nil, err
	}
	gone := event.Change{Name: projection.RoutineRecordName(old.Key), Expect: event.ThisRecord, Version: old.Version}
	next := c.Roles
	if held := c.HeldRoutine(old.Key); held != nil {
		next = next.WithRoutine(old.Key, nil).WithRoutine(made.Key, held)
	}
	return withRoles(c, []event.Change{change, gone}, next), nil
}

// changeOwner gives a function of all sessions to another role.
func (k *alterFunction) changeOwner(ctx context.Context, s *Session) error {
	return s.changeHeld(ctx, k.defines(), func(c *projection.Catalog) (*role.Set, error) {
		f, err := k.routine(s, c)
		if err != nil {
			return nil, err
		}
		to, err := s.newOwner(k.owner)
		if err != nil {
			return nil, err
		}
		was := c.HeldRoutine(f.Key)
		if was.OwnedBy() == to {
			return c.Roles, nil
		}
		if err := s.mayGive(c.Roles, to); err != nil {
			return nil, err
		}
		return c.Roles.WithRoutine(f.Key, heldRoutine(f.record, was.Owned(to))), nil
	})
}

// heldRoutine says which routine an object is said of.
func heldRoutine(r *projection.Routine, o *role.Object) *role.Object {
	made := *o
	made.Of = r.Age
	return &made
}
