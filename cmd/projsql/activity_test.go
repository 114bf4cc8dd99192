package main

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestActivityOfSessions: a session sees what another one does, and since when.
func TestActivityOfSessions(t *testing.T) {
	t.Parallel()
	n := testNode(t)
	looks, works := n.connect(t), n.connect(t)
	var pid int32
	if err := works.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	const shown = "SELECT state || '|' || query || '|' || (xact_start IS NOT NULL) || '|' || coalesce(wait_event, 'nothing') || '|' || application_name FROM pg_stat_activity WHERE pid = $1"
	long := "SELECT '" + strings.Repeat("é", 600) + "'"
	for _, c := range []struct{ sql, want string }{
		{"SET application_name = 'worker'", "idle|SET application_name = 'worker'|false|ClientRead|worker"},
		{"BEGIN", "idle in transaction|BEGIN|true|ClientRead|worker"},
		{"SELECT 1", "idle in transaction|SELECT 1|true|ClientRead|worker"},
		{"SELECT 1/0", "idle in transaction (aborted)|SELECT 1/0|true|ClientRead|worker"},
		{"ROLLBACK", "idle|ROLLBACK|false|ClientRead|worker"},
		{long, "idle|" + long[:1022] + "|false|ClientRead|worker"}, // 1,023 bytes would cut a letter
	} {
		_, _ = works.PgConn().Exec(t.Context(), c.sql).ReadAll()
		if got := told(t, looks, shown, pid); got != c.want {
			t.Errorf("after %.40s: %s, want %s", c.sql, got, c.want)
		}
	}
	if _, err := works.Exec(t.Context(), "SELECT $1::int", 1); err != nil { // the extended protocol
		t.Fatal(err)
	}
	if got, want := told(t, looks, shown, pid), "idle|SELECT $1::int|false|ClientRead|worker"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestActivityWhileItRuns: the statement of a session is active until it ends, and its
// session is listed until it closes.
func TestActivityWhileItRuns(t *testing.T) {
	t.Parallel()
	n := testNode(t)
	looks, works := n.connect(t), n.connect(t)
	const sleep = "SELECT pg_sleep(600)"
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := works.PgConn().Exec(ctx, sleep).ReadAll()
		done <- err
	}()
	await(t, looks, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND wait_event IS NULL AND query = '"+sleep+"' AND xact_start = query_start", "1")
	cancel() // closes the connection
	<-done
	await(t, looks, "SELECT count(*) FROM pg_stat_activity", "1")
	const own = "SELECT usename || ' ' || s.datname || ' ' || backend_type || ' ' || host(client_addr) || ' ' || client_addr::text || ' ' || (client_port > 0) || ' ' || (backend_start <= query_start) || ' ' || (xact_start = now()) || ' ' || (d.oid = datid)" +
		" FROM pg_stat_activity s, pg_database d WHERE pid = pg_backend_pid()"
	if got, want := told(t, looks, own), looks.Config().User+" projsql client backend 127.0.0.1 127.0.0.1/32 true true true true"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	const encrypted = "SELECT s.ssl || ' ' || (s.version IS NULL) || ' ' || g.encrypted FROM pg_stat_ssl s JOIN pg_stat_gssapi g USING (pid)"
	if got, want := told(t, looks, encrypted), "false true false"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	const ends = "SELECT host(inet_client_addr()) || ':' || inet_client_port() || ' ' || host(inet_server_addr()) || ':' || inet_server_port() || ' ' || ((client_addr, client_port) = (inet_client_addr(), inet_client_port())) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
	c := looks.PgConn().Conn()
	if got, want := told(t, looks, ends), c.LocalAddr().String()+" "+c.RemoteAddr().String()+" true"; got != want {
		t.Errorf("the connection's ends are %s, want %s", got, want)
	}
	var binary netip.Prefix
	if err := looks.QueryRow(t.Context(), "SELECT client_addr FROM pg_stat_get_activity(pg_backend_pid())").Scan(&binary); err != nil || binary.String() != "127.0.0.1/32" {
		t.Errorf("%v, %v", binary, err)
	}
}

func told(t *testing.T, conn *pgx.Conn, sql string, args ...any) (text string) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&text); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return text
}

// TestDrainTimeoutOfZero: a node that gives running statements no time ends them.
func TestDrainTimeoutOfZero(t *testing.T) {
	t.Parallel()
	err := endWhileOneSleeps(t)
	for tries := 1; err == nil && tries < 10; tries++ { // it had slept enough when the node came to end it
		err = endWhileOneSleeps(t)
	}
	if refused := (*pgconn.PgError)(nil); !errors.As(err, &refused) || refused.Code != "57P01" {
		t.Errorf("the statement ended with %v, want 57P01", err)
	}
}

// endWhileOneSleeps ends a node that gives no time while a statement sleeps, and returns what
// became of that.
func endWhileOneSleeps(t *testing.T) error {
	n := startNodeWith(t, t.TempDir(), func(c *testConfig) { c.db.DrainTimeout = 0 })
	looks, works := n.connect(t), n.connect(t)
	const sleep = "SELECT pg_sleep(3)" // shorter than the default
	done := make(chan error, 1)
	go func() {
		_, err := works.PgConn().Exec(t.Context(), sleep).ReadAll()
		done <- err
	}()
	await(t, looks, "SELECT count(*) FROM pg_stat_activity WHERE query = '"+sleep+"'", "1")
	if err := n.stop(); err != nil {
		t.Error(err)
	}
	return <-done
}

// TestSignals: a session cancels another's statement, and ends its connection.
func TestSignals(t *testing.T) {
	t.Parallel()
	n := testNode(t)
	looks, works := n.connect(t), n.connect(t)
	pid := told(t, works, "SELECT pg_backend_pid()::text")
	for _, c := range []struct{ function, sleep, code string }{
		{"pg_cancel_backend", "SELECT pg_sleep(600)", "57014"},
		{"pg_terminate_backend", "SELECT pg_sleep(601)", "57P01"},
	} {
		done := make(chan error, 1)
		go func() {
			_, err := works.PgConn().Exec(t.Context(), c.sleep).ReadAll()
			done <- err
		}()
		await(t, looks, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = '"+c.sleep+"'", "1")
		if got := told(t, looks, "SELECT "+c.function+"(pid)::text FROM pg_stat_activity WHERE pid = "+pid); got != "true" {
			t.Errorf("%s: %s", c.function, got)
		}
		var e *pgconn.PgError
		if err := <-done; !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s: %v, want %s", c.function, err, c.code)
		}
	}
	await(t, looks, "SELECT count(*) FROM pg_stat_activity WHERE pid = "+pid, "0")
	if got := told(t, looks, "SELECT pg_terminate_backend("+pid+")::text"); got != "false" {
		t.Errorf("a session that is gone: %s", got)
	}
	idles := n.connect(t)
	pid = told(t, idles, "SELECT pg_backend_pid()::text")
	told(t, looks, "SELECT pg_terminate_backend("+pid+")::text")
	await(t, looks, "SELECT count(*) FROM pg_stat_activity WHERE pid = "+pid, "0")
}
