package projsql_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql"
)

// serveRoles opens a DB that is served over TCP, with TLS, and over a Unix-domain socket.
func serveRoles(t *testing.T, o projsql.Options) (db *projsql.DB, tcp, unix string) {
	t.Helper()
	o.Dir, o.NodeName = t.TempDir(), "one"
	db, err := projsql.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	outer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	local, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 2)
	for _, l := range []net.Listener{outer, local} {
		go func() { served <- db.ServePG(ctx, l) }()
	}
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-served, <-served, db.Close()); err != nil {
			t.Error(err)
		}
	})
	host, port, _ := net.SplitHostPort(outer.Addr().String())
	return db, "dbname=projsql host=" + host + " port=" + port, "dbname=projsql port=5432 host=" + dir
}

// newCertificate is one that its server has signed itself.
func newCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// codeOf is the SQLSTATE of connecting, "" if that is done.
func codeOf(t *testing.T, settings ...string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), strings.Join(settings, " "))
	if err == nil {
		defer conn.Close(context.Background())
		_, err = conn.Exec(t.Context(), "SELECT 1")
	}
	return stateOf(t, err)
}

func stateOf(t *testing.T, err error) string {
	t.Helper()
	var pgErr *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &pgErr):
		return pgErr.Code
	}
	t.Fatal(err)
	return ""
}

// TestPasswords: once there are roles, who connects proves a password, whatever way it comes by.
func TestPasswords(t *testing.T) {
	t.Parallel()
	certificate := newCertificate(t)
	db, tcp, unix := serveRoles(t, projsql.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}})
	if code := codeOf(t, tcp, "user=anybody sslmode=disable"); code != "" {
		t.Fatalf("without roles: %s", code)
	}
	inner := connect(t, db)
	for _, sql := range []string{
		"CREATE ROLE root SUPERUSER LOGIN PASSWORD 'secret'",
		"CREATE USER ann PASSWORD 'pässword' CONNECTION LIMIT 1",
		"CREATE USER late PASSWORD 'x' VALID UNTIL '2020-01-01'",
		"CREATE USER bare",
		"CREATE ROLE team PASSWORD 'x'",
	} {
		if _, err := inner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ settings, want string }{
		{tcp + " sslmode=disable user=root password=secret", ""},
		{tcp + " sslmode=require user=root password=secret", ""},
		{tcp + " sslmode=disable user=root password=wrong", "28P01"},
		{tcp + " sslmode=require user=root password=wrong", "28P01"},
		{tcp + " sslmode=disable user=ann password=pässword", ""},
		{tcp + " sslmode=disable user=anybody password=secret", "28P01"},
		{tcp + " sslmode=disable user=late password=x", "28P01"},
		{tcp + " sslmode=disable user=bare password=x", "28P01"},
		{tcp + " sslmode=disable user=team password=x", "28000"},
		{tcp + " sslmode=disable user=projsql_node password=x", "28000"},
		{unix + " user=root", ""}, // who runs the server
		{unix + " user=anybody", "28000"},
		{unix + " user=team", "28000"},
	} {
		if got := codeOf(t, c.settings); got != c.want {
			t.Errorf("%s: %q, want %q", c.settings, got, c.want)
		}
	}
	first, err := pgx.Connect(t.Context(), tcp+" sslmode=disable user=ann password=pässword")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close(context.Background())
	expectText(t, first, "SELECT current_user || ' ' || current_setting('is_superuser')", "ann off")
	if got := codeOf(t, tcp, "sslmode=disable user=ann password=pässword"); got != "53300" {
		t.Errorf("a second session of ann: %q", got)
	}
	// The program that the node is in does what it likes.
	expectText(t, inner, "SELECT current_user || ' ' || (SELECT count(*) FROM events)", "ada 0")
	if _, err := inner.Exec(t.Context(), "DROP ROLE root, ann, late, bare, team"); err != nil {
		t.Fatal(err)
	}
	if code := codeOf(t, tcp, "user=anybody sslmode=disable"); code != "" {
		t.Errorf("without roles again: %s", code)
	}
}

// TestRolesSurvive: they are in the log, as projections are.
func TestRolesSurvive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir)
	for _, sql := range []string{"CREATE ROLE root SUPERUSER LOGIN PASSWORD 'secret'", "CREATE USER ann PASSWORD 'x' IN ROLE pg_read_all_data"} {
		if _, err := connect(t, db).Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	expectText(t, connect(t, open(t, dir)), "SELECT string_agg(rolname || pg_has_role(rolname, 'pg_read_all_data', 'USAGE')::text, ' ' ORDER BY 1) FROM pg_roles WHERE rolname IN ('root', 'ann')",
		"anntrue roottrue")
}

// TestSessionsOfBefore: a session that began before there were roles may do nothing after another has
// made the first, whatever its user is called, but call what is nobody's and says SECURITY DEFINER.
func TestSessionsOfBefore(t *testing.T) {
	t.Parallel()
	_, tcp, _ := serveRoles(t, projsql.Options{})
	var sessions [2]*pgx.Conn
	for i := range sessions {
		conn, err := pgx.Connect(t.Context(), tcp+" sslmode=disable user=projsql")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		sessions[i] = conn
	}
	before, first := sessions[0], sessions[1]
	for _, sql := range []string{
		"CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM events'",
		"SELECT count(*) FROM events",
	} {
		if _, err := before.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := first.Exec(t.Context(), "CREATE ROLE root SUPERUSER LOGIN PASSWORD 'secret'"); err != nil {
		t.Fatal(err)
	}
	expectText(t, before, "SELECT current_user || counted()", "projsql0")
	for _, sql := range []string{"SELECT count(*) FROM events", "CREATE ROLE other", "SET ROLE root"} {
		_, err := before.Exec(t.Context(), sql)
		if got := stateOf(t, err); got != "42501" {
			t.Errorf("%s: %s %v", sql, got, err)
		}
	}
}

// TestRolesOnSeveralNodes: a role is one on each node, who owns what it reads is asked by nodes, and
// nodes without a secret have none.
func TestRolesOnSeveralNodes(t *testing.T) {
	t.Parallel()
	bare := openNodes(t)
	if got := bare.run(t.Context(), "n2", "CREATE ROLE root SUPERUSER LOGIN PASSWORD 'secret'"); !strings.Contains(got, "55000: roles need nodes that know each other") {
		t.Errorf("without a secret: %q", got)
	}
	n := openNodes(t, func(n *nodes) { n.secret = []byte("a secret of thirty-two bytes, so") })
	for _, sql := range []string{
		"INSERT INTO events (entity, kind) SELECT 'e' || i, 'add' FROM generate_series(1, 12) i",
		"CREATE PROJECTION tally (n int NOT NULL DEFAULT 0) WHEN 'add' THEN UPDATE SET n = n + 1",
		"CREATE ROLE root SUPERUSER LOGIN PASSWORD 'secret'",
		"CREATE USER ann PASSWORD 'a' IN ROLE pg_read_all_data",
	} {
		n.do(t, "n2", sql)
	}
	for _, name := range []string{"n1", "n2", "n3"} {
		n.awaitRole(t, name, "ann")
		ann := n.dial(t, name, "user=ann password=a")
		expectText(t, ann, "SELECT sum((SELECT n FROM project('tally', 'e' || i)))::text FROM generate_series(1, 12) i", "12")
		expectText(t, ann, "SELECT count(*)::text FROM tally", "12")
		_, err := ann.Exec(t.Context(), "INSERT INTO events (entity, kind) VALUES ('e1', 'add')")
		if stateOf(t, err) != "42501" {
			t.Errorf("%s: %v", name, err)
		}
		host, port, _ := net.SplitHostPort(n.addrs[name])
		at := "dbname=projsql sslmode=disable host=" + host + " port=" + port
		if got := codeOf(t, at, "user=ann password=b"); got != "28P01" {
			t.Errorf("%s, a wrong password: %q", name, got)
		}
		if got := codeOf(t, at, "user=projsql_node"); got != "28000" {
			t.Errorf("%s, as a node: %q", name, got)
		}
	}
	n.do(t, "n3", "REVOKE pg_read_all_data FROM ann")
	ann := n.dial(t, "n3", "user=ann password=a")
	_, err := ann.Exec(t.Context(), "SELECT * FROM tally")
	if stateOf(t, err) != "42501" {
		t.Errorf("after REVOKE: %v", err)
	}
}

// TestPrivilegesOnSeveralNodes: what was granted at one node may be read at each, a REVOKE holds for the next
// consistent read on each, of single states and of scans that nodes share; CONNECT is refused on each.
func TestPrivilegesOnSeveralNodes(t *testing.T) {
	t.Parallel()
	n := openNodes(t, func(n *nodes) { n.secret = []byte("a secret of thirty-two bytes, so") })
	for _, sql := range []string{
		"INSERT INTO events (entity, kind) SELECT 'e' || i, 'add' FROM generate_series(1, 12) i",
		"CREATE PROJECTION tally (n int NOT NULL DEFAULT 0) WHEN 'add' THEN UPDATE SET n = n + 1",
		"CREATE PROJECTION other (n int NOT NULL DEFAULT 0) WHEN 'add' THEN UPDATE SET n = n + 1",
		"CREATE ROLE root SUPERUSER LOGIN PASSWORD 'secret'",
		"CREATE USER ann PASSWORD 'a'",
		"GRANT SELECT ON tally TO ann",
		"CREATE USER bob PASSWORD 'b'",
	} {
		n.do(t, "n2", sql)
	}
	sessions := map[string]*pgx.Conn{}
	for _, name := range []string{"n1", "n2", "n3"} {
		n.awaitRole(t, name, "bob")
		ann := n.dial(t, name, "user=ann password=a")
		expectText(t, ann, "SELECT sum((SELECT n FROM project('tally', 'e' || i)))::text FROM generate_series(1, 12) i", "12")
		expectText(t, ann, "SELECT count(*)::text FROM tally", "12")
		for _, sql := range []string{"SELECT count(*) FROM other", "SELECT * FROM project('other', 'e1')", "SELECT FROM events", "INSERT INTO events (entity, kind) VALUES ('e1', 'add')"} {
			if _, err := ann.Exec(t.Context(), sql); stateOf(t, err) != "42501" {
				t.Errorf("%s: %s: %v", name, sql, err)
			}
		}
		sessions[name] = ann
	}
	for i := range 10 {
		at := []string{"n1", "n2", "n3"}[i%3]
		n.do(t, at, "REVOKE SELECT ON tally FROM ann")
		for name, ann := range sessions {
			sql := fmt.Sprintf("SELECT n FROM project('tally', 'e%d')", 1+i)
			if i%2 == 1 {
				sql = "SELECT count(*) FROM tally"
			}
			if _, err := ann.Exec(t.Context(), sql); stateOf(t, err) != "42501" {
				t.Errorf("%s, after a REVOKE at %s: %s: %v", name, at, sql, err)
			}
		}
		n.do(t, at, "GRANT SELECT ON tally TO ann")
	}
	n.do(t, "n3", "CREATE OR REPLACE PROJECTION tally (n int NOT NULL DEFAULT 0) WHEN 'add' THEN UPDATE SET n = n + 2")
	expectText(t, sessions["n1"], "SELECT sum(n)::text FROM tally", "24")
	n.do(t, "n3", "REVOKE CONNECT ON DATABASE projsql FROM PUBLIC; CREATE USER late PASSWORD 'l'")
	for name := range sessions {
		n.awaitRole(t, name, "late")
		host, port, _ := net.SplitHostPort(n.addrs[name])
		if got := codeOf(t, "dbname=projsql sslmode=disable host="+host+" port="+port, "user=ann password=a"); got != "42501" {
			t.Errorf("%s, without CONNECT: %q", name, got)
		}
	}
}

// TestViewsOfOwnersOnSeveralNodes: who was granted a view reads it at each node, single rows that their owners answer and scans that
// nodes share; a REVOKE from the view's owner, or from who reads, holds for the next consistent read on each. What is said of a
// view follows it to another name, and ends with it.
func TestViewsOfOwnersOnSeveralNodes(t *testing.T) {
	t.Parallel()
	n := openNodes(t, func(n *nodes) { n.secret = []byte("a secret of thirty-two bytes, so") })
	for _, sql := range []string{
		"INSERT INTO events (entity, kind) SELECT 'e' || i, 'add' FROM generate_series(1, 12) i",
		"CREATE PROJECTION tally (n int NOT NULL DEFAULT 0) WHEN 'add' THEN UPDATE SET n = n + 1",
		"CREATE VIEW seen AS SELECT entity, n FROM tally",
		"CREATE ROLE root SUPERUSER LOGIN PASSWORD 'secret'",
		"CREATE USER ann PASSWORD 'a'",
		"CREATE ROLE keeper",
		"GRANT SELECT ON tally TO keeper",
		"ALTER VIEW seen OWNER TO keeper",
		"GRANT SELECT ON seen TO ann",
		"CREATE USER bob PASSWORD 'b'",
	} {
		n.do(t, "n2", sql)
	}
	if plan := n.run(t.Context(), "n1", "EXPLAIN SELECT count(*) FROM seen"); !strings.Contains(plan, "Fragment: SELECT") {
		t.Errorf("a scan of the view is not shared:\n%s", plan)
	}
	one := func(view string, e int) string {
		return fmt.Sprintf("SELECT n::text FROM %s WHERE entity = 'e%d'", view, e)
	}
	sessions := map[string]*pgx.Conn{}
	names := []string{"n1", "n2", "n3"}
	for _, name := range names {
		n.awaitRole(t, name, "bob")
		ann := n.dial(t, name, "user=ann password=a")
		for e := range 12 {
			expectText(t, ann, one("seen", e+1), "1")
		}
		expectText(t, ann, "SELECT count(*)::text FROM seen", "12")
		sessions[name] = ann
	}
	denied := func(why, sql string) {
		t.Helper()
		for _, name := range names {
			if _, err := sessions[name].Exec(t.Context(), sql); stateOf(t, err) != "42501" {
				t.Errorf("%s, %s: %s: %v", name, why, sql, err)
			}
		}
	}
	denied("what the view reads", "SELECT count(*) FROM tally")
	denied("what the view reads", "SELECT n FROM project('tally', 'e1')")
	for i := range 12 {
		at, of := names[i%3], [2]string{"tally", "keeper"}
		if i%4 > 1 {
			of = [2]string{"seen", "ann"}
		}
		n.do(t, at, "REVOKE SELECT ON "+of[0]+" FROM "+of[1])
		sql := one("seen", 1+i)
		if i%2 == 1 {
			sql = "SELECT count(*) FROM seen"
		}
		denied("after a REVOKE from "+of[1]+" at "+at, sql)
		n.do(t, at, "GRANT SELECT ON "+of[0]+" TO "+of[1])
	}
	n.do(t, "n1", "ALTER VIEW seen RENAME TO told")
	n.do(t, "n2", "CREATE OR REPLACE VIEW told AS SELECT entity, n FROM tally WHERE n > 0")
	for _, name := range names {
		expectText(t, sessions[name], one("told", 7), "1")
	}
	n.do(t, "n3", "ALTER VIEW told SET (security_invoker)")
	denied("of a view that reads as its reader", one("told", 7))
	n.do(t, "n3", "DROP VIEW told; CREATE VIEW told AS SELECT entity, n FROM tally")
	denied("of another view", one("told", 7))
}

// TestViewsAndGrantsAtOnce: whatever nodes do at once with views and with roles, a view is its maker's, under every name, and
// who was granted it may read it; what is dropped leaves nothing.
func TestViewsAndGrantsAtOnce(t *testing.T) {
	t.Parallel()
	n := openNodes(t, func(n *nodes) { n.secret = []byte("a secret of thirty-two bytes, so") })
	n.do(t, "n1", "CREATE PROJECTION p (n int) WHEN ANY THEN UPDATE SET n = 1", "CREATE ROLE root SUPERUSER LOGIN PASSWORD 'secret'",
		"CREATE USER ann PASSWORD 'a'", "GRANT CREATE ON SCHEMA public TO ann", "GRANT SELECT ON p TO ann", "CREATE ROLE bob")
	n.catchUp(t)
	ann := n.dial(t, "n2", "user=ann password=a")
	for i := range 15 {
		var wait sync.WaitGroup
		wait.Go(func() {
			if _, err := ann.Exec(t.Context(), "CREATE VIEW v AS SELECT n FROM p"); err != nil {
				t.Error(err)
			}
		})
		wait.Go(func() { n.do(t, "n1", fmt.Sprintf("CREATE ROLE r%d", i)) })
		wait.Go(func() { n.do(t, "n3", "GRANT SELECT ON p TO bob") })
		wait.Wait()
		n.catchUp(t)
		const owner = "SELECT viewname || ' ' || viewowner FROM pg_views WHERE schemaname = 'public'"
		if got := strings.TrimSpace(n.run(t.Context(), "n3", owner)); got != "v ann" {
			t.Fatalf("round %d: %s", i, got)
		}
		var granted string
		wait.Go(func() {
			if _, err := ann.Exec(t.Context(), "ALTER VIEW v RENAME TO w"); err != nil {
				t.Error(err)
			}
		})
		wait.Go(func() { granted = n.run(t.Context(), "n1", "GRANT SELECT ON v TO bob") })
		wait.Go(func() { n.do(t, "n3", fmt.Sprintf("DROP ROLE r%d", i)) })
		wait.Wait()
		n.catchUp(t)
		want := fmt.Sprintf("w ann|%t", granted == "")
		if got := strings.ReplaceAll(strings.TrimSpace(n.run(t.Context(), "n3", owner+"; SELECT has_table_privilege('bob', 'w', 'SELECT')")), "\n", "|"); got != strings.NewReplacer("true", "t", "false", "f").Replace(want) {
			t.Fatalf("round %d: %s, want %s: %q", i, got, want, granted)
		}
		n.do(t, "n1", "DROP VIEW w")
	}
	n.do(t, "n1", "DROP VIEW IF EXISTS v")
	for name := range n.rooms["n1"].Registry.Current().Roles.Relations() {
		if name != "p" {
			t.Errorf("something is said of %q, which is no more", name)
		}
	}
}

// catchUp has all nodes apply what was acknowledged, as statements that only look at the catalog do not: a consistent read does.
func (n *nodes) catchUp(t *testing.T) {
	t.Helper()
	for name := range n.rooms {
		if out := n.run(t.Context(), name, "SELECT count(*) FROM events"); out != "0\n" {
			t.Fatalf("%s: %s", name, out)
		}
	}
}

// awaitRole waits until a node has applied a role.
func (n *nodes) awaitRole(t *testing.T, name, role string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if strings.TrimSpace(n.run(t.Context(), name, "SELECT count(*) FROM pg_roles WHERE rolname = '"+role+"'")) == "1" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s has no role %s", name, role)
		}
	}
}
