package query

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/freshness"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// compiled is a statement ready to run. It is immutable; sessions share it unless
// its command is of one session.
type compiled struct {
	sql       string           // the whole query string
	statement *parse.Statement // nil: an empty query
	word      string           // what it is counted by
	given     []types.OID      // parameter types as the client gave them
	params    []types.OID
	columns   []plan.Column // of the result
	rows      bool          // returns rows, even of no columns
	fields    []Field       // of columns, in text
	command   command
	point     *plan.Point      // set: answered without operators
	relay     *relay           // of point; nil: there are no other nodes
	reads     bool             // reads relations, so it needs a cut
	uses      []*plan.Use      // of relations, which its role must be allowed
	called    []uint32         // functions of users that it calls, which its role must be allowed
	changed   bool             // reads project_if_changed, which is always consistent
	freshness *parse.Freshness // nil: the session's setting decides
	fixed     projection.Freshness
	contract  *freshness.Contract // of the views that it reads, where freshness says nothing; nil: they have none
	catalog   *projection.Catalog // that it was planned over
	signature string              // of the settings
	literals  map[int]string      // that were read by settings, as analyze.Options.Fixed has them
	tables    uint64              // the session's temporary tables; 0: it had none
	shared    bool                // may be kept for other sessions
	notices   []notice            // of the text and of binding it
	late      []notice            // that a client is told when the statement runs
	touches   []*plan.Relation    // that it names, in a function's body
	arguments *analyze.Arguments  // of the function that it is in the body of; nil: it is in none
	present   bool                // 'now', 'today' or the like is built in
	names     nameWorld
	opaque    bool                 // it is only looked at: see analyze.Options
	qualify   func(*plan.Relation) // told of what the text names, whose schemas are written into the tree; nil: they are not
}

// nameWorld is what the names in a statement mean.
type nameWorld byte

const (
	ownNames     nameWorld = iota // what they mean to the session
	publicNames                   // functions and types are those of all sessions
	writtenNames                  // so they are, and none is found without its schema
)

// command is what a statement does.
type command interface {
	run(ctx context.Context, s *Session, x *call) (result, error)
}

// ending is a command that is run in a failed transaction too.
type ending interface{ endsBlock() bool }

// call is one execution of a compiled statement.
type call struct {
	*compiled
	values []types.Datum // of the parameters
	out    Out
}

// result is what a command gives: rows, or a tag alone.
type result struct {
	rows    rowSource
	tag     string
	counted bool // the tag ends with the number of rows
}

// rowSource yields rows.
type rowSource interface {
	// next returns at least one row, or none at the end. Rows are valid until the next call.
	next(ctx context.Context) ([][]types.Datum, error)
	close()
}

// done is a result without rows.
func done(tag string) (result, error) { return result{tag: tag}, nil }

// fixedRows is a rowSource of rows made before.
type fixedRows struct{ rows [][]types.Datum }

func (f *fixedRows) next(context.Context) ([][]types.Datum, error) {
	rows := f.rows
	f.rows = nil
	return rows, nil
}

func (f *fixedRows) close() { f.rows = nil }

// compile makes a statement ready to run. fixed: it may have the given
// parameters only.
func (s *Session) compile(st *parse.Statement, params *expr.Params) (*compiled, error) {
	c := &compiled{
		sql: st.Text, statement: st, word: word(st), freshness: st.Freshness,
		catalog: s.catalog(), signature: s.signature, tables: s.tables.Shapes(),
	}
	if err := s.bindStatement(c, params); err != nil {
		return nil, err
	}
	var err error
	if c.params, err = params.Types(); err != nil {
		return nil, err
	}
	c.fields = fieldsOf(c.columns)
	c.rows = c.rows || len(c.columns) > 0
	return c, s.fixFreshness(c)
}

// fixFreshness converts a freshness that no parameter is part of.
func (s *Session) fixFreshness(c *compiled) (err error) {
	if c.freshness == nil || c.freshness.Value.Kind == parse.ParamValue {
		return nil
	}
	c.fixed, err = freshness.Fixed(s.env, c.freshness)
	if err != nil {
		e := *sqlstate.Of(err)
		return e.At(parse.Position(c.sql, c.freshness.Value.Pos))
	}
	return nil
}

// asks takes note of the freshness that a query of the statement says, or else the views in it.
func (c *compiled) asks(q *plan.Query) (err error) {
	if c.freshness, err = freshness.OfStatement(c.sql, c.freshness, q.Freshness); err != nil || c.freshness != nil {
		return err
	}
	c.contract, err = freshness.OfViews(q)
	return err
}

// effective is the freshness that an execution asks for.
func (s *Session) effective(c *compiled, values []types.Datum) (projection.Freshness, error) {
	switch {
	case c.freshness == nil && c.contract != nil:
		return c.contract.In(s.freshness)
	case c.freshness == nil:
		return s.freshness, nil
	case c.fixed.Level != 0:
		return c.fixed, nil
	}
	return freshness.Of(s.env, c.freshness, values, c.params)
}

// newParams begins the parameters of a statement; those of its freshness clause
// get their type here, as no expression holds them.
func newParams(st *parse.Statement, given []types.OID) *expr.Params {
	f := st.Freshness
	if f == nil || f.Value.Kind != parse.ParamValue {
		return expr.NewParams(given)
	}
	all := append([]types.OID(nil), given...)
	for len(all) < f.Value.Param {
		all = append(all, 0)
	}
	if t := &all[f.Value.Param-1]; *t == 0 || *t == types.UnknownOID {
		*t = freshness.TypeOfParam(f)
	}
	return expr.NewParams(all)
}

// holds is an error if definitions have changed since c was planned: the position that
// it reads at, fixed after that, may be after the change.
func (c *compiled) holds(s *Session) error {
	if err := s.rebase(); err != nil {
		return err
	}
	if c.catalog != s.catalog() {
		return errDefinitionsMoved
	}
	return nil
}

// valid reports whether c may run in s as it is.
func (c *compiled) valid(s *Session) bool {
	return c.catalog == s.catalog() && c.signature == s.signature && c.tables == s.tables.Shapes()
}

// sameResult reports whether two versions of a statement return the same columns.
func sameResult(a, b *compiled) bool {
	if len(a.columns) != len(b.columns) || a.rows != b.rows {
		return false
	}
	for i := range a.columns {
		if a.columns[i].Type != b.columns[i].Type || a.columns[i].Name != b.columns[i].Name {
			return false
		}
	}
	return true
}
