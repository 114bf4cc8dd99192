package peer_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/cluster/peer"
	"github.com/projsql/projsql/wire/sqlstate"
)

// session is another node's end of a connection: what it does with the nth statement.
type session func(s *server, n int)

// server plays another node.
type server struct {
	*pgproto3.Backend
	conn     net.Conn
	startup  map[string]string
	prepared []string // names, in order
	bound    []string // names of the statements that were bound
	values   [][]byte // of the last, or of the last call
	called   bool     // last, by FunctionCall
	gone     chan struct{}
}

// nodeOf listens as a node whose sessions do what is said, and returns it with what it will
// have seen of connections.
func nodeOf(t *testing.T, do session) (cluster.Member, func() []*server) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []*server
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s := &server{Backend: pgproto3.NewBackend(conn, conn), conn: conn, gone: make(chan struct{})}
			running.Go(func() {
				defer conn.Close()
				if !s.start() {
					return // it comes again without TLS
				}
				mu.Lock()
				all = append(all, s)
				mu.Unlock()
				s.serve(do)
				close(s.gone)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for _, s := range all {
			_ = s.conn.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return cluster.Member{ID: "other", PG: l.Addr().String()}, func() []*server { mu.Lock(); defer mu.Unlock(); return all }
}

func (s *server) start() bool {
	m, err := s.ReceiveStartupMessage()
	if _, ssl := m.(*pgproto3.SSLRequest); ssl && err == nil {
		_, _ = s.conn.Write([]byte("N"))
		m, err = s.ReceiveStartupMessage()
	}
	start, ok := m.(*pgproto3.StartupMessage)
	if !ok || err != nil {
		return false
	}
	s.startup = start.Parameters
	s.Send(&pgproto3.AuthenticationOk{})
	s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	return true
}

func (s *server) serve(do session) {
	for n := 1; s.Flush() == nil; n++ {
		for synced := false; !synced; {
			m, err := s.Receive()
			if err != nil {
				return
			}
			switch m := m.(type) {
			case *pgproto3.Parse:
				s.prepared = append(s.prepared, m.Name)
			case *pgproto3.Bind:
				s.bound, s.values, s.called = append(s.bound, m.PreparedStatement), m.Parameters, false
			case *pgproto3.FunctionCall:
				s.values, s.called, synced = m.Arguments, m.Function == hop.CallOID, true
			case *pgproto3.Sync:
				synced = true
			case *pgproto3.Query: // the client makes sure that it reads alone
				s.ping()
			}
		}
		do(s, n)
	}
}

func (s *server) ping() {
	s.Send(&pgproto3.EmptyQueryResponse{})
	s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	_ = s.Flush()
}

func (s *server) answer() {
	s.Send(&pgproto3.BindComplete{})
	s.Send(&pgproto3.NoticeResponse{Message: "be not confused"})
	s.Send(&pgproto3.ParameterStatus{Name: "TimeZone", Value: "UTC"})
	s.Send(&pgproto3.DataRow{Values: [][]byte{[]byte("a"), nil}})
	s.Send(&pgproto3.ParameterStatus{Name: hop.ProofParameter, Value: "proof"})
	s.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
	s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
}

const row = "D\x00\x00\x00\x0f\x00\x02\x00\x00\x00\x01a\xff\xff\xff\xff"

var statement = hop.Statement{SQL: "SELECT", Params: []uint32{25}, Values: [][]byte{[]byte("acct:7")}, Settings: "TimeZone=Asia/Tokyo\x00x=y=z"}

func relay(t *testing.T, c *peer.Client, to cluster.Member, s hop.Statement) (hop.Answer, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return c.Relay(ctx, to, &s)
}

// newClient returns a client that waits for connections for as long as a slow machine may take.
func newClient(t *testing.T) *peer.Client {
	c := peer.New("projsql", nil)
	c.ConnectTimeout = 2 * time.Minute
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestRelay: the row comes back as it was sent; connections are kept by their settings, and
// what was prepared on them is used again.
func TestRelay(t *testing.T) {
	to, sessions := nodeOf(t, func(s *server, _ int) { s.answer() })
	c := newClient(t)
	for range 3 {
		a, err := relay(t, c, to, statement)
		if err != nil || string(a.Row) != row || a.Proof != "proof" {
			t.Fatalf("%q, %v", a, err)
		}
	}
	other := statement
	other.Settings = ""
	if _, err := relay(t, c, to, other); err != nil {
		t.Fatal(err)
	}
	all := sessions()
	if len(all) != 2 || len(all[0].prepared) != 1 || len(all[0].bound) != 3 || string(all[0].values[0]) != "acct:7" {
		t.Fatalf("%d connections; %q, %q", len(all), all[0].prepared, all[0].bound)
	}
	if p := all[0].startup; p["TimeZone"] != "Asia/Tokyo" || p["x"] != "y=z" || p["user"] != hop.User {
		t.Errorf("settings %q", p)
	}
}

// TestRelayRefused: an error of the session leaves the connection in use, and has the
// statement prepared anew.
func TestRelayRefused(t *testing.T) {
	to, sessions := nodeOf(t, func(s *server, n int) {
		if n > 1 {
			s.answer()
			return
		}
		s.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: "PJ001", Message: "behind", Detail: "by far"})
		s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	})
	c := newClient(t)
	_, err := relay(t, c, to, statement)
	var e *sqlstate.Error
	if !errors.As(err, &e) || e.Code != "PJ001" || e.Message != "behind" || e.Detail != "by far" {
		t.Errorf("%v", err)
	}
	if _, err := relay(t, c, to, statement); err != nil {
		t.Error(err)
	}
	if all := sessions(); len(all) != 1 || len(all[0].prepared) != 2 || all[0].prepared[0] == all[0].prepared[1] {
		t.Errorf("%d connections", len(all))
	}
}

// TestRelayAfterARestart: a connection that was closed while nobody used it is no failure.
func TestRelayAfterARestart(t *testing.T) {
	closed := make(chan struct{})
	to, sessions := nodeOf(t, func(s *server, n int) {
		s.answer()
		if n == 1 {
			_ = s.Flush()
			_ = s.conn.Close()
			closed <- struct{}{}
		}
	})
	c := newClient(t)
	for range 2 {
		if a, err := relay(t, c, to, statement); err != nil || string(a.Row) != row {
			t.Fatalf("%q, %v", a, err)
		}
		<-closed
	}
	if all := sessions(); len(all) != 2 {
		t.Errorf("%d connections", len(all))
	}
}

// TestRelayBroken: an answer that is not whole is none, and is not asked for again; the
// connection is given up.
func TestRelayBroken(t *testing.T) {
	for name, do := range map[string]session{
		"closed at once":       func(s *server, _ int) { _ = s.conn.Close() },
		"closed after the row": func(s *server, _ int) { s.Send(&pgproto3.DataRow{}); _ = s.Flush(); _ = s.conn.Close() },
		"half a row":           func(s *server, _ int) { _, _ = s.conn.Write([]byte(row[:9])); _ = s.conn.Close() },
		"no length":            func(s *server, _ int) { _, _ = s.conn.Write([]byte("D\x00\x00\x00\x00")) },
		"a huge length":        func(s *server, _ int) { _, _ = s.conn.Write([]byte("C\x7f\x00\x00\x00")) },
		"not complete":         func(s *server, _ int) { s.Send(&pgproto3.DataRow{}); s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'}) },
	} {
		t.Run(name, func(t *testing.T) {
			to, sessions := nodeOf(t, do)
			c := newClient(t)
			for i := range 2 {
				_, err := relay(t, c, to, statement)
				var e *sqlstate.Error
				if err == nil || errors.As(err, &e) {
					t.Errorf("%v", err)
				}
				if n := len(sessions()); n != i+1 {
					t.Errorf("%d connections after %d statements", n, i+1)
				}
			}
		})
	}
}

// TestSlowStartups: while a startup message is written for long, pgconn reads in the
// background. It does not take the first answer from whoever uses the connection then.
func TestSlowStartups(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go slowStart(conn)
		}
	}()
	s := statement
	s.Settings = "x=" + strings.Repeat("y", 32<<20)
	a, err := relay(t, newClient(t), cluster.Member{ID: "other", PG: l.Addr().String()}, s)
	if err != nil || string(a.Row) != row {
		t.Errorf("%q, %v", a.Row, err)
	}
}

// slowStart is a session that says all that it has to say, more than fits into the buffers
// between, before it reads the client's startup message, which does not either.
func slowStart(conn net.Conn) {
	defer conn.Close()
	s := &server{Backend: pgproto3.NewBackend(conn, conn), conn: conn}
	header := make([]byte, 8)
	if _, err := io.ReadFull(conn, header); err != nil {
		return
	}
	if binary.BigEndian.Uint32(header) == 8 { // SSLRequest
		_, _ = conn.Write([]byte("N"))
		if _, err := io.ReadFull(conn, header); err != nil {
			return
		}
	}
	s.Send(&pgproto3.AuthenticationOk{})
	for range 24 {
		s.Send(&pgproto3.ParameterStatus{Name: "x", Value: strings.Repeat("y", 1<<20)})
	}
	s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if err := s.Flush(); err != nil {
		return
	}
	if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(header))-8); err != nil {
		return
	}
	s.serve(func(s *server, _ int) { s.answer() })
}

// TestRelayIsCancelled: at once, and connections that nobody uses are kept.
func TestRelayIsCancelled(t *testing.T) {
	got, held := make(chan struct{}), make(chan struct{})
	to, sessions := nodeOf(t, func(s *server, _ int) {
		if string(s.values[0]) == "left" {
			close(got)
			<-held
		}
		s.answer()
	})
	t.Cleanup(func() { close(held) })
	c := newClient(t)
	ctx, cancel := context.WithCancel(t.Context())
	s := statement
	s.Values = [][]byte{[]byte("left")}
	left := ask(ctx, c, to, &s)
	<-got
	if _, err := relay(t, c, to, statement); err != nil {
		t.Fatal(err)
	}
	cancel()
	if <-left.done; left.err == nil {
		t.Error("an answer")
	}
	if _, err := relay(t, c, to, statement); err != nil || len(sessions()) != 2 {
		t.Errorf("%v, %d connections", err, len(sessions()))
	}
}

// TestRelayGivesUp: silence is waited for no longer than the context says.
func TestRelayGivesUp(t *testing.T) {
	silent := make(chan struct{})
	to, _ := nodeOf(t, func(*server, int) { <-silent })
	t.Cleanup(func() { close(silent) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s := statement
	if _, err := newClient(t).Relay(ctx, to, &s); err == nil {
		t.Error("an answer")
	}
}
