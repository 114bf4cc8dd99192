package jepsen

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestSecondInterruptEndsAtOnce interrupts a server that waits for a long statement: it
// goes on draining, until it is interrupted again.
func TestSecondInterruptEndsAtOnce(t *testing.T) {
	// Where a shell runs the tests in its background, interrupts are ignored, by the server too. Who
	// catches them does not hand that on.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, os.Interrupt)
	defer signal.Stop(caught)
	server := newServer(t)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	idle, err := server.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close(t.Context())
	busy, err := server.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close(t.Context())
	if _, err := busy.Exec(t.Context(), "INSERT INTO events (entity, kind) VALUES ('a', 'Kept')"); err != nil {
		t.Fatal(err)
	}
	rows := busy.PgConn().Exec(t.Context(), "SELECT CASE WHEN i < 1000 THEN repeat('x', 1000) ELSE pg_sleep(3600)::text END FROM generate_series(1, 1000) i")
	if !rows.NextResult() || !rows.ResultReader().NextRow() { // it has begun, and ends with the server
		t.Fatal(rows.Close())
	}
	interrupt(t, server)
	awaitGone(t, idle) // it is draining
	interrupt(t, server)
	var exit *exec.ExitError
	if err := server.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("the server ended with %v", err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := server.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close(t.Context())
	var kinds string
	if err := again.QueryRow(t.Context(), "SELECT string_agg(kind, ',') FROM events").Scan(&kinds); err != nil || kinds != "Kept" {
		t.Errorf("%q, %v", kinds, err)
	}
}

func interrupt(t *testing.T, p *Process) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

// awaitGone returns when the server has told an idle session that it ends.
func awaitGone(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	_, err := conn.WaitForNotification(t.Context())
	if err == nil || !strings.Contains(err.Error(), "57P01") {
		t.Fatalf("an idle session was told %v", err)
	}
}
