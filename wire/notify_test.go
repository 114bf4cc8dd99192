package wire_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/wire"
)

// tellingSessions opens fake sessions that listen from the start.
type tellingSessions struct {
	fakeSessions
	ready chan struct{}

	mu      sync.Mutex
	waiting []query.Notification
}

func newTelling() *tellingSessions { return &tellingSessions{ready: make(chan struct{}, 1)} }

func (s *tellingSessions) Open(ctx context.Context, start wire.Startup) (wire.Session, [][2]string, error) {
	session, statuses, err := s.fakeSessions.Open(ctx, start)
	if err != nil {
		return nil, nil, err
	}
	return &tellingSession{session.(*fakeSession), s}, statuses, nil
}

func (s *tellingSessions) notify(payloads ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range payloads {
		s.waiting = append(s.waiting, query.Notification{Channel: "c", Payload: p})
	}
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

type tellingSession struct {
	*fakeSession
	all *tellingSessions
}

func (s *tellingSession) Notified() <-chan struct{} { return s.all.ready }

func (s *tellingSession) Notifications() []query.Notification {
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	taken := s.all.waiting
	s.all.waiting = nil
	return taken
}

// TestNotifications: an idle client is told at once, any other when its transaction
// has ended, before ReadyForQuery.
func TestNotifications(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, all := newPipes(), newTelling()
		start(t, wire.Options{Sessions: all}, l)
		c := l.dial()
		c.connect(t)
		for range 3 {
			all.notify("idle")
			want(t, c.until("A"), `c\x00idle\x00`)
		}
		c.sendLines(t, "Query begin")
		c.until("Z")
		all.notify("one", "two")
		synctest.Wait()
		c.sendLines(t, "Query \"rows 1\"")
		if got := c.until("Z"); strings.Contains(got, "one") {
			t.Errorf("told inside a transaction: %s", got)
		}
		c.sendLines(t, "Query commit")
		got := c.until("Z")
		complete, one, two := strings.Index(got, "CommandComplete"), strings.Index(got, "one"), strings.Index(got, "two")
		if complete < 0 || one < complete || two < one {
			t.Errorf("after a transaction: %s", got)
		}
		c.nc.Close()
	})
}

// TestNotificationsUnread: a client that does not read what it is told is let go.
func TestNotificationsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, all := newPipes(), newTelling()
		start(t, wire.Options{Sessions: all, WriteTimeout: 10 * time.Second}, l)
		c := l.dial()
		c.connect(t)
		began := time.Now()
		all.notify(strings.Repeat("x", 1<<20))
		for all.open.Load() != 0 && time.Since(began) < time.Hour {
			time.Sleep(time.Second)
		}
		if waited := time.Since(began); waited < 9*time.Second || waited > 15*time.Second {
			t.Fatalf("let go after %v", waited)
		}
	})
}

// TestNotificationsEnd: a drain does not wait for a client that does not read.
func TestNotificationsEnd(t *testing.T) {
	l, all := newPipes(), newTelling()
	s := start(t, wire.Options{Sessions: all}, l)
	c := l.dial()
	c.connect(t)
	all.notify(strings.Repeat("x", 1<<20))
	if _, err := c.nc.Read(make([]byte, 1)); err != nil { // so it is being written
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}
