package wire

import (
	"context"
	"crypto/subtle"
	"sync"

	"github.com/projsql/projsql/wire/sqlstate"
)

// canceller gives the statements of a connection a context that others can cancel.
// The context is used again until somebody does.
type canceller struct {
	mu     sync.Mutex
	ctx    context.Context // not a call's, but the connection's
	cancel context.CancelCauseFunc
	busy   bool
}

// begin returns the context for the messages up to the next ReadyForQuery.
func (c *canceller) begin(parent context.Context) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil && !c.busy {
		c.ctx, c.cancel = context.WithCancelCause(parent)
	}
	c.busy = true
	return c.ctx
}

// end says that nothing runs any more: a cancel that comes now hits nothing.
func (c *canceller) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = false
}

// interrupt cancels what runs, if anything does.
func (c *canceller) interrupt(why *sqlstate.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy {
		c.cancel(why)
	}
}

// cancelRequest serves a CancelRequest. Whether it hit is not told.
func (s *Server) cancelRequest(id uint32, secret []byte) {
	s.mu.Lock()
	c, known := s.conns[id]
	known = known && c.authenticated
	s.mu.Unlock()
	if known && subtle.ConstantTimeCompare(c.secret[:], secret) == 1 {
		c.cancels.interrupt(errUserCancel)
	}
}
