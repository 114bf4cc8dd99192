package expr

import (
	"maps"
	"slices"
	"strconv"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
)

// Proc is a function as one call of it resolves: polymorphic types are settled
// and a VARIADIC parameter is spread over the arguments.
type Proc struct {
	Row    *pgdata.Proc
	Args   []types.OID // one for each argument
	Result types.OID
	// Spread: the last argument is an array given as VARIADIC array.
	Spread bool
	// Columns are those of a column definition list: what a record is made of.
	Columns []RecordColumn
	// Ran says that the function is in SQL, and run: nothing is known of what it does.
	Ran  bool
	impl any // nil: PostgreSQL's, not projsql's yet
}

// Name returns the function's name.
func (p *Proc) Name() string { return p.Row.Name }

// RecordColumn is an entry of a column definition list.
type RecordColumn struct {
	Name string
	Type types.Type
}

// OutColumn is a column of what a function in FROM returns.
type OutColumn struct {
	Name string
	Type types.OID
}

// OutColumns returns the columns of a function with OUT parameters, nil for one
// that returns a single value.
func (p *Proc) OutColumns() []OutColumn {
	var all []OutColumn
	for i, t := range p.Row.AllArgs {
		if m := p.Row.Modes[i]; m == 'i' || m == 'v' {
			continue
		}
		if isPolymorphic(t) {
			t = p.settled(t)
		}
		all = append(all, OutColumn{Name: p.Row.Names[i], Type: t})
	}
	for i := range all {
		if all[i].Name == "" && (len(all) > 1 || p.Row.Kind == 'p') {
			all[i].Name = "column" + strconv.Itoa(i+1)
		}
	}
	return all
}

// settled is what a polymorphic type of the function stands for in the call; itself if the
// arguments do not tell.
func (p *Proc) settled(t types.OID) types.OID {
	if len(p.Args) != len(p.Row.Args) {
		return t
	}
	if s, err := solve(p.Row.Args, p.Args); err == nil && s.apply(t) != 0 {
		return s.apply(t)
	}
	return t
}

// Function is one that projsql adds to PostgreSQL's.
type Function struct {
	Row  pgdata.Proc // OID 16384 and higher
	Impl any         // Func0 to Func3, FuncN, SetFunc or SQLBody
	// Own functions are those of users; Hidden ones are found by their schema alone.
	Own, Hidden bool
	// Schema is one that the function is in, and found in alone; "" is the session's of own functions, any of others.
	Schema string
	// Visible functions are found without their Schema too.
	Visible bool
}

// SQLBody is the implementation of a function that is written in SQL: statements over its
// arguments, which are $1 and so on there, or go by their names.
type SQLBody struct {
	Text string
	// Run gives what runs a call. nil: the SELECT that Text is stands in for every call.
	Run func(*Call) (Routine, error)
	// Apart says that it stands in for none: it is run by another role, or with other settings.
	Apart bool
	// Schema is what a text that is to mean the same later has before the function's name; "" = nothing.
	Schema string
	// Lasting says that every name in Text is written out.
	Lasting bool
}

// Routine runs the calls of a function in SQL, for some types of its arguments and result.
type Routine interface {
	// Implementation is a FuncN, or the SetFunc of a set-returning function.
	Implementation() any
}

// Extensions are functions beside PostgreSQL's own. It is immutable once made.
type Extensions struct {
	byName map[string][]*Function
	impls  map[string]any
	schema string // of own functions, beside pg_temp
	// Changing says that some own functions are more than queries: what others read they may change.
	Changing bool
}

// NewExtensions returns the given functions.
func NewExtensions(all ...Function) *Extensions {
	x := &Extensions{byName: map[string][]*Function{}}
	for i := range all {
		f := &all[i]
		x.byName[f.Row.Name] = append(x.byName[f.Row.Name], f)
	}
	return x
}

// Implementing returns x with implementations of PostgreSQL's own functions that need more
// than an Env: by pg_proc's prosrc, or by signature for those that PostgreSQL writes in SQL.
func (x *Extensions) Implementing(impls map[string]any) *Extensions {
	return &Extensions{byName: x.byName, impls: impls, schema: x.schema}
}

// With returns x with functions of users; those that have no schema are in the session's. changing adds to Changing.
func (x *Extensions) With(schema string, own []*Function, changing bool) *Extensions {
	if len(own) == 0 {
		return x
	}
	made := &Extensions{byName: maps.Clone(x.byName), impls: x.impls, schema: schema, Changing: x.Changing || changing}
	for _, f := range own {
		made.byName[f.Row.Name] = append(slices.Clone(made.byName[f.Row.Name]), f)
	}
	return made
}

// Defines reports whether a function of the name is one of users.
func (x *Extensions) Defines(n *pg_query.FuncCall) bool {
	name := n.Funcname[len(n.Funcname)-1].GetString_().GetSval()
	return x != nil && slices.ContainsFunc(x.byName[name], func(f *Function) bool { return f.Own })
}

// inSchema reports whether a function of the name is in a schema alone.
func (x *Extensions) inSchema(schema, name string) bool {
	return x != nil && slices.ContainsFunc(x.byName[name], func(f *Function) bool { return f.Schema == schema })
}

// finds reports whether a name in a schema, or without one, may mean f.
func (x *Extensions) finds(f *Function, schema string) bool {
	switch {
	case schema == "":
		return !f.Hidden && f.Schema == "" || f.Visible
	case x.isOwn(schema):
		return f.Own && f.Schema == ""
	}
	return f.Schema == schema || schema == "public" && f.Schema == "" && !f.Own
}

// Named are the functions that a name in a schema, or without one, may mean: PostgreSQL's too.
func (x *Extensions) Named(schema, name string) (all []*pgdata.Proc) {
	if schema == "" || schema == "pg_catalog" {
		all = append(all, pgdata.Procs(name)...)
	}
	if x == nil {
		return all
	}
	for _, f := range x.byName[name] {
		if x.finds(f, schema) {
			all = append(all, &f.Row)
		}
	}
	return all
}

// isOwn reports whether a schema is that of own functions.
func (x *Extensions) isOwn(schema string) bool {
	return x != nil && x.schema != "" && (schema == "pg_temp" || schema == x.schema)
}

// implementation is of a function of PostgreSQL's; nil if there is none.
func (b *Binder) implementation(row *pgdata.Proc) any {
	impl := implementations()[row.Source]
	if impl == nil && b.Extensions != nil {
		impl = b.Extensions.impls[row.Source]
	}
	return impl
}

// Implementations of functions, by number of arguments. A strict function is
// never called with a NULL. The slice of FuncN and SetFunc is the callee's to read
// during the call only.
type (
	Func0 = func(*Env) (types.Datum, error)
	Func1 = func(_ *Env, a types.Datum) (types.Datum, error)
	Func2 = func(_ *Env, a, b types.Datum) (types.Datum, error)
	Func3 = func(_ *Env, a, b, c types.Datum) (types.Datum, error)
	FuncN = func(_ *Env, args []types.Datum) (types.Datum, error)
	// SetFunc returns the rows of a set-returning function, of one value or of its
	// OutColumns.
	SetFunc = func(_ *Env, args []types.Datum) (Rows, error)
	// maker gives the implementation for one call, by its types and constants. It may be
	// a Func1 of the first argument where the others are constants.
	maker = func(*Call) any
	// setMaker is maker for a SetFunc.
	setMaker = func(*Call) SetFunc
)

// Rows yields rows until it returns nil.
type Rows func() ([]types.Datum, error)
