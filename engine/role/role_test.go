package role_test

import (
	"strings"
	"testing"

	"github.com/xdg-go/scram"

	"github.com/projsql/projsql/engine/role"
)

// proves reports whether a client that knows the password convinces a server that has the verifier.
func proves(t *testing.T, verifier, password string) bool {
	t.Helper()
	credentials, ok := role.Credentials(verifier)
	if !ok {
		t.Fatalf("no verifier: %q", verifier)
	}
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return credentials, nil })
	if err != nil {
		t.Fatal(err)
	}
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours := client.NewConversation(), server.NewConversation()
	said := ""
	for range 2 {
		if said, err = theirs.Step(said); err != nil {
			return false
		}
		if said, err = ours.Step(said); err != nil {
			return false
		}
	}
	_, err = theirs.Step(said)
	return err == nil && ours.Valid() && theirs.Valid()
}

// TestVerifier: a password convinces, another does not, and neither does it of what PostgreSQL stores.
func TestVerifier(t *testing.T) {
	for _, password := range []string{"secret", "pässword ½", "x"} {
		v, err := role.NewVerifier(password)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := role.NewVerifier(password)
		if v == again {
			t.Errorf("%q: no salt", password)
		}
		if !proves(t, v, password) || proves(t, v, password+"x") {
			t.Errorf("%q: %s", password, v)
		}
	}
	// CREATE ROLE r PASSWORD 'correct horse' in PostgreSQL 15
	const theirs = "SCRAM-SHA-256$4096:FTNui3tqy4+YqBrK8vYPlA==$oh4AEmoRZW1UbXGi0JXIf9qoyirRWKvNOr26kIzbzbA=:vqPswd3hapezVPBGEEOQ0VBq8XTg1AYSlKSLZ8EzluE="
	if !proves(t, theirs, "correct horse") || proves(t, theirs, "battery staple") {
		t.Error("PostgreSQL's verifier")
	}
	for _, bad := range []string{
		"", "secret", "SCRAM-SHA-256$4096:c2FsdA==$a2V5:a2V5", "SCRAM-SHA-256$0:" + theirs[19:], "SCRAM-SHA-1" + theirs[13:],
		"SCRAM-SHA-256$4096:###$" + theirs[44:],
	} {
		if _, ok := role.Credentials(bad); ok {
			t.Errorf("%q is taken for a verifier", bad)
		}
	}
}

// TestSet: who is a member of what, through whom, and what is left without a role.
func TestSet(t *testing.T) {
	var none *role.Set
	if none.Guarded() || !none.Superuser("anybody") || !none.Administered() || none.Superuser(role.ReadAll) {
		t.Error("no roles")
	}
	member := func(names ...string) map[string]bool {
		of := map[string]bool{}
		for _, name := range names {
			of[name] = false
		}
		return of
	}
	set := none.With(
		&role.Role{Name: "root", Superuser: true, Login: true, Verifier: "v"},
		&role.Role{Name: "ann", Inherit: true, MemberOf: member("team")},
		&role.Role{Name: "team", MemberOf: member("readers")},
		&role.Role{Name: "readers", Inherit: true, MemberOf: member(role.Monitor, role.ReadAll)},
		&role.Role{Name: "chief", Inherit: true, MemberOf: map[string]bool{"team": true}},
	)
	for _, c := range []struct {
		name, of    string
		member, has bool
	}{
		{"root", "team", true, true},
		{"ann", "ann", true, true},
		{"ann", "team", true, true},
		{"ann", "readers", true, false}, // team does not inherit
		{"ann", role.ReadAll, true, false},
		{"readers", role.ReadAll, true, true},
		{"readers", role.ReadStat, true, true}, // by pg_monitor
		{"readers", role.WriteAll, false, false},
		{"team", "ann", false, false},
		{"nobody", role.ReadAll, false, false},
	} {
		if m, h := set.Member(c.name, c.of), set.Has(c.name, c.of); m != c.member || h != c.has {
			t.Errorf("%s of %s: %t, %t", c.name, c.of, m, h)
		}
	}
	if !set.Grants("chief", "team") || set.Grants("ann", "team") || !set.Grants("root", "team") {
		t.Error("admin options")
	}
	renamed := set.Renamed("team", "squad")
	if !renamed.Member("ann", "squad") || renamed.Exists("team") || !renamed.Grants("chief", "squad") || set.Exists("squad") {
		t.Error("renamed")
	}
	if left := set.Without("team"); left.Member("ann", "readers") || left.Exists("team") || !set.Exists("team") {
		t.Error("without team")
	}
	if set.Without("root").Administered() || !set.Administered() {
		t.Error("administered")
	}
}

// TestRecord: roles come back from the catalog as they were; what is not understood keeps everybody out.
func TestRecord(t *testing.T) {
	set := (&role.Set{}).With(&role.Role{Name: "ann", Inherit: true, Connections: -1, MemberOf: map[string]bool{"b": true}}).
		WithSettings(map[string]string{"work_mem": "4MB"})
	value, err := set.Record()
	if err != nil {
		t.Fatal(err)
	}
	back, err := role.ParseRecord(value, 7)
	if err != nil || !back.Get("ann").Inherit || back.Get("ann").Connections != -1 || !back.Get("ann").MemberOf["b"] || back.Start("ann")["work_mem"] != "4MB" {
		t.Errorf("%v, %v", back, err)
	}
	if value, err := (&role.Set{}).Record(); value != nil || err != nil {
		t.Errorf("no roles: %q, %v", value, err)
	}
	for _, bad := range []string{"", "projsql roles 3\n{}", "projsql roles 1\n{"} {
		if _, err := role.ParseRecord([]byte(bad), 7); err == nil {
			t.Errorf("%q is understood", bad)
		}
	}
	if u := role.Unreadable(); !u.Guarded() || u.Superuser("root") || u.Has("root", role.ReadAll) {
		t.Error("roles that are not understood let somebody in")
	}
}

// TestOldReleases: a release that knows no privileges reads the roles and leaves the privileges out, unless it would
// let everybody do what is withheld here; what it made is granted to nobody.
func TestOldReleases(t *testing.T) {
	set := (&role.Set{}).With(&role.Role{Name: "ann"}, &role.Role{Name: "bob"})
	o, _, err := set.Granted(nil, role.Table, role.Grant{Super: true, Privileges: role.Select, To: []string{"ann"}})
	if err != nil {
		t.Fatal(err)
	}
	o = o.Kept(func(string) bool { return true })
	value, err := set.WithRelation("account", o).Record()
	if err != nil || !strings.HasPrefix(string(value), "projsql roles 1\n") {
		t.Fatalf("%s, %v", value, err)
	}
	back, err := role.ParseRecord(value, 7)
	if err != nil || back.Of() != 7 || back.Relation("account").Of != 7 || back.May("ann", back.Relation("account"), role.Table) != role.Select || back.May("bob", back.Relation("account"), role.Table) != 0 {
		t.Errorf("%+v, %v", back, err)
	}
	value, _ = back.Record()
	if later, err := role.ParseRecord(value, 9); err != nil || later.Relation("account").Of != 7 {
		t.Errorf("put again: %s, %v", value, err)
	}
	d, _, err := set.Granted(nil, role.Database, role.Grant{Super: true, Revoke: true, Privileges: role.Connect, To: []string{role.Public}})
	if err != nil {
		t.Fatal(err)
	}
	closed := set.WithDatabase(d)
	if value, _ = closed.Record(); !strings.HasPrefix(string(value), "projsql roles 2\n") {
		t.Errorf("an older release lets everybody in by %s", value)
	}
	if back, err := role.ParseRecord(value, 7); err != nil || back.May("ann", back.OfDatabase(), role.Database) != role.Temporary {
		t.Errorf("%+v, %v", back, err)
	}
	if left := back.Without("ann"); left.May("ann", left.Relation("account"), role.Table) != 0 {
		t.Error("who is gone leaves his privileges to the next of his name")
	}
}
