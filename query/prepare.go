package query

import (
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// prepareCommand is PREPARE: its query becomes a statement of the session, the
// same as one that the protocol prepared.
type prepareCommand struct {
	name  string
	query *parse.Statement
	given []types.OID
}

func (s *Session) bindPrepare(c *compiled, n *pg.PrepareStmt) error {
	inner := *c.statement
	inner.Node = n.GetQuery()
	k := &prepareCommand{name: n.GetName(), query: &inner}
	binder := expr.Binder{Text: c.sql, Env: s.env}
	for _, a := range n.GetArgtypes() {
		t, err := binder.BindType(a.GetTypeName())
		if err != nil {
			return err
		}
		k.given = append(k.given, t.OID)
	}
	c.freshness = nil // of the inner statement
	c.command = k
	return nil
}

func (k *prepareCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	if _, taken := s.statements[k.name]; taken {
		return result{}, sqlstate.New(sqlstate.DuplicatePreparedStatement, "prepared statement %q already exists", k.name)
	}
	if len(s.statements) >= preparedStatementsMax {
		return result{}, sqlstate.New(sqlstate.ProgramLimitExceeded, "more than %d prepared statements", preparedStatementsMax)
	}
	c, err := s.prepareStatement(k.query, k.given, false)
	if err != nil {
		return result{}, err
	}
	s.statements[k.name] = prepared{compiled: c, since: s.now(), fromSQL: true}
	return done("PREPARE")
}

// executeCommand is EXECUTE.
type executeCommand struct {
	name string
	args []*pg.Node
	text string
}

func (s *Session) bindExecute(c *compiled, params *expr.Params, n *pg.ExecuteStmt) error {
	k := &executeCommand{name: n.GetName(), args: n.GetParams(), text: c.sql}
	target, err := s.statement(k.name)
	if err != nil {
		return err
	}
	_, err = k.bind(s, target, params)
	c.command = k
	return err
}

// describe implements describer: an EXECUTE has its statement's columns.
func (k *executeCommand) describe(s *Session) ([]plan.Column, error) {
	target, err := s.statement(k.name)
	if err != nil {
		return nil, err
	}
	if d, ok := target.command.(describer); ok {
		return d.describe(s)
	}
	if target.rows && target.columns == nil {
		return []plan.Column{}, nil
	}
	return target.columns, nil
}

// bind binds the arguments to the statement's parameters.
func (k *executeCommand) bind(s *Session, target *compiled, params *expr.Params) ([]expr.Expr, error) {
	if len(k.args) != len(target.params) {
		return nil, sqlstate.New(sqlstate.SyntaxError, "wrong number of parameters for prepared statement %q", k.name).
			WithDetail("Expected %d parameters but got %d.", len(target.params), len(k.args))
	}
	b := &expr.Binder{Text: k.text, Params: params, Env: s.env, Extensions: s.extensions(), Place: "EXECUTE parameter"}
	all := make([]expr.Expr, len(k.args))
	for i, a := range k.args {
		e, err := b.Bind(a)
		if err != nil {
			return nil, err
		}
		from := e.Type()
		if e, err = b.Coerce(e, types.Of(target.params[i]), expr.Assignment); err != nil && sqlstate.Of(err).Code == sqlstate.CannotCoerce {
			wrong := sqlstate.New(sqlstate.DatatypeMismatch, "parameter $%d of type %s cannot be coerced to the expected type %s",
				i+1, types.FormatType(from), types.TypeName(target.params[i])).WithHint("You will need to rewrite or cast the expression.")
			return nil, wrong.At(sqlstate.Of(err).Position)
		}
		if err != nil {
			return nil, err
		}
		all[i] = e
	}
	return all, nil
}

func (k *executeCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	target, err := k.called(ctx, s, x)
	if err != nil {
		return result{}, err
	}
	if target.statement == nil {
		return done("")
	}
	return s.run(ctx, target.command, target)
}

// called is the prepared statement with its arguments.
func (k *executeCommand) called(ctx context.Context, s *Session, x *call) (*call, error) {
	target, err := s.statement(k.name)
	if err != nil {
		return nil, err
	}
	args, err := k.bind(s, target, expr.FixedParams(x.params))
	if err != nil {
		return nil, err
	}
	values, err := s.evaluate(ctx, args, x.values)
	if err != nil {
		return nil, err
	}
	return &call{compiled: target, values: values, out: x.out}, nil
}

// evaluate computes expressions without columns.
func (s *Session) evaluate(ctx context.Context, all []expr.Expr, params []types.Datum) ([]types.Datum, error) {
	env := s.surroundings(ctx)
	frame := &expr.Frame{Params: params, Env: env}
	values := make([]types.Datum, len(all))
	for i, e := range all {
		v, err := e.Compile(&expr.Compiler{Env: env})(frame)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

// deallocateCommand is DEALLOCATE; an empty name is ALL.
type deallocateCommand struct{ name string }

func (k *deallocateCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	if k.name == "" {
		clear(s.statements)
		return done("DEALLOCATE ALL")
	}
	if _, ok := s.statements[k.name]; !ok {
		return result{}, sqlstate.New(sqlstate.InvalidSQLStatementName, "prepared statement %q does not exist", k.name)
	}
	delete(s.statements, k.name)
	return done("DEALLOCATE")
}
