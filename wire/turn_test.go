package wire_test

import (
	"net"
	"strings"
	"testing"

	"github.com/projsql/projsql/wire"
)

// stubborn is a connection that takes little of an answer at once.
type stubborn struct {
	net.Conn
	takes int
}

func (s *stubborn) Turn(answer []byte, sent func(), b []byte) (rest []byte, n int, err error) {
	taken := min(s.takes, len(answer))
	if taken > 0 { // a pipe waits to give nothing too
		if _, err := s.Write(answer[:taken]); err != nil {
			return nil, 0, err
		}
	}
	if taken < len(answer) {
		return answer[taken:], 0, nil
	}
	sent()
	n, err = s.Read(b)
	return nil, n, err
}

type stubbornPipes struct {
	*pipes
	takes int
}

func (p stubbornPipes) Accept() (net.Conn, error) {
	c, err := p.pipes.Accept()
	return &stubborn{c, p.takes}, err
}

// TestAnswersArriveWhole, whatever the socket takes of them before it has to be waited for.
func TestAnswersArriveWhole(t *testing.T) {
	for _, takes := range []int{0, 1, 20, 1 << 20} {
		l := stubbornPipes{newPipes(), takes}
		start(t, wire.Options{Sessions: &fakeSessions{}}, l)
		c := l.dial()
		c.connect(t)
		for range 3 {
			c.sendLines(t, `Query "rows 2"`)
			want(t, c.until("Z"), "DataRow 1", "DataRow 2", "SELECT 2", "ReadyForQuery I")
		}
		c.nc.Close()
	}
}

// TestBatchesAreAnsweredAtSync: what a batch has gathered waits for its Sync, though the
// connection receives in between.
func TestBatchesAreAnsweredAtSync(t *testing.T) {
	l := newPipes() // each read from it is one write
	start(t, wire.Options{Sessions: &fakeSessions{}}, l)
	c := l.dial()
	c.send(startup([]string{"user=ann"}))
	c.until("Z")
	defer c.nc.Close()
	for _, line := range []string{`Parse "" echo`, `Bind "" "" x`, `Execute ""`, "Sync"} {
		m, err := encode(line)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.nc.Write(m); err != nil { // which returns when it is received
			t.Fatal(err)
		}
	}
	b := make([]byte, 4<<10)
	n, err := c.nc.Read(b)
	if answer := string(b[:n]); err != nil || !strings.HasPrefix(answer, "1\x00\x00\x00\x04") || !strings.HasSuffix(answer, "Z\x00\x00\x00\x05I") {
		t.Errorf("the first write is %q; %v", answer, err)
	}
}
