package query

import (
	"slices"
	"strconv"
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// lastingFunctions are the functions of all sessions, as those of one catalog. They are immutable.
type lastingFunctions struct {
	catalog *projection.Catalog
	all     []*lastingFunction
}

// lastingFunction is one of them.
type lastingFunction struct {
	*temptable.Function
	record *projection.Routine
}

// lastingFunctions are those of a catalog, the oldest first. One whose types are not there is not either.
func (s *Session) lastingFunctions(c *projection.Catalog) []*lastingFunction {
	if len(c.AllRoutines()) == 0 {
		return nil
	}
	known := []*lastingFunctions{s.server.routines.Load(), s.uncommitted}
	for _, made := range known {
		if made != nil && made.catalog == c {
			return made.all
		}
	}
	made := &lastingFunctions{catalog: c}
	before := map[*projection.Routine]*lastingFunction{}
	for _, made := range known {
		if made == nil {
			continue
		}
		for _, f := range made.all {
			before[f.record] = f
		}
	}
	for _, r := range c.AllRoutines() {
		f := before[r]
		if f == nil || takesRows(r) { // else what was planned for it stays
			f = s.lastingFunction(c, r)
		}
		if same := before[r]; f != nil && same != nil && sameTypes(same.Function, f.Function) {
			f = same
		}
		if f != nil {
			made.all = append(made.all, f)
		}
	}
	if c == s.server.options.Definitions.Current() {
		s.server.routines.Store(made)
	} else {
		s.uncommitted = made
	}
	return made.all
}

func sameTypes(a, b *temptable.Function) bool {
	return a.Result == b.Result && slices.Equal(everyType(a), everyType(b))
}

// lastingFunction is a record as a function; nil: a type of it is not there.
func (s *Session) lastingFunction(c *projection.Catalog, r *projection.Routine) *lastingFunction {
	f := &temptable.Function{
		Name: r.Name, OID: routineOID(r), Key: r.Key, Procedure: r.Procedure, Result: s.typeWritten(c, r.Result), Set: r.Set, Strict: r.Strict,
		Leakproof: r.Leakproof, Definer: r.Definer, Volatile: letter(r.Volatile, 'v'), Parallel: letter(r.Parallel, 'u'), Cost: r.Cost, Rows: r.Rows, Config: r.Config,
		Body: r.Body, Standard: r.Standard, Return: r.Return, Comment: r.Comment,
	}
	there := f.Result != 0
	for _, p := range r.Parameters {
		made := temptable.Parameter{Name: p.Name, Type: s.typeWritten(c, p.Type), Mode: letter(p.Mode, 'i'), Default: p.Default}
		f.Parameters, there = append(f.Parameters, made), there && made.Type != 0
	}
	if !there {
		return nil
	}
	f.Changes = !onlyQueries(f.Body)
	return &lastingFunction{f, r}
}

// routineOID is the same on every node, and under another name.
func routineOID(r *projection.Routine) uint32 {
	return catalog.RelationOID("routine " + strconv.FormatUint(r.Age, 10))
}

func letter(text string, initial byte) byte {
	if text == "" {
		return initial
	}
	return text[0]
}

// typeWritten is a type as a record has it; 0: it is not there.
func (s *Session) typeWritten(c *projection.Catalog, text string) types.OID {
	n, err := parse.Expression("NULL::" + text)
	if err != nil || n.GetTypeCast() == nil {
		return 0
	}
	env := *s.env
	env.Registry = publicTypes{env.Registry, s, c}
	t, err := (&expr.Binder{Text: text, Env: &env}).BindType(n.GetTypeCast().GetTypeName())
	if err != nil {
		return 0
	}
	return t.OID
}

// writtenType is a type as a record has it, and the relation whose rows it has; not ok: it is the session's own.
func (s *Session) writtenType(c *projection.Catalog, t types.OID) (text, relation string, ok bool) {
	if t < ownTypesFrom {
		return types.TypeName(t), "", true
	}
	row, brackets := t, ""
	if elem := types.ElemOf(t); elem != 0 {
		row, brackets = elem, "[]"
	}
	info := types.Info(row)
	if info == nil || !types.IsRow(row) {
		return "", "", false
	}
	text = "public." + expr.QuoteIdent(info.Name)
	return text + brackets, info.Name, s.typeWritten(c, text+brackets) == t
}

// withRowsOf are names of relations with that of the one whose rows a function returns: who calls it may name columns of them.
func (s *Session) withRowsOf(c *projection.Catalog, f *lastingFunction, names []string) []string {
	if _, relation, _ := s.writtenType(c, f.Result); relation != "" && !slices.Contains(names, relation) {
		return append(names, relation)
	}
	return names
}

// functionOf finds a function of all sessions; nil if there is none.
func (s *Session) functionOf(c *projection.Catalog, is func(*lastingFunction) bool) *lastingFunction {
	all := s.lastingFunctions(c)
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i]
	}
	return nil
}

// ownerOf is the role that a function belongs to.
func (s *Session) ownerOf(f *temptable.Function) string {
	if f.Key == "" {
		return f.Owner
	}
	return shownRole(s.may().catalog.HeldRoutine(f.Key).OwnedBy())
}

// ownedBySystem reports whether a function belongs to who owns what no role does. A session of that name, from before there were roles,
// is not him.
func (s *Session) ownedBySystem(f *temptable.Function) bool {
	return f.Key != "" && s.may().catalog.HeldRoutine(f.Key).OwnedBy() == role.Owner
}

// mayCall refuses a function of all sessions to who has no EXECUTE on it.
func (s *Session) mayCall(oid uint32) error {
	r := s.may()
	if r.all || len(r.catalog.AllRoutines()) == 0 {
		return nil
	}
	f := s.functionOf(r.catalog, func(f *lastingFunction) bool { return f.OID == oid })
	if f == nil || r.catalog.Roles.May(r.user, r.catalog.HeldRoutine(f.Key), role.Functions)&role.Execute != 0 {
		return nil
	}
	return denied("permission denied for %s %s", kindOf(f.Function), f.Name)
}

// ownsRoutine reports whether a routine may be changed, dropped and granted to others.
func (r *rights) ownsRoutine(key string) bool {
	return r.all || r.catalog.Roles.Owns(r.user, r.catalog.HeldRoutine(key))
}

// mayOwnRoutine refuses a change of what others have made.
func (s *Session) mayOwnRoutine(r *projection.Routine) error {
	if s.may().ownsRoutine(r.Key) {
		return nil
	}
	return denied("must be owner of %s %s", routineWord(r), r.Name)
}

func routineWord(r *projection.Routine) string {
	if r.Procedure {
		return "procedure"
	}
	return "function"
}

// routineNamed is a routine with its arguments, as errors name it.
func routineNamed(r *projection.Routine) string {
	args := strings.TrimPrefix(r.Key, r.Name)
	return "function " + expr.QuoteIdent(r.Name) + strings.ReplaceAll(args, "public.", "")
}

// takesRows reports whether a routine takes or gives rows of a relation, takesRowsOf whether of this one.
func takesRows(r *projection.Routine) bool {
	return hasType(r, func(text string) bool { return strings.HasPrefix(text, "public.") })
}

func takesRowsOf(r *projection.Routine, relation string) bool {
	row := "public." + expr.QuoteIdent(relation)
	return hasType(r, func(text string) bool { return strings.TrimSuffix(text, "[]") == row })
}

func hasType(r *projection.Routine, is func(string) bool) bool {
	return is(r.Result) || slices.ContainsFunc(r.Parameters, func(p projection.RoutineParameter) bool { return is(p.Type) })
}

// ownsRelation reports whether a relation is the session's own.
func (s *Session) ownsRelation(r *plan.Relation) bool { return r.Schema == s.tables.Schema }
