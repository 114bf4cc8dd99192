package fold

import (
	"maps"
	"slices"

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

// reach is the HINT of what folds and upcasts do not reach.
const reach = "It is computed of the event and the row alone, with PostgreSQL's own functions, without those of CREATE FUNCTION and without subqueries."

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
	c := compiler{stmt: s, binder: expr.Binder{Text: s.Text, Place: "projection expression", Reach: reach, Deterministic: true}}
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

// Unset returns the columns that are NOT NULL without a DEFAULT and that no clause sets: d, a
// definition in SQL, makes no state then, whatever the events are. nil if it is of clauses that
// make none.
func Unset(d *projection.Definition) (columns []string) {
	f := d.Fold.(*fold)
	set, updates := map[int]bool{}, false
	for _, h := range append(slices.Collect(maps.Values(f.byKind)), f.others) {
		for _, c := range h.clauses {
			updates = updates || c.action == update
			for i := range c.set {
				set[c.set[i].column] = true
			}
		}
	}
	for i := range f.columns {
		if col := &f.columns[i]; updates && col.described.NotNull && col.initial.IsNull() && !set[i] {
			columns = append(columns, col.described.Name)
		}
	}
	return columns
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
