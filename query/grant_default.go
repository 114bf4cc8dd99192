package query

import (
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterDefaults is ALTER DEFAULT PRIVILEGES: what is granted on objects that are made later.
type alterDefaults struct {
	roles   []string // as ACLs have them; nil: the session's
	schemas []string // nil: any
	kind    role.Kind
	grant   role.Grant
}

const defaultsTag = "ALTER DEFAULT PRIVILEGES"

var defaultKinds = map[pg.ObjectType]role.Kind{
	pg.ObjectType_OBJECT_TABLE: role.Table, pg.ObjectType_OBJECT_SCHEMA: role.Schema, pg.ObjectType_OBJECT_SEQUENCE: role.Sequences,
	pg.ObjectType_OBJECT_FUNCTION: role.Functions, pg.ObjectType_OBJECT_PROCEDURE: role.Functions, pg.ObjectType_OBJECT_ROUTINE: role.Functions,
	pg.ObjectType_OBJECT_TYPE: role.Types,
}

func (s *Session) bindDefaultPrivileges(c *compiled, n *pg.AlterDefaultPrivilegesStmt) error {
	k := &alterDefaults{kind: defaultKinds[n.GetAction().GetObjtype()]}
	for _, o := range n.GetOptions() {
		items := o.GetDefElem().GetArg().GetList().GetItems()
		switch o.GetDefElem().GetDefname() {
		case "roles":
			for _, r := range items {
				name, err := s.nameOf(r.GetRoleSpec())
				if err == nil {
					name, err = s.held(name)
				}
				if err != nil {
					return err
				}
				k.roles = append(k.roles, name)
			}
		case "schemas":
			k.schemas = stringsOf(items)
		}
	}
	own := &grantCommand{statement: n.GetAction(), kind: k.kind, later: true}
	var err error
	if own.grant, err = s.grantOf(n.GetAction(), k.kind); err != nil {
		return err
	}
	if err := own.privileges(); err != nil {
		return err
	}
	k.grant = own.grant
	c.command = k
	return k.schema(s, c)
}

// schema checks the schemas that are named.
func (k *alterDefaults) schema(s *Session, c *compiled) error {
	for _, name := range k.schemas {
		if k.kind == role.Schema {
			return sqlstate.New(sqlstate.InvalidGrantOperation, "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS")
		}
		if err := s.schemaThere(name); err != nil {
			return err
		}
		if name != "public" {
			return unsupported(c.sql, int32(c.statement.Start), "ALTER DEFAULT PRIVILEGES in the schema %s is not supported", name)
		}
	}
	return nil
}

func (k *alterDefaults) run(ctx context.Context, s *Session, _ *call) (result, error) {
	err := s.changeHeld(ctx, defaultsTag, func(c *projection.Catalog) (*role.Set, error) {
		set := c.Roles
		of, schemas := k.roles, k.schemas
		if of == nil {
			own, err := s.held(s.user)
			if err != nil {
				return nil, err
			}
			of = []string{own}
		}
		if schemas == nil {
			schemas = []string{""}
		}
		for _, name := range of {
			if !s.may().all && !set.Member(s.user, name) {
				return nil, denied("must be member of role %q", name)
			}
			for _, schema := range schemas {
				d, err := set.GrantedDefault(set.DefaultOf(name, schema, k.kind), k.grant)
				if err != nil {
					return nil, grantError(err)
				}
				set = set.WithDefault(d)
			}
		}
		return set, nil
	})
	return result{tag: defaultsTag}, err
}
