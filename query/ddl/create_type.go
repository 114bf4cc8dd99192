package ddl

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
	made string // the command tag
	told bool   // wrote pg_temp
}

func (c *call) bindCreateType(n *pg.CompositeTypeStmt) (command, error) {
	v := n.GetTypevar()
	if err := c.ownType(v.GetSchemaname(), v.GetLocation()); err != nil {
		return nil, err
	}
	k := &createType{info: types.TypeInfo{Name: v.GetRelname(), Kind: 'c', Attributes: []types.Attribute{}}, made: "CREATE TYPE", told: v.GetSchemaname() != ""}
	binder := &expr.Binder{Text: c.Text, Env: c.unplaced(1)}
	for _, e := range n.GetColdeflist() {
		d := e.GetColumnDef()
		t, err := binder.BindType(d.GetTypeName())
		if err != nil {
			return nil, sqlstate.WithoutPosition(err)
		}
		if types.Info(t.OID).Kind == 'p' {
			return nil, sqlstate.New(sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", d.GetColname(), types.TypeName(t.OID))
		}
		if slices.ContainsFunc(k.info.Attributes, func(a types.Attribute) bool { return a.Name == d.GetColname() }) {
			return nil, sqlstate.New(sqlstate.DuplicateColumn, "column %q specified more than once", d.GetColname())
		}
		if d.GetCollClause() != nil && !parse.IsCollationC(d.GetCollClause()) {
			return nil, c.unsupportedAt(d.GetCollClause().GetLocation(), `a collation other than "C" is not supported`)
		}
		k.info.Attributes = append(k.info.Attributes, types.Attribute{Name: d.GetColname(), Type: t})
	}
	return k, nil
}

// ownType checks that a type is to be one of the session.
func (c *call) ownType(schema string, location int32) error {
	if schema == "" || c.Tables().Owns(schema) {
		return nil
	}
	return c.unsupportedAt(location, "a type that outlives the session is not supported").
		WithHint("Leave the schema out, or write pg_temp: the type then is one of the session.")
}

func (k *createType) tag() string { return k.made }

func (k *createType) run(_ context.Context, c *call) error {
	if !k.told {
		if err := c.notice("type %q will be a temporary type", k.info.Name); err != nil {
			return err
		}
	}
	_, err := c.Tables().CreateType(k.info)
	return err
}
