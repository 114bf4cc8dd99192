package projsql

import (
	"sync"

	"github.com/projsql/projsql/wire/sqlstate"
)

// gate counts the calls of a DB that run, so that none reads what Close has closed.
type gate struct {
	mu      sync.RWMutex
	closed  bool
	closing chan struct{}  // closed with it
	running sync.WaitGroup // joined under mu, so none joins once closed
}

// enter lets a call in, which leaves when it is done. Error: 57P03 once closed.
func (g *gate) enter() error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return sqlstate.New(sqlstate.CannotConnectNow, "the DB is closed")
	}
	g.running.Add(1)
	return nil
}

func (g *gate) leave() { g.running.Done() }

// close refuses further calls and waits for those that run. It reports whether it is the
// first.
func (g *gate) close() bool {
	g.mu.Lock()
	first := !g.closed
	if first {
		g.closed = true
		close(g.closing)
	}
	g.mu.Unlock()
	g.running.Wait()
	return first
}
