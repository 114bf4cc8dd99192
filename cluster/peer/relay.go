package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
)

// pool has the connections over which statements go to other nodes: each to one address
// with one set of settings, and used by one statement at a time.
type pool struct {
	mu     sync.Mutex
	idle   []*line // last used last
	closed bool
}

const linesMax = 256 // kept, to all members together

// Relay has a member's session answer a statement: what it takes to prepare, bind and
// execute it leaves in one write. An error is the session's, a *sqlstate.Error, or says
// that there is no whole answer.
func (c *Client) Relay(ctx context.Context, to cluster.Member, s *hop.Statement) (hop.Answer, error) {
	if s.Brief > 0 {
		if a, ok, err := c.relayBrief(ctx, pipeKey{to.PG, s.Settings}, s); ok {
			return a, err
		}
	}
	ctx, cancel := before(ctx, s.Until)
	defer cancel()
	for {
		l, err := c.line(ctx, to.PG, s.Settings, false)
		if err != nil {
			return hop.Answer{}, err
		}
		used := l.asked > 0
		a, err := l.ask(ctx, s)
		if l.usable() {
			c.lines.put(l)
			return a, err
		}
		_ = l.conn.Close() // it is of no use any more
		if !errors.Is(ctx.Err(), context.Canceled) {
			c.lines.forget(to.PG)
		}
		if !used || ctx.Err() != nil || l.heard {
			return a, err
		}
		// The connection had been closed since it was used last: a read may be asked for again.
	}
}

func (c *Client) line(ctx context.Context, addr, settings string, wide bool) (*line, error) {
	if l := c.lines.take(addr, settings, wide); l != nil {
		return l, nil
	}
	return c.connect(ctx, addr, settings, wide)
}

func (c *Client) connect(ctx context.Context, addr, settings string, wide bool) (*line, error) {
	conn, err := c.open(ctx, addr, settings)
	if err != nil {
		return nil, err
	}
	return newLine(conn, addr, settings, wide), nil
}

// open returns a connection to a session that has begun.
func (c *Client) open(ctx context.Context, addr, settings string) (net.Conn, error) {
	conn, err := c.dial(ctx, addr, settings)
	if err != nil {
		return nil, err
	}
	h, err := conn.Hijack()
	if err != nil {
		discard(conn)
		return nil, fmt.Errorf("peer: %w", err)
	}
	c.Alert.Hasten(h.Conn)
	return h.Conn, nil
}

// take returns a connection that is kept, nil if there is none.
func (p *pool) take(addr, settings string, wide bool) *line {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.idle) - 1; i >= 0; i-- {
		if l := p.idle[i]; l.addr == addr && l.settings == settings && l.wide == wide {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			return l
		}
	}
	return nil
}

// put keeps a connection, in the place of the one that was not used for longest if there
// are too many.
func (p *pool) put(l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = l.conn.Close() // of no use any more
		return
	}
	if len(p.idle) >= linesMax {
		_ = p.idle[0].conn.Close() // neither
		p.idle = append(p.idle[:0], p.idle[1:]...)
	}
	p.idle = append(p.idle, l)
}

// forget drops the connections to an address: where one has died the others may have.
func (p *pool) forget(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.idle[:0]
	for _, l := range p.idle {
		if l.addr != addr {
			kept = append(kept, l)
			continue
		}
		_ = l.conn.Close() // of no use any more
	}
	clear(p.idle[len(kept):])
	p.idle = kept
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, l := range p.idle {
		_ = l.conn.Close() // of no use any more
	}
	p.idle = nil
}
