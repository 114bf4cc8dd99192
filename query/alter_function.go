package query

import (
	"cmp"
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterFunction is ALTER FUNCTION, PROCEDURE and ROUTINE: its options, its name or its owner; and COMMENT on one.
type alterFunction struct {
	function functionName
	options  []*pg.Node
	name     string // "" = the one it has
	owner    *pg.RoleSpec
	comment  *string // nil: it is no COMMENT
}

func (k *alterFunction) defines() string {
	if k.comment != nil {
		return "COMMENT"
	}
	return "ALTER " + objectWord(k.function.kind)
}

// isFunction reports whether a kind of objects is one of functions.
func isFunction(kind pg.ObjectType) bool {
	return kind == pg.ObjectType_OBJECT_FUNCTION || kind == pg.ObjectType_OBJECT_PROCEDURE || kind == pg.ObjectType_OBJECT_ROUTINE
}

// altersFunction binds a statement that changes a function; false: it is about something else.
func (s *Session) altersFunction(c *compiled, node *pg.Node) (bool, error) {
	k, kind, of := &alterFunction{}, pg.ObjectType_OBJECT_TYPE_UNDEFINED, (*pg.ObjectWithArgs)(nil)
	switch n := node.GetNode().(type) {
	case *pg.Node_AlterFunctionStmt:
		k.options, kind, of = n.AlterFunctionStmt.GetActions(), n.AlterFunctionStmt.GetObjtype(), n.AlterFunctionStmt.GetFunc()
	case *pg.Node_RenameStmt:
		k.name, kind, of = n.RenameStmt.GetNewname(), n.RenameStmt.GetRenameType(), n.RenameStmt.GetObject().GetObjectWithArgs()
	case *pg.Node_AlterOwnerStmt:
		k.owner, kind, of = n.AlterOwnerStmt.GetNewowner(), n.AlterOwnerStmt.GetObjectType(), n.AlterOwnerStmt.GetObject().GetObjectWithArgs()
	case *pg.Node_CommentStmt:
		text := n.CommentStmt.GetComment()
		k.comment, kind, of = &text, n.CommentStmt.GetObjtype(), n.CommentStmt.GetObject().GetObjectWithArgs()
	}
	if !isFunction(kind) {
		return false, nil
	}
	var err error
	if k.function, err = s.functionNamed(c, kind, of); err != nil {
		return true, err
	}
	if schema := k.function.schema; schema != "" && schema != "public" && !s.isTemp(schema) {
		if err := s.schemaThere(schema); err != nil {
			return true, err
		}
		return true, unsupportedStatement(c, node)
	}
	c.command = k
	return true, nil
}

func (k *alterFunction) run(ctx context.Context, s *Session, x *call) (result, error) {
	was, err := s.functionOfUsers(s.catalog(), k.function)
	switch {
	case err != nil:
		return result{}, err
	case was.Key != "" && k.owner != nil:
		return result{tag: k.defines()}, k.changeOwner(ctx, s)
	case was.Key != "":
		return result{tag: k.defines()}, k.alterLasting(ctx, s, x)
	}
	now, err := k.altered(s, x, was)
	if err = cmp.Or(err, x.namesOwnPath(&now)); err != nil {
		return result{}, err
	}
	if k.name != "" {
		if err := s.renames(was, k.name); err != nil {
			return result{}, err
		}
		now.Name = k.name
	}
	if k.owner != nil {
		if now.Owner, err = s.functionOwner(k.owner); err != nil {
			return result{}, err
		}
	}
	s.tables.ReplaceFunction(was, &now)
	return done(k.defines())
}

// altered is a function with other options, or another comment.
func (k *alterFunction) altered(s *Session, x *call, was *temptable.Function) (temptable.Function, error) {
	now := *was
	o, err := s.functionOptions(x.compiled, k.options, was)
	if err != nil {
		return now, err
	}
	if o.rows != nil && !was.Set {
		return now, sqlstate.New(sqlstate.InvalidParameterValue, "ROWS is not applicable when function does not return a set")
	}
	o.apply(&now)
	set(&now.Comment, k.comment)
	return now, s.mayLeak(o)
}

// renames checks that no function has the name and the arguments.
func (s *Session) renames(f *temptable.Function, name string) error {
	taken := slices.ContainsFunc(s.tables.Functions(), func(o *temptable.Function) bool { return o.Name == name && o.Takes(f.Types()) })
	if !taken {
		return nil
	}
	asked := functionName{written: name, args: f.Types()}.asked()
	return sqlstate.New(sqlstate.DuplicateFunction, "function %s already exists in schema %q", asked, s.tables.Schema)
}

// functionOwner is the role that a function is given to.
func (s *Session) functionOwner(r *pg.RoleSpec) (string, error) {
	name, err := s.nameOf(r)
	if err != nil {
		return "", err
	}
	set := s.roles()
	switch {
	case name == s.user || name == owner && s.may().all:
	case !set.Exists(name):
		return "", sqlstate.New(sqlstate.UndefinedObject, "role %q does not exist", name)
	case !s.may().all && !set.Member(s.user, name): // it is run by that role if it says SECURITY DEFINER
		return "", denied("must be member of role %q", name)
	}
	return name, nil
}
