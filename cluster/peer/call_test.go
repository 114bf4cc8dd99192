package peer_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/projsql/projsql/cluster"
)

// echo answers a call with its request.
func (s *server) echo() {
	if s.called {
		s.Send(&pgproto3.FunctionCallResponse{Result: s.values[0]})
		s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		return
	}
	s.Send(&pgproto3.BindComplete{})
	s.Send(&pgproto3.DataRow{Values: s.values[:1]})
	s.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
	s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
}

func (s *server) refuse(code string) {
	s.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: code, Message: "no"})
	s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
}

// TestCall: calls one after the other share a connection, calls at the same time have one
// each.
func TestCall(t *testing.T) {
	to, sessions := nodeOf(t, func(s *server, _ int) { s.echo() })
	c := newClient(t)
	for _, request := range []string{"a", "bc"} {
		if b, err := c.Send(t.Context(), to, []byte(request)).Wait(t.Context()); string(b) != request || err != nil {
			t.Fatalf("%q, %v", b, err)
		}
	}
	first, second := c.Send(t.Context(), to, []byte("1")), c.Send(t.Context(), to, []byte("2"))
	for want, call := range map[string]cluster.Call{"1": first, "2": second} {
		if b, err := call.Wait(t.Context()); string(b) != want || err != nil {
			t.Errorf("%q, %v", b, err)
		}
	}
	if all := sessions(); len(all) != 2 || len(all[0].prepared) != 0 || all[0].startup["user"] == "" {
		t.Errorf("%d connections", len(all))
	}
}

// TestCallOfAnOlderNode: who knows no FunctionCall is asked by a statement, and from then on
// by that alone.
func TestCallOfAnOlderNode(t *testing.T) {
	calls := 0
	to, sessions := nodeOf(t, func(s *server, _ int) {
		if s.called {
			calls++
			s.refuse("0A000")
			return
		}
		s.echo()
	})
	c := newClient(t)
	for _, request := range []string{"a", "bc"} {
		if b, err := c.Send(t.Context(), to, []byte(request)).Wait(t.Context()); string(b) != request || err != nil {
			t.Fatalf("%q, %v", b, err)
		}
	}
	if all := sessions(); len(all) != 1 || len(all[0].prepared) != 1 || len(all[0].bound) != 2 || calls != 1 {
		t.Errorf("%d connections, %d calls", len(all), calls)
	}
}

// TestCallIsWaitedForAgain: who has stopped waiting can wait again, over a connection that is
// new or kept.
func TestCallIsWaitedForAgain(t *testing.T) {
	answers := make(chan struct{})
	to, sessions := nodeOf(t, func(s *server, _ int) { <-answers; s.echo() })
	c := newClient(t)
	for range 3 {
		call := c.Send(t.Context(), to, []byte("a"))
		for range 2 {
			if b, err := call.Until(time.Now().Add(10 * time.Millisecond)); !errors.Is(err, cluster.ErrUnanswered) {
				t.Fatalf("%q, %v", b, err)
			}
		}
		answers <- struct{}{}
		if b, err := call.Wait(t.Context()); string(b) != "a" || err != nil {
			t.Fatalf("%q, %v", b, err)
		}
		call = c.Send(t.Context(), to, []byte("b"))
		time.AfterFunc(time.Millisecond, func() { answers <- struct{}{} })
		var b []byte
		err := cluster.ErrUnanswered
		for range 20000 { // short waits: none that follows on the connection ends before one that was begun
			if b, err = call.Until(time.Now().Add(10 * time.Millisecond)); !errors.Is(err, cluster.ErrUnanswered) {
				break
			}
		}
		if string(b) != "b" || err != nil {
			t.Fatalf("%q, %v", b, err)
		}
	}
	if all := sessions(); len(all) != 1 {
		t.Errorf("%d connections", len(all))
	}
}

// TestCallEnds: with its context, whoever waits, and takes its connection along.
func TestCallEnds(t *testing.T) {
	silent := make(chan struct{})
	to, sessions := nodeOf(t, func(s *server, n int) {
		if n > 1 {
			<-silent
		}
		s.echo()
	})
	t.Cleanup(func() { close(silent) })
	c := newClient(t)
	if _, err := c.Send(t.Context(), to, []byte("a")).Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	call := c.Send(t.Context(), to, []byte("a"))
	time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
	if b, err := call.Wait(ctx); !errors.Is(err, why) {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := c.Send(t.Context(), to, []byte("a")).Wait(t.Context()); err != nil || len(sessions()) != 2 {
		t.Errorf("%v, %d connections", err, len(sessions()))
	}
}

// TestCallFails: only what was never sent is ErrNotSent.
func TestCallFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := cluster.Member{ID: "nobody", PG: l.Addr().String()}
	_ = l.Close()
	refuses, _ := nodeOf(t, func(s *server, _ int) { s.refuse("42501") })
	closes, _ := nodeOf(t, func(s *server, _ int) { _ = s.conn.Close() })
	for name, c := range map[string]struct {
		to      cluster.Member
		notSent bool
	}{"nobody listens": {nobody, true}, "refused": {refuses, false}, "closed": {closes, false}} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t)
			for range 2 {
				_, err := client.Send(t.Context(), c.to, []byte("a")).Wait(t.Context())
				if err == nil || errors.Is(err, cluster.ErrNotSent) != c.notSent {
					t.Errorf("%v", err)
				}
			}
		})
	}
}
