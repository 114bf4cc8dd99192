package query

import (
	"cmp"
	"context"
	"math/rand/v2"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Statements about roles. CREATE USER and CREATE GROUP are the same statements.
type (
	createRole struct{ statement *pg.CreateRoleStmt }
	alterRole  struct{ statement *pg.AlterRoleStmt }
	dropRole   struct{ statement *pg.DropRoleStmt }
	renameRole struct{ statement *pg.RenameStmt }
)

// notices are told once roles have changed.
type notices []notice

func (n notices) tell(s *Session, x *call) error {
	for _, one := range n {
		if err := s.tell(x.out, one); err != nil {
			return err
		}
	}
	return nil
}

// already tells of who is a member.
func (n *notices) already(group, member string) error {
	*n = append(*n, notice{"NOTICE", sqlstate.New(sqlstate.SuccessfulCompletion, "role %q is already a member of role %q", member, group)})
	return nil
}

// newName checks the name of a role that is to be.
func newName(set *role.Set, name string) error {
	switch {
	case name == "public" || name == "none" || name == hop.User:
		return sqlstate.New(sqlstate.ReservedName, "role name %q is reserved", name)
	case len(name) > 3 && name[:3] == "pg_":
		return sqlstate.New(sqlstate.ReservedName, "role name %q is reserved", name).
			WithDetail(`Role names starting with "pg_" are reserved.`)
	case set.Get(name) != nil:
		return sqlstate.New(sqlstate.DuplicateObject, "role %q already exists", name)
	}
	return nil
}

// roleNamed finds a role that a statement names; special names mean the session's.
func (s *Session) roleNamed(set *role.Set, r *pg.RoleSpec) (*role.Role, error) {
	name, err := s.nameOf(r)
	if err != nil {
		return nil, err
	}
	switch found := set.Get(name); {
	case found != nil:
		return found, nil
	case role.IsPredefined(name):
		return nil, sqlstate.New(sqlstate.ReservedName, "role name %q is reserved", name).WithDetail(`Cannot alter reserved roles.`)
	case !set.Guarded():
		return nil, missingRole(name).WithHint("There are no roles yet. The first is the administrator's: CREATE ROLE admin SUPERUSER LOGIN PASSWORD '...'.")
	}
	return nil, missingRole(name)
}

// nameOf is the name of a role in a statement.
func (s *Session) nameOf(r *pg.RoleSpec) (string, error) {
	switch r.GetRoletype() {
	case pg.RoleSpecType_ROLESPEC_CURRENT_USER, pg.RoleSpecType_ROLESPEC_CURRENT_ROLE:
		return s.user, nil
	case pg.RoleSpecType_ROLESPEC_SESSION_USER:
		return s.sessionUser, nil
	case pg.RoleSpecType_ROLESPEC_PUBLIC:
		return "", missingRole("public")
	}
	return r.GetRolename(), nil
}

func missingRole(name string) *sqlstate.Error {
	return sqlstate.New(sqlstate.UndefinedObject, "role %q does not exist", name)
}

func denied(format string, args ...any) *sqlstate.Error {
	return sqlstate.New(sqlstate.InsufficientPrivilege, format, args...)
}

// createsRoles reports whether the session may make and change roles that are no superusers.
func (s *Session) createsRoles() bool {
	r := s.roles().Get(s.user)
	return s.may().all || r != nil && r.CreateRole
}

func (k *createRole) run(ctx context.Context, s *Session, x *call) (result, error) {
	n, tag := k.statement, "CREATE ROLE"
	o, err := s.roleOptions(x, n.GetOptions())
	if err != nil {
		return result{}, err
	}
	err = s.changeRoles(ctx, tag, func(old *role.Set) (*role.Set, error) {
		if !s.createsRoles() {
			return nil, denied("permission denied to create role")
		}
		if err := newName(old, n.GetRole()); err != nil {
			return nil, err
		}
		made := &role.Role{Name: n.GetRole(), ID: rand.Uint64(), Inherit: true, Connections: -1, Login: n.GetStmtType() == pg.RoleStmtType_ROLESTMT_USER}
		if err := o.apply(s, made, &role.Role{}); err != nil {
			return nil, err
		}
		return o.memberships(s, old.With(made), made.Name)
	})
	return result{tag: tag}, err
}

func (k *alterRole) run(ctx context.Context, s *Session, x *call) (result, error) {
	n, tag := k.statement, "ALTER ROLE"
	o, err := s.roleOptions(x, n.GetOptions())
	if err != nil {
		return result{}, err
	}
	var told notices
	err = s.changeRoles(ctx, tag, func(old *role.Set) (*role.Set, error) {
		told = nil
		found, err := s.roleNamed(old, n.GetRole())
		if err != nil {
			return nil, err
		}
		made := *found
		if err := o.apply(s, &made, found); err != nil {
			return nil, err
		}
		if !s.createsRoles() && !(found.Name == s.user && o.onlyPassword()) {
			return nil, denied("permission denied")
		}
		// ALTER GROUP … ADD and DROP USER name the members.
		return o.members(s, old.With(&made), made.Name, n.GetAction() >= 0, told.already)
	})
	return result{tag: tag}, cmp.Or(err, told.tell(s, x))
}

func (k *dropRole) run(ctx context.Context, s *Session, x *call) (result, error) {
	n, tag := k.statement, "DROP ROLE"
	var told notices
	err := s.changeHeld(ctx, tag, func(c *projection.Catalog) (*role.Set, error) {
		old := c.Roles
		if !s.createsRoles() {
			return nil, denied("permission denied to drop role")
		}
		next := old
		told = nil
		for _, node := range n.GetRoles() {
			if node.GetRoleSpec().GetRoletype() != pg.RoleSpecType_ROLESPEC_CSTRING {
				return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot use special role specifier in DROP ROLE")
			}
			name := node.GetRoleSpec().GetRolename()
			found := next.Get(name)
			switch {
			case found == nil && role.IsPredefined(name):
				return nil, sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop role %s because it is required by the database system", name)
			case found == nil && n.GetMissingOk():
				told = append(told, notice{"NOTICE", sqlstate.New(sqlstate.SuccessfulCompletion, "role %q does not exist, skipping", name)})
				continue
			case found == nil:
				return nil, missingRole(name)
			case found.Superuser && !s.may().all:
				return nil, denied("must be superuser to drop superusers")
			}
			if err := s.needed(c, name); err != nil {
				return nil, err
			}
			next = next.Without(name)
		}
		switch { // the last ones may go together
		case next.Guarded() && old.Get(s.user) != nil && next.Get(s.user) == nil:
			return nil, sqlstate.New(sqlstate.ObjectInUse, "current user cannot be dropped")
		case next.Guarded() && old.Get(s.sessionUser) != nil && next.Get(s.sessionUser) == nil:
			return nil, sqlstate.New(sqlstate.ObjectInUse, "session user cannot be dropped")
		}
		return next, nil
	})
	return result{tag: tag}, cmp.Or(err, told.tell(s, x))
}

func (k *renameRole) run(ctx context.Context, s *Session, _ *call) (result, error) {
	from, to, tag := k.statement.GetSubname(), k.statement.GetNewname(), "ALTER ROLE"
	err := s.changeRoles(ctx, tag, func(old *role.Set) (*role.Set, error) {
		found := old.Get(from)
		switch {
		case role.IsPredefined(from):
			return nil, sqlstate.New(sqlstate.ReservedName, "role name %q is reserved", from).WithDetail(`Role names starting with "pg_" are reserved.`)
		case found == nil:
			return nil, missingRole(from)
		case from == s.sessionUser:
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "session user cannot be renamed")
		case from == s.user:
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "current user cannot be renamed")
		}
		if err := newName(old, to); err != nil {
			return nil, err
		}
		switch {
		case found.Superuser && !s.may().all:
			return nil, denied("must be superuser to rename superusers")
		case !s.createsRoles():
			return nil, denied("permission denied to rename role")
		}
		return old.Renamed(from, to), nil
	})
	return result{tag: tag}, err
}
