package query

import (
	"context"
	"maps"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/settings"
)

// alterRoleSet is ALTER ROLE … SET and RESET: what sessions of the role, or of all, begin with.
type alterRoleSet struct {
	of  *pg.RoleSpec // nil: ALL
	set *setCommand  // nil: RESET ALL
}

func bindAlterRoleSet(c *compiled, n *pg.AlterRoleSetStmt) error {
	if n.GetDatabase() != "" {
		return unsupported(c.sql, int32(c.statement.Start), "settings of a role in one database are not supported")
	}
	k := &alterRoleSet{of: n.GetRole()}
	inner := *c
	if err := bindSet(&inner, n.GetSetstmt()); err != nil {
		return err
	}
	switch set := inner.command.(type) {
	case *setCommand:
		k.set = set
	case resetAll:
	default:
		return unsupported(c.sql, int32(c.statement.Start), "ALTER ROLE of this setting is not supported")
	}
	c.command = k
	return nil
}

func (k *alterRoleSet) run(ctx context.Context, s *Session, _ *call) (result, error) {
	tag := "ALTER ROLE"
	name, value, err := k.checked(s)
	if err != nil {
		return result{}, err
	}
	change := func(old map[string]string) map[string]string {
		made := maps.Clone(old)
		switch {
		case k.set == nil:
			return nil
		case made == nil:
			made = map[string]string{}
		}
		if k.set.reset {
			delete(made, name)
		} else {
			made[name] = value
		}
		return made
	}
	err = s.changeRoles(ctx, tag, func(old *role.Set) (*role.Set, error) {
		if k.of == nil {
			if !s.may().all {
				return nil, denied("must be superuser to alter settings globally")
			}
			if old == nil {
				old = &role.Set{}
			}
			return old.WithSettings(change(old.Settings())), nil
		}
		found, err := s.roleNamed(old, k.of)
		if err != nil {
			return nil, err
		}
		switch {
		case found.Superuser && !s.may().all:
			return nil, denied("must be superuser to alter superusers")
		case !s.createsRoles() && found.Name != s.user:
			return nil, denied("permission denied")
		}
		made := *found
		made.Settings = change(found.Settings)
		return old.With(&made), nil
	})
	return result{tag: tag}, err
}

// checked is the parameter's name and its value, as a session that begins would take it.
func (k *alterRoleSet) checked(s *Session) (name, value string, err error) {
	if k.set == nil {
		return "", "", nil
	}
	name = strings.ToLower(k.set.name)
	if k.set.reset {
		return name, "", nil
	}
	probe, err := s.server.registry.Session(settings.Start{User: s.user, Ordinary: !s.may().all})
	if err == nil {
		err = probe.Set(k.set.name, k.set.value, false)
	}
	return name, k.set.value, err
}
