package query

import (
	"context"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
)

// Simple runs a query string of any number of statements as one implicit
// transaction, up to the first error.
func (s *Session) Simple(ctx context.Context, sql string, out Out) (err error) {
	s.message, s.plansUntil = ctx, time.Time{}
	defer s.server.guard(&err)
	s.refresh()
	delete(s.statements, "")
	s.parsed = time.Time{}
	s.unnamed.close()
	s.text = sql
	s.runs(sql)
	defer func() {
		s.text = ""
		s.rests()
	}()
	if err := s.query(ctx, sql, out); err != nil {
		_ = s.tellWaiting(out) // a client that is gone is met again
		s.fail()
		return s.told(ctx, err)
	}
	return s.report(out)
}

func (s *Session) query(ctx context.Context, sql string, out Out) error {
	if c, values, ok := s.hot(sql); ok {
		return s.runSimple(ctx, c, values, place{last: true, alone: true}, out)
	}
	c, err := s.prepare(sql, nil, true)
	if err := s.tellWaiting(out); err != nil {
		return err
	}
	if err == nil {
		return s.runSimple(ctx, c, nil, place{last: true, alone: true}, out)
	}
	if err != errMultiple { //nolint:errorlint // the sentinel is this package's own
		return err
	}
	return s.queryAll(ctx, sql, out)
}

// place is where a statement stands in a query string.
type place struct{ last, alone bool }

func (s *Session) queryAll(ctx context.Context, sql string, out Out) error {
	statements, err := s.parse(sql)
	if err := s.tellWaiting(out); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	for i, st := range statements {
		s.refresh()
		if s.tx.state == failed && !leavesBlock(st) {
			return errAborted
		}
		c, err := s.prepareStatement(st, nil, true)
		if err := s.tellWaiting(out); err != nil {
			return err
		}
		if err != nil {
			return err
		}
		if err := s.runSimple(ctx, c, nil, place{last: i == len(statements)-1}, out); err != nil {
			return err
		}
		if err := s.report(out); err != nil {
			return err
		}
	}
	return nil
}

// runSimple runs one statement of a query string. The last one commits the
// implicit transaction before it is complete.
func (s *Session) runSimple(ctx context.Context, c *compiled, values []types.Datum, at place, out Out) error {
	if c.statement == nil {
		return out.Empty()
	}
	if s.tx.state == idle {
		s.begin(implicit)
		s.tx.started, s.tx.alone = s.parsed, at.alone
	}
	s.tx.closing = at.last
	defer func() { s.tx.closing = false }()
	c, err := s.private(c)
	if err != nil {
		return err
	}
	p := &s.unnamed
	p.reset("", c)
	p.values = append(p.values, values...)
	format := s.simpleFormat(c)
	for range c.columns {
		p.formats = append(p.formats, format)
	}
	p.unsent = unsent(p.unsent[:0], p.formats, c.columns)
	if c.rows && s.tx.state != failed {
		if err := out.Fields(p.fields()); err != nil {
			return err
		}
	}
	return s.execute(ctx, p, 0, out)
}

// complete ends a statement; the last of a query string commits before.
func (s *Session) complete(ctx context.Context, out Out, tag string) error {
	if err := s.tellWaiting(out); err != nil {
		return err
	}
	if s.tx.closing && s.tx.state == implicit {
		if err := s.commit(ctx); err != nil {
			return err
		}
	}
	return out.Complete(tag)
}

// leavesBlock reports whether a failed transaction lets a statement run.
func leavesBlock(st *parse.Statement) bool {
	t := st.Node.GetTransactionStmt()
	switch t.GetKind() {
	case pg.TransactionStmtKind_TRANS_STMT_COMMIT, pg.TransactionStmtKind_TRANS_STMT_ROLLBACK, pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		return true
	}
	return false
}

// simpleFormat is text but for a FETCH from a binary cursor.
func (s *Session) simpleFormat(c *compiled) int16 {
	f, ok := c.command.(*fetchCommand)
	if !ok {
		return textFormat
	}
	p := s.portals[f.name]
	if p == nil || p.cursor == nil || p.cursor.declared == nil {
		return textFormat
	}
	return p.cursor.declared.format
}
