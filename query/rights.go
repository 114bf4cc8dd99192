package query

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// rights are what the session's current role may do, by the roles of one catalog.
type rights struct {
	catalog *projection.Catalog
	user    string
	system  bool
	all     bool                       // it is a superuser
	on      map[string]role.Privileges // relations of the schema public, those that were asked for
	passed  *compiled                  // the statement that was allowed last
}

// roles are those of this moment.
func (s *Session) roles() *role.Set { return s.catalog().Roles }

// may returns what the session may do now.
func (s *Session) may() *rights {
	c := s.catalog()
	if r := &s.rights; r.catalog != c || r.user != s.user || r.system != s.asSystem {
		all := s.asSystem || s.trusted() && s.user == s.start.User || c.Roles.Superuser(s.user)
		*r = rights{catalog: c, user: s.user, system: s.asSystem, all: all}
	}
	return &s.rights
}

// table returns what may be done with a relation of the schema public, all of it.
func (r *rights) table(name string) role.Privileges {
	if r.all {
		return role.OnTable
	}
	may, known := r.on[name]
	if !known {
		may = r.catalog.Roles.May(r.user, r.catalog.Held(name), role.Table)
		if r.on == nil {
			r.on = map[string]role.Privileges{}
		}
		r.on[name] = may
	}
	return may
}

// schema returns what may be done in the schema public.
func (r *rights) schema() role.Privileges {
	if r.all {
		return role.OnSchema
	}
	return r.catalog.Roles.May(r.user, r.catalog.Roles.OfSchema(), role.Schema)
}

// owns reports whether a relation of the schema public may be changed, dropped and granted to others.
func (r *rights) owns(name string) bool {
	return r.all || r.catalog.Roles.Owns(r.user, r.catalog.Held(name))
}

// allowed refuses a statement that uses what its role may not use. All that reads or writes data asks it
// first; the roles are those of the moment.
func (s *Session) allowed(c *compiled) error {
	r := s.may()
	if r.passed == c {
		return nil
	}
	for _, u := range c.uses {
		if err := s.mayUse(u); err != nil {
			return err
		}
	}
	for _, oid := range c.called {
		if err := s.mayCall(oid); err != nil {
			return err
		}
	}
	r.passed = c
	return nil
}

// mayUse refuses one use of a relation. What is read by a view is its owner's affair, not that of who reads the view.
func (s *Session) mayUse(u *plan.Use) error {
	r := s.may()
	switch {
	case u.Beside && len(u.Columns()) == 0, u.View == "" && r.all:
		return nil
	case u.View != "":
		return s.ownerMayUse(r.catalog.Held(u.View).OwnedBy(), u)
	case u.Relation.Schema != "public":
		return s.mayReadCatalog(s.user, u.Relation)
	case r.schema()&role.Usage == 0:
		return denied("permission denied for schema public")
	case r.table(u.Relation.Name)&u.Privilege == u.Privilege, r.columns(s.user, u):
		return nil
	}
	return r.denied(u.Relation.Name)
}

// ownerMayUse refuses what a view reads that its owner may not. USAGE on the schema is not asked for: he has
// found the relation already.
func (s *Session) ownerMayUse(by string, u *plan.Use) error {
	r := s.may()
	switch {
	case by == role.Owner || r.catalog.Roles.Superuser(by):
		return nil
	case u.Relation.Schema != "public":
		return s.mayReadCatalog(by, u.Relation)
	case r.catalog.Roles.May(by, r.catalog.Held(u.Relation.Name), role.Table)&u.Privilege == u.Privilege, r.columns(by, u):
		return nil
	}
	return r.denied(u.Relation.Name)
}

// columns reports whether a role may use all columns so that a use names, or any column if it names none.
func (r *rights) columns(user string, u *plan.Use) bool {
	held := r.catalog.Held(u.Relation.Name)
	if held == nil || len(held.Columns) == 0 {
		return false
	}
	may := func(column string) bool {
		return r.catalog.Roles.MayColumn(user, held, column)&u.Privilege == u.Privilege
	}
	any := false
	for i, named := range u.Named {
		c := &u.Relation.Columns[i]
		switch {
		case named && !c.WriteOnly && !may(c.Name):
			return false
		case named:
			any = true
		}
	}
	if any {
		return true
	}
	for column := range held.Columns {
		if may(column) {
			return true
		}
	}
	return false
}

// mayReadCatalog refuses what a role may not read of catalogs.
func (s *Session) mayReadCatalog(user string, r *plan.Relation) error {
	switch {
	case r.Schema == "projsql":
		return s.mayMonitor(user, r)
	case r.Schema != "pg_catalog" || catalog.Readable(s.roles(), user, r.Name):
		return nil
	case r.Kind == plan.ViewRelation:
		return denied("permission denied for view %s", r.Name)
	}
	return denied("permission denied for table %s", r.Name)
}

// mayMonitor refuses what tells of the node and its log to those who are to see neither.
func (s *Session) mayMonitor(user string, r *plan.Relation) error {
	set := s.roles()
	if !s.server.tellsOfNode(r) || set.Has(user, role.Monitor) || set.Has(user, role.ReadAll) {
		return nil
	}
	return denied("permission denied for view %s", r.Name)
}

// tellsOfNode reports whether a relation of the schema projsql is the node's own state, or the log's.
func (v *Server) tellsOfNode(r *plan.Relation) bool {
	for _, own := range v.options.Relations {
		if own == r {
			return true
		}
	}
	return r.Name == "frontier"
}

// mayRead refuses to read a relation of the schema public.
func (s *Session) mayRead(relation string) error {
	switch r := s.may(); {
	case r.schema()&role.Usage == 0:
		return denied("permission denied for schema public")
	case r.table(relation)&role.Select == 0:
		return r.denied(relation)
	}
	return nil
}

func (r *rights) denied(relation string) error {
	return denied("permission denied for %s %s", relationWord(r.catalog, relation), relation)
}

// relationWord is what errors call a relation of the schema public.
func relationWord(c *projection.Catalog, name string) string {
	if c.View(name) != nil {
		return "view"
	}
	return "table"
}

// mayConnect refuses who was not granted CONNECT on the database, once it is not everybody's.
func (v *Server) mayConnect(start Startup) error {
	set := v.options.Definitions.Current().Roles
	if start.Trusted || !set.Guarded() || set.May(start.User, set.OfDatabase(), role.Database)&role.Connect != 0 {
		return nil
	}
	return denied("permission denied for database %q", v.options.Database).WithDetail("User does not have CONNECT privilege.")
}

// mayMakeTemporary refuses a session its first object of its own.
func (s *Session) mayMakeTemporary() error {
	r := s.may()
	if r.all || !s.tables.None() || r.catalog.Roles.May(r.user, r.catalog.Roles.OfDatabase(), role.Database)&role.Temporary != 0 {
		return nil
	}
	return denied("permission denied to create temporary tables in database %q", s.server.options.Database)
}

// mayOwn refuses a change of what others have made.
func (s *Session) mayOwn(relation string) error {
	return s.mayOwnAs(relationWord(s.may().catalog, relation), relation)
}

func (s *Session) mayOwnAs(word, relation string) error {
	if s.may().owns(relation) {
		return nil
	}
	return denied("must be owner of %s %s", word, relation)
}

// governed is a command that not everybody may run.
type governed interface{ governs(s *Session) error }

// governs lets those define a projection who may make something in the schema, and read what it is made of: the
// owner reads it whatever he may read of events later.
func (k *createProjection) governs(s *Session) error {
	r := s.may()
	if r.schema()&role.Create == 0 {
		return denied("permission denied for schema public")
	}
	if _, exists := r.catalog.Lookup(k.statement.Name); exists && k.statement.OrReplace {
		if err := s.mayOwn(k.statement.Name); err != nil {
			return err
		}
	}
	return s.mayRead(s.server.events.Name)
}

func (k *dropProjection) governs(s *Session) error {
	for _, name := range k.statement.Names {
		if _, exists := s.may().catalog.Lookup(name); !exists {
			continue
		}
		if err := s.mayOwn(name); err != nil {
			return err
		}
	}
	return nil
}

func (k *alterProjection) governs(s *Session) error {
	if _, exists := s.may().catalog.Lookup(k.statement.Name); !exists {
		return nil
	}
	return s.mayOwn(k.statement.Name)
}

func (k listenCommand) governs(s *Session) error {
	if d, _ := projection.ChannelTarget(k.channel, s.may().catalog.Lookup); d != nil {
		return s.mayRead(d.Name)
	}
	return nil // of what is made later it is told what it may read then
}

func (checkpointCommand) governs(s *Session) error {
	if s.may().all || s.roles().Has(s.user, role.Checkpoint) {
		return nil
	}
	return denied("must be superuser or have privileges of pg_checkpoint to do CHECKPOINT")
}
func (k *alterEventKind) governs(s *Session) error { return s.mayOwn(s.server.events.Name) }

func (k *commentLasting) governs(s *Session) error {
	if k.column != "" {
		return s.mayOwnAs("relation", k.relation)
	}
	return s.mayOwn(k.relation)
}

// superuserOnly refuses a function to all others.
func superuserOnly(ctx context.Context, function string) error {
	if src, ok := sourceFrom(ctx); ok && src.session.may().all {
		return nil
	}
	return denied("permission denied for function %s", function)
}

// using takes note of what a query uses, and whether it is to read at one position.
func (c *compiled) using(r *relations, q *plan.Query) {
	c.reads = c.reads || r.used
	if c.arguments != nil {
		c.touches = append(c.touches, r.found...)
	}
	c.uses = append(c.uses, q.Uses...)
	c.called = append(c.called, q.Called...)
}

// does takes note that the statement does what another in it does.
func (c *compiled) does(inner *compiled) {
	c.freshness, c.contract, c.reads, c.changed = inner.freshness, inner.contract, inner.reads, inner.changed
	c.uses, c.called = inner.uses, inner.called
}

// mayBecome refuses what SET ROLE and SET SESSION AUTHORIZATION may not make of a session: any user where a superuser
// has connected, roles that the session's user is a member of. What it was to begin with ("") it may be again.
func (s *Session) mayBecome(parameter, by, to string) error {
	set := s.roles()
	switch {
	case s.asDefiner:
		return denied("cannot set parameter %q within security-definer function", parameter)
	case to == "", to == s.start.User && (parameter == "session_authorization" || by == to):
		return nil
	case !set.Exists(to) && to != owner:
		return sqlstate.New(sqlstate.InvalidParameterValue, "role %q does not exist", to)
	case parameter == "session_authorization" && !s.trusted() && !set.Superuser(s.start.User):
		return denied("permission denied to set session authorization")
	case parameter == "session_authorization", s.trusted() && by == s.start.User:
		return nil
	case !set.Member(by, to):
		return denied("permission denied to set role %q", to)
	}
	return nil
}

// owner is the role that owns what no other does.
const owner = "projsql"
