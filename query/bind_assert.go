package query

import (
	"context"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/guard"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// assertion is the condition of an ASSERT, ready to be judged.
type assertion struct {
	query *plan.Query // of one row with the condition's value
	// find is set for NOT EXISTS (SELECT … FROM events WHERE …): the first event that
	// contradicts.
	find *plan.Query
	// reads are the WHEREs of the queries over events in the condition; nil is all.
	reads []expr.Expr
}

// bindAssert binds ASSERT condition [THEN INSERT …].
func (s *Session) bindAssert(c *compiled, params *expr.Params, n *parse.Assert) error {
	k := &assertCommand{}
	if n.Insert != nil {
		if err := s.bindInsert(c, params, n.Insert); err != nil {
			return err
		}
		k.insert = c.command.(inserting)
		if planned, ok := k.insert.(*modifyCommand); ok && !planned.top.Appends() {
			return unsupported(c.sql, n.Insert.GetRelation().GetLocation(), "ASSERT ... THEN INSERT INTO another relation than events is not supported").
				WithHint("Write both in a transaction block.")
		}
	}
	shared := n.Insert == nil || c.shared
	b := &asserter{session: s, c: c, params: params}
	var err error
	if k.assertion, err = b.bind(n); err != nil {
		return err
	}
	c.command, c.shared = k, shared
	return nil
}

// asserter binds the condition of an ASSERT.
type asserter struct {
	session *Session
	c       *compiled
	params  *expr.Params
	made    assertion
}

func (b *asserter) bind(n *parse.Assert) (*assertion, error) {
	var err error
	if b.made.query, err = b.plan(selectOf(n.Condition)); err != nil {
		return nil, err
	}
	b.c.uses = append(b.c.uses, b.made.query.Uses...)
	if t := b.made.query.Columns[0].Type; t.OID != types.BoolOID {
		return nil, at(b.c.sql, int32(n.Pos), sqlstate.DatatypeMismatch, "argument of ASSERT must be type boolean, not type %s", types.FormatType(t))
	}
	if err := b.walk(n.Condition.ProtoReflect()); err != nil {
		return nil, err
	}
	if len(b.made.reads) == 0 {
		return nil, unsupported(b.c.sql, int32(n.Pos), "an assertion must read events").
			WithHint("Write ASSERT NOT EXISTS (SELECT FROM events WHERE ...).")
	}
	if block := excluded(n.Condition); block != nil {
		b.made.find, err = b.plan(firstOf(block))
	}
	return &b.made, err
}

func (b *asserter) plan(n *pg.Node) (*plan.Query, error) {
	return analyze.Select(b.c.sql, n, analyze.Options{
		Relations: b.session.relations(b.c.catalog), Params: b.params, Extensions: b.session.extensions(), Database: b.session.server.options.Database, Env: b.session.env,
	})
}

// selectOf is SELECT with one expression.
func selectOf(condition *pg.Node) *pg.Node {
	target := &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: condition, Location: -1}}}
	return &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: &pg.SelectStmt{
		TargetList: []*pg.Node{target}, LimitOption: pg.LimitOption_LIMIT_OPTION_DEFAULT, Op: pg.SetOperation_SETOP_NONE,
	}}}
}

// excluded returns the query of NOT EXISTS (SELECT … FROM … WHERE …), nil if the
// condition is another.
func excluded(condition *pg.Node) *pg.SelectStmt {
	not := condition.GetBoolExpr()
	if not.GetBoolop() != pg.BoolExprType_NOT_EXPR {
		return nil
	}
	link := not.GetArgs()[0].GetSubLink()
	if link.GetSubLinkType() != pg.SubLinkType_EXISTS_SUBLINK {
		return nil
	}
	q := link.GetSubselect().GetSelectStmt()
	if q.GetOp() != pg.SetOperation_SETOP_NONE || q.GetGroupClause() != nil || q.GetHavingClause() != nil ||
		q.GetLimitCount() != nil || q.GetLimitOffset() != nil || aggregates(q) {
		return nil
	}
	return q
}

// aggregates reports whether the select list may make one row of many.
func aggregates(q *pg.SelectStmt) bool {
	return slices.ContainsFunc(q.GetTargetList(), func(n *pg.Node) bool {
		v := n.GetResTarget().GetVal()
		return v.GetAConst() == nil && v.GetColumnRef() == nil
	})
}

// firstOf is SELECT * FROM … WHERE … LIMIT 1.
func firstOf(q *pg.SelectStmt) *pg.Node {
	star := &pg.Node{Node: &pg.Node_ColumnRef{ColumnRef: &pg.ColumnRef{Fields: []*pg.Node{{Node: &pg.Node_AStar{AStar: &pg.A_Star{}}}}, Location: -1}}}
	n := selectOf(star)
	first := n.GetSelectStmt()
	first.FromClause = q.GetFromClause()
	first.WhereClause = q.GetWhereClause()
	first.LimitCount = pg.MakeAConstIntNode(1, -1)
	first.LimitOption = pg.LimitOption_LIMIT_OPTION_COUNT
	return proto.Clone(n).(*pg.Node)
}

// walk finds the queries in a condition and refuses what cannot be judged again when
// the transaction commits.
func (b *asserter) walk(m protoreflect.Message) (err error) {
	switch n := m.Interface().(type) {
	case *pg.SelectStmt:
		err = b.block(n)
	case *pg.FuncCall:
		err = b.call(n)
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case err != nil, f.Message() == nil:
		case f.IsList():
			for i := 0; err == nil && i < v.List().Len(); i++ {
				err = b.walk(v.List().Get(i).Message())
			}
		default:
			err = b.walk(v.Message())
		}
		return err == nil
	})
	return err
}

// block takes one query of the condition: over events alone, and over the kinds or
// the entities that its WHERE names.
func (b *asserter) block(n *pg.SelectStmt) error {
	if len(n.GetFromClause()) == 0 {
		return nil
	}
	r := n.GetFromClause()[0].GetRangeVar()
	if len(n.GetFromClause()) > 1 || r == nil {
		return b.eventsOnly(n.GetFromClause()[0])
	}
	found, err := b.session.relations(b.c.catalog).Relation(r.GetSchemaname(), r.GetRelname())
	if err != nil || found == nil || found.Kind != plan.EventsRelation {
		return b.eventsOnly(n.GetFromClause()[0])
	}
	where, err := b.where(n.GetWhereClause(), aliasOf(r))
	if err != nil {
		return err
	}
	b.made.reads = append(b.made.reads, where)
	g, err := guard.Of(where, guard.Reading{Value: b.probe, Reshaped: b.c.catalog.Kinds().Upcast()})
	if err == nil && !g.Indexed {
		err = unsupported(b.c.sql, r.GetLocation(), "an assertion must name the kinds or the entities of the events that it reads").
			WithHint("Add kind = '...', kind IN (...), entity = '...' or entity LIKE '...%%' to its WHERE.")
	}
	return err
}

func (b *asserter) eventsOnly(from *pg.Node) error {
	place := from.GetRangeVar().GetLocation()
	if from.GetRangeVar() == nil {
		place = firstLocation(from)
	}
	return unsupported(b.c.sql, place, "an assertion can read the relation events only, one in each query").
		WithHint("Assert over the events that the state follows from.")
}

// firstLocation is where the first part of a node that has a place stands.
func firstLocation(n *pg.Node) int32 {
	first := int32(-1)
	var walk func(m protoreflect.Message)
	walk = func(m protoreflect.Message) {
		m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case f.Name() == "location":
				if at := int32(v.Int()); first < 0 || at < first {
					first = at
				}
			case f.Message() == nil:
			case f.IsList():
				for i := range v.List().Len() {
					walk(v.List().Get(i).Message())
				}
			default:
				walk(v.Message())
			}
			return true
		})
	}
	walk(n.ProtoReflect())
	return first
}

// where binds a WHERE over one event's columns.
func (b *asserter) where(n *pg.Node, alias string) (expr.Expr, error) {
	if n == nil {
		return nil, nil
	}
	binder := expr.Binder{
		Text: b.c.sql, Params: b.params, Env: b.session.env, Extensions: b.session.extensions(),
		Scope: &eventScope{relation: b.session.server.events, text: b.c.sql, alias: alias},
	}
	return binder.BindBool(n, "WHERE")
}

// call refuses functions that do not depend on their arguments alone, or on what holds
// for a whole transaction.
func (b *asserter) call(n *pg.FuncCall) error {
	names := n.GetFuncname()
	name := names[len(names)-1].GetString_().GetSval()
	own := strings.HasPrefix(name, "projsql_") || name == "hlc_now"
	if !own && !volatile(name) {
		return nil
	}
	return at(b.c.sql, n.GetLocation(), sqlstate.InvalidObjectDefinition, "functions in an assertion must give the same result whenever it is judged")
}

func volatile(name string) bool {
	return slices.ContainsFunc(pgdata.Procs(name), func(p *pgdata.Proc) bool { return p.Volatile == 'v' })
}

// probe stands for the values of a condition before there are any: of parameters and
// of what they are part of, any value will do.
func (b *asserter) probe(e expr.Expr) (types.Datum, error) {
	given := true
	expr.Walk(e, func(e expr.Expr) bool {
		_, isParam := e.(*expr.Param)
		given = given && !isParam
		return given
	})
	if given {
		v, err := e.Compile(&expr.Compiler{})(&expr.Frame{Env: b.session.surroundings(context.Background())})
		if err == nil {
			return v, nil
		}
	}
	return sample(e.Type().OID), nil
}

func sample(t types.OID) types.Datum {
	if elem := types.ElemOf(t); elem != 0 {
		return types.Pointer(types.NewArray(elem, []types.Datum{sample(elem)}))
	}
	switch t {
	case types.TextOID:
		return types.String("x%")
	case types.UUIDOID:
		return types.String(strings.Repeat("\x01", 16))
	}
	return types.Int(1)
}
