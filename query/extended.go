package query

import (
	"context"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

var errMultiple = sqlstate.New(sqlstate.SyntaxError, "cannot insert multiple commands into a prepared statement")

// Prepare makes a prepared statement; "" is the unnamed one. A parameter OID of 0
// is to be inferred. out gets notices alone.
func (s *Session) Prepare(ctx context.Context, name, sql string, params []uint32, out Out) (err error) {
	s.message, s.plansUntil = ctx, time.Time{}
	defer s.server.guard(&err)
	s.parsed = time.Time{}
	given := make([]types.OID, len(params))
	for i, p := range params {
		given[i] = types.OID(p)
	}
	err = s.attempt(ctx, func() error { return s.prepareNamed(name, sql, given) })
	if err := s.tellWaiting(out); err != nil {
		return err
	}
	return err
}

// attempt does one step of the extended protocol: its error fails the transaction.
func (s *Session) attempt(ctx context.Context, step func() error) error {
	s.refresh()
	if err := step(); err != nil {
		s.fail()
		return s.told(ctx, err)
	}
	return nil
}

func (s *Session) prepareNamed(name, sql string, given []types.OID) error {
	if _, taken := s.statements[name]; taken && name != "" {
		return sqlstate.New(sqlstate.DuplicatePreparedStatement, "prepared statement %q already exists", name)
	}
	if len(s.statements) >= preparedStatementsMax {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "more than %d prepared statements", preparedStatementsMax)
	}
	c, err := s.prepare(sql, given, false)
	if err != nil {
		return err
	}
	if s.tx.state == failed && !endsBlock(c) {
		return errAborted
	}
	s.statements[name] = prepared{compiled: c, since: s.now()}
	return nil
}

// prepared is a statement that a client has prepared.
type prepared struct {
	*compiled
	since   time.Time
	fromSQL bool // by PREPARE
}

func endsBlock(c *compiled) bool {
	e, ok := c.command.(ending)
	return c.statement == nil || (ok && e.endsBlock())
}

// statement finds a prepared statement and brings it up to date: definitions and
// settings may have changed since it was prepared.
func (s *Session) statement(name string) (*compiled, error) {
	c, ok := s.statements[name]
	if !ok {
		if name == "" {
			return nil, sqlstate.New(sqlstate.InvalidSQLStatementName, "unnamed prepared statement does not exist")
		}
		return nil, sqlstate.New(sqlstate.InvalidSQLStatementName, "prepared statement %q does not exist", name)
	}
	if c.valid(s) || c.statement == nil {
		return c.compiled, nil
	}
	fresh, err := s.recompile(c.compiled)
	if err != nil {
		return nil, err
	}
	c.compiled = fresh
	s.statements[name] = c
	return fresh, nil
}

// settled is the statement, in which literals have the values that they had when it was prepared.
func (c *compiled) settled() *parse.Statement {
	if len(c.literals) == 0 {
		return c.statement
	}
	st := *c.statement
	st.Node = proto.Clone(st.Node).(*pg.Node)
	parse.Fix(st.Node, c.literals)
	return &st
}

// recompile compiles c again with the parameter types that it has. A client has
// been told its columns: they must not change.
func (s *Session) recompile(c *compiled) (*compiled, error) {
	fresh, err := s.prepareStatement(c.settled(), c.params, false)
	if err != nil {
		return nil, err
	}
	if !sameResult(c, fresh) {
		return nil, errPlanChanged
	}
	return fresh, nil
}

// Statement describes a prepared statement; fields is nil if it returns no rows.
func (s *Session) Statement(ctx context.Context, name string) (params []uint32, fields []Field, err error) {
	s.message, s.plansUntil = ctx, time.Time{}
	defer s.server.guard(&err)
	err = s.attempt(ctx, func() error {
		c, err := s.statement(name)
		if err != nil {
			return err
		}
		for _, t := range c.params {
			params = append(params, uint32(t))
		}
		fields, err = s.fields(c)
		return err
	})
	return params, fields, err
}

// fields describes the result of a statement in text; nil if it has no rows.
func (s *Session) fields(c *compiled) ([]Field, error) {
	if d, ok := c.command.(describer); ok {
		columns, err := d.describe(s)
		if err != nil || columns == nil {
			return nil, err
		}
		return fieldsOf(columns), nil
	}
	if !c.rows {
		return nil, nil
	}
	return c.fields, nil
}

// Portal describes a portal; nil if it returns no rows.
func (s *Session) Portal(ctx context.Context, name string) (fields []Field, err error) {
	s.message, s.plansUntil = ctx, time.Time{}
	defer s.server.guard(&err)
	s.refresh()
	p, err := s.portal(name)
	if err != nil {
		s.fail()
		return nil, s.told(ctx, err)
	}
	return p.fields(), nil
}

// Bind makes a portal. A nil value is NULL. The slices are valid until it returns.
func (s *Session) Bind(ctx context.Context, portal, statement string, formats []int16, values [][]byte, results []int16) (err error) {
	s.message, s.plansUntil = ctx, time.Time{}
	defer s.server.guard(&err)
	s.refresh()
	if err := s.bind(portal, statement, formats, values, results); err != nil {
		s.fail()
		return s.told(ctx, err)
	}
	return nil
}

// Execute runs a portal for at most rowsMax rows (0 = all).
func (s *Session) Execute(ctx context.Context, portal string, rowsMax uint32, out Out) (err error) {
	s.message, s.plansUntil = ctx, time.Time{}
	defer s.server.guard(&err)
	s.refresh()
	p, err := s.portal(portal)
	if err == nil {
		if !p.started {
			s.waiting = append(s.waiting, p.compiled.late...)
		}
		err = s.tellWaiting(out)
	}
	if err == nil {
		s.text = p.compiled.sql
		s.runs(s.text)
		defer func() { s.text = "" }()
		s.tx.alone = s.tx.alone && p.started
		if s.tx.state == idle {
			s.begin(implicit)
			s.tx.started, s.tx.alone = s.parsed, syncNext(out)
		}
		err = s.execute(ctx, p, rowsMax, out)
	}
	if err != nil {
		_ = s.tellWaiting(out)
		s.fail()
		return s.told(ctx, err)
	}
	return s.report(out)
}

// syncNext reports whether the transaction surely ends after this message.
func syncNext(out Out) bool {
	l, ok := out.(LookAhead)
	return ok && l.SyncNext()
}

// CloseStatement forgets a prepared statement; an unknown one is no error.
func (s *Session) CloseStatement(name string) { delete(s.statements, name) }

// ClosePortal forgets a portal; an unknown one is no error.
func (s *Session) ClosePortal(name string) {
	if name == "" {
		s.unnamed.close()
		return
	}
	if p, ok := s.portals[name]; ok {
		p.close()
		delete(s.portals, name)
	}
}

// Sync ends the implicit transaction of the messages since the last Sync; failed
// says that one of them had an error.
func (s *Session) Sync(ctx context.Context, failedBefore bool) (err error) {
	s.message, s.plansUntil = ctx, time.Time{}
	defer s.server.guard(&err)
	defer s.rests()
	if !s.tx.alone || len(s.portals) > 0 {
		s.at = time.Time{} // Sync came later, or takes time
	}
	s.parsed = time.Time{}
	if s.tx.state != implicit {
		if s.tx.state == idle {
			s.closePortals()
		}
		return nil
	}
	if failedBefore {
		s.rollback()
		return nil
	}
	return s.told(ctx, s.commit(ctx))
}
