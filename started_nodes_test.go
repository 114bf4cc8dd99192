package projsql_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestANodeThatStartsKnowsRolesAndRelations: who is let in by a node that has just started met the roles of the
// cluster, and finds what is defined.
func TestANodeThatStartsKnowsRolesAndRelations(t *testing.T) {
	t.Parallel()
	n := openNodes(t, func(n *nodes) { n.secret = []byte("a secret that all nodes have of old") })
	n.do(t, "n1", "CREATE PROJECTION p (n int) WHEN 'K' THEN UPDATE SET n = 1", "CREATE ROLE boss SUPERUSER LOGIN PASSWORD 'x'")
	n.open(t, "n4", n.gossips)
	at := settingsOf(n.addrs["n4"])
	if code := codeOf(t, at, "password=y"); code != "28P01" && code != "57P03" {
		t.Errorf("a client with a wrong password is told %q", code)
	}
	conn, err := pgx.Connect(t.Context(), at+" password=x")
	for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); {
		conn, err = pgx.Connect(t.Context(), at+" password=x")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "SELECT count(*) FROM p"); err != nil {
		t.Error(err)
	}
}

// TestANodeThatKnowsNoRolesYet lets nobody in where there may be roles: here one that comes while there is no majority.
func TestANodeThatKnowsNoRolesYet(t *testing.T) {
	t.Parallel()
	for want, secret := range map[string][]byte{"57P03": []byte("a secret that all nodes have of old"), "": nil} {
		n := openNodes(t, func(n *nodes) { n.secret = secret })
		for _, name := range []string{"n2", "n3"} {
			if err := n.close(name); err != nil {
				t.Fatal(err)
			}
		}
		n.open(t, "n4", n.gossips[:1])
		if code := codeOf(t, settingsOf(n.addrs["n4"])); code != want {
			t.Errorf("secret %q: a client is told %q, want %q", secret, code, want)
		}
	}
}

func settingsOf(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	return "dbname=projsql user=boss host=" + host + " port=" + port
}
