package projsql

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/structs"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Fold folds one event into a state. It returns nil if the state is as it left it, Delete
// or Ignore, or an error, which fails the read that folds and names the event; nothing is
// cached then, and other entities are not affected. So does a panic.
//
// A fold must be a function of the state and the event alone: it is called again whenever
// states are rebuilt, concurrently for different entities. It gets a struct of its own
// each time: keeping it changes nothing.
type Fold[S any] func(state *S, e *Event) error

// verdict is an error that is none.
type verdict string

// Error implements error.
func (v verdict) Error() string { return "projsql: " + string(v) }

// What a Fold may return beside nil and errors.
const (
	// Delete removes the entity's state; a later event begins again from Projection.Start.
	Delete verdict = "delete the state"
	// Ignore says that the event changes nothing, whatever the fold did to the state.
	Ignore verdict = "ignore the event"
)

// On makes a Fold of one that wants the event's data decoded, as by Event.Decode.
func On[S, D any](fold func(state *S, data D, e *Event) error) Fold[S] {
	return func(state *S, e *Event) error {
		var data D
		if err := e.Decode(&data); err != nil {
			return err
		}
		return fold(state, data, e)
	}
}

// Projection is a projection written in Go: a relation of its name, whose columns after
// the entity are the fields of the struct S.
//
// Fields are columns in their order. A column is named as its field, in snake case, and
// has the SQL type that follows from the field's: a string is text, an int bigint, a
// time.Time timestamptz, a []string text[], a map or struct jsonb. The tag
// `projsql:"name,type"` says otherwise; numeric columns are strings, ints, or types with
// MarshalText and UnmarshalText. Fields that can be nil are nullable, all others NOT NULL.
//
// Between two events a state is its columns and nothing else, whether it is cached or not.
// So every field must be exported and no state shares memory with another; a time.Time
// keeps microseconds.
type Projection[S any] struct {
	Name string
	// Version must change when the folds do: cached states are kept by name, version and
	// columns, and those of another version are never used. It is at least 1.
	Version uint64
	// Start is the state to which an entity's first event is folded.
	Start S
	// When has the folds by kind, WhenAny the one for all other kinds; nil: they change
	// nothing.
	When    map[string]Fold[S]
	WhenAny Fold[S]
}

// Register puts a projection into service on this node and returns a typed view of it.
// From then on it is a relation in SQL as any other. It is to be registered each time
// the DB is opened, before clients are served: until then, the relation does not exist;
// its states on disk are kept for it.
//
// Errors: 42710 if the name is in use, 42P07 if it is reserved, 42701, 42704 and others
// for columns that cannot be.
func Register[S any](db *DB, p Projection[S]) (*View[S], error) {
	if err := db.gate.enter(); err != nil {
		return nil, err
	}
	defer db.gate.leave()
	d, mapping, err := p.compile(db)
	if err != nil {
		return nil, fmt.Errorf("projection %q: %w", p.Name, err)
	}
	registered, err := db.registry.Register(*d)
	if err != nil {
		return nil, err
	}
	db.engine.Reclaim(db.registry.All())
	return &View[S]{db: db, name: p.Name, definition: registered, mapping: mapping}, nil
}

// compile makes the definition. The columns' types come first, then what Start says in them.
func (p *Projection[S]) compile(db *DB) (*projection.Definition, *structs.Mapping, error) {
	if err := p.check(); err != nil {
		return nil, nil, err
	}
	fields, err := structs.Of(reflect.TypeFor[S]())
	if err != nil {
		return nil, nil, err
	}
	native := fold.Native{Name: p.Name, Release: p.Version, Kinds: p.kinds(), Columns: declare(fields, nil)}
	d, err := fold.CompileNative(native)
	if err != nil {
		return nil, nil, err
	}
	mapping, err := fields.Bind(columnsOf(d))
	if err != nil {
		return nil, nil, err
	}
	start := make([]types.Datum, len(d.Columns))
	if err := mapping.Store(start, reflect.ValueOf(&p.Start).Elem()); err != nil {
		return nil, nil, fmt.Errorf("start: %w", err)
	}
	native.Columns = declare(fields, func(i int) string { return literal(d.Columns[i], start[i]) })
	code := p.code(db, mapping)
	native.New = func() fold.Interpreter { return &interpreter[S]{code: code} }
	d, err = fold.CompileNative(native)
	return d, mapping, err
}

func (p *Projection[S]) check() error {
	switch {
	case p.Version == 0:
		return errors.New("a version is required")
	case len(p.When) == 0 && p.WhenAny == nil:
		return errors.New("there is no fold")
	case catalog.Lookup("pg_catalog", p.Name) != nil:
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", p.Name)
	}
	return nil
}

// kinds are those that the projection handles, nil for all.
func (p *Projection[S]) kinds() []event.Kind {
	if p.WhenAny != nil {
		return nil
	}
	var kinds []event.Kind
	for k := range p.When {
		kinds = append(kinds, event.Kind(k))
	}
	slices.Sort(kinds)
	return kinds
}

// declare writes the fields as the columns of a CREATE PROJECTION.
func declare(m *structs.Mapping, initial func(i int) string) string {
	var columns []string
	for i, f := range m.Fields() {
		column := expr.QuoteIdent(f.Column) + " " + f.Type
		if !f.Nullable {
			column += " NOT NULL"
		}
		if initial != nil {
			column += initial(i)
		}
		columns = append(columns, column)
	}
	return strings.Join(columns, ", ")
}

// literal is the DEFAULT of a column.
func literal(c projection.Column, d types.Datum) string {
	if d.IsNull() {
		return ""
	}
	return " DEFAULT " + expr.QuoteLiteral(types.Text(nil, types.OID(c.Type), d))
}

func columnsOf(d *projection.Definition) []structs.Column {
	columns := make([]structs.Column, len(d.Columns))
	for i, c := range d.Columns {
		columns[i] = structs.Column{Name: c.Name, Type: types.Type{OID: types.OID(c.Type), Mod: c.TypeMod}}
	}
	return columns
}
