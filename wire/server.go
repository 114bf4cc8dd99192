package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/projsql/projsql/wire/socket"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Options configure a Server. The zero value of each but Sessions is its default.
type Options struct {
	Sessions Sessions // required
	Logger   *slog.Logger
	// TLSConfig offers TLS to clients that ask for it. nil: none.
	TLSConfig *tls.Config
	// Auth decides who may connect. nil: TrustLoopback.
	Auth Authenticator
	// Metrics gets the server's collectors. nil: none.
	Metrics prometheus.Registerer
	// Alert has a client that is alone served sooner. nil: none is.
	Alert *socket.Alert

	ConnectionsMax  int           // default 5,000; more are refused with 53300
	PreAuthMax      int           // connections that have not yet authenticated; default 1,000
	MessageBytesMax int           // after authentication; default 64 MiB
	StartupTimeout  time.Duration // until authenticated; default 10 s
	IdleTimeout     time.Duration // between statements; 0 = none
	IdleInTxTimeout time.Duration // the same inside a transaction; 0 = none
	WriteTimeout    time.Duration // for a client that does not read; default 1 min
	GoneCheck       time.Duration // how often a running statement's client is looked for; default 50 ms
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Auth == nil {
		o.Auth = TrustLoopback{}
	}
	setDefault(&o.ConnectionsMax, 5000)
	setDefault(&o.PreAuthMax, 1000)
	setDefault(&o.MessageBytesMax, 64<<20)
	setDefault(&o.StartupTimeout, 10*time.Second)
	setDefault(&o.WriteTimeout, time.Minute)
	setDefault(&o.GoneCheck, 50*time.Millisecond)
	return o
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}

// Server serves connections. It is safe for concurrent use.
type Server struct {
	options Options
	metrics *metrics
	// tick counts rounds of the watchdog: a clock that costs a load.
	tick atomic.Int64
	// asleep: the watchdog sleeps long; wake ends that.
	asleep atomic.Bool
	wake   chan struct{}

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[uint32]*conn // by process id
	preAuth   int
	lastID    uint32
	draining  bool
	stop      chan struct{} // ends the watchdog
	running   sync.WaitGroup
}

// ErrServerClosed is returned by Serve after Shutdown.
var ErrServerClosed = errors.New("wire: server closed")

// NewServer returns a server; Serve starts it.
func NewServer(o Options) *Server {
	s := &Server{
		options:   o.withDefaults(),
		listeners: map[net.Listener]struct{}{},
		conns:     map[uint32]*conn{},
		stop:      make(chan struct{}),
		wake:      make(chan struct{}, 1),
	}
	s.metrics = newMetrics(s, s.options.Metrics)
	s.running.Go(s.watch)
	return s
}

// Serve accepts connections until Shutdown is called or ctx ends, which cancels what
// runs on the listener's connections; it then returns ErrServerClosed. It owns the
// listener. Shutdown is what waits for the connections.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if !s.addListener(l) {
		l.Close()
		return ErrServerClosed
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	defer s.removeListener(l)
	refused := failures{log: s.options.Logger}
	for {
		nc, err := l.Accept()
		switch {
		case err == nil:
			refused.tell()
			s.accept(ctx, nc)
		case ctx.Err() != nil || s.isDraining() || errors.Is(err, net.ErrClosed):
			return ErrServerClosed
		default:
			refused.add(err)
			if !sleep(ctx, s.stop, acceptPause) {
				return ErrServerClosed
			}
		}
	}
}

// acceptPause is how long Serve waits when it could not accept: descriptors may be there again soon.
const acceptPause = 10 * time.Millisecond

// failures logs that connections could not be accepted, once a second: where descriptors are short
// every closed connection lets one in, and the next one fails.
type failures struct {
	log   *slog.Logger
	err   error // the last one
	count int   // that the log was not told of
	told  time.Time
}

func (f *failures) add(err error) {
	f.err = err
	f.count++
	f.tell()
}

// tell logs what there is to tell unless that was done within the last second.
func (f *failures) tell() {
	if f.count == 0 || time.Since(f.told) < time.Second {
		return
	}
	f.log.Warn("cannot accept a connection", "error", f.err, "failures", f.count)
	f.count, f.told = 0, time.Now()
}

// sleep waits and reports whether nothing ended it early.
func sleep(ctx context.Context, stop <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	case <-stop:
		return false
	}
}

func (s *Server) addListener(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.listeners[l] = struct{}{}
	return true
}

func (s *Server) removeListener(l net.Listener) {
	l.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// accept starts a connection's goroutine, or refuses it.
func (s *Server) accept(ctx context.Context, nc net.Conn) {
	c := newConn(s, nc)
	if err := s.register(c); err != nil {
		s.metrics.refused.Inc()
		s.running.Go(func() { c.refuse(err) })
		return
	}
	s.running.Go(func() { c.serve(ctx) })
}

// register gives a connection its process id.
func (s *Server) register(c *conn) *sqlstate.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.draining:
		return errNotAccepting
	case len(s.conns) >= s.options.ConnectionsMax, s.preAuth >= s.options.PreAuthMax:
		return errTooMany
	}
	for {
		s.lastID = s.lastID%(1<<31-1) + 1
		if _, taken := s.conns[s.lastID]; !taken {
			break
		}
	}
	c.id = s.lastID
	s.conns[c.id] = c
	s.preAuth++
	s.metrics.accepted.Inc()
	return nil
}

// authenticated moves a connection out of the pre-authentication count.
func (s *Server) authenticated(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.authenticated {
		c.authenticated = true
		s.preAuth--
	}
}

func (s *Server) unregister(c *conn) {
	s.authenticated(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c.id)
}

// all returns the connections of this moment.
func (s *Server) all() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*conn, 0, len(s.conns))
	for _, c := range s.conns {
		all = append(all, c)
	}
	return all
}

// Shutdown refuses new connections, tells idle ones 57P01 at once and busy ones when
// their statement is done; when ctx ends it cancels what still runs. It returns when
// every connection is gone, with ctx's error if some had to be cancelled.
func (s *Server) Shutdown(ctx context.Context) error {
	s.beginDrain()
	for _, c := range s.all() {
		c.drain()
	}
	gone := make(chan struct{})
	go func() {
		s.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	for _, c := range s.all() {
		c.kill()
	}
	<-gone
	return ctx.Err()
}

func (s *Server) beginDrain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return
	}
	s.draining = true
	close(s.stop)
	for l := range s.listeners {
		l.Close()
	}
}
