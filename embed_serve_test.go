package projsql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql"
)

// TestServePG answers on a listener until its context ends; who is connected goes on
// until Close, which tells them.
func TestServePG(t *testing.T) {
	t.Parallel()
	db, err := projsql.Open(t.Context(), projsql.Options{Dir: t.TempDir(), NodeName: "one"})
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	defer func() {
		if !closed {
			db.Close()
		}
	}()
	inner := connect(t, db)
	expectText(t, inner, "SELECT name || ' ' || coalesce(pg_addr, 'nowhere') FROM projsql.nodes", "one nowhere")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- db.ServePG(ctx, listener) }()
	url := "postgres://ada@" + listener.Addr().String() + "/projsql?sslmode=disable"
	outer, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close(context.Background())
	expectText(t, outer, "SELECT name || ' ' || coalesce(pg_addr, 'nowhere') FROM projsql.nodes", "one "+listener.Addr().String())
	cancel()
	if err := <-served; err != nil {
		t.Errorf("ServePG: %v", err)
	}
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("a client was let in after the end")
	}
	expectText(t, outer, "SELECT 'still here'", "still here")
	closed = true
	if err := db.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	_, err = outer.Exec(t.Context(), "SELECT 1")
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Code != "57P01" {
		t.Errorf("after Close: %v", err)
	}
	if _, err := db.Dial(t.Context(), "", ""); err == nil {
		t.Error("Dial after Close")
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
}

// TestCallsAfterClose closes a DB while it is read and appended to: what ran before is
// answered, what comes after is refused.
func TestCallsAfterClose(t *testing.T) {
	t.Parallel()
	db, err := projsql.Open(t.Context(), projsql.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	view := register(t, db, accounts())
	appendAll(t, db, projsql.Draft{Entity: "a", Kind: "MoneyDeposited", Data: amount{1}})
	calls := []func() error{
		func() error { _, err := view.Get(t.Context(), "a"); return err },
		func() error {
			for _, err := range view.All(t.Context()) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		func() error { _, err := db.Append(t.Context(), projsql.Draft{Entity: "a", Kind: "Noted"}); return err },
		func() error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := db.Follow(ctx, "account")
			return err
		},
	}
	var running sync.WaitGroup
	refused := make([]error, len(calls))
	begun := make(chan struct{}, len(calls))
	for i, call := range calls {
		running.Go(func() {
			for n := 0; refused[i] == nil; n++ {
				refused[i] = call()
				if n == 10 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range calls {
		<-begun
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	running.Wait()
	for _, err := range refused {
		expectState(t, err, "57P03", "")
	}
	_, err = projsql.Register(db, accounts())
	expectState(t, err, "57P03", "")
}

// TestOptionsAreShown: what clients may want to know of the node stands in its settings.
func TestOptionsAreShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options          projsql.Options
		ssl, connections string
	}{
		{projsql.Options{}, "off", "10000"},
		{projsql.Options{TLS: &tls.Config{}, ConnectionsMax: 7}, "on", "7"},
		{projsql.Options{ConnectionsMax: 1 << 20}, "off", "262143"},
	} {
		c.options.Dir = t.TempDir()
		db, err := projsql.Open(t.Context(), c.options)
		if err != nil {
			t.Fatal(err)
		}
		conn := connect(t, db)
		expectText(t, conn, "SHOW ssl", c.ssl)
		expectText(t, conn, "SHOW max_connections", c.connections)
		expectText(t, conn, "SELECT source FROM pg_settings WHERE name = 'max_connections'", "override")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func expectText(t *testing.T, conn *pgx.Conn, sql, want string) {
	t.Helper()
	var got string
	if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil || got != want {
		t.Errorf("%s: %q, %v; want %q", sql, got, err, want)
	}
}

// TestDirectoryIsOpenOnce: a second DB over the directory is refused, in the same process
// too, and harms nothing.
func TestDirectoryIsOpenOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir)
	if _, err := projsql.Open(t.Context(), projsql.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "has "+dir+" open") {
		t.Errorf("%v", err)
	}
	if _, err := projsql.Open(t.Context(), projsql.Options{}); err == nil {
		t.Error("opened without a directory")
	}
	appendAll(t, db, projsql.Draft{Entity: "e", Kind: "k"})
}

// TestAppendsAreChecked: what can be no event is refused with a code, whole.
func TestAppendsAreChecked(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	good := projsql.Draft{ID: projsql.ID{1}, Entity: "e", Kind: "k", Data: map[string]any{"b": 1, "a": []string{"x"}}, Metadata: []byte(`{"m": null}`)}
	first := appendAll(t, db, good)[0]
	if again := appendAll(t, db, good)[0]; !again.Duplicate || again.Sequence != first.Sequence {
		t.Errorf("%+v, then %+v", first, again)
	}
	other := good
	other.Data = 2
	for want, d := range map[string]projsql.Draft{
		"23505":  other,
		"22P02":  {Entity: "e", Kind: "k", Data: []byte("{")},
		"22023":  {Kind: "k"},
		"22021":  {Entity: "\xff", Kind: "k"},
		"54000":  {Entity: strings.Repeat("e", 1025), Kind: "k"},
		"22P05":  {Entity: "e", Kind: "k", Data: "\x00"},
		"22P02 ": {Entity: "e", Kind: "k", Data: func() {}},
	} {
		_, err := db.Append(t.Context(), projsql.Draft{Entity: "innocent", Kind: "k"}, d)
		var coded interface{ SQLState() string }
		if !errors.As(err, &coded) || coded.SQLState() != strings.TrimSpace(want) {
			t.Errorf("%+v: %v, want %s", d, err, want)
		}
	}
	if receipts, err := db.Append(t.Context()); len(receipts) > 0 || err != nil {
		t.Errorf("nothing: %v, %v", receipts, err)
	}
	conn := connect(t, db)
	expectText(t, conn, "SELECT string_agg(concat_ws('|', entity, version, data, metadata, event_id), ',') FROM events",
		`e|1|{"a": ["x"], "b": 1}|{"m": null}|01000000-0000-0000-0000-000000000000`)
}

// TestFollow tells of appends by Go and by SQL.
func TestFollow(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	view, conn := register(t, db, accounts()), connect(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	changes, err := db.Follow(ctx, "Account", "account:b")
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, db, projsql.Draft{Entity: "a", Kind: "MoneyDeposited", Data: amount{1}}, projsql.Draft{Entity: "a", Kind: "Noted"})
	run(t, conn, `INSERT INTO events (entity, kind, data) VALUES ('b', 'MoneyDeposited', '{"amount": 2}')`)
	seen := map[string]bool{}
	for change := range changes {
		a, err := view.Get(t.Context(), string(change.Entity), projsql.AtLeast(change.HLC))
		if err != nil || a.State == nil {
			t.Fatal(a, err)
		}
		seen[fmt.Sprintf("%s %s %d %d", change.Channel, change.Entity, change.Generation, a.State.Balance)] = true
		if len(seen) == 3 {
			cancel()
		}
	}
	for range changes {
		t.Error("a change after the end")
	}
	changes, err = db.Follow(t.Context(), "account")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range changes {
		}
	}()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	<-ended
	for _, want := range []string{"Account a 1 1", "Account b 1 2", "account:b b 1 2"} {
		if !seen[want] {
			t.Errorf("seen %v, want %s", seen, want)
		}
	}
}

// TestHandler asks for health and metrics.
func TestHandler(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	register(t, db, accounts())
	server := httptest.NewServer(db.Handler())
	defer server.Close()
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ok\n", "/metrics": "projsql_events"} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %v", path, response.StatusCode, err)
		}
	}
}
