// Package role has the words for roles: who may connect to the database, and what they may do
// there. All roles are one record of the replicated catalog, so that two changes at the same time
// never miss each other.
package role

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Role is a user or a group, with the attributes of PostgreSQL's CREATE ROLE. It is immutable.
type Role struct {
	Name string `json:"name"`
	// ID tells a role from those that had its name before or will have it: any number that is not theirs; 0 of roles of releases
	// before.
	ID          uint64 `json:"id,omitempty"`
	Superuser   bool   `json:"superuser,omitempty"`
	Inherit     bool   `json:"inherit,omitempty"` // has what the roles may that it is a member of
	CreateRole  bool   `json:"createrole,omitempty"`
	CreateDB    bool   `json:"createdb,omitempty"`
	Login       bool   `json:"login,omitempty"`
	Replication bool   `json:"replication,omitempty"`
	BypassRLS   bool   `json:"bypassrls,omitempty"`
	// Connections is how many sessions it may have on a node; -1 = any number.
	Connections int `json:"connections"`
	// Verifier is what a password is proved against (NewVerifier); "" = no password is right.
	Verifier string `json:"verifier,omitempty"`
	// ValidUntil is when the password ends to be right, in UTC; nil = never.
	ValidUntil *time.Time `json:"valid_until,omitempty"`
	// Settings are what its sessions begin with, by lower-case name.
	Settings map[string]string `json:"settings,omitempty"`
	// MemberOf are the roles that it is a member of, and whether it may make others members.
	MemberOf map[string]bool `json:"member_of,omitempty"`
}

// Administers reports whether the role can connect with a password and may do everything.
func (r *Role) Administers() bool { return r.Superuser && r.Login && r.Verifier != "" }

// Expired reports whether the password is right no more.
func (r *Role) Expired(now time.Time) bool { return r.ValidUntil != nil && now.After(*r.ValidUntil) }

// Roles of PostgreSQL's own that say what their members may do.
const (
	ReadAll    = "pg_read_all_data"
	WriteAll   = "pg_write_all_data"
	Monitor    = "pg_monitor"
	ReadStat   = "pg_read_all_stats"
	Signal     = "pg_signal_backend"
	Checkpoint = "pg_checkpoint"
)

// predefined are PostgreSQL's own roles, and those that each is a member of.
var predefined = map[string][]string{
	"pg_database_owner": nil, ReadAll: nil, WriteAll: nil,
	Monitor:                {"pg_read_all_settings", ReadStat, "pg_stat_scan_tables"},
	"pg_read_all_settings": nil, ReadStat: nil, "pg_stat_scan_tables": nil,
	"pg_read_server_files": nil, "pg_write_server_files": nil, "pg_execute_server_program": nil,
	Signal: nil, Checkpoint: nil,
}

// IsPredefined reports whether a role is PostgreSQL's own.
func IsPredefined(name string) bool {
	_, ok := predefined[name]
	return ok
}

// Set is all roles at one moment. It is immutable; a nil Set has none.
type Set struct {
	byName map[string]*Role
	// all are the settings of every role's sessions.
	all map[string]string
	// held are the objects that roles own and have privileges on; nil: none of which more is said than the default.
	held *privileges
	// Version is that of the catalog record; 0 = there was never one.
	Version uint64
}

// Of is Version; 0 of a nil Set.
func (s *Set) Of() uint64 {
	if s == nil {
		return 0
	}
	return s.Version
}

// Guarded reports whether roles are defined: while there is none, whoever reaches a node over
// loopback may do everything.
func (s *Set) Guarded() bool { return s != nil && len(s.byName) > 0 }

// Get returns a role that was created; nil if there is none of the name.
func (s *Set) Get(name string) *Role {
	if s == nil {
		return nil
	}
	return s.byName[name]
}

// Exists reports whether a role was created, or is PostgreSQL's own.
func (s *Set) Exists(name string) bool { return s.Get(name) != nil || IsPredefined(name) }

// List returns the roles that were created, by name.
func (s *Set) List() []*Role {
	if s == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(s.byName), func(a, b *Role) int { return strings.Compare(a.Name, b.Name) })
}

// Settings are those of every role's sessions.
func (s *Set) Settings() map[string]string {
	if s == nil {
		return nil
	}
	return s.all
}

// Start returns what sessions of a role begin with, its own settings before those of all.
func (s *Set) Start(name string) map[string]string {
	made := maps.Clone(s.Settings())
	if r := s.Get(name); r != nil && len(r.Settings) > 0 {
		if made == nil {
			made = map[string]string{}
		}
		maps.Copy(made, r.Settings)
	}
	return made
}

// Superuser reports whether a role may do everything: also who is not defined, while nobody is.
func (s *Set) Superuser(name string) bool {
	if !s.Guarded() {
		return name != "" && !IsPredefined(name)
	}
	r := s.Get(name)
	return r != nil && r.Superuser
}

// Member reports whether a role is another or a member of it, itself or by others, and may so take
// its place (SET ROLE). A superuser is a member of all.
func (s *Set) Member(name, of string) bool {
	return s.Superuser(name) || s.reaches(name, of, func(*Role) bool { return true })
}

// Has reports whether a role may do what another may, without taking its place: as Member, but only by
// roles that inherit.
func (s *Set) Has(name, of string) bool {
	return s.Superuser(name) || s.reaches(name, of, func(r *Role) bool { return r.Inherit })
}

func (s *Set) reaches(name, of string, through func(*Role) bool) bool {
	seen := map[string]bool{}
	var walk func(string) bool
	walk = func(name string) bool {
		if name == of {
			return true
		}
		if seen[name] {
			return false
		}
		seen[name] = true
		if slices.ContainsFunc(predefined[name], walk) {
			return true
		}
		r := s.Get(name)
		if r == nil || !through(r) {
			return false
		}
		for group := range r.MemberOf {
			if walk(group) {
				return true
			}
		}
		return false
	}
	return walk(name)
}

// Grants reports whether a role may make others members of a group: who has the admin option, itself
// or by others.
func (s *Set) Grants(name, group string) bool {
	if s.Superuser(name) {
		return true
	}
	for _, r := range s.List() {
		if r.MemberOf[group] && s.reaches(name, r.Name, func(*Role) bool { return true }) {
			return true
		}
	}
	return false
}

// With returns the set with roles added or in the place of those of their names.
func (s *Set) With(roles ...*Role) *Set {
	made := s.clone()
	for _, r := range roles {
		made.byName[r.Name] = r
	}
	return made
}

// WithSettings returns the set with other settings of all roles.
func (s *Set) WithSettings(all map[string]string) *Set {
	made := s.clone()
	made.all = all
	return made
}

// Without returns the set without a role, whose members it had are no more, and without what it was granted. What it
// owned is the database's owner's.
func (s *Set) Without(name string) *Set {
	made := s.Forgetting(name)
	made.held = made.held.each(func(o *Object) *Object {
		if o.OwnedBy() == name {
			return o.Owned(Owner)
		}
		return o
	}, func(d Default) Default { return d })
	delete(made.byName, name)
	for other, r := range made.byName {
		if _, member := r.MemberOf[name]; member {
			left := *r
			left.MemberOf = maps.Clone(r.MemberOf)
			delete(left.MemberOf, name)
			made.byName[other] = &left
		}
	}
	return made
}

// Renamed returns the set in which a role has another name.
func (s *Set) Renamed(from, to string) *Set {
	made := s.clone()
	r := *made.byName[from]
	r.Name = to
	delete(made.byName, from)
	made.byName[to] = &r
	made.held = made.held.each(func(o *Object) *Object { return o.renamed(from, to) }, func(d Default) Default {
		if d.Role == from {
			d.Role = to
		}
		d.ACL = d.ACL.owned(from, to)
		return d
	})
	for other, r := range made.byName {
		if admin, member := r.MemberOf[from]; member {
			moved := *r
			moved.MemberOf = maps.Clone(r.MemberOf)
			delete(moved.MemberOf, from)
			moved.MemberOf[to] = admin
			made.byName[other] = &moved
		}
	}
	return made
}

// Administered reports whether somebody is left who can connect and do everything; also if there are
// no roles at all.
func (s *Set) Administered() bool {
	return !s.Guarded() || slices.ContainsFunc(s.List(), (*Role).Administers)
}

func (s *Set) clone() *Set {
	made := &Set{byName: map[string]*Role{}}
	if s != nil {
		maps.Copy(made.byName, s.byName)
		made.all, made.held, made.Version = s.all, s.held, s.Version
	}
	return made
}
