package query

import (
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/ddl"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// definition is a statement that defines or changes an object of the session.
type definition struct{ *ddl.Statement }

func (s *Session) bindDefinition(c *compiled, node *pg.Node) error {
	made, err := ddl.Bind(s.definer(&call{compiled: c}), c.statement, node)
	switch {
	case err != nil:
		return err
	case made == nil:
		return unsupportedStatement(c, node)
	}
	c.command = definition{made}
	return nil
}

func (k definition) defines() string { return k.Tag() }

func (k definition) run(ctx context.Context, s *Session, x *call) (result, error) {
	return result{tag: k.Tag()}, k.Run(ctx, s.definer(x))
}

// definer implements ddl.Session for one statement.
type definer struct {
	session *Session
	call    *call
}

func (s *Session) definer(x *call) definer { return definer{s, x} }

// Tables implements ddl.Session.
func (d definer) Tables() *temptable.Tables { return d.session.tables }

// Options implements ddl.Session.
func (d definer) Options(text string) tabledef.Options { return d.session.tableOptions(text) }

// Surroundings implements ddl.Session.
func (d definer) Surroundings(ctx context.Context) *expr.Env {
	return d.session.surroundings(withSource(ctx, &source{session: d.session, out: d.call.out, freshness: d.session.freshness}))
}

// Relation implements ddl.Session.
func (d definer) Relation(r *pg.RangeVar) (*plan.Relation, error) {
	return d.session.relationNamed(d.call.compiled, r)
}

// NamesIndex implements ddl.Session.
func (d definer) NamesIndex(r *pg.RangeVar) bool { return d.session.namesIndex(r) }

// Alone implements ddl.Session.
func (d definer) Alone(command string) error { return d.session.alone(command) }

// Notice implements ddl.Session.
func (d definer) Notice(n *sqlstate.Error) error { return d.session.tellNotice(d.call.out, n) }

// IsRead implements ddl.Session.
func (d definer) IsRead(o temptable.Object) bool { return len(d.session.readers(o)) > 0 }

// TypedBy implements ddl.Session.
func (d definer) TypedBy(t *temptable.Table) (types, columns bool) {
	for _, n := range d.session.typedBy(t) {
		_, column := n.of.(*temptable.Table)
		types, columns = types || !column, columns || column
	}
	return types, columns
}

// DropGrouped implements ddl.Session.
func (d definer) DropGrouped(t *temptable.Table, constraint string, cascade bool) error {
	return d.session.dropGrouped(d.call, t, constraint, cascade)
}
