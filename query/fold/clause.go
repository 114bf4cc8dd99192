package fold

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// clause is a compiled WHEN … THEN.
type clause struct {
	condition expr.Eval // nil = always
	set       []assignment
	action    action
}

type action uint8

const (
	doNothing action = iota + 1
	update
	remove
)

type assignment struct {
	column int
	value  expr.Eval // nil = the column's default
}

func (c *compiler) clauses() error {
	if len(c.stmt.Clauses) == 0 {
		return c.errorAt(c.stmt.NamePos, sqlstate.SyntaxError, "projection \"%s\" has no WHEN clause", c.stmt.Name)
	}
	c.binder.Scope = scope{c}
	c.fold.byKind = map[event.Kind][]*clause{}
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
		f.others = append(f.others, made)
		for k := range f.byKind {
			f.byKind[k] = append(f.byKind[k], made)
		}
		return
	}
	k := event.Kind(w.Kind)
	if _, ok := f.byKind[k]; !ok {
		f.byKind[k] = append([]*clause(nil), f.others...)
	}
	f.byKind[k] = append(f.byKind[k], made)
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
		made.condition = c.eval(e)
	}
	assigned := map[string]bool{}
	for i := range w.Set {
		a := &w.Set[i]
		if assigned[a.Column] {
			return nil, c.errorAt(a.Pos, sqlstate.SyntaxError, "multiple assignments to same column \"%s\"", a.Column)
		}
		assigned[a.Column] = true
		set, err := c.assignment(a)
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

func (c *compiler) assignment(a *parse.Assignment) (assignment, error) {
	i := scope{c}.state(a.Column)
	if i < 0 {
		return assignment{}, c.errorAt(a.Pos, sqlstate.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", a.Column, c.stmt.Name)
	}
	if a.Value.GetSetToDefault() != nil {
		return assignment{column: i}, nil
	}
	e, err := c.binder.Bind(a.Value)
	if err != nil {
		return assignment{}, err
	}
	col := &c.fold.columns[i]
	if e, err = c.binder.CoerceColumn(e, col.described.Name, col.typ); err != nil {
		return assignment{}, err
	}
	return assignment{column: i, value: c.eval(e)}, nil
}

// eval compiles an expression and notes which of the event's columns it reads.
func (c *compiler) eval(e expr.Expr) expr.Eval {
	expr.Walk(e, func(e expr.Expr) bool {
		if col, ok := e.(*expr.Column); ok && col.Level == 0 && col.Index >= len(c.fold.columns) {
			c.fold.use(col.Index - len(c.fold.columns))
		}
		return true
	})
	return e.Compile(&expr.Compiler{Env: fixedEnv})
}
