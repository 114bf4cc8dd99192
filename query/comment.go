package query

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// commentCommand is COMMENT ON one of the session's objects.
type commentCommand struct {
	kind pg.ObjectType
	of   *pg.RangeVar // the object, or the one that part is of
	part string       // a column or a constraint
	text string       // "" = NULL
}

func (s *Session) bindComment(c *compiled, n *pg.CommentStmt) error {
	k := &commentCommand{kind: n.GetObjtype(), text: n.GetComment()}
	names := n.GetObject().GetList().GetItems()
	switch k.kind {
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_INDEX, pg.ObjectType_OBJECT_SEQUENCE:
	case pg.ObjectType_OBJECT_TYPE, pg.ObjectType_OBJECT_DOMAIN:
		names = n.GetObject().GetTypeName().GetNames()
	case pg.ObjectType_OBJECT_COLUMN, pg.ObjectType_OBJECT_TABCONSTRAINT:
		if len(names) < 2 {
			return sqlstate.New(sqlstate.SyntaxError, "column name must be qualified")
		}
		k.part = names[len(names)-1].GetString_().GetSval()
		names = names[:len(names)-1]
	default:
		return unsupportedComment(c, n)
	}
	k.of = parse.RangeVar(names)
	own, err := k.own(s, c, n)
	if err == nil && !own {
		return k.bindLasting(s, c, n)
	}
	c.command = k
	return err
}

// bindLasting binds a comment on what is not the session's own.
func (k *commentCommand) bindLasting(s *Session, c *compiled, n *pg.CommentStmt) error {
	r, err := s.relationNamed(c, k.of)
	if err != nil {
		return err
	}
	made, err := k.lasting(r)
	if err == nil && made == nil {
		err = unsupportedComment(c, n)
	}
	c.command = made
	return err
}

func unsupportedComment(c *compiled, n *pg.CommentStmt) error {
	return unsupportedStatement(c, &pg.Node{Node: &pg.Node_CommentStmt{CommentStmt: n}})
}

// own reports whether the comment is on an object of the session, and refuses it where it can be on no other.
func (k *commentCommand) own(s *Session, c *compiled, n *pg.CommentStmt) (bool, error) {
	name := k.of.GetRelname()
	if s.ownSchema(k.of) {
		if o := s.tables.Object(name); o != nil && (k.ofType() || !isObject[*temptable.Type](o)) {
			if k.ofType() && !isObject[*temptable.Type](o) {
				return false, unsupportedComment(c, n) // the type of its rows
			}
			return true, nil
		}
		if t, _ := s.tables.Index(name); t != nil && !k.ofType() {
			return true, nil
		}
	}
	if k.ofType() {
		b := s.tableOptions(c.sql).Binder(&temptable.Shape{})
		if _, err := b.BindType(n.GetObject().GetTypeName()); err != nil {
			return false, sqlstate.WithoutPosition(err)
		}
		return false, unsupportedComment(c, n)
	}
	if s.isIndex(k.of.GetSchemaname(), name) && k.part == "" {
		if k.kind != pg.ObjectType_OBJECT_INDEX {
			return false, notA(name, dropKinds[k.kind].a)
		}
		return false, unsupportedComment(c, n)
	}
	return false, nil
}

func (k *commentCommand) ofType() bool {
	return k.kind == pg.ObjectType_OBJECT_TYPE || k.kind == pg.ObjectType_OBJECT_DOMAIN
}

func (k *commentCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	o := s.tables.Object(k.of.GetRelname())
	var err error
	switch k.kind {
	case pg.ObjectType_OBJECT_COLUMN:
		err = k.column(s, o)
	case pg.ObjectType_OBJECT_TABCONSTRAINT:
		err = k.constraint(s, o)
	default:
		err = k.object(s, o)
	}
	if err != nil {
		return result{}, err
	}
	return done("COMMENT")
}

func (k *commentCommand) object(s *Session, o temptable.Object) error {
	kind := dropKinds[k.kind]
	if t, i := s.tables.Index(k.of.GetRelname()); t != nil && k.kind == pg.ObjectType_OBJECT_INDEX {
		shape := t.Shape
		shape.Keys = slices.Clone(shape.Keys)
		shape.Keys[i].Comment = k.text
		return s.tables.Alter(t, shape, nil)
	}
	if o == nil || !kind.is(o) || k.kind == pg.ObjectType_OBJECT_DOMAIN && types.Info(o.(*temptable.Type).OID).Kind != 'd' {
		name := k.of.GetRelname()
		if k.kind == pg.ObjectType_OBJECT_DOMAIN {
			name = joinedName(k.of)
		}
		return sqlstate.New(sqlstate.WrongObjectType, "%q is not %s", name, kind.a)
	}
	return s.tables.Describe(o, k.text)
}

func (k *commentCommand) column(s *Session, o temptable.Object) error {
	var columns []temptable.Column
	switch o := o.(type) {
	case *temptable.Table:
		columns = slices.Clone(o.Columns)
	case *temptable.View:
		columns = slices.Clone(o.Columns)
	default:
		return k.columnless(o)
	}
	i := slices.IndexFunc(columns, func(c temptable.Column) bool { return c.Name == k.part })
	if i < 0 {
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", k.part, k.of.GetRelname())
	}
	columns[i].Comment = k.text
	if v, ok := o.(*temptable.View); ok {
		made := *v
		made.Columns = columns
		return s.tables.ReplaceView(v, made)
	}
	t := o.(*temptable.Table)
	shape := t.Shape
	shape.Columns = columns
	return s.tables.Alter(t, shape, nil)
}

// columnless refuses a comment on a column of what has columns in name only.
func (k *commentCommand) columnless(o temptable.Object) error {
	what := "indexes"
	if o != nil {
		what = "sequences"
	}
	return sqlstate.New(sqlstate.WrongObjectType, "cannot set comment on relation %q", k.of.GetRelname()).
		WithDetail("This operation is not supported for %s.", what)
}

func (k *commentCommand) constraint(s *Session, o temptable.Object) error {
	t, ok := o.(*temptable.Table)
	if ok {
		shape := t.Shape
		shape.Keys, shape.Checks = slices.Clone(shape.Keys), slices.Clone(shape.Checks)
		for i := range shape.Keys {
			if shape.Keys[i].Name == k.part && !shape.Keys[i].Index {
				shape.Keys[i].ConstraintComment = k.text
				return s.tables.Alter(t, shape, nil)
			}
		}
		for i := range shape.Checks {
			if shape.Checks[i].Name == k.part {
				shape.Checks[i].Comment = k.text
				return s.tables.Alter(t, shape, nil)
			}
		}
	}
	return sqlstate.New(sqlstate.UndefinedObject, "constraint %q for table %q does not exist", k.part, k.of.GetRelname())
}
