package temptable

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Function is a function of a session, written in SQL. It is immutable.
type Function struct {
	Name     string
	Hidden   bool // made in pg_temp by name: found with the schema only
	Args     []Argument
	Out      []Argument // of RETURNS TABLE and OUT parameters
	Result   types.OID
	Set      bool
	Strict   bool
	Volatile byte   // i, s, v
	Body     string // one SELECT
	Cost     float64
}

// Argument is a parameter of a function.
type Argument struct {
	Name    string // may be ""
	Type    types.OID
	Default string // SQL; "" = none
}

// Takes reports whether the function has just these arguments.
func (f *Function) Takes(args []types.OID) bool {
	return slices.EqualFunc(f.Args, args, func(a Argument, t types.OID) bool { return a.Type == t })
}

// types are those of the arguments.
func (f *Function) types() (all []types.OID) {
	for _, a := range f.Args {
		all = append(all, a.Type)
	}
	return all
}

// Functions returns all functions.
func (t *Tables) Functions() []*Function { return t.functions }

// CreateFunction adds a function, in the place of the one with the same arguments if
// replace says so. 42723 if there is one.
func (t *Tables) CreateFunction(f *Function, replace bool) error {
	i := slices.IndexFunc(t.functions, func(o *Function) bool { return o.Name == f.Name && o.Takes(f.types()) })
	if i >= 0 && !replace {
		return sqlstate.New(sqlstate.DuplicateFunction, "function %q already exists with same argument types", f.Name)
	}
	next := slices.Clone(t.functions)
	if i >= 0 {
		next[i] = f
	} else {
		next = append(next, f)
	}
	t.setFunctions(next)
	return nil
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
