package query

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createType is CREATE TYPE … AS (…), AS ENUM (…) and CREATE DOMAIN: every type is one of the session.
type createType struct {
	info types.TypeInfo
	tag  string
	told bool // wrote pg_temp
}

func (s *Session) bindCreateType(c *compiled, n *pg.CompositeTypeStmt) error {
	v := n.GetTypevar()
	if err := s.ownType(c, v.GetSchemaname(), v.GetLocation()); err != nil {
		return err
	}
	k := &createType{info: types.TypeInfo{Name: v.GetRelname(), Kind: 'c', Attributes: []types.Attribute{}}, tag: "CREATE TYPE", told: v.GetSchemaname() != ""}
	binder := &expr.Binder{Text: c.sql, Env: s.unplaced(1)}
	for _, e := range n.GetColdeflist() {
		d := e.GetColumnDef()
		t, err := binder.BindType(d.GetTypeName())
		if err != nil {
			return sqlstate.WithoutPosition(err)
		}
		if types.Info(t.OID).Kind == 'p' {
			return sqlstate.New(sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", d.GetColname(), types.TypeName(t.OID))
		}
		if slices.ContainsFunc(k.info.Attributes, func(a types.Attribute) bool { return a.Name == d.GetColname() }) {
			return sqlstate.New(sqlstate.DuplicateColumn, "column %q specified more than once", d.GetColname())
		}
		if d.GetCollClause() != nil && !parse.IsCollationC(d.GetCollClause()) {
			return unsupported(c.sql, d.GetCollClause().GetLocation(), `a collation other than "C" is not supported`)
		}
		k.info.Attributes = append(k.info.Attributes, types.Attribute{Name: d.GetColname(), Type: t})
	}
	c.command = k
	return nil
}

// ownType checks that a type is to be one of the session.
func (s *Session) ownType(c *compiled, schema string, location int32) error {
	if schema == "" || s.isTemp(schema) {
		return nil
	}
	return unsupported(c.sql, location, "a type that outlives the session is not supported").
		WithHint("Leave the schema out, or write pg_temp: the type then is one of the session.")
}

func (k *createType) run(_ context.Context, s *Session, x *call) (result, error) {
	if !k.told {
		if err := s.notice(x.out, "type %q will be a temporary type", k.info.Name); err != nil {
			return result{}, err
		}
	}
	_, err := s.tables.CreateType(k.info)
	return result{tag: k.tag}, err
}
