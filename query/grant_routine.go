package query

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
)

// namedRoutines finds the functions that a GRANT names.
func (k *grantCommand) namedRoutines(s *Session, c *compiled) error {
	for _, o := range k.statement.GetObjects() {
		f, err := s.functionNamed(c, k.statement.GetObjtype(), o.GetObjectWithArgs())
		if err != nil {
			return err
		}
		if f.schema != "" && f.schema != "public" {
			if err := s.schemaThere(f.schema); err != nil && !s.isTemp(f.schema) {
				return err
			}
			return unsupported(c.sql, int32(c.statement.Start), "%s on a function of the schema %s is not supported", k.tag(), f.schema)
		}
		found, err := s.functionOfUsers(c.catalog, f)
		switch {
		case err != nil:
			return err
		case found.Key == "":
			return unsupported(c.sql, int32(c.statement.Start), "%s on a function of the session is not supported", k.tag())
		}
		k.routines = append(k.routines, f)
	}
	return nil
}

// overRoutines are the routines that the statement is about; those that it names may have gone since it was bound.
func (k *grantCommand) overRoutines(s *Session, c *projection.Catalog) (all []*lastingFunction, err error) {
	for _, name := range k.routines {
		f, err := s.functionOfUsers(c, name)
		if err != nil {
			return nil, err
		}
		if found := s.functionOf(c, func(o *lastingFunction) bool { return o.Function == f }); found != nil {
			all = append(all, found)
		}
	}
	if k.schema == "" {
		return all, nil
	}
	for _, f := range s.lastingFunctions(c) {
		if kind := k.statement.GetObjtype(); kind == pg.ObjectType_OBJECT_ROUTINE || f.Procedure == (kind == pg.ObjectType_OBJECT_PROCEDURE) {
			all = append(all, f)
		}
	}
	return all, nil
}

// onRoutines grants or revokes on functions and procedures.
func (k *grantCommand) onRoutines(g *granting, s *Session, c *projection.Catalog) (*role.Set, error) {
	all, err := k.overRoutines(s, c)
	if err != nil {
		return nil, err
	}
	set := c.Roles
	for _, f := range all {
		was := c.HeldRoutine(f.Key)
		o, err := g.all(set, was, role.Functions, f.Name)
		if err != nil {
			return nil, err
		}
		if o != was {
			set = set.WithRoutine(f.Key, heldRoutine(f.record, o))
		}
	}
	return set, nil
}
