package query

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// functionName is a function by its name, and its arguments if they are written.
type functionName struct {
	kind    pg.ObjectType // OBJECT_FUNCTION, OBJECT_PROCEDURE, OBJECT_ROUTINE
	schema  string        // "" = none is written
	name    string
	written string // with its schema
	args    []types.OID
	types   []string // args as the grammar has them
	told    bool     // the arguments
	// every are the types of all parameters, where no mode is written and args may be those of a
	// procedure's OUT parameters too; nil: they are not.
	every []types.OID
	// noSchema is the schema that is not there; "" if it is.
	noSchema string
}

func (f functionName) String() string { return f.with(",") }

// asked is a function that was looked for.
func (f functionName) asked() string { return f.with(", ") }

func (f functionName) with(separator string) string {
	var all []string
	for _, t := range f.args {
		all = append(all, types.TypeName(t))
	}
	return f.written + "(" + strings.Join(all, separator) + ")"
}

// word is what the statement calls it.
func (f functionName) word() string { return strings.ToLower(objectWord(f.kind)) }

// grammarName is a type's name as the grammar has it, pg_catalog.int4 for int.
func grammarName(n *pg.TypeName) string {
	var parts []string
	for _, p := range n.GetNames() {
		parts = append(parts, p.GetString_().GetSval())
	}
	return strings.Join(parts, ".") + strings.Repeat("[]", len(n.GetArrayBounds()))
}

// functionNamed reads how a statement names a function.
func (s *Session) functionNamed(c *compiled, kind pg.ObjectType, w *pg.ObjectWithArgs) (functionName, error) {
	names := w.GetObjname()
	f := functionName{kind: kind, name: names[len(names)-1].GetString_().GetSval(), told: !w.GetArgsUnspecified()}
	f.written = f.name
	if len(names) > 1 {
		f.schema, _ = parse.Qualified(names)
		f.written = f.schema + "." + f.name
	}
	b := &expr.Binder{Text: c.sql, Env: s.env}
	for _, a := range w.GetObjargs() {
		t, err := b.BindType(a.GetTypeName())
		if err != nil {
			return f, err
		}
		f.args, f.types = append(f.args, t.OID), append(f.types, grammarName(a.GetTypeName()))
	}
	if kind == pg.ObjectType_OBJECT_FUNCTION {
		return f, nil
	}
	for _, n := range w.GetObjfuncargs() {
		p := n.GetFunctionParameter()
		if p.GetMode() != pg.FunctionParameterMode_FUNC_PARAM_DEFAULT {
			f.every = nil
			break
		}
		t, err := b.BindType(p.GetArgType())
		if err != nil {
			return f, err
		}
		f.every = append(f.every, t.OID)
	}
	return f, nil
}

// functionsIn are the functions of a schema, "": of those that are searched. All sessions' are those of a catalog.
func (s *Session) functionsIn(c *projection.Catalog, schema string) (all []*temptable.Function) {
	for _, f := range s.tables.Functions() {
		if schema == "" && !f.Hidden || schema != "" && s.isTemp(schema) {
			all = append(all, f)
		}
	}
	for _, f := range s.lastingFunctions(c) {
		if schema == "public" || schema == "" && slices.Contains(s.schemas, "public") && s.shadow(f.Function) == nil && !ofSystem(f.Name, f.Types()) {
			all = append(all, f.Function)
		}
	}
	return all
}

// ofSystem reports whether PostgreSQL itself has a function of the name and the arguments, which is found first.
func ofSystem(name string, args []types.OID) bool {
	return slices.ContainsFunc(pgdata.Procs(name), func(p *pgdata.Proc) bool { return slices.Equal(p.Args, args) })
}

// functionOfUsers finds the function that a statement names. (PostgreSQL's LookupFuncWithArgs.)
func (s *Session) functionOfUsers(c *projection.Catalog, f functionName) (*temptable.Function, error) {
	var byInput, byAll []*temptable.Function
	for _, o := range s.functionsIn(c, f.schema) {
		procedure := f.kind == pg.ObjectType_OBJECT_PROCEDURE
		switch {
		case o.Name != f.name:
		case f.told && o.Takes(f.args):
			byInput = append(byInput, o)
		case f.told && o.Procedure && f.every != nil && slices.Equal(everyType(o), f.every):
			byAll = append(byAll, o)
		case !f.told && (f.kind == pg.ObjectType_OBJECT_ROUTINE || o.Procedure == procedure):
			byInput = append(byInput, o)
		}
	}
	found := append(byInput, byAll...)
	word := f.word()
	switch {
	case len(found) > 1:
		e := sqlstate.New(sqlstate.AmbiguousFunction, "%s name %q is not unique", word, f.written)
		if !f.told {
			e = e.WithHint("Specify the argument list to select the %s unambiguously.", word)
		}
		return nil, e
	case len(found) == 1 && f.kind != pg.ObjectType_OBJECT_ROUTINE && found[0].Procedure != (f.kind == pg.ObjectType_OBJECT_PROCEDURE):
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%s is not a %s", f.asked(), word)
	case len(found) == 1:
		return found[0], nil
	}
	if f.kind == pg.ObjectType_OBJECT_ROUTINE {
		word = "function"
	}
	if f.told {
		return nil, sqlstate.New(sqlstate.UndefinedFunction, "%s %s does not exist", word, f.asked())
	}
	return nil, sqlstate.New(sqlstate.UndefinedFunction, "could not find a %s named %q", word, f.written)
}

// everyType are the types of all parameters.
func everyType(f *temptable.Function) (all []types.OID) {
	for _, p := range f.Parameters {
		all = append(all, p.Type)
	}
	return all
}
