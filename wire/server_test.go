package wire_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/wire"
)

// pipes is a listener whose connections are net.Pipes.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (p *pipes) dial() *client {
	mine, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
	case <-p.done:
		theirs.Close()
	}
	return &client{nc: mine}
}

// start serves o on a listener until the test ends.
func start(t testing.TB, o wire.Options, l net.Listener) *wire.Server {
	if o.Auth == nil {
		o.Auth = trustAll{}
	}
	s := wire.NewServer(o)
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Shutdown(ctx) // connections that tests left open are cancelled
		if err := <-served; !errors.Is(err, wire.ErrServerClosed) {
			t.Error(err)
		}
	})
	return s
}

func listen(t testing.TB) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func listenUnix(t testing.TB) net.Listener {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestScripts runs testdata: "connect" opens a connection with a startup packet,
// "send" writes its lines as messages in one piece and shows the answers up to
// ReadyForQuery (or until=kinds; n=batches), "raw" is a connection that says only that.
// Pipes and sockets are read and written in different ways.
func TestScripts(t *testing.T) {
	t.Run("pipes", func(t *testing.T) {
		l := newPipes()
		scripts(t, l, l.dial)
	})
	t.Run("sockets", func(t *testing.T) {
		l := listen(t)
		scripts(t, l, func() *client { return dial(t, l) })
	})
	t.Run("unix", func(t *testing.T) {
		l := listenUnix(t)
		scripts(t, l, func() *client { return dial(t, l) })
	})
}

func dial(t testing.TB, l net.Listener) *client {
	t.Helper()
	nc, err := net.Dial(l.Addr().Network(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return &client{nc: nc}
}

func scripts(t *testing.T, l net.Listener, dial func() *client) {
	start(t, wire.Options{Sessions: &fakeSessions{}, MessageBytesMax: 1 << 20}, l)
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		var c *client
		defer func() { c.nc.Close() }()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "connect":
				if c != nil {
					c.nc.Close()
				}
				c = dial()
				c.send(lines(t, d.Input))
				return c.until("Z")
			case "raw":
				c = dial()
				c.send(lines(t, d.Input))
				return c.answers()
			case "send":
				return sendScript(t, c, d)
			}
			t.Fatalf("unknown command %q", d.Cmd)
			return ""
		})
	})
}

func lines(t *testing.T, input string) []byte {
	var all []byte
	for _, line := range strings.Split(input, "\n") {
		b, err := encode(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, b...)
	}
	return all
}

func sendScript(t *testing.T, c *client, d *datadriven.TestData) string {
	until, n := "Z", 1
	d.MaybeScanArgs(t, "until", &until)
	d.MaybeScanArgs(t, "n", &n)
	c.send(lines(t, d.Input))
	if until == "nothing" {
		return "\n"
	}
	out := ""
	for range n {
		out += c.until(until)
	}
	return out
}
