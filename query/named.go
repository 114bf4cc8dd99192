package query

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// relationNamed is the relation that a utility names. 42P01 if there is none, 3F000 if its schema is not there,
// 42809 if it is an index.
func (s *Session) relationNamed(c *compiled, r *pg.RangeVar) (*plan.Relation, error) {
	found, err := s.relations(c.catalog).Relation(r.GetSchemaname(), r.GetRelname())
	if err != nil || found != nil {
		return found, err
	}
	if err := s.schemaThere(r.GetSchemaname()); err != nil {
		return nil, err
	}
	return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", qualifiedName(r))
}

// found tells that a relation is not there.
func (s *Session) found(c *compiled, r *pg.RangeVar) error {
	_, err := s.relationNamed(c, r)
	return err
}

// schemaThere is 3F000 if a schema that is named, not "", is not there.
func (s *Session) schemaThere(schema string) error {
	if schema == "" {
		return nil
	}
	_, err := s.env.Registry.SchemaOf([]string{schema, ""})
	return err
}

// isIndex reports whether a name, with its schema or "", is that of an index.
func (s *Session) isIndex(schema, name string) bool {
	if schema == "" || s.isTemp(schema) {
		if t, _ := s.tables.Index(name); t != nil {
			return true
		}
	}
	schemas := s.schemas
	if schema != "" {
		schemas = []string{schema}
	}
	return slices.ContainsFunc(schemas, func(schema string) bool { return s.catalogObjects().IsIndex(schema, name) })
}

// placed puts an error of a relation where its name is.
func placed(c *compiled, err error, r *pg.RangeVar) error {
	e := sqlstate.Of(err)
	if e.Position != 0 {
		return err
	}
	return e.At(parse.Position(c.sql, int(r.GetLocation())))
}

// notA is the error of a statement that takes another kind of relation: "a table".
func notA(name, kind string) *sqlstate.Error {
	return sqlstate.New(sqlstate.WrongObjectType, "%q is not %s", name, kind)
}

// namesIndex is isIndex of what no relation of the session hides.
func (s *Session) namesIndex(r *pg.RangeVar) bool {
	return !(s.ownSchema(r) && s.ownRelation(r.GetRelname()) != nil) && s.isIndex(r.GetSchemaname(), r.GetRelname())
}

// unkept tells whether a name is of what has no rows of its own: an index, a view or a sequence of the session.
func (s *Session) unkept(r *pg.RangeVar) bool {
	return s.ownSchema(r) && s.ownRelation(r.GetRelname()) != nil || s.namesIndex(r)
}

// namesSequence reports whether a name is that of a sequence of the session.
func (s *Session) namesSequence(r *pg.RangeVar) bool {
	_, is := s.tables.Object(r.GetRelname()).(*temptable.Sequence)
	return is && s.ownSchema(r)
}

// writableRelation checks that a statement writes events.
func (s *Session) writableRelation(c *compiled, r *pg.RangeVar, verb string) error {
	found, err := s.relations(c.catalog).Relation(r.GetSchemaname(), r.GetRelname())
	if err != nil {
		return placed(c, err, r)
	}
	if found == nil {
		return at(c.sql, r.GetLocation(), sqlstate.UndefinedTable, "relation %q does not exist", qualifiedName(r))
	}
	switch found.Kind {
	case plan.EventsRelation:
		return nil
	case plan.ProjectionRelation:
		return at(c.sql, r.GetLocation(), sqlstate.WrongObjectType, "cannot %s projection %q", verb, found.Name).
			WithHint("A projection follows its events: INSERT INTO events.")
	case plan.ViewRelation:
		switch verb {
		case "truncate":
			return notA(found.Name, "a table")
		case "copy to":
			return sqlstate.New(sqlstate.WrongObjectType, "cannot copy to view %q", found.Name).
				WithHint("To enable copying to a view, provide an INSTEAD OF INSERT trigger.")
		}
		if found.Lasting {
			return unsupported(c.sql, r.GetLocation(), "changing what a view reads by the view is not supported").WithHint("States change by events: INSERT INTO events.")
		}
		if _, own := s.tables.Object(found.Name).(*temptable.View); own {
			return unsupported(c.sql, r.GetLocation(), "changing a table by a view of it is not supported").WithHint("Change the table.")
		}
	}
	if verb == "truncate" && found.Schema == "pg_catalog" {
		return errSystemCatalog(found.Name)
	}
	return at(c.sql, r.GetLocation(), sqlstate.WrongObjectType, "cannot %s system relation %q", verb, found.Name)
}

func qualifiedName(r *pg.RangeVar) string {
	if r.GetSchemaname() == "" {
		return r.GetRelname()
	}
	return r.GetSchemaname() + "." + r.GetRelname()
}

// refuseChange answers UPDATE and DELETE of what is no table.
func (s *Session) refuseChange(c *compiled, r *pg.RangeVar, verb string) error {
	if err := s.writableRelation(c, r, verb); err != nil {
		return err
	}
	return unsupported(c.sql, r.GetLocation(), appendOnly).WithHint(appendOnlyHint)
}

func (s *Session) refuseTruncate(c *compiled, n *pg.TruncateStmt) error {
	for _, r := range n.GetRelations() {
		if err := s.schemaThere(r.GetRangeVar().GetSchemaname()); err != nil {
			return err
		}
		if s.unkept(r.GetRangeVar()) {
			return notA(r.GetRangeVar().GetRelname(), "a table")
		}
		if err := s.writableRelation(c, r.GetRangeVar(), "truncate"); err != nil {
			return unplaced(err)
		}
	}
	return unsupported(c.sql, n.GetRelations()[0].GetRangeVar().GetLocation(), appendOnly).
		WithHint("The log keeps what happened; a new database starts empty.")
}
