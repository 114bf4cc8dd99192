package ddl

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// renameType is ALTER TYPE … RENAME TO, ALTER DOMAIN … RENAME TO and RENAME CONSTRAINT.
type renameType struct{ statement *pg.RenameStmt }

func (k *renameType) tag() string {
	if k.statement.GetRenameType() == pg.ObjectType_OBJECT_TYPE {
		return "ALTER TYPE"
	}
	return "ALTER DOMAIN"
}

func (k *renameType) run(_ context.Context, c *call) error {
	n, kind := k.statement, "a type"
	if n.GetRenameType() != pg.ObjectType_OBJECT_TYPE {
		kind = "a domain"
	}
	o, err := c.typeToAlter(n.GetObject().GetList().GetItems(), kind)
	if err != nil {
		return err
	}
	i := *types.Info(o.OID)
	if kind == "a domain" && i.Kind != 'd' {
		return sqlstate.New(sqlstate.WrongObjectType, "%s is not a domain", i.SQLName)
	}
	constraint := n.GetRenameType() == pg.ObjectType_OBJECT_DOMCONSTRAINT
	if !constraint && c.defined(i.Name) {
		return c.unsupported("renaming a type that a definition of the session may name is not supported")
	}
	if i.Kind != 'd' {
		i.Name = n.GetNewname()
		return c.Tables().AlterType(o, i)
	}
	d, err := c.domainOf(o.OID)
	if err != nil {
		return err
	}
	if constraint {
		err = d.rename(n.GetSubname(), n.GetNewname())
	} else {
		d.Name = n.GetNewname()
	}
	if err != nil {
		return err
	}
	return c.Tables().AlterType(o, d.info())
}

// rename calls a constraint otherwise.
func (d *domain) rename(from, to string) error {
	i := d.find(from)
	switch {
	case i < 0:
		return sqlstate.New(sqlstate.UndefinedObject, "constraint %q for domain %s does not exist", from, d.SQLName)
	case d.has(to):
		return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for domain %s already exists", to, d.SQLName)
	}
	d.Constraints = slices.Clone(d.Constraints)
	d.Constraints[i].Name = to
	d.checks[slices.IndexFunc(d.checks, func(c domainCheck) bool { return c.name == from })].name = to
	return nil
}
