package temptable

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Function is a function or procedure written in SQL, of a session or of all. It is immutable.
type Function struct {
	Name      string
	OID       uint32 // unique in the session; a function that replaces another has its
	Key       string // of the catalog's record; "" = the session's own
	Owner     string // of the session's own
	Hidden    bool   // made in pg_temp by name: found with the schema only
	Procedure bool
	// Parameters are all of them, in their order.
	Parameters []Parameter
	Result     types.OID
	Set        bool
	Strict     bool
	Leakproof  bool
	Definer    bool // SECURITY DEFINER
	Volatile   byte // i, s, v
	Parallel   byte // s, r, u
	Cost, Rows float64
	Config     []string // what it is run with, as pg_proc has it
	// Body is SQL: the string that CREATE FUNCTION has, or the statements of a body that is
	// no string.
	Body     string
	Standard bool // it is no string
	// Return says that such a body is RETURN of an expression.
	Return  bool
	Changes bool // it is more than queries
	Comment string
}

// Parameter is a parameter of a function.
type Parameter struct {
	Name    string // may be ""
	Type    types.OID
	Mode    byte   // i, o, b (INOUT), v (VARIADIC), t (of RETURNS TABLE)
	Default string // SQL; "" = none
}

// In reports whether a call gives the parameter a value.
func (p *Parameter) In() bool { return p.Mode == 'i' || p.Mode == 'b' || p.Mode == 'v' }

// Out reports whether the result has the parameter.
func (p *Parameter) Out() bool { return p.Mode == 'o' || p.Mode == 'b' || p.Mode == 't' }

// Args are the parameters that a call gives values.
func (f *Function) Args() (all []Parameter) {
	for _, p := range f.Parameters {
		if p.In() {
			all = append(all, p)
		}
	}
	return all
}

// Out are the parameters that the result has.
func (f *Function) Out() (all []Parameter) {
	for _, p := range f.Parameters {
		if p.Out() {
			all = append(all, p)
		}
	}
	return all
}

// Types are those of Args.
func (f *Function) Types() []types.OID {
	all := []types.OID{}
	for _, a := range f.Args() {
		all = append(all, a.Type)
	}
	return all
}

// Takes reports whether the function has just these arguments.
func (f *Function) Takes(args []types.OID) bool { return slices.Equal(f.Types(), args) }

// Functions returns all functions, the oldest first.
func (t *Tables) Functions() []*Function { return t.functions }

// CreateFunction adds a function and gives it an OID, or puts it in the place of the one with
// the same arguments if replace says so. 42723 if there is one.
func (t *Tables) CreateFunction(f *Function, replace bool) error {
	i := slices.IndexFunc(t.functions, func(o *Function) bool { return o.Name == f.Name && o.Takes(f.Types()) })
	switch {
	case i >= 0 && !replace:
		return sqlstate.New(sqlstate.DuplicateFunction, "function %q already exists with same argument types", f.Name)
	case i >= 0:
		f.OID, f.Owner, f.Comment = t.functions[i].OID, t.functions[i].Owner, t.functions[i].Comment
		t.ReplaceFunction(t.functions[i], f)
		return nil
	}
	t.lastOID++
	f.OID = t.lastOID
	t.setFunctions(append(slices.Clone(t.functions), f))
	return nil
}

// ReplaceFunction puts another form of a function in its place.
func (t *Tables) ReplaceFunction(was, now *Function) {
	next := slices.Clone(t.functions)
	next[slices.Index(next, was)] = now
	t.setFunctions(next)
}

// DropFunction removes a function.
func (t *Tables) DropFunction(f *Function) {
	t.setFunctions(slices.DeleteFunc(slices.Clone(t.functions), func(o *Function) bool { return o == f }))
}

func (t *Tables) setFunctions(next []*Function) {
	was := t.functions
	t.functions = next
	t.shapes++
	t.undo = append(t.undo, undo{func() { t.functions = was }, true})
}
