package wire_test

import (
	"context"
	"io"
	"net"
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

func (s *trivial) Prepare(context.Context, string, string, []uint32) error { return nil }

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
	nc, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer nc.Close()
	c := &client{nc: nc}
	c.connect(b)
	var request []byte
	for _, line := range lines {
		m, err := encode(line)
		if err != nil {
			b.Fatal(err)
		}
		request = append(request, m...)
	}
	var batch []byte
	for range depth {
		batch = append(batch, request...)
	}
	answer := make([]byte, answerBytes(b, c, request)*depth)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += depth {
		if _, err := nc.Write(batch); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(nc, answer); err != nil {
			b.Fatal(err)
		}
	}
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
