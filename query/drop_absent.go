package query

import (
	"context"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
)

// dropAbsent is DROP of what there is none of: it says so, as PostgreSQL does.
type dropAbsent struct {
	tag     string
	missing []*sqlstate.Error
	ifThere bool
}

// absentKinds are kinds of objects with names of their own of which there are none here, or only
// those that cannot be dropped.
var absentKinds = map[pg.ObjectType]struct{ tag, word string }{
	pg.ObjectType_OBJECT_SCHEMA:         {"SCHEMA", "schema"},
	pg.ObjectType_OBJECT_EXTENSION:      {"EXTENSION", "extension"},
	pg.ObjectType_OBJECT_FOREIGN_SERVER: {"SERVER", "server"},
	pg.ObjectType_OBJECT_FDW:            {"FOREIGN DATA WRAPPER", "foreign-data wrapper"},
	pg.ObjectType_OBJECT_EVENT_TRIGGER:  {"EVENT TRIGGER", "event trigger"},
	pg.ObjectType_OBJECT_PUBLICATION:    {"PUBLICATION", "publication"},
	// Those of relations, and how an error names these.
	pg.ObjectType_OBJECT_TRIGGER: {"TRIGGER", "table"},
	pg.ObjectType_OBJECT_POLICY:  {"POLICY", "table"},
	pg.ObjectType_OBJECT_RULE:    {"RULE", "relation"},
}

// bindDropAbsent refuses to drop what is there.
func (s *Session) bindDropAbsent(c *compiled, n *pg.DropStmt) error {
	kind, ok := absentKinds[n.GetRemoveType()]
	if !ok {
		return unsupportedStatement(c, &pg.Node{Node: &pg.Node_DropStmt{DropStmt: n}})
	}
	k := &dropAbsent{tag: "DROP " + kind.tag, ifThere: n.GetMissingOk()}
	c.command = k
	for _, o := range n.GetObjects() {
		var missing error
		if path := o.GetList().GetItems(); path != nil {
			missing = s.absentOf(c, path, strings.ToLower(kind.tag), kind.word, k.ifThere)
		} else {
			missing = s.absent(n.GetRemoveType(), kind.word, o.GetString_().GetSval())
		}
		if missing == nil {
			return unsupported(c.sql, int32(c.statement.Start), "%s is not supported", k.tag)
		}
		k.missing = append(k.missing, sqlstate.Of(missing))
	}
	return nil
}

// absent says that an object is not there; nil: it is.
func (s *Session) absent(kind pg.ObjectType, word, name string) error {
	switch {
	case kind == pg.ObjectType_OBJECT_SCHEMA && s.isTemp(name), kind == pg.ObjectType_OBJECT_EXTENSION && name == "projsql":
		return nil
	case kind == pg.ObjectType_OBJECT_SCHEMA:
		return s.schemaThere(name)
	}
	return sqlstate.New(sqlstate.UndefinedObject, "%s %q does not exist", word, name)
}

// absentOf is absent of what a relation has. The path ends in its name.
func (s *Session) absentOf(c *compiled, path []*pg.Node, what, relation string, ifThere bool) error {
	last := len(path) - 1
	r := &pg.RangeVar{Relname: path[last-1].GetString_().GetSval(), Location: -1}
	if last > 1 {
		r.Schemaname = path[last-2].GetString_().GetSval()
	}
	name, of := path[last].GetString_().GetSval(), r.GetRelname()
	if ifThere {
		relation, of = "relation", qualifiedName(r)
	}
	if err := s.found(c, r); err != nil {
		return unplaced(err)
	}
	if name == "_RETURN" { // of a view
		return nil
	}
	return sqlstate.New(sqlstate.UndefinedObject, "%s %q for %s %q does not exist", what, name, relation, of)
}

func (k *dropAbsent) run(_ context.Context, s *Session, x *call) (result, error) {
	for _, e := range k.missing {
		if !k.ifThere {
			return result{}, e
		}
		if err := s.skips(x, sqlstate.SuccessfulCompletion, "%s, skipping", e.Message); err != nil {
			return result{}, err
		}
	}
	return done(k.tag)
}
