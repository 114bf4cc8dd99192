package expr

import (
	"context"
	"time"

	"github.com/projsql/projsql/query/types"
)

// Expr is a typed expression. Expressions are immutable once bound and safe to
// share. Planners add kinds of their own (a subquery, a reference to an
// aggregate's result).
type Expr interface {
	// Type is the type of the value, known before any row is.
	Type() types.Type
	// Pos is the byte offset in the statement's text, -1 = unknown.
	Pos() int
	// Children are the operands, in order of evaluation.
	Children() []Expr
	// Compile returns the evaluation of the expression.
	Compile(c *Compiler) Eval
}

// Rebuilder is an Expr that can be made again over other operands. Every kind of
// this package with operands is one.
type Rebuilder interface {
	Expr
	// WithChildren returns a copy over the given operands, as many as Children has.
	WithChildren(children []Expr) Expr
}

// Eval computes an expression for one row. It may be called concurrently on
// different frames. Errors carry SQLSTATE.
type Eval func(*Frame) (types.Datum, error)

// Frame is what an expression is evaluated against.
type Frame struct {
	Row    []types.Datum
	Params []types.Datum
	Env    *Env
	Up     *Frame      // the enclosing query's row
	Once   types.Datum // what an Once around has computed
}

// Env is what a statement's expressions know of their surroundings. It is
// immutable while the statement runs. Its functions may be nil: what needs them
// then fails with 0A000.
type Env struct {
	*types.Env
	Context         context.Context
	Done            <-chan struct{} // of Context; nil: it never ends
	StatementTime   time.Time
	TransactionTime time.Time
	Clock           func() time.Time // clock_timestamp
	User            string
	SessionUser     string
	Database        string
	// SearchPath is the schemas that search_path names, of those there are, with what is
	// searched before them though it is not named if implicit.
	SearchPath func(implicit bool) []string
	Version    string // what version() answers
	// Query is the text that the client sent; nil: none.
	Query func() string
	PID   int32
	// Remote and Local are the ends of the client's connection, host:port; other texts are those
	// of connections without addresses.
	Remote, Local string
	StartTime     time.Time // of the server
	Random        *Random   // the session's; nil: there is no setseed
	// Setting reads a setting; ok is false if there is none of that name.
	Setting func(name string) (value string, ok bool)
	// Set changes a setting, for the transaction only if local, and returns its new value.
	Set func(name string, value *string, local bool) (string, error)
	// Listening returns the channels that the session listens to.
	Listening func() []string
	// HLC returns the node's newest stamp (hlc_now).
	HLC func() int64
}

// Compiler turns expressions into evaluations. The zero Compiler folds nothing
// that depends on surroundings.
type Compiler struct {
	// Env, when set, lets stable functions of constants be computed once.
	Env *Env
}

// Walk calls visit with e and everything below it, outer first; visit returns
// false to leave out what is below.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, c := range e.Children() {
		Walk(c, visit)
	}
}

// Transform returns e with replace applied to it and, where that returns its
// argument unchanged, to everything below it.
func Transform(e Expr, replace func(Expr) Expr) Expr {
	if other := replace(e); other != e {
		return other
	}
	r, ok := e.(Rebuilder)
	if !ok {
		return e
	}
	old := r.Children()
	var made []Expr
	for i, c := range old {
		n := Transform(c, replace)
		if n != c && made == nil {
			made = append([]Expr(nil), old...)
		}
		if made != nil {
			made[i] = n
		}
	}
	if made == nil {
		return e
	}
	return r.WithChildren(made)
}

// base is the type and place that every node has.
type base struct {
	typ types.Type
	pos int
}

// Type implements Expr.
func (b *base) Type() types.Type { return b.typ }

// Pos implements Expr.
func (b *base) Pos() int { return b.pos }
