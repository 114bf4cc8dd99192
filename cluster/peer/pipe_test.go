package peer_test

import (
	"context"
	"errors"
	"fmt"
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

// brief asks for what may share a connection; the node answers with the value.
func brief(value string) *hop.Statement {
	return &hop.Statement{SQL: "SELECT", Params: []uint32{25}, Values: [][]byte{[]byte(value)}, Brief: 2 * time.Minute}
}

// repeat answers with the value of the statement.
func (s *server) repeat() {
	s.Send(&pgproto3.BindComplete{})
	s.rest()
}

// rest is what follows BindComplete.
func (s *server) rest() {
	s.Send(&pgproto3.DataRow{Values: s.values})
	s.Send(&pgproto3.ParameterStatus{Name: hop.ProofParameter, Value: "proof"})
	s.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
	s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
}

// asking is a statement on its way.
type asking struct {
	value  string
	answer hop.Answer
	err    error
	done   chan struct{}
}

func ask(ctx context.Context, c *peer.Client, to cluster.Member, s *hop.Statement) *asking {
	a := &asking{value: string(s.Values[0]), done: make(chan struct{})}
	go func() {
		a.answer, a.err = c.Relay(ctx, to, s)
		close(a.done)
	}()
	return a
}

// echoed checks that a statement got its own answer.
func (a *asking) echoed(t *testing.T) {
	t.Helper()
	<-a.done
	v, err := a.answer.Value()
	if a.err != nil || err != nil || string(v) != a.value || a.answer.Proof != "proof" {
		t.Errorf("%s: %q, %v, %v", a.value, v, a.err, err)
	}
}

// held is a node that answers when it is told to.
type held struct {
	cluster.Member
	seen    func() []*server
	got     chan string   // the values of the statements, as they are served
	proceed chan struct{} // serves one; closed: all
}

func heldNode(t *testing.T, do session) *held {
	h := &held{got: make(chan string, 1000), proceed: make(chan struct{})}
	h.Member, h.seen = nodeOf(t, func(s *server, n int) {
		h.got <- string(s.values[0])
		<-h.proceed
		do(s, n)
	})
	t.Cleanup(func() {
		select {
		case <-h.proceed:
		default:
			close(h.proceed)
		}
	})
	return h
}

// wantOne wants that one connection was opened, and shows them all where there are others.
func (h *held) wantOne(t *testing.T) {
	t.Helper()
	all := h.seen()
	if len(all) == 1 {
		return
	}
	t.Errorf("%d connections", len(all))
	for _, s := range all {
		t.Logf("from %v: %v, %q bound", s.conn.RemoteAddr(), s.startup, s.bound)
	}
}

// TestBriefStatementsShareAConnection: many sessions get each its own answer, over one
// connection on which each statement is prepared once.
func TestBriefStatementsShareAConnection(t *testing.T) {
	h := heldNode(t, func(s *server, _ int) { s.repeat() })
	c := newClient(t)
	all := []*asking{ask(t.Context(), c, h.Member, brief("first"))}
	<-h.got
	for i := range 40 {
		all = append(all, ask(t.Context(), c, h.Member, brief(fmt.Sprint("value ", i))))
	}
	close(h.proceed)
	for _, a := range all {
		a.echoed(t)
	}
	if seen := h.seen(); len(seen) != 1 || len(seen[0].prepared) != 1 || len(seen[0].bound) != 41 {
		t.Errorf("%d connections", len(seen))
	}
}

// TestMoreThanAPipeTakes: what finds a pipe full gets another.
func TestMoreThanAPipeTakes(t *testing.T) {
	h := heldNode(t, func(s *server, _ int) { s.repeat() })
	c := newClient(t)
	var all []*asking
	for i := range 200 {
		all = append(all, ask(t.Context(), c, h.Member, brief(fmt.Sprint("value ", i))))
	}
	for range 4 { // 64 each
		<-h.got
	}
	close(h.proceed)
	for _, a := range all {
		a.echoed(t)
	}
	if n := len(h.seen()); n != 4 {
		t.Errorf("%d connections", n)
	}
}

// TestWhoLeavesDisturbsNobody: a session that waits no longer, be it the one that reads or
// another, has its answer thrown away; the others get theirs.
func TestWhoLeavesDisturbsNobody(t *testing.T) {
	for _, kind := range []string{"who reads", "who waits", "who reads, by a deadline"} {
		t.Run(kind, func(t *testing.T) {
			h := heldNode(t, func(s *server, _ int) { s.repeat() })
			c := newClient(t)
			first := ask(t.Context(), c, h.Member, brief("first"))
			<-h.got
			h.proceed <- struct{}{}
			first.echoed(t) // the connection is there
			impatient, cancel := context.WithCancel(t.Context())
			defer cancel()
			var one, other *asking
			if kind == "who waits" {
				one = ask(t.Context(), c, h.Member, brief("one"))
				<-h.got
				other = ask(impatient, c, h.Member, brief("other"))
				cancel()
			} else {
				if kind == "who reads, by a deadline" {
					impatient, cancel = context.WithTimeout(impatient, time.Second)
					defer cancel()
				}
				other = ask(impatient, c, h.Member, brief("other"))
				select {
				case <-h.got:
				case <-other.done: // on a slow machine the deadline may come first
				}
				one = ask(t.Context(), c, h.Member, brief("one"))
				if kind == "who reads" {
					cancel()
				}
			}
			<-other.done
			if <-impatient.Done(); !errors.Is(other.err, impatient.Err()) {
				t.Errorf("it ends with %v", other.err)
			}
			close(h.proceed)
			one.echoed(t)
			ask(t.Context(), c, h.Member, brief("next")).echoed(t)
			h.wantOne(t)
		})
	}
}

// TestWhoGivesUpDisturbsNobody: a statement whose time is over is waited for no longer, be its
// session the one that reads or another, and whatever the others' patience is.
func TestWhoGivesUpDisturbsNobody(t *testing.T) {
	for _, reads := range []bool{true, false} {
		t.Run(fmt.Sprint("reads: ", reads), func(t *testing.T) {
			h := heldNode(t, func(s *server, _ int) { s.repeat() })
			c := newClient(t)
			first := ask(t.Context(), c, h.Member, brief("first"))
			<-h.got
			h.proceed <- struct{}{}
			first.echoed(t) // the connection is there
			var patient *asking
			if !reads {
				patient = ask(t.Context(), c, h.Member, brief("patient"))
				<-h.got
			}
			for range 5 {
				hasty := brief("hasty")
				hasty.Until = time.Now().Add(10 * time.Millisecond)
				if _, err := c.Relay(t.Context(), h.Member, hasty); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("it has waited: %v", err)
				}
			}
			if reads {
				patient = ask(t.Context(), c, h.Member, brief("patient"))
			}
			close(h.proceed)
			patient.echoed(t)
			ask(t.Context(), c, h.Member, brief("next")).echoed(t)
			h.wantOne(t)
		})
	}
}

// TestWhoHasReadOnHandsOn: a session that has its answer reads on in the next, of which a part has
// come, until the time of another is over. Then who waits for the next reads.
func TestWhoHasReadOnHandsOn(t *testing.T) {
	h := heldNode(t, func(s *server, n int) {
		if n == 2 {
			s.rest()
			return
		}
		if s.repeat(); n == 1 {
			s.Send(&pgproto3.BindComplete{}) // the second's
		}
	})
	c := newClient(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	first := ask(ctx, c, h.Member, brief("first"))
	<-h.got
	second := ask(ctx, c, h.Member, brief("second"))
	h.proceed <- struct{}{}
	hasty := brief("hasty")
	hasty.Until = time.Now().Add(50 * time.Millisecond)
	if _, err := c.Relay(ctx, h.Member, hasty); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it has waited: %v", err)
	}
	close(h.proceed)
	first.echoed(t)
	second.echoed(t)
	if n := len(h.seen()); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestASlowConnectionIsNotWaitedFor: a statement gives up in time where it has to connect first,
// or to wait for another that does.
func TestASlowConnectionIsNotWaitedFor(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // it accepts nobody
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	to := cluster.Member{PG: l.Addr().String()}
	for name, silence := range map[string]time.Duration{"shared": time.Second, "its own": 0} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			patient := ask(t.Context(), c, to, brief("patient"))
			for _, settings := range []string{"", "x=1"} {
				hasty := brief("hasty")
				hasty.Settings, hasty.Brief, hasty.Until = settings, silence, time.Now().Add(20*time.Millisecond)
				if _, err := c.Relay(t.Context(), to, hasty); err == nil {
					t.Error("it was answered")
				}
			}
			select {
			case <-patient.done:
				t.Error("it has waited as long as one that has time")
			default:
			}
		})
	}
}

// TestARefusalIsOneStatements: the others in the pipe get their answers.
func TestARefusalIsOneStatements(t *testing.T) {
	h := heldNode(t, func(s *server, _ int) {
		if string(s.values[0]) != "bad" {
			s.repeat()
			return
		}
		s.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: "54000", Message: "too long"})
		s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	})
	c := newClient(t)
	var all []*asking
	for _, v := range []string{"a", "bad", "b", "bad", "c"} {
		all = append(all, ask(t.Context(), c, h.Member, brief(v)))
	}
	close(h.proceed)
	for _, a := range all {
		if a.value != "bad" {
			a.echoed(t)
			continue
		}
		<-a.done
		var e *sqlstate.Error
		if !errors.As(a.err, &e) || e.Code != "54000" {
			t.Errorf("%v", a.err)
		}
	}
	if n := len(h.seen()); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestAPipeBreaks: what was answered is answered; what was on its way, and of which nothing
// was heard, is asked for once more, over a new connection.
func TestAPipeBreaks(t *testing.T) {
	var mu sync.Mutex
	broken := false
	h := heldNode(t, func(s *server, _ int) {
		mu.Lock()
		defer mu.Unlock()
		if s.repeat(); string(s.values[0]) == "last" && !broken {
			broken = true
			_ = s.Flush()
			_ = s.conn.Close()
		}
	})
	c := newClient(t)
	last := ask(t.Context(), c, h.Member, brief("last"))
	<-h.got
	h.proceed <- struct{}{}
	last.echoed(t)
	var all []*asking
	for i := range 10 {
		all = append(all, ask(t.Context(), c, h.Member, brief(fmt.Sprint("value ", i))))
	}
	close(h.proceed)
	for _, a := range all {
		a.echoed(t)
	}
	if n := len(h.seen()); n != 2 {
		t.Errorf("%d connections", n)
	}
}

// TestASilentNodeIsGivenUp: for all who wait, and the next statement takes a new connection.
func TestASilentNodeIsGivenUp(t *testing.T) {
	h := heldNode(t, func(s *server, _ int) { s.repeat() })
	c := newClient(t)
	var all []*asking
	for i := range 5 {
		s := brief(fmt.Sprint("value ", i))
		s.Brief = time.Second
		all = append(all, ask(t.Context(), c, h.Member, s))
	}
	for _, a := range all {
		if <-a.done; a.err == nil {
			t.Errorf("%s was answered", a.value)
		}
	}
	silent := len(h.seen()) // one, unless some asked when the others had given up
	close(h.proceed)
	ask(t.Context(), c, h.Member, brief("next")).echoed(t)
	if n := len(h.seen()); n != silent+1 {
		t.Errorf("%d connections, %d of them before", n, silent)
	}
}

// TestBrokenPipes: an answer that is not whole, or longer than brief ones are, is none; it is
// not asked for again.
func TestBrokenPipes(t *testing.T) {
	for name, do := range map[string]session{
		"closed at once":       func(s *server, _ int) { _ = s.conn.Close() },
		"closed after the row": func(s *server, _ int) { s.Send(&pgproto3.DataRow{}); _ = s.Flush(); _ = s.conn.Close() },
		"half a row":           func(s *server, _ int) { _, _ = s.conn.Write([]byte(row[:9])); _ = s.conn.Close() },
		"no length":            func(s *server, _ int) { _, _ = s.conn.Write([]byte("D\x00\x00\x00\x00")) },
		"a long row": func(s *server, _ int) {
			s.Send(&pgproto3.DataRow{Values: [][]byte{[]byte(strings.Repeat("x", 1<<16))}})
		},
		"not complete": func(s *server, _ int) { s.Send(&pgproto3.DataRow{}); s.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'}) },
		"an answer too many": func(s *server, _ int) {
			_, _ = s.conn.Write([]byte("C\x00\x00\x00\x05\x00Z\x00\x00\x00\x05IC\x00\x00\x00\x05\x00Z\x00\x00\x00\x05I"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			to, sessions := nodeOf(t, do)
			c := newClient(t)
			for i := range 2 {
				a, err := c.Relay(t.Context(), to, brief("x"))
				var e *sqlstate.Error
				if name == "an answer too many" {
					if err != nil || a.Row != nil {
						t.Errorf("%q, %v", a, err)
					}
				} else if err == nil || errors.As(err, &e) {
					t.Errorf("%v", err)
				}
				if n := len(sessions()); n != i+1 {
					t.Errorf("%d connections after %d statements", n, i+1)
				}
			}
		})
	}
}

// TestPipesAreFew: of those with many settings the ones that nobody used for longest make
// room; what finds no room takes a connection of its own.
func TestPipesAreFew(t *testing.T) {
	h := heldNode(t, func(s *server, _ int) { s.repeat() })
	c := newClient(t)
	set := func(i int) *hop.Statement {
		s := brief(fmt.Sprint(i))
		s.Settings = fmt.Sprint("x=", i)
		return s
	}
	var all []*asking
	for i := range 70 {
		all = append(all, ask(t.Context(), c, h.Member, set(i)))
	}
	for range all { // all are on their way
		<-h.got
	}
	close(h.proceed)
	for _, a := range all {
		a.echoed(t)
	}
	before := h.seen()
	closed := make(chan struct{}, len(before))
	for _, s := range before {
		go func() { <-s.gone; closed <- struct{}{} }()
	}
	for i := range 10 {
		ask(t.Context(), c, h.Member, set(100+i)).echoed(t)
		<-closed
	}
	if len(before) != 70 {
		t.Errorf("%d connections", len(before))
	}
}

// TestClosedClients refuse.
func TestClosedClients(t *testing.T) {
	h := heldNode(t, func(s *server, _ int) { s.repeat() })
	c := newClient(t)
	a := ask(t.Context(), c, h.Member, brief("x"))
	<-h.got
	_ = c.Close()
	if <-a.done; a.err == nil {
		t.Error("it was answered")
	}
	if _, err := c.Relay(t.Context(), h.Member, brief("y")); err == nil {
		t.Error("so was the next")
	}
}
