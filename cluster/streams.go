package cluster

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// A connection of Raft's begins with a greeting: "PJRAFT", the version, then the ids
// of the cluster and of the node that is called, and the group's name, each with its
// length in a byte. What comes from another cluster, for another node (that had this
// address before: its votes are not this one's), or for a group that is not here, is
// closed unanswered.
const (
	greetingMagic   = "PJRAFT\x01"
	greetingTimeout = 5 * time.Second
)

func greeting(texts ...string) []byte {
	b := []byte(greetingMagic)
	for _, t := range texts {
		b = append(append(b, byte(len(t))), t...)
	}
	return b
}

// An address of Raft's is a node's id, an at sign, and host:port.
func raftAddress(id, addr string) raft.ServerAddress { return raft.ServerAddress(id + "@" + addr) }

// streams is one group's share of a listener. It implements raft.StreamLayer.
type streams struct {
	listener net.Listener
	own      string // address of the listener as others see it
	dial     func(ctx context.Context, addr string) (net.Conn, error)
	cluster  string
	group    string
	greeting []byte // that this node expects

	accepted chan net.Conn
	ended    chan struct{}
	closing  sync.Once
	tasks    sync.WaitGroup

	mu    sync.Mutex
	conns map[*tracked]struct{} // open ones; nil once closed
}

// tracked is a connection that ends with its streams.
type tracked struct {
	net.Conn
	of *streams
}

// Close closes the connection.
func (t *tracked) Close() error {
	t.of.mu.Lock()
	delete(t.of.conns, t)
	t.of.mu.Unlock()
	return t.Conn.Close()
}

func (s *streams) track(conn net.Conn) (net.Conn, error) {
	t := &tracked{Conn: conn, of: s}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		return nil, errors.Join(net.ErrClosed, conn.Close())
	}
	s.conns[t] = struct{}{}
	return t, nil
}

var _ raft.StreamLayer = (*streams)(nil)

func openStreams(w *Network, cluster, id, group string) *streams {
	s := &streams{
		listener: w.Listener, own: w.RaftAddr, dial: w.Dial, cluster: cluster, group: group, greeting: greeting(cluster, id, group),
		accepted: make(chan net.Conn), ended: make(chan struct{}), conns: map[*tracked]struct{}{},
	}
	s.tasks.Go(s.listen)
	return s
}

func (s *streams) listen() {
	for {
		conn, err := s.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // e.g. too many open files
			select {
			case <-time.After(100 * time.Millisecond):
			case <-s.ended:
				return
			}
		default:
			s.tasks.Go(func() { s.admit(conn) })
		}
	}
}

// admit reads a greeting and hands the connection to raft.
func (s *streams) admit(conn net.Conn) {
	conn, err := s.track(conn)
	if err != nil {
		return
	}
	err = conn.SetReadDeadline(time.Now().Add(greetingTimeout))
	if err == nil && s.greeted(conn) && conn.SetReadDeadline(time.Time{}) == nil {
		select {
		case s.accepted <- conn:
			return
		case <-s.ended:
		}
	}
	_ = conn.Close()
}

func (s *streams) greeted(conn net.Conn) bool {
	got := make([]byte, len(s.greeting))
	_, err := io.ReadFull(conn, got)
	return err == nil && bytes.Equal(got, s.greeting)
}

// Accept returns the next connection of the group.
func (s *streams) Accept() (net.Conn, error) {
	select {
	case conn := <-s.accepted:
		return conn, nil
	case <-s.ended:
		return nil, net.ErrClosed
	}
}

// Close closes the listener and all connections.
func (s *streams) Close() (err error) {
	s.closing.Do(func() {
		close(s.ended)
		err = s.listener.Close()
		s.mu.Lock()
		open := s.conns
		s.conns = nil
		s.mu.Unlock()
		for t := range open {
			_ = t.Conn.Close()
		}
		s.tasks.Wait()
	})
	return err
}

// Addr returns the listener's address.
func (s *streams) Addr() net.Addr { return s.listener.Addr() }

// Dial opens a connection to a member's group.
func (s *streams) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	id, to, _ := strings.Cut(string(address), "@")
	if to == s.own {
		to = s.listener.Addr().String()
	}
	conn, err := s.dial(ctx, to)
	if err != nil {
		return nil, err
	}
	err = conn.SetWriteDeadline(time.Now().Add(timeout))
	if err == nil {
		_, err = conn.Write(greeting(s.cluster, id, s.group))
	}
	if err = errors.Join(err, conn.SetWriteDeadline(time.Time{})); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s.track(conn)
}
