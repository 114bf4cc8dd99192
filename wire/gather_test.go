package wire_test

import (
	"context"
	"strings"
	"testing"

	"github.com/projsql/projsql/wire"
)

// gathering opens sessions whose client waits for no single answer.
type gathering struct{ fakeSessions }

func (g *gathering) Open(ctx context.Context, s wire.Startup) (wire.Session, [][2]string, error) {
	session, statuses, err := g.fakeSessions.Open(ctx, s)
	return gatherer{session}, statuses, err
}

type gatherer struct{ wire.Session }

func (gatherer) Gathers() bool { return true }

// TestAnswersGatherForThoseWhoDoNotWait: the answers to batches that have arrived together
// leave together, and none is kept back while the next batch is not there whole.
func TestAnswersGatherForThoseWhoDoNotWait(t *testing.T) {
	var batch string
	for _, m := range []string{`Parse "" echo`, `Bind "" "" x`, `Execute ""`, "Sync"} {
		b, err := encode(m)
		if err != nil {
			t.Fatal(err)
		}
		batch += string(b)
	}
	half := len(batch) - 9
	for _, c := range []struct {
		name     string
		sessions wire.Sessions
		input    []string
		want     [][]int // answers in each write after each input
	}{
		{"a client that waits", &fakeSessions{}, []string{batch + batch + batch}, [][]int{{1, 1, 1}}},
		{"one that does not", &gathering{}, []string{batch + batch + batch, batch}, [][]int{{3}, {1}}},
		{"much at once", &gathering{}, []string{strings.Repeat(batch, 40), strings.Repeat(batch, 50)}, [][]int{{40}, {50}}},
		{"half a batch", &gathering{}, []string{batch + batch + batch[:half], batch[half:]}, [][]int{{2}, {1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newPipes() // each read from it is one write
			start(t, wire.Options{Sessions: c.sessions}, l)
			conn := l.dial()
			conn.send(startup([]string{"user=ann"}))
			conn.until("Z")
			for i, input := range c.input {
				go conn.send([]byte(input))
				for _, want := range c.want[i] {
					b := make([]byte, 64<<10)
					n, err := conn.nc.Read(b)
					if got := strings.Count(string(b[:n]), "Z\x00\x00\x00\x05I"); err != nil || got != want {
						t.Errorf("%d answers in a write, want %d; %v", got, want, err)
					}
				}
			}
		})
	}
}
