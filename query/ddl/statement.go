package ddl

import (
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Session is what a definition asks of the session that it is of.
type Session interface {
	Tables() *temptable.Tables
	// Options are what expressions of a text are bound with.
	Options(text string) tabledef.Options
	// Surroundings are what expressions know that are computed now.
	Surroundings(ctx context.Context) *expr.Env
	// Relation finds a relation, the session's own or any other. 42P01 if there is none, 3F000 if its
	// schema is not there, 42809 if it is an index.
	Relation(r *pg.RangeVar) (*plan.Relation, error)
	// NamesIndex reports whether a name is that of an index.
	NamesIndex(r *pg.RangeVar) bool
	// Alone refuses a command that must not stand among others.
	Alone(command string) error
	// Notice tells the client something.
	Notice(n *sqlstate.Error) error

	// IsRead reports whether a view reads an object.
	IsRead(o temptable.Object) bool
	// TypedBy reports whether types, and columns of tables, are made of the type of a table's rows.
	TypedBy(t *temptable.Table) (types, columns bool)
	// DropGrouped drops the views whose GROUP BY needs a table's primary key, a constraint of that name,
	// with cascade; else it is an error that there are some.
	DropGrouped(t *temptable.Table, constraint string, cascade bool) error
}

// Statement is a definition that is ready to run.
type Statement struct {
	parsed  *parse.Statement
	command command
}

// command is what a statement does.
type command interface {
	tag() string
	run(ctx context.Context, c *call) error
}

// Tag is the command tag.
func (s *Statement) Tag() string { return s.command.tag() }

// Run changes the session's objects; what it has changed when it fails, the session's transaction takes back.
func (s *Statement) Run(ctx context.Context, of Session) error {
	return s.command.run(ctx, &call{of, s.parsed})
}

// Bind finds out what a statement defines; nil: nothing that is a session's own.
func Bind(s Session, parsed *parse.Statement, node *pg.Node) (*Statement, error) {
	k, err := (&call{s, parsed}).bind(node)
	if k == nil || err != nil {
		return nil, err
	}
	return &Statement{parsed, k}, nil
}

// call is a statement while it is bound or runs.
type call struct {
	Session
	*parse.Statement
}

func (c *call) bind(node *pg.Node) (command, error) {
	switch n := node.GetNode().(type) {
	case *pg.Node_CreateStmt:
		return c.bindCreateTable(n.CreateStmt)
	case *pg.Node_IndexStmt:
		return c.bindCreateIndex(n.IndexStmt)
	case *pg.Node_CreateSeqStmt:
		return c.bindCreateSequence(n.CreateSeqStmt)
	case *pg.Node_CompositeTypeStmt:
		return c.bindCreateType(n.CompositeTypeStmt)
	case *pg.Node_CreateEnumStmt:
		return c.bindCreateEnum(n.CreateEnumStmt)
	case *pg.Node_CreateRangeStmt:
		return c.bindCreateRange(n.CreateRangeStmt)
	case *pg.Node_CreateDomainStmt:
		return c.bindCreateDomain(n.CreateDomainStmt)
	case *pg.Node_AlterTableStmt:
		return c.bindAlterTable(n.AlterTableStmt)
	case *pg.Node_AlterSeqStmt:
		return &alterSequence{statement: n.AlterSeqStmt}, nil
	case *pg.Node_AlterEnumStmt:
		return &alterEnum{n.AlterEnumStmt}, nil
	case *pg.Node_AlterDomainStmt:
		return &alterDomain{n.AlterDomainStmt}, nil
	case *pg.Node_RenameStmt:
		return c.bindRename(n.RenameStmt)
	}
	return nil, nil
}
