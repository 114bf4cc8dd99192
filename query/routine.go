package query

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// routine runs the calls of a function in SQL that have the same types. It implements plan.Routine.
type routine struct {
	session  *Session
	function *temptable.Function
	key      routineKey
	steps    []routineStep
	convert  []expr.Eval          // from the last statement's columns to those of the result
	whole    bool                 // its only column is the result, even of several columns
	names    nameWorld            // what names in the body mean
	catalog  *projection.Catalog  // that it is looked at over; nil: that of the moment
	qualify  func(*plan.Relation) // see compiled
	opaque   bool
	publicly bool  // so do strings that are the bodies of what it calls: it is run with another's rights
	permits  error // why no call can be run
	begun    bool  // it is still compiled, with what it calls
}

// routineStep is one statement of a body.
type routineStep struct {
	node     *pg.Node
	compiled *compiled // nil: it is bound when it is run
}

// routineKey is what the statements of a function are bound by.
type routineKey struct {
	args   []types.OID
	result types.OID
	out    []expr.RecordColumn // of the result, where it is rows; nil: they are not known
}

// of is the key of calls that nothing needs to be known of.
func (routineKey) of(f *temptable.Function) routineKey {
	k := routineKey{args: f.Types(), result: f.Result}
	if out := f.Out(); len(out) > 1 || f.Procedure {
		for _, p := range out {
			k.out = append(k.out, expr.RecordColumn{Name: p.Name, Type: types.Of(p.Type)})
		}
	}
	return k.withAttributes()
}

func (k routineKey) withAttributes() routineKey {
	if info := types.Info(types.BaseOf(k.result)); info != nil && info.Kind == 'c' {
		k.out = nil
		for _, a := range info.Attributes {
			k.out = append(k.out, expr.RecordColumn(a))
		}
	}
	return k
}

func (k routineKey) String() string { return fmt.Sprint(k.args, k.result, k.out) }

func (s *Session) newRoutine(f *temptable.Function, k routineKey) *routine {
	r := &routine{session: s, function: f, key: k, publicly: s.publicly || f.Key != "" && f.Definer}
	switch {
	case f.Key != "" && f.Standard:
		r.names = writtenNames
	case r.publicly: // a session makes functions of its own that a call of another's would find
		r.names = publicNames
	}
	return r
}

// routineOf is what runs a call of a function of the session.
func (s *Session) routineOf(f *temptable.Function, call *expr.Call) (expr.Routine, error) {
	k := routineKey{args: call.Proc.Args, result: call.Proc.Result, out: call.Proc.Columns}
	if f.Procedure {
		k.args = inputs(f, k.args)
	}
	if out := call.Proc.OutColumns(); k.out == nil && (len(out) > 1 || f.Procedure) {
		for _, c := range out {
			k.out = append(k.out, expr.RecordColumn{Name: c.Name, Type: types.Of(c.Type)})
		}
	}
	k = k.withAttributes()
	name := strconv.FormatUint(uint64(f.OID), 10) + k.String() + strconv.FormatBool(s.publicly)
	if r := s.routines[name]; r != nil && r.function == f {
		return r, nil
	}
	if len(s.routines) >= routinesMax {
		maps.DeleteFunc(s.routines, func(_ string, r *routine) bool { return !r.begun })
	}
	r := s.newRoutine(f, k)
	leave, err := s.enter(f)
	if err != nil {
		return nil, err
	}
	defer leave()
	s.routines[name] = r // a function may call itself
	if err := r.begin(); err != nil {
		delete(s.routines, name)
		return nil, r.during(r.stage(call), err)
	}
	return r, nil
}

// begin is compile, within that of what calls the function.
func (r *routine) begin() error {
	s := r.session
	s.routinesBegun++
	r.begun = true
	defer func() { s.routinesBegun, r.begun = s.routinesBegun-1, false }()
	if s.routinesBegun > routineDepthMax {
		return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	return r.compile()
}

// inputs leaves those out that a call of a procedure has for OUT parameters.
func inputs[T any](f *temptable.Function, all []T) (in []T) {
	for i, p := range f.Parameters {
		if p.In() {
			in = append(in, all[i])
		}
	}
	return in
}

// stage is when PostgreSQL finds an error in the body: as it tries to put it in the place of the call, or
// when it is to run.
func (r *routine) stage(call *expr.Call) string {
	f := r.function
	inPlace := !f.Set && r.key.result != types.RecordOID && !f.Procedure || f.Set && call.Proc.Columns != nil && f.Volatile != 'v' && !f.Strict
	if nodes, err := parse.Body(f.Body); err != nil || len(nodes) != 1 || nodes[0].GetSelectStmt() == nil || f.Definer || f.Config != nil || !inPlace {
		return "during startup"
	}
	return "during inlining"
}

// routinesMax bounds the routines that a session keeps.
const routinesMax = 512

// during adds the function to an error, whose place is one in the body.
func (r *routine) during(what string, err error) error {
	e := *sqlstate.Of(err)
	return e.InQuery(r.function.Body).Within(fmt.Sprintf("SQL function \"%s\" %s", r.function.Name, what))
}

// compile binds the statements of the body.
func (r *routine) compile() error {
	nodes, err := parse.Body(r.function.Body)
	if err != nil {
		return err
	}
	if err := r.bind(r.function.Body, nodes); err != nil {
		return err
	}
	return r.returns()
}

// bind binds statements, whose places count in a text.
func (r *routine) bind(text string, nodes []*pg.Node) error {
	r.steps, r.permits = nil, nil
	for _, n := range nodes {
		step := routineStep{node: n}
		if isQuery(n) {
			c, err := r.compileStep(text, n, r.arguments())
			if err != nil {
				return err
			}
			if n.GetCallStmt() != nil && c.rows {
				return sqlstate.New(sqlstate.FeatureNotSupported, "calling procedures with output arguments is not supported in SQL functions").
					Within(fmt.Sprintf("SQL function \"%s\"", r.function.Name))
			}
			step.compiled = c
		}
		r.steps = append(r.steps, step)
		if r.permits == nil {
			r.permits = r.permit(step)
		}
	}
	return nil
}

// isQuery reports whether a statement is bound before the function is run, by its arguments.
func isQuery(n *pg.Node) bool {
	switch n := n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		return analyze.FirstOf(n.SelectStmt).GetIntoClause() == nil
	case *pg.Node_InsertStmt, *pg.Node_UpdateStmt, *pg.Node_DeleteStmt, *pg.Node_MergeStmt, *pg.Node_CallStmt:
		return true
	}
	return false
}

// arguments are those that the statements are bound with.
func (r *routine) arguments() *analyze.Arguments {
	a := &analyze.Arguments{Function: r.function.Name, Types: r.key.args}
	for _, p := range r.function.Args() {
		a.Names = append(a.Names, p.Name)
	}
	return a
}

// compileStep binds a statement of the body.
func (r *routine) compileStep(text string, n *pg.Node, a *analyze.Arguments) (*compiled, error) {
	s := r.session
	defer func(before bool) { s.publicly = before }(s.publicly)
	s.publicly = r.publicly
	c := &compiled{
		sql: text, statement: &parse.Statement{Text: text, Node: n}, catalog: r.catalog, signature: s.signature,
		tables: s.tables.Shapes(), arguments: a, names: r.names, qualify: r.qualify, opaque: r.opaque,
	}
	if c.catalog == nil {
		c.catalog = s.catalog()
	}
	params := expr.FixedParams(nil)
	if a != nil {
		params = expr.FixedParams(a.Types)
	}
	if err := s.bindNode(c, params, n); err != nil {
		return nil, err
	}
	c.rows = c.rows || len(c.columns) > 0
	return c, nil
}

// permit refuses statements that no function may have, and changes in one that is not volatile.
func (r *routine) permit(step routineStep) error {
	name := commandName(step.node)
	c := step.compiled
	switch step.node.GetNode().(type) {
	case *pg.Node_TransactionStmt:
		return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed in an SQL function", name)
	case *pg.Node_CreateStmt, *pg.Node_CreateTableAsStmt, *pg.Node_ViewStmt, *pg.Node_IndexStmt, *pg.Node_CreateSeqStmt, *pg.Node_AlterSeqStmt,
		*pg.Node_AlterTableStmt, *pg.Node_DropStmt, *pg.Node_TruncateStmt, *pg.Node_CommentStmt, *pg.Node_RenameStmt, *pg.Node_CreateFunctionStmt,
		*pg.Node_CompositeTypeStmt, *pg.Node_CreateEnumStmt, *pg.Node_CreateDomainStmt, *pg.Node_VariableSetStmt, *pg.Node_SelectStmt:
	default:
		if c == nil {
			return sqlstate.New(sqlstate.FeatureNotSupported, "%s in a function in SQL is not supported", name)
		}
	}
	if r.function.Volatile != 'v' && (c == nil || changes(c) || len(step.node.GetSelectStmt().GetLockingClause()) > 0) {
		return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed in a non-volatile function", name)
	}
	return nil
}

// changes reports whether a statement itself changes something.
func changes(c *compiled) bool {
	if k, ok := c.command.(*selectCommand); ok {
		return plan.ModifyOf(k.query.Root) != nil || analyze.ChangeBelowTop("", c.statement.Node.GetSelectStmt().GetWithClause()) != nil
	}
	return true
}

// commandName is the tag that a statement has.
func commandName(n *pg.Node) string {
	switch n := n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		if into := analyze.FirstOf(n.SelectStmt).GetIntoClause(); into != nil {
			return "SELECT INTO"
		}
		if all := n.SelectStmt.GetLockingClause(); len(all) > 0 {
			return "SELECT " + analyze.LockStrength(all[0].GetLockingClause())
		}
		return "SELECT"
	case *pg.Node_TransactionStmt:
		word := strings.TrimPrefix(n.TransactionStmt.GetKind().String(), "TRANS_STMT_")
		if word == "START" {
			return "START TRANSACTION"
		}
		return strings.ReplaceAll(word, "_", " ")
	case *pg.Node_VariableSetStmt:
		return "SET"
	case *pg.Node_CallStmt:
		return "CALL"
	case *pg.Node_CreateTableAsStmt:
		return "CREATE TABLE AS"
	case *pg.Node_DropStmt:
		return "DROP " + objectWord(n.DropStmt.GetRemoveType())
	case *pg.Node_TruncateStmt:
		return "TRUNCATE TABLE"
	}
	return statementName(n)
}

// Implementation implements expr.Routine.
func (r *routine) Implementation() any {
	if r.function.Set {
		return expr.SetFunc(r.set)
	}
	return expr.FuncN(r.value)
}

// Touches implements plan.Routine.
func (r *routine) Touches(relation *plan.Relation) bool {
	return r.any(func(s routineStep) bool {
		return s.compiled != nil && slices.ContainsFunc(s.compiled.touches, func(o *plan.Relation) bool { return o.OID == relation.OID })
	})
}

// Reads implements plan.Routine.
func (r *routine) Reads() bool {
	return r.any(func(s routineStep) bool { return s.compiled != nil && s.compiled.reads })
}

// Changes implements plan.Routine.
func (r *routine) Changes() bool {
	return r.any(func(s routineStep) bool { return s.compiled == nil || changes(s.compiled) })
}

// Appends implements plan.Routine.
func (r *routine) Appends() bool {
	return r.any(func(s routineStep) bool {
		return s.compiled != nil && s.compiled.query() != nil && s.compiled.query().Appends
	})
}

// any reports whether something holds of a statement, or of one of a function that one calls. Of a
// function that is not bound yet, since it calls itself, nothing is known that another
// statement of it does not tell.
func (r *routine) any(of func(routineStep) bool) bool {
	return r.anyBut(map[*temptable.Function]bool{}, of)
}

// anyBut is any but for what was looked at.
func (r *routine) anyBut(seen map[*temptable.Function]bool, of func(routineStep) bool) bool {
	seen[r.function] = true
	for _, s := range r.steps {
		if of(s) {
			return true
		}
		if s.compiled == nil || s.compiled.query() == nil {
			continue
		}
		for _, o := range s.compiled.query().Routines {
			if other := o.(*routine); !seen[other.function] && other.anyBut(seen, of) {
				return true
			}
		}
	}
	return false
}

// query is the plan of a statement; nil: it has none.
func (c *compiled) query() *plan.Query {
	switch k := c.command.(type) {
	case *selectCommand:
		return k.query
	case *modifyCommand:
		return k.query
	case *callProcedure:
		return k.query
	}
	return nil
}
