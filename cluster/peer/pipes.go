package peer

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/wire/sqlstate"
)

// pipes are a client's pipes.
type pipes struct {
	mu     sync.Mutex
	all    map[pipeKey]*bundle
	closed bool
}

// pipeKey is what statements must have in common to share a connection.
type pipeKey struct{ addr, settings string }

// bundle has the pipes of a key: another when the others are full.
type bundle struct {
	pipes   []*pipe
	dialing chan struct{} // closed when the next is there or is not to be had; nil: nobody dials
}

const pipesMax = 64 // to all members together

// relayBrief has a statement answered over a pipe; ok is false if it got none.
func (c *Client) relayBrief(ctx context.Context, key pipeKey, s *hop.Statement) (a hop.Answer, ok bool, err error) {
	for tries := 0; ; {
		p, err := c.pipe(ctx, key, s.Until)
		if p == nil {
			return hop.Answer{}, err != nil, err
		}
		a, again, err := p.ask(ctx, s)
		if errors.Is(err, errFull) {
			continue // others were quicker
		}
		if broken(err) && ctx.Err() == nil {
			c.pipes.forget(key.addr)
			c.lines.forget(key.addr)
		}
		if tries++; !again || tries > 1 || ctx.Err() != nil {
			return a, true, err
		}
		// The pipe had been closed since it was used last: a read may be asked for again.
	}
}

func broken(err error) bool {
	if err == nil {
		return false
	}
	var refused *sqlstate.Error
	return !errors.Is(err, errLate) && !errors.As(err, &refused)
}

// before returns ctx with a deadline, if there is one.
func before(ctx context.Context, until time.Time) (context.Context, context.CancelFunc) {
	if until.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, until)
}

// pipe returns a pipe that takes a statement, a new one if it must; nil without an error if
// there are too many. It waits for one until then at most.
func (c *Client) pipe(ctx context.Context, key pipeKey, until time.Time) (*pipe, error) {
	for {
		p, dialing, mine, err := c.pipes.join(key)
		if dialing == nil {
			return p, err
		}
		ctx, cancel := before(ctx, until)
		defer cancel() // a second round is rare
		if mine {
			return c.openPipe(ctx, key)
		}
		select {
		case <-dialing:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *Client) openPipe(ctx context.Context, key pipeKey) (*pipe, error) {
	conn, err := c.open(ctx, key.addr, key.settings)
	if err != nil {
		c.pipes.opened(key, nil)
		return nil, err
	}
	p := &pipe{line: newLine(conn, key.addr, key.settings, true)}
	return p, c.pipes.opened(key, p)
}

// join returns a pipe with room. If there is none it returns what closes when there may be;
// mine: the caller is to open one. Nothing: there are too many.
func (s *pipes) join(key pipeKey) (p *pipe, dialing <-chan struct{}, mine bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, false, net.ErrClosed
	}
	b := s.all[key]
	if b == nil {
		b = &bundle{}
	} else if p := b.roomy(); p != nil {
		return p, nil, false, nil
	}
	switch {
	case b.dialing != nil:
		return nil, b.dialing, false, nil
	case !s.makeRoom():
		return nil, nil, false, nil
	}
	if s.all == nil {
		s.all = map[pipeKey]*bundle{}
	}
	s.all[key], b.dialing = b, make(chan struct{})
	return nil, b.dialing, true, nil
}

// opened ends what join began; p is nil if there is none.
func (s *pipes) opened(key pipeKey, p *pipe) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.all[key]
	close(b.dialing)
	b.dialing = nil
	switch {
	case p == nil:
	case s.closed:
		p.close()
		return net.ErrClosed
	default:
		b.pipes = append(b.pipes, p)
	}
	return nil
}

// roomy returns a pipe that takes a statement, nil if there is none, and drops those that
// are over.
func (b *bundle) roomy() *pipe {
	b.pipes = slices.DeleteFunc(b.pipes, (*pipe).over)
	for _, p := range b.pipes {
		if p.roomy() {
			return p
		}
	}
	return nil
}

// makeRoom reports whether there may be another pipe: in the place of the one that was not
// used for longest if there are too many.
func (s *pipes) makeRoom() bool {
	n := 0
	var oldest *pipe
	var idleSince time.Time
	for _, b := range s.all {
		if n += len(b.pipes); b.dialing != nil {
			n++
		}
		for _, p := range b.pipes {
			if since, idle := p.idle(); idle && (oldest == nil || since.Before(idleSince)) {
				oldest, idleSince = p, since
			}
		}
	}
	if n < pipesMax {
		return true
	}
	return oldest != nil && s.closeIdle(func(p *pipe) bool { return p == oldest }) > 0
}

// closeIdle closes some of the pipes that nobody uses.
func (s *pipes) closeIdle(which func(*pipe) bool) (closed int) {
	for key, b := range s.all {
		before := len(b.pipes)
		b.pipes = slices.DeleteFunc(b.pipes, func(p *pipe) bool { return which(p) && p.closeIfIdle() })
		closed += before - len(b.pipes)
		if len(b.pipes) == 0 && b.dialing == nil {
			delete(s.all, key)
		}
	}
	return closed
}

// forget drops the pipes to an address that nobody uses: where one has died the others may
// have.
func (s *pipes) forget(addr string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeIdle(func(p *pipe) bool { return p.addr == addr })
}

func (s *pipes) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, b := range s.all {
		for _, p := range b.pipes {
			p.close()
		}
	}
}
