package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

const page = "../embed-in-go.md"

// TestThePageShowsTheProgram compares the first Go block of the page with the program.
func TestThePageShowsTheProgram(t *testing.T) {
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(program), "package main\n")
	if got := block(t, "go"); got != "package main\n"+code {
		t.Errorf("%s shows another program than main.go", page)
	}
}

// block is the first fenced block of the page with an info string.
func block(t *testing.T, info string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n```"+info+"\n")
	got, _, ended := strings.Cut(rest, "\n```\n")
	if !found || !ended {
		t.Fatalf("%s has no block %q", page, info)
	}
	return got + "\n"
}

// TestTheProgramRuns runs it twice over one directory, as somebody who tries it does, and
// asks it by the wire what the page says that psql shows.
func TestTheProgramRuns(t *testing.T) {
	dir := t.TempDir()
	want := block(t, "text")
	if got := runOnce(t, dir); got != want {
		t.Errorf("it says\n%s\nthe page says\n%s", got, want)
	}
	again := strings.Replace(want, "appended versions 1 and 2", "acct:7 has 2 events already", 1)
	if got := runOnce(t, dir); got != again {
		t.Errorf("run again it says\n%s", got)
	}
}

func runOnce(t *testing.T, dir string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, dir, listener, in)
		in.CloseWithError(io.EOF)
		ended <- err
	}()
	var said strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said.WriteString(strings.Replace(lines.Text(), listener.Addr().String(), "127.0.0.1:5433", 1) + "\n")
		if strings.HasPrefix(lines.Text(), "psql clients") {
			askByWire(t, listener.Addr().String())
			cancel()
		}
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return said.String()
}

func askByWire(t *testing.T, addr string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), "postgres://ada@"+addr+"/projsql?sslmode=disable")
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close(context.Background())
	var row string
	err = conn.QueryRow(t.Context(), "SELECT concat_ws(' ', owner, balance, closed, _strategy) FROM project('Account', 'acct:7')").Scan(&row)
	if want := "Ada 10 f group_local_hit"; err != nil || row != want {
		t.Errorf("%q, %v; want %q", row, err, want)
	}
}
