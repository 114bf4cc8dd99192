package query

import (
	"cmp"
	"context"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// grantCommand is GRANT and REVOKE of privileges on objects.
type grantCommand struct {
	statement *pg.GrantStmt
	kind      role.Kind
	// relations are those that are named; nil: the objects are others.
	relations []*plan.Relation
	schema    string // ALL TABLES IN SCHEMA
	routines  []functionName
	grant     role.Grant
	columns   []columnGrant
	later     bool // what is granted on is still to be made
}

// columnGrant is what a GRANT says of single columns.
type columnGrant struct {
	privileges role.Privileges
	columns    []string
}

// grantKinds are the kinds of objects that there are privileges on here.
var grantKinds = map[pg.ObjectType]role.Kind{
	pg.ObjectType_OBJECT_TABLE: role.Table, pg.ObjectType_OBJECT_SCHEMA: role.Schema, pg.ObjectType_OBJECT_DATABASE: role.Database,
	pg.ObjectType_OBJECT_FUNCTION: role.Functions, pg.ObjectType_OBJECT_PROCEDURE: role.Functions, pg.ObjectType_OBJECT_ROUTINE: role.Functions,
}

// kindWords are what errors call them.
var kindWords = map[role.Kind]string{
	role.Table: "table", role.Schema: "schema", role.Database: "database", role.Sequences: "sequence", role.Functions: "function", role.Types: "type",
}

func (k *grantCommand) tag() string {
	if k.statement.GetIsGrant() {
		return "GRANT"
	}
	return "REVOKE"
}

func (s *Session) bindGrant(c *compiled, n *pg.GrantStmt) error {
	k := &grantCommand{statement: n}
	c.command = k
	if err := s.grantor(n.GetGrantor()); err != nil {
		return err
	}
	if err := k.objects(s, c); err != nil {
		return err
	}
	var err error
	if k.grant, err = s.grantOf(n, k.kind); err != nil {
		return err
	}
	return k.privileges()
}

// grantor is what GRANTED BY may say: who grants.
func (s *Session) grantor(by *pg.RoleSpec) error {
	if by == nil {
		return nil
	}
	name, err := s.nameOf(by)
	switch {
	case err != nil:
		return err
	case !s.roles().Exists(name) && name != s.user:
		return missingRole(name)
	case name != s.user:
		return sqlstate.New(sqlstate.FeatureNotSupported, "grantor must be current user")
	}
	return nil
}

// objects finds what is granted on.
func (k *grantCommand) objects(s *Session, c *compiled) error {
	n := k.statement
	kind, known := grantKinds[n.GetObjtype()]
	all := n.GetTargtype() == pg.GrantTargetType_ACL_TARGET_ALL_IN_SCHEMA
	switch {
	case all:
		for _, o := range n.GetObjects() {
			if err := s.schemaThere(o.GetString_().GetSval()); err != nil {
				return err
			}
			k.schema = o.GetString_().GetSval()
			if k.schema != "public" && known {
				return unsupported(c.sql, int32(c.statement.Start), "%s on %s of the schema %s is not supported", k.tag(), map[role.Kind]string{role.Table: "relations"}[kind]+map[role.Kind]string{role.Functions: "functions"}[kind], k.schema)
			}
		}
		if k.kind = kind; !known { // of what every schema has none
			k.kind = defaultKinds[n.GetObjtype()]
		}
	case !known:
		return unsupported(c.sql, int32(c.statement.Start), "%s on a %s is not supported", k.tag(), strings.ToLower(objectWord(n.GetObjtype()))).
			WithHint("There are privileges on tables, functions, the schema public and the database.")
	case kind == role.Table:
		k.kind = kind
		return k.named(s, c)
	case kind == role.Functions:
		k.kind = kind
		return k.namedRoutines(s, c)
	default:
		k.kind = kind
		for _, o := range n.GetObjects() {
			if err := k.onlyOne(s, c, o.GetString_().GetSval()); err != nil {
				return err
			}
		}
	}
	return nil
}

// onlyOne checks the name of the schema or the database.
func (k *grantCommand) onlyOne(s *Session, c *compiled, name string) error {
	switch {
	case k.kind == role.Database && name != s.server.options.Database:
		return sqlstate.New(sqlstate.InvalidCatalogName, "database %q does not exist", name)
	case k.kind == role.Schema && name != "public":
		if err := s.schemaThere(name); err != nil {
			return err
		}
		return unsupported(c.sql, int32(c.statement.Start), "%s on the schema %s is not supported", k.tag(), name)
	}
	return nil
}

// named finds the relations that are named.
func (k *grantCommand) named(s *Session, c *compiled) error {
	for _, o := range k.statement.GetObjects() {
		r := o.GetRangeVar()
		if s.namesIndex(r) {
			return sqlstate.New(sqlstate.WrongObjectType, "%q is an index", r.GetRelname())
		}
		found, err := s.relationNamed(c, r)
		if err != nil {
			return err
		}
		if found.Schema != "public" {
			return unsupported(c.sql, r.GetLocation(), "%s on a relation of the schema %s is not supported", k.tag(), found.Schema)
		}
		k.relations = append(k.relations, found)
	}
	return nil
}

// grantOf reads what a GRANT or REVOKE says, but for its privileges.
func (s *Session) grantOf(n *pg.GrantStmt, kind role.Kind) (role.Grant, error) {
	g := role.Grant{
		Revoke: !n.GetIsGrant(), Option: n.GetGrantOption(), Cascade: n.GetBehavior() == pg.DropBehavior_DROP_CASCADE,
		All: n.GetPrivileges() == nil, Privileges: kind.All(),
	}
	for _, node := range n.GetGrantees() {
		to, err := s.grantee(node.GetRoleSpec())
		switch {
		case err != nil:
			return g, err
		case to == role.Public && !g.Revoke && g.Option:
			return g, sqlstate.New(sqlstate.InvalidGrantOperation, "grant options can only be granted to roles")
		}
		g.To = append(g.To, to)
	}
	return g, nil
}

// grantee is who a GRANT names, as an ACL has him.
func (s *Session) grantee(r *pg.RoleSpec) (string, error) {
	if r.GetRoletype() == pg.RoleSpecType_ROLESPEC_PUBLIC {
		return role.Public, nil
	}
	name, err := s.nameOf(r)
	if err != nil {
		return "", err
	}
	return s.held(name)
}

// held is the name of a role as ACLs have it: who owns everything is a role to them that nobody has to make.
func (s *Session) held(name string) (string, error) {
	switch {
	case s.roles().Exists(name):
		return name, nil
	case name == owner || name == s.user:
		return role.Owner, nil
	}
	return "", missingRole(name)
}

// privileges reads the privileges.
func (k *grantCommand) privileges() error {
	list := k.statement.GetPrivileges()
	if list == nil {
		return nil
	}
	k.grant.Privileges = 0
	for _, node := range list {
		p := node.GetAccessPriv()
		if len(p.GetCols()) > 0 {
			if err := k.onColumns(p); err != nil {
				return err
			}
			continue
		}
		one, err := k.privilegeOn(p.GetPrivName())
		if err != nil {
			return err
		}
		k.grant.Privileges |= one
	}
	return nil
}

// privilegeOn is the privilege of a name, which there must be on the kind of objects.
func (k *grantCommand) privilegeOn(name string) (role.Privileges, error) {
	p := role.PrivilegeNamed(strings.ToUpper(name))
	if p == 0 {
		return 0, sqlstate.New(sqlstate.SyntaxError, "unrecognized privilege type %q", name)
	}
	if p&k.kind.All() == 0 {
		word := kindWords[k.kind]
		if k.kind == role.Table && (p != role.Usage || k.later) {
			word = "relation"
		}
		return 0, sqlstate.New(sqlstate.InvalidGrantOperation, "invalid privilege type %s for %s", p, word)
	}
	return p, nil
}

func (k *grantCommand) onColumns(p *pg.AccessPriv) error {
	switch {
	case k.later:
		return sqlstate.New(sqlstate.InvalidGrantOperation, "default privileges cannot be set for columns")
	case k.kind != role.Table:
		return sqlstate.New(sqlstate.InvalidGrantOperation, "column privileges are only valid for relations")
	}
	g := columnGrant{privileges: role.OnColumn, columns: stringsOf(p.GetCols())}
	if p.GetPrivName() != "" {
		if g.privileges = role.PrivilegeNamed(strings.ToUpper(p.GetPrivName())); g.privileges == 0 {
			return sqlstate.New(sqlstate.SyntaxError, "unrecognized privilege type %q", p.GetPrivName())
		}
		if g.privileges&role.OnColumn == 0 {
			return sqlstate.New(sqlstate.InvalidGrantOperation, "invalid privilege type %s for column", g.privileges)
		}
	}
	k.columns = append(k.columns, g)
	return nil
}

// stringsOf are the texts of a list of names.
func stringsOf(list []*pg.Node) (all []string) {
	for _, n := range list {
		all = append(all, n.GetString_().GetSval())
	}
	return all
}

func (k *grantCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	var told notices
	err := s.changeHeld(ctx, k.tag(), func(c *projection.Catalog) (*role.Set, error) {
		told = nil
		return k.change(s, c, &told)
	})
	return result{tag: k.tag()}, cmp.Or(err, told.tell(s, x))
}

func (k *grantCommand) change(s *Session, c *projection.Catalog, told *notices) (*role.Set, error) {
	set := c.Roles
	g := &granting{session: s, grant: k.grant, told: told}
	switch {
	case k.kind == role.Functions:
		return k.onRoutines(g, s, c)
	case k.schema != "" && k.kind != role.Table:
		return set, nil
	case k.kind == role.Schema:
		o, err := g.all(set, set.OfSchema(), role.Schema, "public")
		if err != nil || o == set.OfSchema() {
			return set, err
		}
		return set.WithSchema(o), nil
	case k.kind == role.Database:
		o, err := g.all(set, set.OfDatabase(), role.Database, s.server.options.Database)
		if err != nil || o == set.OfDatabase() {
			return set, err
		}
		return set.WithDatabase(o), nil
	}
	all, err := k.over(s, c)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		was := c.Held(r.Name)
		o, err := k.relation(g, set, was, r)
		if err != nil {
			return nil, err
		}
		if o != was {
			set = set.WithRelation(r.Name, heldOf(c, r.Name, o))
		}
	}
	return set, nil
}
