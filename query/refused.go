package query

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// hints say what to do instead of a statement that projsql has not.
var hints = map[string]string{
	"CREATE TABLE":             "State is defined with CREATE PROJECTION and written by INSERT INTO events; tables of a session are CREATE TEMP TABLE.",
	"CREATE TABLE AS":          "A query is kept with CREATE VIEW, state is defined with CREATE PROJECTION; tables of a session are CREATE TEMP TABLE.",
	"CREATE SEQUENCE":          "Sequences of a session are CREATE TEMP SEQUENCE.",
	"CREATE MATERIALIZED VIEW": "A query is kept with CREATE VIEW; state that follows events is defined with CREATE PROJECTION.",
	"CREATE INDEX":             "Events are found by entity, kind, sequence and HLC, states by entity, without indexes of your own.",
	"DROP TABLE":               noDrop,
	"DROP VIEW":                noDrop,
	"DROP MATERIALIZED VIEW":   noDrop,
	"CREATE SCHEMA":            noSchemas,
	"DROP SCHEMA":              noSchemas,
	"MERGE":                    "States change by events: INSERT INTO events.",
	"NOTIFY":                   "Append an event: whoever listens to a state that it changes is notified.",
	"CLUSTER":                  "Rows have no order on disk that could be changed.",
	"CREATE DATABASE":          "A node has one database, whose name is set when it starts.",
	"DROP DATABASE":            "A node has one database, whose name is set when it starts.",
	"ALTER TABLE":              noAlter,
	"ALTER … RENAME":           noAlter,
	"CREATE TRIGGER":           "State that follows events is defined with CREATE PROJECTION; who wants to know when it changes does LISTEN.",
	"CREATE EXTENSION":         "What there is of PostgreSQL is built in; there is nothing to install.",
	"DO":                       "Functions and procedures are in SQL: CREATE PROCEDURE … LANGUAGE sql, and CALL.",
}

const (
	noAlter   = "What a projection computes, and its columns, are changed with CREATE OR REPLACE PROJECTION; events are as they are."
	noDrop    = "Projections are dropped with DROP PROJECTION; events cannot be dropped."
	noSchemas = "Projections and events are in public, what is a session's in pg_temp."
)

// statementNames are the SQL names of statements whose node is named otherwise.
var statementNames = map[string]string{
	"CreateStmt": "CREATE TABLE", "CreateTableAsStmt": "CREATE TABLE AS", "ViewStmt": "CREATE VIEW",
	"IndexStmt": "CREATE INDEX", "DropStmt": "DROP", "MergeStmt": "MERGE",
	"NotifyStmt": "NOTIFY", "LockStmt": "LOCK TABLE", "CreateSchemaStmt": "CREATE SCHEMA",
	"CreateFunctionStmt": "CREATE FUNCTION", "CreateRoleStmt": "CREATE ROLE", "AlterRoleStmt": "ALTER ROLE",
	"DropRoleStmt": "DROP ROLE", "CreateSeqStmt": "CREATE SEQUENCE", "CreatedbStmt": "CREATE DATABASE",
	"DropdbStmt": "DROP DATABASE", "CreateExtensionStmt": "CREATE EXTENSION", "GrantStmt": "GRANT",
	"GrantRoleStmt": "GRANT", "AlterTableStmt": "ALTER TABLE", "RenameStmt": "ALTER … RENAME",
	"CommentStmt": "COMMENT", "DoStmt": "DO", "CallStmt": "CALL",
	"CreateTrigStmt":    "CREATE TRIGGER",
	"CompositeTypeStmt": "CREATE TYPE", "CreateEnumStmt": "CREATE TYPE", "CreateDomainStmt": "CREATE DOMAIN",
	"LoadStmt": "LOAD", "RefreshMatViewStmt": "REFRESH MATERIALIZED VIEW", "AlterSystemStmt": "ALTER SYSTEM",
	"RuleStmt": "CREATE RULE", "SecLabelStmt": "SECURITY LABEL",
}

func unsupportedStatement(c *compiled, node *pg.Node) error {
	name := statementName(node)
	switch n := node.GetNode().(type) {
	case *pg.Node_CreateTableAsStmt:
		if n.CreateTableAsStmt.GetObjtype() == pg.ObjectType_OBJECT_MATVIEW {
			name = "CREATE MATERIALIZED VIEW"
		}
	case *pg.Node_DropStmt:
		name = "DROP " + objectWord(n.DropStmt.GetRemoveType())
	case *pg.Node_DefineStmt:
		name = "CREATE " + objectWord(n.DefineStmt.GetKind())
		if n.DefineStmt.GetKind() == pg.ObjectType_OBJECT_TYPE {
			name += " of a base type"
		}
	case *pg.Node_AlterTableStmt:
		name = "ALTER " + objectWord(n.AlterTableStmt.GetObjtype())
		if n.AlterTableStmt.GetObjtype() == pg.ObjectType_OBJECT_TYPE {
			name = "this form of ALTER TYPE"
		}
	case *pg.Node_CommentStmt:
		name = "COMMENT ON " + objectWord(n.CommentStmt.GetObjtype())
	}
	e := unsupported(c.sql, int32(c.statement.Start), "%s is not supported", name)
	e.Hint = hints[name]
	return e
}

// objectWord is what SQL calls a kind of objects.
func objectWord(t pg.ObjectType) string {
	switch t {
	case pg.ObjectType_OBJECT_MATVIEW:
		return "MATERIALIZED VIEW"
	case pg.ObjectType_OBJECT_OPCLASS:
		return "OPERATOR CLASS"
	case pg.ObjectType_OBJECT_OPFAMILY:
		return "OPERATOR FAMILY"
	case pg.ObjectType_OBJECT_FDW:
		return "FOREIGN DATA WRAPPER"
	case pg.ObjectType_OBJECT_FOREIGN_SERVER:
		return "SERVER"
	case pg.ObjectType_OBJECT_STATISTIC_EXT:
		return "STATISTICS"
	case pg.ObjectType_OBJECT_TABCONSTRAINT, pg.ObjectType_OBJECT_DOMCONSTRAINT:
		return "CONSTRAINT"
	}
	word := strings.ReplaceAll(strings.TrimPrefix(t.String(), "OBJECT_"), "_", " ")
	if kind, ok := strings.CutPrefix(word, "TS"); ok {
		return "TEXT SEARCH " + kind
	}
	return word
}

// statementName is the SQL name of a statement's node.
func statementName(node *pg.Node) string {
	m := node.ProtoReflect()
	fd := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	if fd == nil {
		return "statement"
	}
	kind := string(fd.Message().Name())
	if name, ok := statementNames[kind]; ok {
		return name
	}
	return strings.ToUpper(spaced(strings.TrimSuffix(kind, "Stmt")))
}

// spaced splits a CamelCase name.
func spaced(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
