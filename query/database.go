package query

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/wire/sqlstate"
)

// crossing looks in a statement for names that say another database than the one that is connected to. Of
// relations and columns in queries analysis says so. As in PostgreSQL, most utilities tell no place.
type crossing struct{ database, sql string }

// thisDatabase fails with 0A000 where something that a statement names is said to be in another database.
func (s *Session) thisDatabase(c *compiled, node *pg.Node) error {
	if !mayCross(c.sql) {
		return nil
	}
	x := crossing{s.server.options.Database, c.sql}
	return x.walk(node.ProtoReflect(), false)
}

// mayCross tells whether there may be a name of three parts: two points with nothing but a name between them.
func mayCross(sql string) bool {
	parts := strings.Split(sql, ".")
	for i := 1; i < len(parts)-1; i++ {
		part := strings.TrimSpace(parts[i])
		if strings.ContainsAny(part, `"/-`) || !strings.ContainsAny(part, " \t\n\r,()'=<>*+;:[]") {
			return true
		}
	}
	return false
}

func (x crossing) walk(m protoreflect.Message, query bool) (err error) {
	if err = x.named(m); err != nil {
		return err
	}
	switch m.Interface().(type) {
	case *pg.SelectStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
		query = true
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Kind() != protoreflect.MessageKind:
		case fd.IsList():
			for i := 0; i < v.List().Len() && err == nil; i++ {
				err = x.child(m, v.List().Get(i).Message(), query)
			}
		default:
			err = x.child(m, v.Message(), query)
		}
		return err == nil
	})
	return err
}

// child looks at what stands in a parent, which tells what relations are for.
func (x crossing) child(parent, m protoreflect.Message, query bool) error {
	r, ok := m.Interface().(*pg.RangeVar)
	if !ok {
		return x.walk(m, query)
	}
	at := int32(-1)
	switch parent.Interface().(type) {
	case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt, *pg.CreateStmt, *pg.TableLikeClause:
		at = r.GetLocation()
	case *pg.IntoClause:
	default:
		if query {
			return nil
		}
	}
	if r.GetCatalogname() == "" {
		return nil
	}
	return x.relation([]string{r.GetCatalogname(), r.GetSchemaname(), r.GetRelname()}, at)
}

// named looks at the names that stand in a node itself.
func (x crossing) named(m protoreflect.Message) error {
	switch n := m.Interface().(type) {
	case *pg.TypeName:
		return x.other(n.GetNames(), -1)
	case *pg.FuncCall:
		return x.other(n.GetFuncname(), n.GetLocation())
	case *pg.CollateClause:
		return x.other(n.GetCollname(), n.GetLocation())
	case *pg.A_Expr:
		return x.other(n.GetName(), -1)
	case *pg.ObjectWithArgs:
		return x.other(n.GetObjname(), -1)
	case *pg.CreateEnumStmt:
		return x.other(n.GetTypeName(), -1)
	case *pg.CreateDomainStmt:
		return x.other(n.GetDomainname(), -1)
	case *pg.CreateFunctionStmt:
		return x.other(n.GetFuncname(), -1)
	case *pg.AlterEnumStmt:
		return x.other(n.GetTypeName(), -1)
	case *pg.AlterDomainStmt:
		return x.other(n.GetTypeName(), -1)
	case *pg.DropStmt:
		for _, o := range n.GetObjects() {
			if err := x.object(n.GetRemoveType(), o); err != nil {
				return err
			}
		}
	case *pg.CommentStmt:
		return x.object(n.GetObjtype(), n.GetObject())
	case *pg.RenameStmt:
		return x.object(n.GetRenameType(), n.GetObject())
	case *pg.DefElem:
		if n.GetDefname() == "owned_by" {
			return x.object(pg.ObjectType_OBJECT_COLUMN, n.GetArg())
		}
	}
	return nil
}

// object looks at the name of an object of a kind, if it is a list.
func (x crossing) object(kind pg.ObjectType, o *pg.Node) error {
	names := o.GetList().GetItems()
	switch kind {
	case pg.ObjectType_OBJECT_COLUMN, pg.ObjectType_OBJECT_TABCONSTRAINT, pg.ObjectType_OBJECT_RULE, pg.ObjectType_OBJECT_TRIGGER, pg.ObjectType_OBJECT_POLICY:
		return x.relation(texts(names[:max(len(names)-1, 0)]), -1)
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_INDEX, pg.ObjectType_OBJECT_SEQUENCE,
		pg.ObjectType_OBJECT_MATVIEW, pg.ObjectType_OBJECT_FOREIGN_TABLE:
		return x.relation(texts(names), -1)
	}
	return x.other(names, -1)
}

func texts(names []*pg.Node) []string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = n.GetString_().GetSval()
	}
	return all
}

// relation and other fail if a name is of another database, or has more than three parts.
func (x crossing) relation(parts []string, at int32) error {
	return x.check(parts, at, "relation", `"`)
}

func (x crossing) other(names []*pg.Node, at int32) error {
	return x.check(texts(names), at, "qualified", "")
}

func (x crossing) check(parts []string, at int32, kind, quote string) error {
	var err *sqlstate.Error
	switch name := strings.Join(parts, "."); {
	case len(parts) > 3:
		err = sqlstate.New(sqlstate.SyntaxError, "improper %s name (too many dotted names): %s", kind, name)
	case len(parts) == 3 && parts[0] != x.database:
		err = sqlstate.New(sqlstate.FeatureNotSupported, "cross-database references are not implemented: %s%s%s", quote, name, quote)
	default:
		return nil
	}
	if at < 0 {
		return err
	}
	return err.At(parse.Position(x.sql, int(at)))
}
