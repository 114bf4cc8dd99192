package wire

import (
	"context"
	"crypto/subtle"
	"sync"
	"sync/atomic"

	"github.com/projsql/projsql/wire/sqlstate"
)

// canceller gives the messages of a connection a context that others can cancel
// while the session works. The context is used again until somebody does.
type canceller struct {
	fresh atomic.Bool // ctx is there, and nobody has cancelled it

	mu     sync.Mutex
	ctx    context.Context // not a call's, but the connection's; begin alone changes it
	cancel context.CancelCauseFunc
	ended  *sqlstate.Error // why nothing more will run
}

// begin returns the context for one message. One goroutine calls it.
func (c *canceller) begin(parent context.Context) context.Context {
	if c.fresh.Load() {
		return c.ctx
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil || c.ctx.Err() != nil {
		c.ctx, c.cancel = context.WithCancelCause(parent)
	}
	if c.ended != nil {
		c.cancel(c.ended)
	}
	c.fresh.Store(c.ended == nil)
	return c.ctx
}

// interrupt cancels the message that the session works at. If there is none it hits
// nothing: the next one gets a new context.
func (c *canceller) interrupt(why *sqlstate.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.fresh.Store(false)
		c.cancel(why)
	}
}

// forbid cancels this message and all that come.
func (c *canceller) forbid(why *sqlstate.Error) {
	c.mu.Lock()
	c.ended = why
	c.mu.Unlock()
	c.interrupt(why)
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
