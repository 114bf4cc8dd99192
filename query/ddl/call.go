package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// env is what types and values are read with.
func (c *call) env() *types.Env { return c.Options("").Env }

// unplaced is env for types that warnings do not tell the place of.
func (c *call) unplaced(times int) *types.Env {
	env := *c.env()
	warn := env.Warn
	env.Warn = func(w *sqlstate.Error) {
		bare := *w
		bare.Position = 0
		for range times {
			warn(&bare)
		}
	}
	return &env
}

// own reports whether a name may be that of an object of the session.
func (c *call) own(r *pg.RangeVar) bool {
	return r.GetSchemaname() == "" || c.Tables().Owns(r.GetSchemaname())
}

// tableOf is the session's table by a name; nil if it is of none.
func (c *call) tableOf(r *pg.RangeVar) *temptable.Table {
	if !c.own(r) {
		return nil
	}
	return c.Tables().Lookup(r.GetRelname())
}

// found tells that a relation is not there.
func (c *call) found(r *pg.RangeVar) error {
	_, err := c.Relation(r)
	return err
}

// IsMissing reports whether IF EXISTS forgives an error.
func IsMissing(err error) bool {
	return err != nil && slices.Contains([]sqlstate.Code{sqlstate.UndefinedTable, sqlstate.InvalidSchemaName}, sqlstate.Of(err).Code)
}

// schemaThere is 3F000 if the schema of an object to make is not there.
func (c *call) schemaThere(schema string) error {
	if schema == "" || c.Tables().Owns(schema) {
		return nil
	}
	_, err := c.env().Registry.SchemaOf([]string{schema, ""})
	return err
}

func (c *call) notice(format string, args ...any) error {
	return c.skips(sqlstate.SuccessfulCompletion, format, args...)
}

// skips tells that the statement does nothing.
func (c *call) skips(code sqlstate.Code, format string, args ...any) error {
	return c.Notice(sqlstate.New(code, format, args...))
}

// unsupported refuses the whole statement.
func (c *call) unsupported(message string) *sqlstate.Error {
	return c.unsupportedAt(int32(c.Start), "%s", message)
}

// unsupportedAt refuses what is at a byte offset of the text.
func (c *call) unsupportedAt(offset int32, format string, args ...any) *sqlstate.Error {
	return c.at(offset, sqlstate.FeatureNotSupported, format, args...)
}

// at is an error at a byte offset of the text.
func (c *call) at(offset int32, code sqlstate.Code, format string, args ...any) *sqlstate.Error {
	return at(c.Text, offset, code, format, args...)
}

func at(text string, offset int32, code sqlstate.Code, format string, args ...any) *sqlstate.Error {
	return sqlstate.New(code, format, args...).At(parse.Position(text, int(offset)))
}

// placed puts an error of a relation where its name is.
func (c *call) placed(err error, r *pg.RangeVar) error {
	return sqlstate.Of(err).At(parse.Position(c.Text, int(r.GetLocation())))
}

// bare is an error of PostgreSQL's about an expression in ALTER TABLE, which has no position there.
func bare(err error) error {
	if e := sqlstate.Of(err); e != nil && (e.Code != sqlstate.FeatureNotSupported || strings.HasPrefix(e.Message, "cannot use ")) {
		return sqlstate.WithoutPosition(err)
	}
	return err
}

// notA is the error of a statement that takes another kind of relation: "a table".
func notA(name, kind string) error {
	return sqlstate.New(sqlstate.WrongObjectType, "%q is not %s", name, kind)
}
