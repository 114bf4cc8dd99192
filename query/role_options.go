package query

import (
	"maps"
	"math"
	"strings"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// roleOptions are those of CREATE ROLE and ALTER ROLE by their names in the grammar.
type roleOptions struct {
	all      map[string]*pg.DefElem
	verifier *string // of PASSWORD; nil: it is not said
	until    *time.Time
}

func (s *Session) roleOptions(x *call, list []*pg.Node) (*roleOptions, error) {
	o := &roleOptions{all: map[string]*pg.DefElem{}}
	for _, n := range list {
		d := n.GetDefElem()
		if o.all[d.GetDefname()] != nil {
			return nil, at(x.sql, d.GetLocation(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		o.all[d.GetDefname()] = d
		switch d.GetDefname() {
		case "password":
			if err := o.password(s, x, d); err != nil {
				return nil, err
			}
		case "validUntil":
			v, err := types.Parse(s.env, types.Of(types.TimestamptzOID), parse.ConstText(d.GetArg()))
			if err != nil {
				return nil, err
			}
			if until := v.Int(); until != math.MaxInt64 { // infinity
				t := time.UnixMicro(until - types.UnixEpochMicros).UTC()
				o.until = &t
			}
		case "sysid":
			if err := s.notice(x.out, "SYSID can no longer be specified"); err != nil {
				return nil, err
			}
		case "connectionlimit":
			if d.GetArg().GetInteger().GetIval() < -1 {
				return nil, sqlstate.New(sqlstate.InvalidParameterValue, "invalid connection limit: %d", d.GetArg().GetInteger().GetIval())
			}
		}
	}
	return o, nil
}

// password makes the verifier of what is said; one may be given in the password's place.
func (o *roleOptions) password(s *Session, x *call, d *pg.DefElem) error {
	text := parse.ConstText(d.GetArg())
	o.verifier = new(string)
	_, given := role.Credentials(text)
	switch {
	case d.GetArg() == nil: // NULL
	case text == "":
		return s.notice(x.out, "empty string is not a valid password, clearing password")
	case given:
		*o.verifier = text
	case isMD5(text):
		return unsupported(x.sql, d.GetLocation(), "MD5 passwords are not supported")
	default:
		v, err := role.NewVerifier(text)
		*o.verifier = v
		return err
	}
	return nil
}

// isMD5 reports whether a password is hashed as PostgreSQL did before version 10.
func isMD5(text string) bool {
	hash, ok := strings.CutPrefix(text, "md5")
	return ok && len(hash) == 32 && strings.Trim(hash, "0123456789abcdef") == ""
}

func (o *roleOptions) onlyPassword() bool { return len(o.all) == 1 && o.verifier != nil }

// apply changes a role, which was another before, as the options say.
func (o *roleOptions) apply(s *Session, to, was *role.Role) error {
	flags := map[string]*bool{
		"superuser": &to.Superuser, "inherit": &to.Inherit, "createrole": &to.CreateRole, "createdb": &to.CreateDB,
		"canlogin": &to.Login, "isreplication": &to.Replication, "bypassrls": &to.BypassRLS,
	}
	for name, flag := range flags {
		if d := o.all[name]; d != nil {
			on, err := parse.OptionBool(d)
			if err != nil {
				return err
			}
			*flag = on
		}
	}
	if !s.may().all {
		if err := o.beyond(to, was); err != nil {
			return err
		}
	}
	if d := o.all["connectionlimit"]; d != nil {
		to.Connections = int(d.GetArg().GetInteger().GetIval())
	}
	if o.verifier != nil {
		to.Verifier = *o.verifier
	}
	if o.all["validUntil"] != nil {
		to.ValidUntil = o.until
	}
	return nil
}

// beyond refuses what only superusers may do.
func (o *roleOptions) beyond(to, was *role.Role) error {
	switch created := was.Name == ""; {
	case created && to.Superuser:
		return denied("must be superuser to create superusers")
	case to.Superuser || was.Superuser:
		return denied("must be superuser to alter superuser roles or change superuser attribute")
	case created && to.Replication:
		return denied("must be superuser to create replication users")
	case to.Replication || was.Replication:
		return denied("must be superuser to alter replication roles or change replication attribute")
	case created && to.BypassRLS:
		return denied("must be superuser to create bypassrls users")
	case to.BypassRLS != was.BypassRLS:
		return denied("must be superuser to change bypassrls attribute")
	}
	return nil
}

// memberships makes a new role a member of those after IN ROLE, and those after ROLE and ADMIN its members.
func (o *roleOptions) memberships(s *Session, set *role.Set, name string) (*role.Set, error) {
	groups, err := s.named(o.all["addroleto"])
	if err != nil {
		return nil, err
	}
	for _, group := range groups {
		if set, err = s.join(set, group, name, false, nil); err != nil {
			return nil, err
		}
	}
	return o.members(s, set, name, true, nil)
}

// members makes the roles that are named members of one, or takes them away.
func (o *roleOptions) members(s *Session, set *role.Set, name string, add bool, already func(group, member string) error) (*role.Set, error) {
	for option, admin := range map[string]bool{"rolemembers": false, "adminmembers": true} {
		members, err := s.named(o.all[option])
		if err != nil {
			return nil, err
		}
		for _, member := range members {
			if !add {
				set, _ = leave(set, name, member, false)
				continue
			}
			if set, err = s.join(set, name, member, admin, already); err != nil {
				return nil, err
			}
		}
	}
	return set, nil
}

// named are the names in an option; nil has none.
func (s *Session) named(d *pg.DefElem) (names []string, err error) {
	for _, n := range d.GetArg().GetList().GetItems() {
		name, err := s.nameOf(n.GetRoleSpec())
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// join makes a role a member of a group; already is told where it is one.
func (s *Session) join(set *role.Set, group, member string, admin bool, already func(group, member string) error) (*role.Set, error) {
	r := set.Get(member)
	switch {
	case !set.Exists(group):
		return nil, missingRole(group)
	case r == nil && role.IsPredefined(member):
		return nil, unsupportedMember(member)
	case r == nil:
		return nil, missingRole(member)
	case !s.grants(set, group):
		return nil, deniedGroup(set, group)
	case group == member || set.Get(group) != nil && !set.Get(group).Superuser && set.Member(group, member):
		return nil, sqlstate.New(sqlstate.InvalidGrantOperation, "role %q is a member of role %q", group, member)
	}
	if had, is := r.MemberOf[group]; is && (had || !admin) {
		if already != nil {
			return set, already(group, member)
		}
		return set, nil
	}
	made := *r
	made.MemberOf = maps.Clone(r.MemberOf)
	if made.MemberOf == nil {
		made.MemberOf = map[string]bool{}
	}
	made.MemberOf[group] = admin
	return set.With(&made), nil
}

func unsupportedMember(name string) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "%s cannot be made a member of roles", name)
}

// leave takes a member from a group, or its admin option alone; false: it was none.
func leave(set *role.Set, group, member string, adminOnly bool) (*role.Set, bool) {
	r := set.Get(member)
	if r == nil {
		return set, false
	}
	if _, is := r.MemberOf[group]; !is {
		return set, false
	}
	made := *r
	made.MemberOf = maps.Clone(r.MemberOf)
	if adminOnly {
		made.MemberOf[group] = false
	} else {
		delete(made.MemberOf, group)
	}
	return set.With(&made), true
}

// grants reports whether the session may make others members of a group.
func (s *Session) grants(set *role.Set, group string) bool {
	r := set.Get(group)
	return s.may().all || (r == nil || !r.Superuser) && s.createsRoles() || set.Grants(s.user, group)
}

func deniedGroup(set *role.Set, group string) error {
	if r := set.Get(group); r != nil && r.Superuser {
		return denied("must be superuser to alter superusers")
	}
	return denied("must have admin option on role %q", group)
}
