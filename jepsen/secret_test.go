package jepsen

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestClusterSecret: nodes that share a secret are a cluster as any other; who does not
// know it is let in as a client, with TLS and without, and neither as a node nor to the
// replication. Without a secret the door for nodes is for them by their name alone.
func TestClusterSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("a text that all nodes share\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	nodes := newCluster(t, 3, append(steady, "--cluster-secret-file", file)...)
	for i, p := range nodes {
		var version int
		if err := p.ask(t.Context(), &version, `INSERT INTO events (entity, kind, data) VALUES ('a', 'Counted', '{}') RETURNING version`); err != nil || version != i+1 {
			t.Fatalf("version %d, %v", version, err)
		}
	}
	verifyReplicas(t, nodes[2])
	for _, mode := range []string{"disable", "require"} {
		if err := connectAs(t, nodes[0], "ann", mode); err != nil {
			t.Errorf("a client with sslmode=%s: %v", mode, err)
		}
		var refused *pgconn.PgError
		if err := connectAs(t, nodes[0], "projsql_node", mode); !errors.As(err, &refused) || refused.Code != "28000" {
			t.Errorf("who poses as a node with sslmode=%s: %v", mode, err)
		}
	}
	var answer []byte
	var refused *pgconn.PgError
	if err := nodes[0].ask(t.Context(), &answer, `SELECT projsql_node_call('\x0101')`); !errors.As(err, &refused) || refused.Code != "42501" {
		t.Errorf("a client calls as nodes do: %v", err)
	}
	replication := nodes[0].Flags[slices.Index(nodes[0].Flags, "--raft-addr")+1]
	if err := greet(replication, &tls.Config{InsecureSkipVerify: true}); err == nil {
		t.Error("the replication listens to who knows no secret")
	}
}

func connectAs(t *testing.T, p *Process, user, mode string) error {
	t.Helper()
	c, err := pgx.Connect(t.Context(), fmt.Sprintf("postgres://%s@%s/projsql?sslmode=%s", user, p.Addr, mode))
	if err == nil {
		c.Close(t.Context())
	}
	return err
}

// greet is an error unless what listens at an address has the last word.
func greet(addr string, config *tls.Config) error {
	d := &net.Dialer{Timeout: patience}
	c, err := tls.DialWithDialer(d, "tcp", addr, config)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 1))
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() { // it waits for a greeting: it took the connection
		return nil
	}
	return err
}
