package query_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// granted is one privilege on a relation that one role has from another.
type granted struct {
	by, to, privilege string
}

// grants is a model of an access control list: who has what from whom, and may grant it to others. The owner is
// "owner", which is in no other role.
type grants struct {
	may, option map[granted]bool
	in          map[string][]string // the roles that a role is in, itself first, the nearest before others
}

// has reports whether a role has a privilege, with the right to grant it or without.
func (g *grants) has(who, privilege string, option bool) bool {
	if who == "owner" {
		return option || g.holds(who, privilege, false)
	}
	return g.holds(who, privilege, option)
}

func (g *grants) holds(who, privilege string, option bool) bool {
	all := g.may
	if option {
		all = g.option
	}
	for one := range all {
		if one.privilege == privilege && (one.to == "public" && !option || slices.Contains(g.in[who], one.to)) {
			return true
		}
	}
	return false
}

// grantor is as whom a role grants: the nearest of its roles that may; "": none does.
func (g *grants) grantor(who, privilege string) string {
	if who == "owner" {
		return who
	}
	for _, role := range g.in[who] {
		for one := range g.option {
			if one.privilege == privilege && one.to == role {
				return role
			}
		}
	}
	return ""
}

// settle takes away what a role has granted that may not any more, and so on; without cascade it reports whether there is
// such a thing. As in PostgreSQL nobody else is looked at, though he may have granted as a member of the role.
func (g *grants) settle(from, privilege string, cascade bool) (ok bool) {
	if g.has(from, privilege, true) {
		return true
	}
	for one := range maps.Clone(g.may) {
		if one.by != from || one.privilege != privilege || !g.may[one] {
			continue
		}
		if !cascade {
			return false
		}
		could := g.option[one]
		delete(g.may, one)
		delete(g.option, one)
		if could {
			g.settle(one.to, privilege, true)
		}
	}
	return true
}

func (g *grants) clone() *grants {
	made := &grants{may: map[granted]bool{}, option: map[granted]bool{}, in: g.in}
	for one := range g.may {
		made.may[one] = true
	}
	for one := range g.option {
		made.option[one] = true
	}
	return made
}

// grant returns what is left of the lists; "" of code is success, done or with a warning that nothing was done.
func (g *grants) grant(who, to, privilege string, option bool) (*grants, string) {
	made := g.clone()
	by := g.grantor(who, privilege)
	if by == "" {
		return g, ""
	}
	one := granted{by, to, privilege}
	if option {
		if by != "owner" { // would he have it if who is to have it had it not?
			rest := g.clone()
			for other := range g.option {
				if other.to == to && other.privilege == privilege {
					delete(rest.option, other)
				}
			}
			rest.settle(to, privilege, true)
			if !rest.has(by, privilege, true) {
				return g, "0LP01"
			}
		}
		made.option[one] = true
	}
	made.may[one] = true
	return made, ""
}

func (g *grants) revoke(who, to, privilege string, option, cascade bool) (*grants, string) {
	made := g.clone()
	by := g.grantor(who, privilege)
	if by == "" {
		return g, ""
	}
	one := granted{by, to, privilege}
	delete(made.option, one)
	if !option {
		delete(made.may, one)
	}
	if !made.settle(to, privilege, cascade) {
		return g, "2BP01"
	}
	return made, ""
}

// TestPrivilegesAreTheModels: whatever is granted and revoked, by whom and with what cascading, has_table_privilege and
// what statements may do are what a model of the grants says.
func TestPrivilegesAreTheModels(t *testing.T) {
	n := startNode(t)
	admin := n.sessionOf(t, "root", nil)
	must := func(s *query.Session, sql string) string {
		t.Helper()
		out := &recorder{}
		if err := s.Simple(t.Context(), sql, out); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return out.String()
	}
	roles := []string{"owner", "ann", "bob", "cid", "team", "club"}
	must(admin, "CREATE ROLE root SUPERUSER LOGIN PASSWORD 'x'")
	for _, name := range roles {
		must(admin, "CREATE ROLE "+name)
	}
	must(admin, "GRANT team TO ann; GRANT club TO team; GRANT club TO bob; CREATE ROLE apart NOINHERIT; GRANT club TO apart")
	in := map[string][]string{
		"owner": {"owner"}, "ann": {"ann", "team", "club"}, "bob": {"bob", "club"}, "cid": {"cid"}, "team": {"team", "club"}, "club": {"club"}, "apart": {"apart"},
	}
	privileges := []string{"SELECT", "INSERT"}
	check := func(t *rapid.T) {
		must(admin, "CREATE OR REPLACE PROJECTION p (n int) WHEN 'add' THEN DELETE; DROP PROJECTION p; CREATE PROJECTION p (n int) WHEN 'add' THEN DELETE; ALTER TABLE p OWNER TO owner")
		g := &grants{may: map[granted]bool{}, option: map[granted]bool{}, in: in}
		for _, p := range privileges {
			g.may[granted{"owner", "owner", p}] = true
		}
		for range rapid.IntRange(1, 30).Draw(t, "statements") {
			p := rapid.SampledFrom(privileges).Draw(t, "privilege")
			able := slices.DeleteFunc(slices.Clone(roles), func(r string) bool { return r == "owner" || !g.has(r, p, true) })
			who := rapid.SampledFrom(append(append(able, able...), roles...)).Draw(t, "who")
			to := rapid.SampledFrom(append(slices.Clone(roles), "public")).Draw(t, "to")
			option := rapid.IntRange(0, 3).Draw(t, "option") > 0 && to != "public"
			sql, code := "", ""
			if !g.any(who, privileges) {
				code = "42501"
			}
			next := g
			if rapid.IntRange(0, 2).Draw(t, "revoke") == 2 {
				if there := g.list(); len(there) > 0 && rapid.IntRange(0, 3).Draw(t, "there") > 0 {
					one := rapid.SampledFrom(there).Draw(t, "one")
					who, to, p, option, code = one.by, one.to, one.privilege, option && one.to != "public", ""
				}
				cascade := rapid.Bool().Draw(t, "cascade")
				sql = "REVOKE " + map[bool]string{true: "GRANT OPTION FOR "}[option] + p + " ON p FROM " + to + map[bool]string{true: " CASCADE"}[cascade]
				if code == "" {
					next, code = g.revoke(who, to, p, option, cascade)
				}
			} else {
				sql = "GRANT " + p + " ON p TO " + to + map[bool]string{true: " WITH GRANT OPTION"}[option]
				if code == "" {
					next, code = g.grant(who, to, p, option)
				}
			}
			must(admin, "SET ROLE "+who)
			err := admin.Simple(t.Context(), sql, &recorder{})
			must(admin, "RESET ROLE")
			if got := stateOf(err); got != code {
				t.Fatalf("%s: %s is %q, want %q", who, sql, got, code)
			}
			g = next
			ask, want := g.questions(append(slices.Clone(roles), "apart", "public"), privileges)
			if got := must(admin, ask); !strings.Contains(got, "\n"+want+"\n") {
				t.Fatalf("after %s: %s\n%s\n%s\n%s", who, sql, ask, got, want)
			}
		}
		for _, name := range append(slices.Clone(roles), "apart") {
			must(admin, "SET ROLE "+name)
			err := admin.Simple(t.Context(), "SELECT count(*) FROM p", &recorder{})
			must(admin, "RESET ROLE")
			if (err == nil) != g.has(name, "SELECT", false) {
				t.Fatalf("%s reads: %v", name, err)
			}
		}
	}
	rapid.Check(t, check)
}

// list are those that the owner has not by himself, in an order.
func (g *grants) list() (all []granted) {
	for one := range g.may {
		if one.to != "owner" {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b granted) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// questions asks for all that roles have, and has the answer.
func (g *grants) questions(roles, privileges []string) (ask, want string) {
	var asks, wants []string
	for _, name := range roles {
		for _, p := range privileges {
			for _, option := range []string{"", " WITH GRANT OPTION"} {
				asks = append(asks, fmt.Sprintf("has_table_privilege('%s', 'p', '%s%s')", name, p, option))
				wants = append(wants, fmt.Sprintf("%.1s", fmt.Sprint(g.has(name, p, option != ""))))
			}
		}
	}
	return "SELECT " + strings.Join(asks, ", "), strings.Join(wants, " | ")
}

// any reports whether a role has something of the relation.
func (g *grants) any(who string, privileges []string) bool {
	return slices.ContainsFunc(privileges, func(p string) bool { return g.has(who, p, false) || g.has(who, p, true) })
}

// stateOf is the SQLSTATE of an error; "" of none.
func stateOf(err error) string {
	if err == nil {
		return ""
	}
	return string(codeOf(err))
}

// grantedStill is a node that serves one state, with a role that may read the projection and nothing else.
func grantedStill(t *testing.T) *still {
	t.Helper()
	s := newStill()
	set := (&role.Set{}).With(&role.Role{Name: "root", Superuser: true}, &role.Role{Name: "ann", Inherit: true, Connections: -1, MemberOf: map[string]bool{"readers": false}}, &role.Role{Name: "readers"})
	o, _, err := set.Granted(nil, role.Table, role.Grant{Super: true, Privileges: role.Select, To: []string{"readers"}})
	if err != nil {
		t.Fatal(err)
	}
	set = set.WithRelation("account", o)
	set.Version = 7
	s.catalog = projection.NewCatalog(1, projection.Contents{Definitions: map[string]*projection.Definition{"account": s.definition}, Roles: set})
	return s
}

// TestGrantedReadsCostNothing: whoever reads by a grant to a role that he is in.
func TestGrantedReadsCostNothing(t *testing.T) {
	b := grantedStill(t)
	server, err := query.NewServer(query.Options{Backend: b, Definitions: b})
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := server.Open(t.Context(), query.Startup{User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	pointReadAllocates(t, s, pointRead)
}

// TestGrantedViewsCostNothing: nor whoever reads a view by such a grant, that reads by a grant to its owner.
func TestGrantedViewsCostNothing(t *testing.T) {
	b := grantedStill(t)
	c := b.catalog
	view := &projection.View{
		Name: "seen", SQL: "SELECT account.entity, account.balance FROM public.account", Reads: []string{"account"}, Age: 3,
		Columns: []projection.ViewColumn{{Name: "entity", Type: uint32(types.TextOID), Mod: -1}, {Name: "balance", Type: uint32(types.Int8OID), Mod: -1}},
	}
	set := c.Roles.With(&role.Role{Name: "bi", Connections: -1, MemberOf: map[string]bool{"team": false}, Inherit: true}, &role.Role{Name: "team"})
	o, _, err := set.Granted(&role.Object{Owner: "readers", Of: 3}, role.Table, role.Grant{Super: true, Privileges: role.Select, To: []string{"team"}})
	if err != nil {
		t.Fatal(err)
	}
	b.catalog = projection.NewCatalog(2, projection.Contents{Definitions: c.Definitions, Roles: set.WithRelation("seen", o), Views: map[string]*projection.View{"seen": view}, ViewsVersion: 4})
	server, err := query.NewServer(query.Options{Backend: b, Definitions: b})
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := server.Open(t.Context(), query.Startup{User: "bi"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Simple(t.Context(), "SELECT * FROM account", &recorder{}); stateOf(err) != "42501" {
		t.Errorf("what the view reads: %v", err)
	}
	pointReadAllocates(t, s, "SELECT balance FROM seen WHERE entity = $1")
}

// TestConnectIsGranted: once CONNECT is not everybody's, whoever was granted it connects, and superusers.
func TestConnectIsGranted(t *testing.T) {
	b := grantedStill(t)
	set := b.catalog.Roles
	d, _, err := set.Granted(nil, role.Database, role.Grant{Super: true, Revoke: true, Privileges: role.Connect, To: []string{role.Public}})
	if err == nil {
		d, _, err = set.Granted(d, role.Database, role.Grant{Super: true, Privileges: role.Connect, To: []string{"readers"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	set = set.With(&role.Role{Name: "bob"}).WithDatabase(d)
	b.catalog = projection.NewCatalog(2, projection.Contents{Roles: set})
	server, err := query.NewServer(query.Options{Backend: b, Definitions: b})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		start query.Startup
		want  string
	}{
		{query.Startup{User: "ann"}, ""}, {query.Startup{User: "root"}, ""}, {query.Startup{User: "anybody", Trusted: true}, ""}, {query.Startup{User: "bob"}, "42501"},
	} {
		if _, _, err := server.Open(t.Context(), c.start); stateOf(err) != c.want {
			t.Errorf("%+v: %v, want %q", c.start, err, c.want)
		}
	}
}

// TestOtherRolesAreNoAnswer: a read that is confirmed on its way was allowed by the roles that both nodes have, and
// by those that this node has by then.
func TestOtherRolesAreNoAnswer(t *testing.T) {
	b := grantedStill(t)
	server, err := query.NewServer(query.Options{Backend: b, Definitions: b})
	if err != nil {
		t.Fatal(err)
	}
	node, _, err := server.Open(t.Context(), query.Startup{User: hop.User, Trusted: true})
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[uint64]string{7: "", 6: "55000", 0: "55000"} {
		g := projection.Given{Definition: 1, Vouch: projection.Vouch{Node: "n2", Term: 3, Roles: version}, Cut: projection.Cut{Newest: true, OccurredBy: event.NoTime}}
		const sql = "SELECT balance FROM project('account', 'a') WITH FRESHNESS AT CUT $1"
		out := &recorder{}
		err := cmp.Or(node.Prepare(t.Context(), "", sql, nil, out), node.Bind(t.Context(), "", "", []int16{1}, [][]byte{hop.AppendGiven(nil, &g)}, nil))
		if err == nil {
			err = node.Execute(t.Context(), "", 0, out)
		}
		_ = node.Sync(t.Context(), err != nil)
		if stateOf(err) != want {
			t.Errorf("allowed by version %d: %v, want %q", version, err, want)
		}
	}
	o := projection.Outcome{Generation: 9, Strategy: projection.GroupLocalHit, Cache: projection.Hit, Observed: projection.Fresh}
	r := &routed{still: b, answer: func(s *hop.Statement) (hop.Answer, error) {
		if s.Roles != 7 {
			t.Errorf("asked as allowed by version %d", s.Roles)
		}
		set := (&role.Set{}).With(b.catalog.Roles.Get("ann")) // which may nothing any more
		b.catalog = projection.NewCatalog(2, projection.Contents{Definitions: b.catalog.Definitions, Roles: set})
		return hop.Answer{Proof: string(hop.AppendProof(nil, &o, "other"))}, nil
	}}
	server, err = query.NewServer(query.Options{Backend: &confirming{routed: r, cut: "77 55"}, Definitions: b})
	if err != nil {
		t.Fatal(err)
	}
	ann, _, err := server.Open(t.Context(), query.Startup{User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ann.Simple(t.Context(), "SELECT balance FROM project('account', 'a')", &recorder{}); stateOf(err) != "42501" {
		t.Errorf("after a REVOKE: %v", err)
	}
}
