package jepsen

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// tally is how many appends to one entity were acknowledged, and when.
type tally struct {
	mu    sync.Mutex
	begun int
	acked []time.Time
}

func (c *tally) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun++
}

func (c *tally) ack() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acked = append(c.acked, time.Now())
}

// ackedBy is how many appends were acknowledged by then.
func (c *tally) ackedBy(then time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.acked)
	for n > 0 && c.acked[n-1].After(then) {
		n--
	}
	return n
}

func (c *tally) begunByNow() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begun
}

// TestFreshness has writers append while readers ask: a CONSISTENT answer has every
// append acknowledged before it was asked for, a MAYBE STALE one every append
// acknowledged longer ago than its bound, no answer has one that was not begun, and
// within a session none goes backwards. FRESHNESS_SECONDS sets how long (default 2).
func TestFreshness(t *testing.T) {
	server := newServer(t)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	exec1(t, server, accountProjection)
	// The first half of the entities is read CONSISTENT, the second MAYBE STALE only:
	// a CONSISTENT reader would keep its state fresh for the others.
	const entities, bound = 4, 30 * time.Millisecond
	tallies := make([]*tally, entities)
	for i := range tallies {
		tallies[i] = &tally{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(envInt(t, "FRESHNESS_SECONDS", 2))*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for w := range 2 * entities {
		wg.Go(func() { appendUntil(t, ctx, server, tallies[w%entities], w%entities) })
	}
	for r := range 2 * entities {
		clause, slack := "CONSISTENT", time.Duration(0)
		if r%entities >= entities/2 {
			clause, slack = fmt.Sprintf("MAYBE STALE '%d ms'", bound.Milliseconds()), bound
		}
		wg.Go(func() { readUntil(t, ctx, server, tallies[r%entities], r%entities, clause, slack) })
	}
	wg.Wait()
}

func appendUntil(t *testing.T, ctx context.Context, server *Process, c *tally, entity int) {
	conn := session(t, server)
	if conn == nil {
		return
	}
	defer conn.Close(context.Background())
	for ctx.Err() == nil {
		c.begin()
		_, err := conn.Exec(context.Background(), `INSERT INTO events (entity, kind, data) VALUES ($1, 'Deposited', '{"amount": 1}')`, fmt.Sprint(entity))
		if err != nil {
			t.Error(err)
			return
		}
		c.ack()
	}
}

func readUntil(t *testing.T, ctx context.Context, server *Process, c *tally, entity int, clause string, slack time.Duration) {
	conn := session(t, server)
	if conn == nil {
		return
	}
	defer conn.Close(context.Background())
	sql := "SELECT coalesce(max(deposits), 0) FROM project('account', $1) WITH FRESHNESS " + clause
	if entity%2 == 0 { // the point path and the operators both
		sql = "SELECT deposits FROM project('account', $1) WITH FRESHNESS " + clause
	}
	reads, last := 0, 0
	for ctx.Err() == nil {
		atLeast := c.ackedBy(time.Now().Add(-slack))
		got := 0
		if err := conn.QueryRow(context.Background(), sql, fmt.Sprint(entity)).Scan(&got); err != nil && err != pgx.ErrNoRows {
			t.Error(err)
			return
		}
		if atMost := c.begunByNow(); got < atLeast || got > atMost || got < last {
			t.Errorf("%s: %d deposits; %d were acknowledged early enough, %d begun, %d read before", clause, got, atLeast, atMost, last)
			return
		}
		last = got
		reads++
	}
	t.Logf("entity %d, %s: %d reads, %d deposits", entity, clause, reads, last)
}

func session(t *testing.T, server *Process) *pgx.Conn {
	conn, err := server.Connect(context.Background())
	if err != nil {
		t.Error(err)
		return nil
	}
	return conn
}
