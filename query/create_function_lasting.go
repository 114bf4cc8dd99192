package query

import (
	"context"
	"maps"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// lasting is the routine that a CREATE FUNCTION makes for all sessions; nil: it holds something of the session's own.
func (k *createFunction) lasting(s *Session, x *call, c *projection.Catalog) (*projection.Routine, error) {
	made := k.record(s, c)
	switch {
	case made == nil:
		return nil, nil
	case made.Standard:
		return k.written(s, x, c, made)
	case k.schema == "" && !k.meansTheSame(s, k.included(s, c)):
		return nil, nil
	}
	return made, nil
}

// record is the routine with its signature; nil: that holds something of the session's own.
func (k *createFunction) record(s *Session, c *projection.Catalog) *projection.Routine {
	f := &k.function
	made := &projection.Routine{
		Name: f.Name, Procedure: f.Procedure, Set: f.Set, Strict: f.Strict, Leakproof: f.Leakproof, Definer: f.Definer, Volatile: string(f.Volatile),
		Parallel: string(f.Parallel), Cost: f.Cost, Rows: f.Rows, Config: f.Config, Body: f.Body, Standard: f.Standard, Return: f.Return,
	}
	if !s.keyed(c, f, made) {
		return nil
	}
	return made
}

// included is a catalog with the routine, where the string that its body is may call it.
func (k *createFunction) included(s *Session, c *projection.Catalog) *projection.Catalog {
	if k.function.Standard || !strings.Contains(strings.ToLower(k.function.Body), strings.ToLower(k.function.Name)) {
		return c
	}
	made := k.record(s, c)
	if made == nil {
		return c
	}
	contents := c.Contents
	contents.Routines = maps.Clone(contents.Routines)
	if contents.Routines == nil {
		contents.Routines = map[string]*projection.Routine{}
	}
	contents.Routines[made.Key] = made
	return projection.NewCatalog(c.Epoch(), contents)
}

// keyed gives a routine its types, and its key; false: one is the session's own.
func (s *Session) keyed(c *projection.Catalog, f *temptable.Function, made *projection.Routine) bool {
	var args []string
	all := true
	written := func(t types.OID) string {
		text, relation, ok := s.writtenType(c, t)
		if all = all && ok; relation != "" && !slices.Contains(made.Reads, relation) {
			made.Reads = append(made.Reads, relation)
		}
		return text
	}
	made.Result = written(f.Result)
	for _, p := range f.Parameters {
		text := written(p.Type)
		if p.In() {
			args = append(args, text)
		}
		made.Parameters = append(made.Parameters, projection.RoutineParameter{Name: p.Name, Type: text, Mode: string(p.Mode), Default: p.Default})
		all = all && s.lastingDefault(c, p.Default, made)
	}
	made.Key = f.Name + "(" + strings.Join(args, ",") + ")"
	slices.Sort(made.Reads)
	slices.Sort(made.Calls)
	return all
}

// lastingDefault reports whether the default of a parameter, "" if it has none, means something to all sessions, and takes note of what
// it calls.
func (s *Session) lastingDefault(c *projection.Catalog, text string, made *projection.Routine) bool {
	if text == "" {
		return true
	}
	n, err := parse.Expression(text)
	if err != nil {
		return false
	}
	o := s.lastingOptions(c)
	b := &expr.Binder{Text: text, Env: o.Env, Params: expr.FixedParams(nil), Extensions: o.Extensions, Scope: noColumns{text}}
	b.Inline = func(_ *expr.Binder, call *expr.Call) (expr.Expr, error) {
		called := s.functionOf(c, func(f *lastingFunction) bool { return f.OID == call.Proc.Row.OID })
		if called != nil && !slices.Contains(made.Calls, called.Key) {
			made.Calls = append(made.Calls, called.Key)
		}
		return call.Unrun(), nil
	}
	_, err = b.Bind(n)
	return err == nil
}

// meansTheSame reports whether the string that a body is names nothing of the session's own, as far as it is looked
// at before it is called.
func (k *createFunction) meansTheSame(s *Session, c *projection.Catalog) bool {
	f := &k.function
	if slices.ContainsFunc(f.Types(), expr.Polymorphic) || !s.settings.On("check_function_bodies") {
		return true
	}
	leave, err := s.configure(f)
	if err != nil {
		return false
	}
	defer leave()
	r := s.newRoutine(f, routineKey{}.of(f))
	r.names, r.catalog, r.opaque = publicNames, c, true
	return r.compile() == nil && !r.namesOwn()
}

// namesOwn reports whether a statement names a relation of the session's own.
func (r *routine) namesOwn() bool {
	for _, st := range r.steps {
		if st.compiled != nil && slices.ContainsFunc(st.compiled.touches, r.session.ownsRelation) {
			return true
		}
	}
	return false
}

// governsLasting is governs of one that all sessions see.
func (k *createFunction) governsLasting(s *Session) error {
	if s.may().schema()&role.Create == 0 {
		return denied("permission denied for schema public")
	}
	return nil
}

// define makes the function for all sessions; false: it is the session's own.
func (k *createFunction) define(ctx context.Context, s *Session, x *call) (lasts bool, err error) {
	made, err := k.over(s, x, s.catalog())
	if made == nil || err != nil {
		return false, err
	}
	return true, s.changeViews(ctx, k.defines(), func(c *projection.Catalog) (*edited, error) {
		if err := k.governsLasting(s); err != nil {
			return nil, err
		}
		made, err := k.over(s, x, c)
		switch {
		case err != nil:
			return nil, err
		case made == nil:
			return nil, errDefinitionsMoved
		}
		old, next := c.Routine(made.Key), c.Roles
		switch {
		case old != nil && !k.replace:
			return nil, sqlstate.New(sqlstate.DuplicateFunction, "function %q already exists with same argument types", made.Name)
		case old == nil && k.window:
			return nil, errWindow(x)
		case old == nil:
			made.Age = s.age(c)
			if c.Roles != nil {
				o := c.Roles.Made(s.maker(), role.Functions)
				o.New, o.Of = false, made.Age
				next = c.Roles.WithRoutine(made.Key, o)
			}
		default:
			if err := k.replaces(s, c, old, made); err != nil {
				return nil, err
			}
		}
		change, err := routineChange(old, made)
		if err != nil {
			return nil, err
		}
		change.Holds = holdsRelations(c, made.Reads)
		return withRoles(c, []event.Change{change}, next), nil
	})
}

// over is the routine over the relations of a catalog.
func (k *createFunction) over(s *Session, x *call, c *projection.Catalog) (*projection.Routine, error) {
	if c == x.catalog {
		return k.lasting(s, x, c)
	}
	anew := *x.compiled
	anew.catalog, anew.literals = c, nil
	if err := s.bindCreateFunction(&anew, k.statement); err != nil {
		return nil, err
	}
	made := anew.command.(*createFunction)
	if err := made.check(s, x, made.included(s, c), &made.function); err != nil {
		return nil, err
	}
	k.function = made.function
	return made.lasting(s, x, c)
}

// replaces gives a routine what it keeps of the one in whose place it comes.
func (k *createFunction) replaces(s *Session, c *projection.Catalog, old, made *projection.Routine) error {
	if err := s.mayOwnRoutine(old); err != nil {
		return err
	}
	was := s.functionOf(c, func(f *lastingFunction) bool { return f.record == old })
	if was == nil { // a type of it is no more
		return sqlstate.New(sqlstate.InvalidFunctionDefinition, "cannot change return type of existing function").
			WithHint("Use DROP %s %s first.", strings.ToUpper(routineWord(old)), old.Key)
	}
	if err := s.replaceable(was.Function, &k.function, k.window); err != nil {
		return err
	}
	if callsAgain(c, made, old.Key, map[string]bool{}) {
		return sqlstate.New(sqlstate.FeatureNotSupported, "a function whose body is no string and that calls itself is not supported").
			WithHint("Write the body as a string.")
	}
	made.Comment, made.Age = old.Comment, old.Age
	return nil
}

// callsAgain reports whether a body that is no string calls a routine, itself or by others.
func callsAgain(c *projection.Catalog, r *projection.Routine, key string, seen map[string]bool) bool {
	return slices.ContainsFunc(r.Calls, func(called string) bool {
		if called == key {
			return true
		}
		through := c.Routine(called)
		if seen[called] || through == nil {
			return false
		}
		seen[called] = true
		return callsAgain(c, through, key, seen)
	})
}

// routineChange puts a routine in the place of another, nil if it is new.
func routineChange(old, made *projection.Routine) (event.Change, error) {
	value, err := made.Record()
	change := event.Change{Name: projection.RoutineRecordName(made.Key), Value: value, Expect: event.NoRecord}
	if old != nil {
		change.Expect, change.Version = event.ThisRecord, old.Version
	}
	return change, err
}

func errWindow(x *call) error {
	return unsupported(x.sql, int32(x.statement.Start), "a window function in SQL is not supported")
}

// place finds the schema in which the function is made: "" is public, or where the session's own are.
func (b *functionBuilder) place(names []*pg.Node) (schema string, err error) {
	s := b.session
	if len(names) > 1 {
		schema, _ = parse.Qualified(names)
	}
	switch {
	case schema == "" && s.createsTemp():
		return s.tables.Schema, nil
	case schema == "" && !slices.Contains(s.schemas, "public"):
		return "", sqlstate.New(sqlstate.InvalidSchemaName, "no schema has been selected to create in")
	case schema == "", schema == "public":
		return schema, nil
	case s.isTemp(schema):
		return s.tables.Schema, nil
	}
	if err := s.schemaThere(schema); err != nil {
		return "", err
	}
	return "", unsupported(b.c.sql, int32(b.c.statement.Start), "a %s in the schema %s is not supported", kindOf(&b.function), schema)
}
