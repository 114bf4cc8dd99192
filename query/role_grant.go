package query

import (
	"cmp"
	"context"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/wire/sqlstate"
)

// grantRole is GRANT and REVOKE of membership in roles.
type grantRole struct{ statement *pg.GrantRoleStmt }

func (k *grantRole) run(ctx context.Context, s *Session, x *call) (result, error) {
	n, tag := k.statement, "GRANT ROLE"
	if !n.GetIsGrant() {
		tag = "REVOKE ROLE"
	}
	members, err := s.named(&pg.DefElem{Arg: &pg.Node{Node: &pg.Node_List{List: &pg.List{Items: n.GetGranteeRoles()}}}})
	if err != nil {
		return result{}, err
	}
	var told notices
	err = s.changeRoles(ctx, tag, func(set *role.Set) (_ *role.Set, err error) {
		told = nil
		for _, node := range n.GetGrantedRoles() {
			group := node.GetAccessPriv().GetPrivName()
			for _, member := range members {
				if set, err = k.change(s, set, group, member, &told); err != nil {
					return nil, err
				}
			}
		}
		return set, nil
	})
	return result{tag: tag}, cmp.Or(err, told.tell(s, x))
}

func (k *grantRole) change(s *Session, set *role.Set, group, member string, told *notices) (*role.Set, error) {
	if k.statement.GetIsGrant() {
		return s.join(set, group, member, k.admin(), told.already)
	}
	switch {
	case !set.Exists(group):
		return nil, missingRole(group)
	case !set.Exists(member):
		return nil, missingRole(member)
	case !s.grants(set, group):
		return nil, deniedGroup(set, group)
	}
	next, was := leave(set, group, member, k.admin())
	if !was {
		*told = append(*told, notice{"WARNING", sqlstate.New(sqlstate.Warning, "role %q is not a member of role %q", member, group)})
	}
	return next, nil
}

// admin reports whether the statement is about the admin option: WITH ADMIN OPTION, ADMIN OPTION FOR.
func (k *grantRole) admin() bool {
	for _, o := range k.statement.GetOpt() {
		on, err := parse.OptionBool(o.GetDefElem())
		return err == nil && (on || !k.statement.GetIsGrant())
	}
	return false
}
