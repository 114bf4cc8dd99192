package analyze

import (
	"unicode/utf8"

	"github.com/projsql/projsql/query/parse"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// planner is the state of planning one statement.
type planner struct {
	Options
	text      string
	owners    []*query // of each slot
	names     naming
	depth     int
	freshness []plan.FreshnessArgument
	contracts []plan.Contract
	held      bool             // a view with a freshness is being planned
	beside    bool             // see plan.Query
	changed   bool             // project_if_changed() is called
	locks     bool             // FOR UPDATE or the like
	exists    *pg.SelectStmt   // the query of the innermost EXISTS
	viewed    int              // views that are being planned, one in the other
	views     int              // that are read so far
	inlining  []uint32         // the functions that are being put in the place of calls, by OID
	inlined   int              // those that were
	changes   bool             // something is inserted, updated or deleted
	appends   bool             // events are
	changing  []*plan.Relation // what is
	top       *pg.WithClause   // of the statement itself: changes may stand in it
	routines  []plan.Routine   // the functions in SQL that are run
	called    []uint32         // functions of users that are called, by OID
	uses      []*plan.Use
	by        string // the view whose owner's rights are asked for; "" = the reader's
	trees     map[string]*pg.ParseResult
}

// goesOn is an error where the statement is not to be planned any further.
func (p *planner) goesOn() error {
	if p.Interrupted == nil {
		return nil
	}
	return p.Interrupted()
}

// parsed is the text of a view or a function, which is parsed once: all that read it bind trees of their own.
func (p *planner) parsed(text string) ([]*pg.RawStmt, error) {
	if err := p.goesOn(); err != nil {
		return nil, err
	}
	tree := p.trees[text]
	if tree == nil {
		var err error
		if tree, err = parse.Tree(text); err != nil {
			return nil, err
		}
		if p.trees == nil {
			p.trees = map[string]*pg.ParseResult{}
		}
		p.trees[text] = tree
	}
	return proto.Clone(tree).(*pg.ParseResult).Stmts, nil
}

// inlinedMax bounds the functions that a statement puts in the place of calls, the others are run: a few
// that each call another twice would take all of the memory.
const inlinedMax = 256

// depthMax bounds the nesting of queries, as max_stack_depth does.
const depthMax = 200

// slots makes n slots that belong to q.
func (p *planner) slots(q *query, n int) plan.Slot {
	first := plan.Slot(len(p.owners))
	for range n {
		p.owners = append(p.owners, q)
	}
	return first
}

// ownSlots makes n slots that belong to no query.
func (p *planner) ownSlots(n int) plan.Slot { return p.slots(nil, n) }

// errorAt returns an error at a byte offset of the text.
func (p *planner) errorAt(pos int, code sqlstate.Code, format string, args ...any) *sqlstate.Error {
	return sqlstate.New(code, format, args...).At(p.position(pos))
}

func (p *planner) position(pos int) int {
	if pos < 0 || pos > len(p.text) {
		return 0
	}
	return utf8.RuneCountInString(p.text[:pos]) + 1
}

// unsupported refuses a form that PostgreSQL has and projsql has not.
func (p *planner) unsupported(pos int, what string) error {
	return p.errorAt(pos, sqlstate.FeatureNotSupported, "%s is not supported yet", what)
}

// at adds a position to an error that has none.
func (p *planner) at(err error, pos int) error {
	if err == nil {
		return nil
	}
	e := *sqlstate.Of(err)
	return e.At(p.position(pos))
}

// clause is the part of a query that is being bound; errors name it.
type clause string

// The clauses.
const (
	inSelect     clause = "SELECT"
	inFrom       clause = "FROM"
	inOn         clause = "JOIN/ON"
	inWhere      clause = "WHERE"
	inGroup      clause = "GROUP BY"
	inHaving     clause = "HAVING"
	inOrder      clause = "ORDER BY"
	inDistinctOn clause = "DISTINCT ON"
	inLimit      clause = "LIMIT"
	inOffset     clause = "OFFSET"
	inValues     clause = "VALUES"
	inWindow     clause = "WINDOW"
	inRows       clause = "window ROWS"
	inRange      clause = "window RANGE"
	inGroups     clause = "window GROUPS"
	inUpdate     clause = "UPDATE"
	inReturning  clause = "RETURNING"
	inMergeWhen  clause = "MERGE WHEN"
)

// query is one level: a SELECT with its FROM.
type query struct {
	planner *planner
	scope   *scope
	binder  *expr.Binder
	clause  clause
	parent  *query
	depth   int
	with    *withScope

	statement  *pg.SelectStmt // nil: it is none
	outerJoins bool           // FROM has some
	calls      []boundCall    // aggregates
	sets       []boundSet     // set-returning calls of the select list
	groupings  []groupingOf   // GROUPING()
	windows    []boundWindow
	named      []*namedWindow // of the WINDOW clause
	targets    []*target
	grouped    bool
	returning  bool // the select list is that of RETURNING
	recursive  bool // FROM names the recursive query that this is a term of
}

type boundCall struct {
	slot plan.Slot
	call *expr.AggregateCall
}

type boundSet struct {
	slot plan.Slot
	call *expr.Call
}

func (p *planner) newQuery(parent *scope, with *withScope) (*query, error) {
	q := &query{planner: p, with: with, clause: inFrom}
	if parent != nil {
		q.parent, q.depth = parent.query, parent.query.depth+1
	}
	if q.depth > depthMax {
		return nil, sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	if err := p.goesOn(); err != nil {
		return nil, err
	}
	q.scope = &scope{planner: p, query: q, parent: parent}
	q.binder = &expr.Binder{
		Text: p.text, Scope: q.scope, Params: p.Params, Env: p.Env, Extensions: p.Extensions,
		Subquery: q.bindSubLink, Aggregate: q.bindAggregate, Window: q.bindWindow, Grouping: q.bindGrouping, Set: q.bindSet, IsSet: q.hasSets, Inline: q.inline,
		RowType: p.isRelation, Called: p.Called, Elsewhere: projectionElsewhere,
	}
	if p.viewed == 0 {
		q.binder.Fixed, q.binder.Qualifies = p.Fixed, p.Qualify != nil
	}
	if t := p.traces(); t != nil {
		q.binder.Bound = t.Bound
	}
	return q, nil
}

func (p *planner) isRelation(name string) bool {
	r, err := p.Relations.Relation("", name)
	return err == nil && r != nil
}

// in sets the clause that is being bound.
func (q *query) in(c clause) *expr.Binder {
	q.clause = c
	return q.binder
}
