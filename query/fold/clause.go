package fold

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// handler is what the events of a kind do: clauses, in the order of the statement, and the
// event's columns that they read.
type handler struct {
	clauses []*clause
	reads   []read
}

// read puts a column of the event into its place in the row.
type read struct {
	at int
	of func(*event.Event) types.Datum
}

// with returns the handler with one more clause.
func (h handler) with(c *clause) handler {
	h.clauses, h.reads = append(slices.Clip(h.clauses), c), slices.Clip(h.reads)
	for _, r := range c.reads {
		if !slices.ContainsFunc(h.reads, func(o read) bool { return o.at == r.at }) {
			h.reads = append(h.reads, r)
		}
	}
	return h
}

// clause is a compiled WHEN … THEN.
type clause struct {
	condition expr.Eval // nil = always
	set       []assignment
	action    action
	reads     []read
}

type action uint8

const (
	doNothing action = iota + 1
	update
	remove
)

type assignment struct {
	column int
	form   form // of the column
	value  expr.Eval
}

func (c *compiler) clauses() error {
	if len(c.stmt.Clauses) == 0 {
		return c.errorAt(c.stmt.NamePos, sqlstate.SyntaxError, "projection \"%s\" has no WHEN clause", c.stmt.Name)
	}
	c.binder.Scope = scope{c}
	c.fold.byKind = map[event.Kind]handler{}
	for i := range c.stmt.Clauses {
		w := &c.stmt.Clauses[i]
		if err := c.checkKind(i); err != nil {
			return err
		}
		made, err := c.clause(w)
		if err != nil {
			return err
		}
		c.add(w, made)
	}
	return nil
}

// add files a clause under the kinds that it handles, in the order of the statement.
func (c *compiler) add(w *parse.When, made *clause) {
	f := c.fold
	if w.Any {
		f.others = f.others.with(made)
		for k, h := range f.byKind {
			f.byKind[k] = h.with(made)
		}
		return
	}
	k := event.Kind(w.Kind)
	f.byKind[k] = f.handlerOf(k).with(made)
}

func (c *compiler) checkKind(i int) error {
	w := &c.stmt.Clauses[i]
	switch {
	case !w.Any && w.Kind == "":
		return c.errorAt(w.KindPos, sqlstate.InvalidParameterValue, "kind of an event cannot be empty")
	case len(w.Kind) > event.KindBytesMax:
		return c.errorAt(w.KindPos, sqlstate.NameTooLong, "kind of an event cannot be longer than %d bytes", event.KindBytesMax)
	}
	for _, before := range c.stmt.Clauses[:i] {
		if before.Condition == nil && (before.Any || !w.Any && before.Kind == w.Kind) {
			return c.errorAt(w.KindPos, sqlstate.SyntaxError, "unreachable WHEN clause specified after unconditional WHEN clause")
		}
	}
	return nil
}

func (c *compiler) clause(w *parse.When) (*clause, error) {
	made := &clause{action: actionOf(w)}
	if w.Condition != nil {
		e, err := c.binder.BindBool(w.Condition, "WHEN")
		if err != nil {
			return nil, err
		}
		made.condition = c.eval(e, made)
	}
	assigned := map[string]bool{}
	for i := range w.Set {
		a := &w.Set[i]
		if assigned[a.Column] {
			return nil, c.errorAt(a.Pos, sqlstate.SyntaxError, "multiple assignments to same column \"%s\"", a.Column)
		}
		assigned[a.Column] = true
		set, err := c.assignment(a, made)
		if err != nil {
			return nil, err
		}
		made.set = append(made.set, set)
	}
	return made, nil
}

func actionOf(w *parse.When) action {
	switch {
	case w.Delete:
		return remove
	case len(w.Set) > 0:
		return update
	}
	return doNothing
}

func (c *compiler) assignment(a *parse.Assignment, of *clause) (assignment, error) {
	i := scope{c}.state(a.Column)
	if i < 0 {
		return assignment{}, c.errorAt(a.Pos, sqlstate.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", a.Column, c.stmt.Name)
	}
	if a.Value.GetSetToDefault() != nil {
		initial := c.fold.columns[i].initial
		return assignment{i, c.fold.columns[i].form, func(*expr.Frame) (types.Datum, error) { return initial, nil }}, nil
	}
	e, err := c.binder.Bind(a.Value)
	if err != nil {
		return assignment{}, err
	}
	col := &c.fold.columns[i]
	if e, err = c.binder.CoerceColumn(e, col.described.Name, col.typ); err != nil {
		return assignment{}, err
	}
	return assignment{i, col.form, c.eval(e, of)}, nil
}

// eval compiles an expression of a clause and notes which of the event's columns it reads.
func (c *compiler) eval(e expr.Expr, of *clause) expr.Eval {
	expr.Walk(e, func(e expr.Expr) bool {
		if col, ok := e.(*expr.Column); ok && col.Level == 0 && col.Index >= len(c.fold.columns) {
			of.reads = append(of.reads, read{col.Index, eventColumns[col.Index-len(c.fold.columns)].of})
		}
		return true
	})
	return e.Compile(&expr.Compiler{Env: fixedEnv})
}
