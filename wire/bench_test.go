package wire_test

import (
	"context"
	"io"
	"net"
	"runtime"
	"testing"

	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/wire"
)

// trivial is a session that answers every Execute with one row.
type trivial struct{ row []byte }

func (s *trivial) Open(context.Context, wire.Startup) (wire.Session, [][2]string, error) {
	return s, nil, nil
}

func (s *trivial) Simple(_ context.Context, _ string, out query.Out) error {
	if err := out.Row(s.row); err != nil {
		return err
	}
	return out.Complete("SELECT 1")
}

func (s *trivial) Prepare(context.Context, string, string, []uint32, query.Out) error { return nil }

func (s *trivial) Statement(context.Context, string) ([]uint32, []query.Field, error) {
	return nil, nil, nil
}

func (s *trivial) Bind(context.Context, string, string, []int16, [][]byte, []int16) error {
	return nil
}

func (s *trivial) Portal(context.Context, string) ([]query.Field, error) { return nil, nil }

func (s *trivial) Execute(ctx context.Context, _ string, _ uint32, out query.Out) error {
	return s.Simple(ctx, "", out)
}

func (s *trivial) CloseStatement(string)            {}
func (s *trivial) ClosePortal(string)               {}
func (s *trivial) Sync(context.Context, bool) error { return nil }
func (s *trivial) Status() byte                     { return 'I' }
func (s *trivial) Close()                           {}

// benchmark sends the lines again and again, depth at a time, over loopback.
func benchmark(b *testing.B, depth int, lines ...string) {
	l := listen(b)
	start(b, wire.Options{Sessions: &trivial{row: dataRow("0123456789")}}, l)
	c := openAsker(b, l, depth, lines)
	defer c.nc.Close()
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += depth {
		if err := c.ask(); err != nil {
			b.Fatal(err)
		}
	}
}

// asker is a connection with a batch of requests and room for its answer.
type asker struct {
	nc            net.Conn
	batch, answer []byte
}

func openAsker(b *testing.B, l net.Listener, depth int, lines []string) *asker {
	c := dial(b, l)
	c.connect(b)
	var request []byte
	for _, line := range lines {
		m, err := encode(line)
		if err != nil {
			b.Fatal(err)
		}
		request = append(request, m...)
	}
	a := &asker{nc: c.nc, answer: make([]byte, answerBytes(b, c, request)*depth)}
	for range depth {
		a.batch = append(a.batch, request...)
	}
	return a
}

func (a *asker) ask() error {
	if _, err := a.nc.Write(a.batch); err != nil {
		return err
	}
	_, err := io.ReadFull(a.nc, a.answer)
	return err
}

// BenchmarkCrowd is of 32 busy connections, which make way for each other.
func BenchmarkCrowd(b *testing.B) {
	l := listen(b)
	start(b, wire.Options{Sessions: &trivial{row: dataRow("0123456789")}}, l)
	each := max(1, 32/runtime.GOMAXPROCS(0))
	idle := make(chan *asker, each*runtime.GOMAXPROCS(0))
	for range cap(idle) {
		c := openAsker(b, l, 1, prepared)
		defer c.nc.Close()
		idle <- c
	}
	b.SetParallelism(each)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		c := <-idle
		defer func() { idle <- c }()
		for p.Next() {
			if err := c.ask(); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func answerBytes(b *testing.B, c *client, request []byte) int {
	c.send(request)
	total := 0
	for {
		kind, body, err := c.receive()
		if err != nil {
			b.Fatal(err)
		}
		total += 5 + len(body)
		if kind == 'Z' {
			return total
		}
	}
}

var prepared = []string{`Bind "" s1 acct:7`, `Execute ""`, "Sync"}

func BenchmarkPrepared(b *testing.B) { benchmark(b, 1, prepared...) }

func BenchmarkPreparedPipelined(b *testing.B) { benchmark(b, 100, prepared...) }

func BenchmarkSimple(b *testing.B) {
	benchmark(b, 1, `Query "SELECT * FROM project('Account','acct:7')"`)
}
