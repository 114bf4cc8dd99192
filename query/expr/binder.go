package expr

import (
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Scope finds columns. Errors: 42703, 42702, 42P01, with positions.
type Scope interface {
	// Column resolves a possibly qualified name that stands at byte offset pos.
	Column(parts []string, pos int) (Expr, error)
}

// RowScope is a Scope that finds rows too, by the qualified name before .*; an empty one
// is that of all.
type RowScope interface {
	Scope
	// WholeRow is the row as one value.
	WholeRow(parts []string, pos int) (Expr, error)
	// RowColumns are the row's columns.
	RowColumns(parts []string, pos int) ([]Expr, error)
}

// Binder turns nodes of PostgreSQL's grammar into typed expressions. It is used
// by one goroutine for one statement. Every field but Text may be left out; what
// a missing hook would have bound is refused with 0A000 at its position.
type Binder struct {
	Text   string // what the nodes' locations count in
	Scope  Scope
	Params *Params
	// Place is where the expressions stand, as errors name it: "DEFAULT expression"; "" = "this
	// expression".
	Place string
	// Reach, a sentence, is the HINT of errors about what the expressions cannot reach: subqueries, and
	// functions that Extensions would have; "" = none.
	Reach string
	// Env reads literals (time zone, date order); nil: UTC and ISO, MDY.
	Env *types.Env
	// Extensions are functions beside PostgreSQL's own.
	Extensions *Extensions
	// Fixed takes, by their offsets, literals that were read by settings, as texts that mean
	// the same by any; nil: nobody asks.
	Fixed map[int]string
	// Bound takes what nodes are bound to; nil: nobody asks.
	Bound map[*pg_query.Node]Expr
	// Subquery binds a subquery expression of any kind.
	Subquery func(*Binder, *pg_query.SubLink) (Expr, error)
	// Aggregate and Window bind calls that only a query can compute.
	Aggregate func(*Binder, *AggregateCall) (Expr, error)
	Window    func(*Binder, *WindowCall) (Expr, error)
	// Grouping binds GROUPING(...).
	Grouping func(*Binder, *pg_query.GroupingFunc) (Expr, error)
	// Set binds a set-returning function inside an expression.
	Set func(*Binder, *Call) (Expr, error)
	// IsSet reports whether an expression has what Set bound in it; nil: there is nothing.
	IsSet func(Expr) bool
	// Qualifies writes the schemas of functions of users into the tree, where they have one.
	Qualifies bool
	// Inline binds the call of a function that is written in SQL.
	Inline func(*Binder, *Call) (Expr, error)
	// Elsewhere hints at where a function of a name stands that is none of expressions, "" if there is no such; may be nil.
	Elsewhere func(name string) string
	// Called is a call that must be of a procedure: no other may.
	Called *pg_query.FuncCall
	// RowType reports whether a relation has the name, which is then a type's too.
	RowType func(name string) bool
	// Deterministic refuses, with 42P17, functions whose result depends on anything
	// but arguments (and on settings, which are then taken as fixed).
	Deterministic bool

	usesSettings bool
	depth        int
	collations   collations
}

// AggregateCall is a bound call of an aggregate function.
type AggregateCall struct {
	Proc     *Proc
	Args     []Expr // coerced to Proc.Args; the aggregated ones if Direct is set
	Written  []Expr // Args before they were coerced; nil for ordered-set aggregates
	Direct   []Expr // direct arguments of an ordered-set aggregate
	Star     bool   // count(*)
	Distinct bool
	Order    []SortKey
	Filter   Expr // nil = none
	// AtOdds says that min or max has no collation by which it could compare two values.
	AtOdds bool
	Pos    int
}

// SortKey is an element of ORDER BY.
type SortKey struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// WindowCall is a bound call of a window function, or of an aggregate, with OVER.
type WindowCall struct {
	AggregateCall
	Over *pg_query.WindowDef
}

// maxDepth bounds the nesting of expressions, as max_stack_depth does.
const maxDepth = 1000

// UsesSettings reports whether a literal was read by the session's settings
// (TimeZone, DateStyle), so that the bound expressions hold for them only.
func (b *Binder) UsesSettings() bool { return b.usesSettings }

// Reset forgets what was bound, for a binder that goes on with another text.
func (b *Binder) Reset() { b.collations = collations{} }

// Bind binds any expression. Its type may be unknown (a bare literal) or a
// parameter's that nothing has determined; Settle gives those a type.
func (b *Binder) Bind(n *pg_query.Node) (Expr, error) {
	b.depth++
	defer func() { b.depth-- }()
	if b.depth > maxDepth {
		return nil, sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	e, err := b.bindNode(n)
	if err == nil {
		b.meets(e)
		e, err = b.Collate(e)
	}
	if b.Bound != nil && err == nil {
		b.Bound[n] = e
	}
	return e, err
}

// BindBool binds a condition; clause names it in errors, e.g. "WHERE".
func (b *Binder) BindBool(n *pg_query.Node, clause string) (Expr, error) {
	e, err := b.Bind(n)
	if err != nil {
		return nil, err
	}
	return b.boolean(e, clause)
}

// notAllowed refuses what the place of the expression must not have.
func (b *Binder) notAllowed(pos int, code sqlstate.Code, what string) error {
	places := "this expression"
	if b.Place != "" {
		places = b.Place + "s"
	}
	return b.errorAt(pos, code, "%s are not allowed in %s", what, places)
}

// BindAs binds an expression and coerces it.
func (b *Binder) BindAs(n *pg_query.Node, to types.Type, context CoercionContext) (Expr, error) {
	e, err := b.Bind(n)
	if err != nil {
		return nil, err
	}
	return b.Coerce(e, to, context)
}

// Settle gives an expression of unknown type the type text, as a select list does.
func (b *Binder) Settle(e Expr) (Expr, error) {
	if e.Type().OID != types.UnknownOID {
		return e, nil
	}
	return b.Coerce(e, types.Of(types.TextOID), Implicit)
}

// CoerceSpecific converts an expression whose type a clause fixes; 42804 if it cannot.
func (b *Binder) CoerceSpecific(e Expr, to types.Type, clause string) (Expr, error) {
	if isPolymorphic(to.OID) {
		return e, nil
	}
	if from := e.Type().OID; !canCoerce(from, to.OID, Assignment) {
		return nil, b.errorAt(e.Pos(), sqlstate.DatatypeMismatch, "argument of %s must be type %s, not type %s", clause, typeName(to.OID), typeName(from))
	}
	return b.Coerce(e, to, Assignment)
}

// BindCount binds a LIMIT or OFFSET expression: a bigint without variables.
func (b *Binder) BindCount(n *pg_query.Node, clause string) (Expr, error) {
	e, err := b.Bind(n)
	if err != nil {
		return nil, err
	}
	return b.CoerceSpecific(e, types.Of(types.Int8OID), clause)
}

func (b *Binder) boolean(e Expr, clause string) (Expr, error) {
	if err := b.single(e, clause); err != nil {
		return nil, err
	}
	return b.CoerceSpecific(e, types.Of(types.BoolOID), clause)
}

// single refuses a set where there must be one value.
func (b *Binder) single(e Expr, clause string) error {
	switch {
	case b.IsSet == nil || !b.IsSet(e):
		return nil
	case clause == "FILTER":
		return b.errorAt(e.Pos(), sqlstate.FeatureNotSupported, "set-returning functions are not allowed in FILTER")
	}
	return b.errorAt(e.Pos(), sqlstate.DatatypeMismatch, argumentIsSet, clause)
}

const argumentIsSet = "argument of %s must not return a set"

// errorAt returns an error at a byte offset of the text.
func (b *Binder) errorAt(pos int, code sqlstate.Code, format string, args ...any) *sqlstate.Error {
	return sqlstate.New(code, format, args...).At(b.position(pos))
}

// unsupported refuses a form that PostgreSQL has and projsql has not.
func (b *Binder) unsupported(pos int, what string) error {
	return b.errorAt(pos, sqlstate.FeatureNotSupported, "%s is not supported yet", what)
}

// position turns a byte offset into PostgreSQL's character position, from 1.
func (b *Binder) position(pos int) int {
	if pos < 0 || pos > len(b.Text) {
		return 0
	}
	return utf8.RuneCountInString(b.Text[:pos]) + 1
}

// at adds a position to an error that has none.
func (b *Binder) at(err error, pos int) error {
	if err == nil {
		return nil
	}
	e := *sqlstate.Of(err)
	return e.At(b.position(pos))
}

func (b *Binder) env() *types.Env {
	if b.Env != nil {
		return b.Env
	}
	return types.NewEnv()
}

func typeName(oid types.OID) string { return types.TypeName(oid) }
