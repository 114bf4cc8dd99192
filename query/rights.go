package query

import (
	"cmp"
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/wire/sqlstate"
)

// rights are what the session's current role may do, by the roles of one catalog.
type rights struct {
	catalog *projection.Catalog
	user    string
	all     bool // it is a superuser
	reads   bool
	appends bool
}

// roles are those of this moment.
func (s *Session) roles() *role.Set { return s.server.options.Definitions.Current().Roles }

// may returns what the session may do now.
func (s *Session) may() *rights {
	c := s.server.options.Definitions.Current()
	if r := &s.rights; r.catalog != c || r.user != s.user {
		all := s.start.Trusted && s.user == s.start.User
		*r = rights{
			catalog: c, user: s.user, all: all || c.Roles.Superuser(s.user),
			reads: all || c.Roles.Has(s.user, role.ReadAll), appends: all || c.Roles.Has(s.user, role.WriteAll),
		}
	}
	return &s.rights
}

// mayRead refuses to read events or states; relation is one that the statement names.
func (s *Session) mayRead(relation string) error {
	if s.may().reads {
		return nil
	}
	return deniedTable(cmp.Or(relation, s.server.events.Name), role.ReadAll)
}

// mayAppend refuses to append events.
func (s *Session) mayAppend() error {
	if s.may().appends {
		return nil
	}
	return deniedTable(s.server.events.Name, role.WriteAll)
}

func deniedTable(relation, group string) error {
	return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied for table %s", relation).
		WithHint("Members of the role %s may: GRANT %s TO …", group, group)
}

// mayOwn refuses a change of what the database's owner has defined.
func (s *Session) mayOwn(relation string) error {
	if s.may().all {
		return nil
	}
	return sqlstate.New(sqlstate.InsufficientPrivilege, "must be owner of table %s", relation)
}

// mayDefine refuses to define something in the schema public.
func (s *Session) mayDefine() error {
	if s.may().all {
		return nil
	}
	return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied for schema public")
}

// governed is a command that not everybody may run.
type governed interface{ governs(s *Session) error }

func (*createProjection) governs(s *Session) error { return s.mayDefine() }
func (k *dropProjection) governs(s *Session) error { return s.mayOwn(k.statement.Names[0]) }
func (k *alterProjection) governs(s *Session) error {
	return s.mayOwn(k.statement.Name)
}

func (k listenCommand) governs(s *Session) error {
	return s.mayRead(s.server.events.Name)
}

func (checkpointCommand) governs(s *Session) error {
	if s.may().all || s.roles().Has(s.user, role.Checkpoint) {
		return nil
	}
	return denied("must be superuser or have privileges of pg_checkpoint to do CHECKPOINT")
}
func (k *alterEventKind) governs(s *Session) error { return s.mayOwn(s.server.events.Name) }
func (k *commentLasting) governs(s *Session) error { return s.mayOwn(k.relation) }

// superuserOnly refuses a function to all others.
func superuserOnly(ctx context.Context, function string) error {
	if src, ok := sourceFrom(ctx); ok && src.session.may().all {
		return nil
	}
	return denied("permission denied for function %s", function)
}

// reading takes note of the relations that a statement reads.
func (c *compiled) reading(r *relations) {
	c.reads = c.reads || r.used
	if c.arguments != nil {
		c.touches = append(c.touches, r.found...)
	}
	if c.readsFirst == "" {
		c.readsFirst = r.first
	}
}

// mayBecome refuses what SET ROLE and SET SESSION AUTHORIZATION may not make of a session: any user where a superuser
// has connected, roles that the session's user is a member of.
func (s *Session) mayBecome(parameter, by, to string) error {
	set := s.roles()
	switch {
	case !set.Exists(to) && to != owner:
		return sqlstate.New(sqlstate.InvalidParameterValue, "role %q does not exist", to)
	case parameter == "session_authorization" && !s.start.Trusted && !set.Superuser(s.start.User):
		return denied("permission denied to set session authorization")
	case parameter == "session_authorization", s.start.Trusted && by == s.start.User:
		return nil
	case !set.Member(by, to):
		return denied("permission denied to set role %q", to)
	}
	return nil
}

// owner is the role that owns everything.
const owner = "projsql"
