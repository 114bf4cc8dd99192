package fold

import (
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// EventsTable is the relation of the log, whose name no projection can have.
const EventsTable = "events"

// columnsMax is PostgreSQL's limit, less the entity.
const columnsMax = 1599

// CompileSource compiles the text of one CREATE PROJECTION statement.
func CompileSource(source string) (*projection.Definition, error) {
	statements, err := parse.Parse(source)
	if err != nil {
		return nil, err
	}
	if len(statements) == 1 {
		if create, ok := statements[0].Own.(*parse.CreateProjection); ok {
			return Compile(create)
		}
	}
	return nil, sqlstate.New(sqlstate.SyntaxError, "one CREATE PROJECTION statement is expected")
}

// Compile checks a statement and returns the definition it makes; its Version and
// Since are the registry's to fill in. Its states are *Row. Errors have SQLSTATE and a
// position in the statement's Text.
func Compile(s *parse.CreateProjection) (*projection.Definition, error) {
	c := compiler{stmt: s, binder: expr.Binder{Text: s.Text, Deterministic: true}}
	if s.Name == EventsTable {
		return nil, c.errorAt(s.NamePos, sqlstate.DuplicateTable, "relation \"%s\" already exists", s.Name)
	}
	for _, step := range []func() error{c.columns, c.clauses} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	d := &projection.Definition{Name: s.Name, Kinds: c.kinds(), Source: s.Source, Fold: c.fold}
	for i := range c.fold.columns {
		d.Columns = append(d.Columns, c.fold.columns[i].described)
	}
	return d, nil
}

// compiler makes the fold of one statement.
type compiler struct {
	stmt   *parse.CreateProjection
	binder expr.Binder
	fold   *fold
}

func (c *compiler) errorAt(pos int, code sqlstate.Code, format string, args ...any) *sqlstate.Error {
	return sqlstate.New(code, format, args...).At(parse.Position(c.stmt.Text, pos))
}

// kinds returns the kinds that the clauses name, nil if one handles any.
func (c *compiler) kinds() []event.Kind {
	kinds := []event.Kind{}
	seen := map[string]bool{}
	for _, w := range c.stmt.Clauses {
		if w.Any {
			return nil
		}
		if !seen[w.Kind] {
			seen[w.Kind] = true
			kinds = append(kinds, event.Kind(w.Kind))
		}
	}
	return kinds
}
