package query

import (
	"errors"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// over are the relations that the statement is about; those that it names may have gone since it was bound.
func (k *grantCommand) over(s *Session, c *projection.Catalog) ([]*plan.Relation, error) {
	if k.schema == "" {
		for _, r := range k.relations {
			if _, there := c.Lookup(r.Name); !there && c.View(r.Name) == nil && r.Name != s.server.events.Name {
				return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", r.Name)
			}
		}
		return k.relations, nil
	}
	all := []*plan.Relation{s.server.eventsIn(c)}
	find := s.relations(c)
	for _, d := range c.All() {
		all = append(all, find.projection(d))
	}
	for _, v := range c.AllViews() {
		all = append(all, viewInPublic(v))
	}
	return all, nil
}

// relation grants or revokes on a relation and its columns.
func (k *grantCommand) relation(g *granting, set *role.Set, o *role.Object, r *plan.Relation) (*role.Object, error) {
	each := make([]role.Privileges, len(r.Columns))
	if k.grant.Revoke { // what is taken away of all columns is of each
		for i := range r.Columns {
			if !r.Columns[i].Hidden || len(o.Column(r.Columns[i].Name)) > 0 {
				each[i] = k.grant.Privileges & role.OnColumn
			}
		}
	}
	before := o
	var err error
	if k.grant.Privileges != 0 {
		if o, err = g.all(set, o, role.Table, r.Name); err != nil {
			return nil, err
		}
	}
	for _, one := range k.columns {
		for _, name := range one.columns {
			i := slices.IndexFunc(r.Columns, func(c plan.RelationColumn) bool { return c.Name == name })
			if i < 0 {
				return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, r.Name)
			}
			each[i] |= one.privileges
		}
	}
	for i, p := range each {
		if p == 0 {
			continue
		}
		if o, err = g.column(set, before, o, r, r.Columns[i].Name, p); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// granting is a GRANT or REVOKE that is carried out.
type granting struct {
	session *Session
	grant   role.Grant
	told    *notices
}

// all grants or revokes on an object.
func (g *granting) all(set *role.Set, o *role.Object, kind role.Kind, name string) (*role.Object, error) {
	made, may, err := set.Granted(o, kind, g.by())
	if errors.Is(err, role.ErrNoPrivileges) {
		return nil, denied("permission denied for %s %s", kindWords[kind], name)
	}
	if err == nil {
		g.tell(may, g.grant.Privileges, g.grant.All, "%q", name)
	}
	return made, grantError(err)
}

// column grants or revokes on one; rights to grant are those of before the statement.
func (g *granting) column(set *role.Set, before, o *role.Object, r *plan.Relation, name string, p role.Privileges) (*role.Object, error) {
	one := g.by()
	one.Privileges = p
	made, may, err := set.GrantedColumn(before, o, name, one)
	if errors.Is(err, role.ErrNoPrivileges) {
		return nil, denied("permission denied for column %q of relation %q", name, r.Name)
	}
	if err == nil {
		g.tell(may, p, p == role.OnColumn, "column %q of relation %q", name, r.Name)
	}
	return made, grantError(err)
}

// by is the grant with who says it.
func (g *granting) by() role.Grant {
	one := g.grant
	one.By, one.Super = g.session.user, g.session.may().all
	return one
}

// tell warns of what could not be granted or revoked.
func (g *granting) tell(may, asked role.Privileges, all bool, format string, args ...any) {
	code, verb, whether := sqlstate.PrivilegeNotGranted, "granted", "were"
	if g.grant.Revoke {
		code, verb, whether = sqlstate.PrivilegeNotRevoked, "revoked", "could be"
	}
	what := "no"
	switch {
	case may == 0:
	case !all && may != asked:
		what = "not all"
	default:
		return
	}
	*g.told = append(*g.told, notice{"WARNING", sqlstate.New(code, what+" privileges "+whether+" "+verb+" for "+format, args...)})
}

// grantError gives the reasons of a refusal their codes.
func grantError(err error) error {
	switch {
	case errors.Is(err, role.ErrDependent):
		return sqlstate.New(sqlstate.DependentObjectsStillExist, "%s", err.Error()).WithHint("Use CASCADE to revoke them too.")
	case errors.Is(err, role.ErrCircular):
		return sqlstate.New(sqlstate.InvalidGrantOperation, "%s", err.Error())
	}
	return err
}
