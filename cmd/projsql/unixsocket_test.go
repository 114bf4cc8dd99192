package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestUnixSocket: clients of a Unix-domain socket are served as those of TCP, and shown as
// PostgreSQL shows them.
func TestUnixSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := startNodeWith(t, t.TempDir(), func(c *testConfig) { c.socketDir = dir })
	_, port := n.hostPort()
	conn, err := connect(t.Context(), dir, port, "ada", "projsql")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	const own = "SELECT coalesce(client_addr::text, 'none') || ' ' || client_port || ' ' || coalesce(inet_client_port()::text, 'none') || ' ' || coalesce(inet_client_addr(), inet_server_addr(), '::')::text || ' ' || coalesce(inet_server_port(), 0) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
	if got, want := told(t, conn, own), "none -1 none ::/128 0"; got != want {
		t.Errorf("the client is at %s, want %s", got, want)
	}
	done := make(chan error, 1)
	go func() {
		_, err := conn.PgConn().Exec(t.Context(), "SELECT pg_sleep(600)").ReadAll()
		done <- err
	}()
	await(t, n.connect(t), "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'", "1")
	if err := conn.PgConn().CancelRequest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err, refused := <-done, (*pgconn.PgError)(nil); !errors.As(err, &refused) || refused.Code != "57014" {
		t.Errorf("the statement ended with %v, want 57014", err)
	}
	if err := n.stop(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestUnixSocketsPath: a socket that a dead server left is replaced; that of a living one, a
// file, and a directory that is missing are errors that name the flag.
func TestUnixSocketsPath(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ".s.PGSQL.5433")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	l, err := listenUnix(t.Context(), dir, 5433)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	file := filepath.Join(dir, ".s.PGSQL.5434")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir  string
		port int
		want string
	}{
		{dir, 5433, "another server listens on " + path},
		{dir, 5434, file + " is not a socket"},
		{filepath.Join(dir, "missing"), 5433, "no such file or directory"},
		{filepath.Join(dir, strings.Repeat("x", 100)), 5433, "longer than 107 bytes"},
	} {
		if _, err := listenUnix(t.Context(), c.dir, c.port); err == nil || !strings.HasPrefix(err.Error(), "--socket-dir: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("port %d: %v, want %s", c.port, err, c.want)
		}
	}
	if kept, err := os.ReadFile(file); err != nil || string(kept) != "kept" {
		t.Errorf("the file is %q, %v", kept, err)
	}
}
