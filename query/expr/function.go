package expr

import (
	"slices"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// arguments are those of a call as written.
type arguments struct {
	exprs    []Expr
	names    []string // of the last arguments; "" = positional
	variadic bool     // VARIADIC before the last one
}

func (a *arguments) oids() []types.OID { return oidsOf(a.exprs) }

// resolved is a function chosen for a call: which argument (or default, -1) goes
// to which parameter.
type resolved struct {
	row      *pgdata.Proc
	impl     any
	declared []types.OID // one for each value of order
	order    []int
	expanded bool // the VARIADIC parameter took single arguments
	later    bool // behind PostgreSQL's own on the search path
	unsure   bool // another one takes the same arguments as well
}

// Resolve finds the function of a name for arguments of the given types (chapter
// 10.3) and coerces the arguments. Errors: 42883, 42725, 0A000, 42P17.
func (b *Binder) Resolve(name string, args []Expr, pos int) (*Call, error) {
	return b.resolveCall([]string{name}, &arguments{exprs: args}, pos)
}

func (b *Binder) resolveCall(names []string, args *arguments, pos int) (*Call, error) {
	r, err := b.findFunction(names, args, pos)
	if err != nil {
		return nil, err
	}
	return b.makeCall(r, args, pos)
}

func (b *Binder) makeCall(r *resolved, args *arguments, pos int) (*Call, error) {
	exprs, err := b.arrange(r, args)
	if err != nil {
		return nil, err
	}
	declared, result, err := settle(r.declared, oidsOf(exprs), r.row.Result)
	if err != nil {
		return nil, err
	}
	if last := len(exprs) - 1; args.variadic && r.row.Variadic == types.AnyOID && types.ElemOf(exprs[last].Type().OID) == 0 {
		return nil, b.errorAt(exprs[last].Pos(), sqlstate.DatatypeMismatch, "VARIADIC argument must be an array")
	}
	coerced, err := b.coerceArgs(exprs, declared)
	if err != nil {
		return nil, err
	}
	coerced = b.gather(r, coerced)
	p := &Proc{Row: r.row, Args: oidsOf(coerced), Result: result, Spread: args.variadic && r.row.Variadic != 0, impl: r.impl}
	if err := b.allowed(p, pos); err != nil {
		return nil, err
	}
	return &Call{base: base{typ: types.Of(result), pos: leftmost(pos, args.exprs...)}, Proc: p, Args: coerced}, nil
}

// arrange puts arguments into the order of the parameters and fills in defaults.
func (b *Binder) arrange(r *resolved, args *arguments) ([]Expr, error) {
	exprs := make([]Expr, len(r.order))
	for i, from := range r.order {
		if from >= 0 {
			exprs[i] = args.exprs[from]
			continue
		}
		e, err := b.defaultOf(r.row, i)
		if err != nil {
			return nil, err
		}
		exprs[i] = e
	}
	return exprs, nil
}

func (b *Binder) defaultOf(row *pgdata.Proc, i int) (Expr, error) {
	text := row.Defaults[i-(len(row.Args)-len(row.Defaults))]
	tree, err := pg_query.Parse("SELECT " + text)
	if err != nil {
		return nil, err
	}
	target := tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val
	inner := Binder{Text: text, Env: b.Env, Extensions: b.Extensions, Inline: b.Inline}
	e, err := inner.Bind(target)
	if err != nil || isPolymorphic(row.Args[i]) {
		return e, err
	}
	return inner.Coerce(e, types.Of(row.Args[i]), Assignment)
}

// gather makes one array of the arguments that a typed VARIADIC parameter took.
func (b *Binder) gather(r *resolved, args []Expr) []Expr {
	if !r.expanded || r.row.Variadic == types.AnyOID {
		return args
	}
	fixed := len(r.row.Args) - 1
	elem := args[fixed].Type().OID
	all := args[fixed:]
	array := &Array{base: base{typ: types.Of(types.ArrayOf(elem)), pos: all[0].Pos()}, Elem: elem, Args: all}
	return append(slices.Clone(args[:fixed]), array)
}

func (b *Binder) findFunction(names []string, args *arguments, pos int) (*resolved, error) {
	written := strings.Join(names, ".")
	names, err := b.inDatabase(names, pos)
	if err != nil {
		return nil, err
	}
	name, ok := unqualified(names)
	own := len(names) == 2 && b.Extensions.isOwn(names[0])
	schema := ""
	if own || len(names) == 2 && b.Extensions.inSchema(names[0], names[1]) {
		own, schema = true, names[0]
	}
	if !own {
		if _, err := b.schemaOf(names, pos); err != nil {
			return nil, err
		}
	}
	if !ok && !own {
		return nil, b.noFunction(written, args, pos)
	}
	all := b.functionCandidates(name, args, schema)
	if !inPostgres(names) {
		all = slices.DeleteFunc(all, func(c candidate) bool { return !c.row.(*resolved).later })
	}
	fit, oids := matching(all, args.oids()), withoutDomains(args.oids())
	if len(fit) == 0 {
		return nil, b.noFunction(written, args, pos)
	}
	c, found := chosen(fit, oids)
	if !found || c.row.(*resolved).unsure {
		return nil, b.errorAt(pos, sqlstate.AmbiguousFunction, "function %s is not unique", signature(written, args)).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.")
	}
	return c.row.(*resolved), nil
}

// chosen is the candidate of just these types, or the one that is chosen of many.
func chosen(fit []candidate, oids []types.OID) (candidate, bool) {
	for _, c := range fit {
		if len(fit) == 1 || slices.Equal(c.args, oids) {
			return c, true
		}
	}
	return choose(fit, oids)
}

// inPostgres reports whether a name can be that of a function of PostgreSQL's own: those of projsql are found in
// public and projsql too.
func inPostgres(names []string) bool { return len(names) == 1 || names[0] == "pg_catalog" }

// unqualified returns the name without the schema pg_catalog, public or projsql.
func unqualified(names []string) (string, bool) {
	name := names[len(names)-1]
	if len(names) == 1 {
		return name, true
	}
	return name, len(names) == 2 && (names[0] == "pg_catalog" || names[0] == "public" || names[0] == "projsql")
}

func (b *Binder) noFunction(name string, args *arguments, pos int) error {
	e := b.errorAt(pos, sqlstate.UndefinedFunction, "function %s does not exist", signature(name, args))
	if b.Elsewhere != nil {
		if e.Hint = b.Elsewhere(name[strings.LastIndexByte(name, '.')+1:]); e.Hint != "" {
			return e
		}
	}
	hint := "No function matches the given name and argument types. You might need to add explicit type casts."
	return e.WithHint("%s", strings.TrimSpace(hint+" "+b.Reach))
}

func signature(name string, args *arguments) string {
	parts := make([]string, len(args.exprs))
	named := len(args.exprs) - len(args.names)
	for i, t := range args.oids() {
		parts[i] = typeName(t)
		if i >= named {
			parts[i] = args.names[i-named] + " => " + parts[i]
		}
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// functionCandidates lists the functions of a name that take so many arguments,
// VARIADIC and defaults considered. Of two with the same types PostgreSQL's own wins,
// then the one without expansion; else none. A schema asks for those alone that are in
// no other.
func (b *Binder) functionCandidates(name string, args *arguments, schema string) []candidate {
	var all []candidate
	add := func(row *pgdata.Proc, impl any, later bool) {
		r := spread(row, args)
		if r == nil {
			return
		}
		r.impl, r.later = impl, later
		declared := make([]types.OID, len(args.exprs))
		for i, from := range r.order {
			if from >= 0 {
				declared[from] = r.declared[i]
			}
		}
		all = addCandidate(all, candidate{declared, r})
	}
	if schema == "" {
		for _, row := range pgdata.Procs(name) {
			add(row, b.implementation(row), false)
		}
	}
	if b.Extensions != nil {
		for _, f := range b.Extensions.byName[name] {
			if b.Extensions.finds(f, schema) {
				add(&f.Row, f.Impl, true)
			}
		}
	}
	return all
}

func addCandidate(all []candidate, c candidate) []candidate {
	for i, old := range all {
		if !slices.Equal(old.args, c.args) {
			continue
		}
		switch before, now := old.row.(*resolved), c.row.(*resolved); {
		case before.later != now.later, !before.expanded && now.expanded:
		case before.expanded && !now.expanded:
			all[i] = c
		default:
			before.unsure = true
		}
		return all
	}
	return append(all, c)
}

// spread fits a function to the number and names of arguments, nil if it cannot
// take them.
func spread(row *pgdata.Proc, args *arguments) *resolved {
	n, formal := len(args.exprs), len(row.Args)
	if len(args.names) > 0 {
		return byName(row, args)
	}
	r := &resolved{row: row, declared: row.Args}
	switch {
	case args.variadic && row.Variadic != 0:
		if n != formal {
			return nil
		}
	case row.Variadic != 0 && n >= formal:
		r.expanded = true
		r.declared = slices.Clone(row.Args[:formal-1])
		for len(r.declared) < n {
			r.declared = append(r.declared, row.Variadic)
		}
	case n > formal || n < formal-len(row.Defaults):
		return nil
	}
	r.order = make([]int, len(r.declared))
	for i := range r.order {
		if r.order[i] = i; i >= n {
			r.order[i] = -1
		}
	}
	return r
}

func byName(row *pgdata.Proc, args *arguments) *resolved {
	formal, names := len(row.Args), row.ArgNames()
	if len(names) < formal || len(args.exprs) > formal || row.Variadic != 0 {
		return nil
	}
	r := &resolved{row: row, declared: row.Args, order: make([]int, formal)}
	for i := range r.order {
		r.order[i] = -1
	}
	positional := len(args.exprs) - len(args.names)
	for i := range positional {
		r.order[i] = i
	}
	for i, name := range args.names {
		at := slices.Index(names[:formal], name)
		if at < 0 || r.order[at] >= 0 {
			return nil
		}
		r.order[at] = positional + i
	}
	for i, from := range r.order {
		if from < 0 && i < formal-len(row.Defaults) {
			return nil
		}
	}
	return r
}

// procOf returns a function of settled types.
func (b *Binder) procOf(row *pgdata.Proc, args []types.OID, result types.OID, pos int) (*Proc, error) {
	p := &Proc{Row: row, Args: args, Result: result, impl: implementations()[row.Source]}
	return p, b.allowed(p, pos)
}

// instead says what there is in the place of a function that there will not be.
func instead(p *pgdata.Proc) string {
	if strings.Contains(p.Name, "_advisory_") {
		return noLocks
	}
	return insteadOf[p.Source]
}

var insteadOf = map[string]string{ // by the source in pg_proc
	"pg_current_xact_id": noNumbers,
	"pg_ls_waldir":       noPositions,
}

const noLocks = "Nobody waits for a lock here. Append with the expected_version that you have read, or under ASSERT: who comes second is told."

const noPositions = "The log is Raft's and has positions of its own: projsql.frontier has this node's, projsql.nodes how far behind the others are."

const noNumbers = "Transactions have no numbers before they commit. Events have a sequence then, and those below pg_snapshot_xmin(pg_current_snapshot()) are all that there will be."

// allowed refuses functions that projsql has not, and in deterministic
// expressions those that could answer differently next time.
func (b *Binder) allowed(p *Proc, pos int) error {
	if p.Row.Kind != 'f' {
		return nil
	}
	if p.impl == nil {
		return b.errorAt(pos, sqlstate.FeatureNotSupported, "function %s is not supported yet", p.signature()).WithHint("%s", instead(p.Row))
	}
	if b.Deterministic && !p.deterministic() {
		return b.errorAt(pos, sqlstate.InvalidObjectDefinition, "functions in this expression must be deterministic").
			WithDetail("Function %s may give another result for the same arguments.", p.signature())
	}
	return nil
}

func (p *Proc) signature() string {
	names := make([]string, len(p.Args))
	for i, t := range p.Args {
		names[i] = typeName(t)
	}
	return p.Row.Name + "(" + strings.Join(names, ", ") + ")"
}

// deterministic reports whether the result depends on arguments alone once the
// settings are fixed.
func (p *Proc) deterministic() bool {
	return p.Row.Volatile == 'i' || p.Row.Volatile == 's' && settingsOnly[p.Row.Source]
}
