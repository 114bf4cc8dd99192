package projsql

import (
	"errors"
	"log/slog"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/structs"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// code is what all interpreters of a projection share.
type code[S any] struct {
	name    string
	byKind  map[event.Kind]named[S]
	others  Fold[S]
	mapping *structs.Mapping
	logger  *slog.Logger
}

// named is a fold and its kind, in memory that is nobody else's.
type named[S any] struct {
	kind string
	fold Fold[S]
}

func (p *Projection[S]) code(db *DB, m *structs.Mapping) *code[S] {
	c := &code[S]{name: p.Name, byKind: map[event.Kind]named[S]{}, others: p.WhenAny, mapping: m, logger: db.room("projection")}
	for kind, f := range p.When {
		c.byKind[event.Kind(kind)] = named[S]{kind, f}
	}
	return c
}

// interpreter implements fold.Interpreter. Every event gets a struct that is made of the
// columns, and leaves nothing but columns behind.
type interpreter[S any] struct {
	code  *code[S]
	event Event
}

// Interpret implements fold.Interpreter.
func (p *interpreter[S]) Interpret(row, next []types.Datum, e *event.Event) (fold.Effect, error) {
	n, ok := p.code.byKind[e.Kind]
	if !ok {
		n = named[S]{p.event.Kind, p.code.others}
		if n.kind != string(e.Kind) {
			n.kind = strings.Clone(string(e.Kind))
		}
	}
	if n.fold == nil {
		return fold.Ignored, nil
	}
	state := new(S)
	if err := p.code.mapping.Load(reflect.ValueOf(state).Elem(), row); err != nil {
		return 0, err
	}
	p.event.set(e, n.kind)
	err := p.run(n.fold, state)
	p.event.data, p.event.metadata = nil, nil
	switch {
	case err == nil:
		return fold.Updated, p.code.mapping.Store(next, reflect.ValueOf(state).Elem())
	case errors.Is(err, Delete):
		return fold.Removed, nil
	case errors.Is(err, Ignore):
		return fold.Ignored, nil
	}
	return 0, external(err)
}

// run turns a panic of the fold into an error.
func (p *interpreter[S]) run(f Fold[S], state *S) (err error) {
	defer func() {
		if r := recover(); r != nil {
			p.code.logger.Error("fold panicked", "projection", p.code.name, "entity", p.event.Entity, "version", p.event.Version,
				"kind", p.event.Kind, "panic", r, "stack", string(debug.Stack()))
			err = sqlstate.New(sqlstate.ExternalRoutineException, "projection %q panicked: %v", p.code.name, r)
		}
	}()
	return f(state, &p.event)
}

// external gives an error of a fold a SQLSTATE, unless it has one of its own.
func external(err error) error {
	var own interface{ SQLState() string }
	if errors.As(err, &own) {
		return err
	}
	e := sqlstate.New(sqlstate.ExternalRoutineException, "%v", err)
	e.Cause = err
	return e
}
