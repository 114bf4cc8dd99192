package query

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/wire/sqlstate"
)

// thisDatabase fails with 0A000 where a relation that a statement names is said to be in another database
// than the one that is connected to. Of queries analysis says so. As in PostgreSQL, utilities tell no place.
func (s *Session) thisDatabase(c *compiled, node *pg.Node) error {
	if strings.Count(c.sql, ".") < 2 {
		return nil
	}
	return eachRelation(node.ProtoReflect(), func(v *pg.RangeVar) error {
		if v.GetCatalogname() == "" || v.GetCatalogname() == s.server.options.Database {
			return nil
		}
		err := sqlstate.New(sqlstate.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s.%s\"", v.GetCatalogname(), v.GetSchemaname(), v.GetRelname())
		if node.GetInsertStmt() == nil && node.GetUpdateStmt() == nil && node.GetDeleteStmt() == nil && node.GetMergeStmt() == nil {
			return err
		}
		return err.At(parse.Position(c.sql, int(v.GetLocation())))
	})
}

// eachRelation calls each with every relation that is named below m, but for those in queries, up to an
// error.
func eachRelation(m protoreflect.Message, each func(*pg.RangeVar) error) (err error) {
	switch v := m.Interface().(type) {
	case *pg.SelectStmt:
		return nil
	case *pg.RangeVar:
		return each(v)
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Kind() != protoreflect.MessageKind:
		case fd.IsList():
			for i := 0; i < v.List().Len() && err == nil; i++ {
				err = eachRelation(v.List().Get(i).Message(), each)
			}
		default:
			err = eachRelation(v.Message(), each)
		}
		return err == nil
	})
	return err
}
