package fold

import (
	"fmt"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Effect is what an event does to a state that code in Go folds.
type Effect uint8

// Effects. The zero value is not valid.
const (
	Updated Effect = iota + 1 // the entity has the state that the code made
	Ignored                   // nothing changes, whatever the code made
	Removed                   // the entity has no state
)

// Interpreter is code in Go that folds. One goroutine uses it.
type Interpreter interface {
	// Interpret folds an event into the state whose columns are row, which is the
	// initial one where there is none, and writes those of the new state into next. It
	// changes nothing in row, and next shares no memory with the event. It does not panic.
	Interpret(row, next []types.Datum, e *event.Event) (Effect, error)
}

// Native is a projection whose events code in Go interprets.
type Native struct {
	Name    string
	Release uint64
	// Columns is what stands between the parentheses of a CREATE PROJECTION.
	Columns string
	Kinds   []event.Kind // nil = every kind
	// New returns an interpreter; it is called concurrently.
	New func() Interpreter
}

// CompileNative returns the definition; its Version is the registry's to fill in.
// Its states are *Row, as those of SQL. Errors have SQLSTATE, e.g. 42701 and 42704 for
// columns.
func CompileNative(n Native) (*projection.Definition, error) {
	source := fmt.Sprintf("CREATE PROJECTION %s (%s)", expr.QuoteIdent(n.Name), n.Columns)
	statements, err := parse.Parse(source + " WHEN ANY THEN DELETE")
	if err != nil {
		return nil, err
	}
	create, ok := statements[0].Own.(*parse.CreateProjection)
	if !ok || len(statements) > 1 || len(create.Clauses) > 1 {
		return nil, sqlstate.New(sqlstate.SyntaxError, "column definitions are expected, not %s", n.Columns)
	}
	c := compiler{stmt: create, binder: expr.Binder{Text: create.Text, Place: "projection expression", Reach: reach, Deterministic: true}}
	if n.Name == EventsTable {
		return nil, sqlstate.New(sqlstate.DuplicateTable, "relation \"%s\" already exists", n.Name)
	}
	if err := c.columns(); err != nil {
		return nil, err
	}
	d := &projection.Definition{
		Name: n.Name, Language: projection.Go, Release: n.Release, Kinds: n.Kinds, Source: source,
		Fold: native{c.fold, c.fold, n.New},
	}
	for i := range c.fold.columns {
		d.Columns = append(d.Columns, c.fold.columns[i].described)
	}
	return d, nil
}

// native is a fold whose steps are Go code's.
type native struct {
	stateForms
	fold           *fold // its columns
	newInterpreter func() Interpreter
}

// stateForms are the forms of states, which are a fold's whoever steps.
type stateForms interface {
	Encode(buf []byte, s projection.State) []byte
	Decode(b []byte) (projection.State, error)
	projection.ManyDecoder
	projection.Packer
}

// Start implements projection.Fold.
func (n native) Start(prev projection.State) projection.Accumulator {
	a := &nativeAccumulator{fold: n.fold, code: n.newInterpreter(), row: n.fold.initial()}
	a.next = slices.Clone(a.row)
	if row, ok := prev.(*Row); ok && row != nil {
		copy(a.row, row.values)
		a.exists = true
	}
	return a
}

func (f *fold) initial() []types.Datum {
	row := make([]types.Datum, len(f.columns))
	for i := range f.columns {
		row[i] = f.columns[i].initial
	}
	return row
}

// nativeAccumulator implements projection.Accumulator. Between two events a state is
// its columns and nothing else, as it is in a cache: so it cannot matter whether a state
// was cached in between.
type nativeAccumulator struct {
	fold      *fold
	code      Interpreter
	row, next []types.Datum
	exists    bool
}

// Step implements projection.Accumulator.
func (a *nativeAccumulator) Step(e *event.Event) error {
	effect, err := a.code.Interpret(a.row, a.next, e)
	if err == nil && effect == Updated {
		err = a.check()
	}
	if err != nil {
		return explained(err, e, mendCode)
	}
	switch effect {
	case Updated:
		a.row, a.next, a.exists = a.next, a.row, true
	case Removed:
		a.row, a.exists = a.fold.initial(), false
	}
	return nil
}

// check gives the new state the types of its columns, as an assignment does.
func (a *nativeAccumulator) check() (err error) {
	for i := range a.fold.columns {
		col := &a.fold.columns[i]
		if col.typ.Mod >= 0 && !a.next[i].IsNull() {
			if a.next[i], err = types.Coerce(col.typ, a.next[i], false); err != nil {
				return err
			}
		}
		if col.described.NotNull && a.next[i].IsNull() {
			return a.fold.notNull(col)
		}
	}
	return nil
}

// State implements projection.Accumulator.
func (a *nativeAccumulator) State() projection.State {
	if !a.exists {
		return nil
	}
	return &Row{values: a.row}
}
