package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const postgresBin = "/usr/lib/postgresql/15/bin/"

// asPostgres is a command as a user that PostgreSQL accepts: it refuses root.
func asPostgres(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	if os.Getuid() == 0 {
		name, args = "setpriv", append([]string{"--reuid=postgres", "--regid=postgres", "--clear-groups", "--", name}, args...)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	return cmd
}

// startPostgres starts a PostgreSQL 15 on a private socket and returns the
// socket's directory. It ends with the test.
func startPostgres(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "oracle") // a socket's path is short, and open to the user postgres
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if os.Getuid() == 0 {
		run(t, "", "chown", "postgres:", dir)
	}
	data := filepath.Join(dir, "data")
	if out, err := asPostgres(t, postgresBin+"initdb", "-D", data, "-A", "trust", "-U", "ada", "-N", "--locale=C", "--lc-ctype=C.UTF-8", "--encoding=UTF8").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	server := asPostgres(t, postgresBin+"postgres", "-D", data, "-k", dir, "-h", "", "-c", "fsync=off", "-c", "autovacuum=off", "-c", "timezone=UTC", "-c", "log_min_messages=fatal")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt) // fast shutdown
		_ = server.Wait()
	})
	awaitPostgres(t, dir)
	return dir
}

func awaitPostgres(t *testing.T, dir string) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		conn, err := pgconn.Connect(t.Context(), "host="+dir+" user=ada dbname=postgres")
		if err == nil {
			defer conn.Close(context.Background())
			if _, err := conn.Exec(t.Context(), "CREATE DATABASE projsql").ReadAll(); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("PostgreSQL did not start")
}

// copyRelation brings every row of a relation from one server to the other.
func copyRelation(t *testing.T, from, to *pgconn.PgConn, name string) {
	t.Helper()
	var rows bytes.Buffer
	tag, err := from.CopyTo(t.Context(), &rows, fmt.Sprintf("COPY (SELECT * FROM %s) TO STDOUT", name))
	if err != nil || tag.RowsAffected() == 0 {
		t.Fatalf("%s: %d rows, %v", name, tag.RowsAffected(), err)
	}
	if _, err := to.CopyFrom(t.Context(), &rows, "COPY "+name+" FROM STDIN"); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
