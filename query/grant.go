package query

import (
	"cmp"
	"context"
	"errors"
	"slices"
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
	grant     role.Grant
	columns   []columnGrant
}

// columnGrant is what a GRANT says of single columns.
type columnGrant struct {
	privileges role.Privileges
	columns    []string
}

// grantKinds are the kinds of objects that there are privileges on here.
var grantKinds = map[pg.ObjectType]role.Kind{
	pg.ObjectType_OBJECT_TABLE: role.Table, pg.ObjectType_OBJECT_SCHEMA: role.Schema, pg.ObjectType_OBJECT_DATABASE: role.Database,
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
				return unsupported(c.sql, int32(c.statement.Start), "%s on relations of the schema %s is not supported", k.tag(), k.schema)
			}
		}
		if k.kind = kind; !known { // of what every schema has none
			k.kind = defaultKinds[n.GetObjtype()]
		}
	case !known:
		return unsupported(c.sql, int32(c.statement.Start), "%s on a %s is not supported", k.tag(), strings.ToLower(objectWord(n.GetObjtype()))).
			WithHint("There are privileges on tables, the schema public and the database.")
	case kind == role.Table:
		k.kind = kind
		return k.named(s, c)
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
		one, err := privilegeOn(p.GetPrivName(), k.kind)
		if err != nil {
			return err
		}
		k.grant.Privileges |= one
	}
	return nil
}

// privilegeOn is the privilege of a name, which there must be on a kind of objects.
func privilegeOn(name string, kind role.Kind) (role.Privileges, error) {
	p := role.PrivilegeNamed(strings.ToUpper(name))
	if p == 0 {
		return 0, sqlstate.New(sqlstate.SyntaxError, "unrecognized privilege type %q", name)
	}
	if p&kind.All() == 0 {
		word := kindWords[kind]
		if kind == role.Table && p != role.Usage {
			word = "relation"
		}
		return 0, sqlstate.New(sqlstate.InvalidGrantOperation, "invalid privilege type %s for %s", p, word)
	}
	return p, nil
}

func (k *grantCommand) onColumns(p *pg.AccessPriv) error {
	if k.kind != role.Table {
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
	for _, r := range k.over(s, c) {
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

// heldOf says which relation an object is said of.
func heldOf(c *projection.Catalog, relation string, o *role.Object) *role.Object {
	made := *o
	made.Of = c.Which(relation)
	return &made
}

// over are the relations that the statement is about.
func (k *grantCommand) over(s *Session, c *projection.Catalog) []*plan.Relation {
	if k.schema == "" {
		return k.relations
	}
	all := []*plan.Relation{s.server.eventsIn(c)}
	find := s.relations(c)
	for _, d := range c.All() {
		all = append(all, find.projection(d))
	}
	for _, v := range c.AllViews() {
		all = append(all, viewInPublic(v))
	}
	return all
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
