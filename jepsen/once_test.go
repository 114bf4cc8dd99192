package jepsen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// message is one that several consumers receive.
type message struct {
	id      uuid.UUID
	mu      sync.Mutex
	mine    int // consumers that were told that it was new
	unknown int // that may have been, and had no answer
}

// inbox has consumers do once what follows from a message, whoever receives it how often.
type inbox struct {
	nodes    []*Process
	messages []*message
}

// TestOnceOverKills: consumers at every node receive the same messages while leaders are killed. What follows from a
// message is in the log once, and one consumer at most hears that the message was new, or that nobody knows: if none
// heard the latter, one has heard the former. KILLS sets how often (default 3), SEED repeats the order.
func TestOnceOverKills(t *testing.T) {
	kills, seed := envInt(t, "KILLS", 3), uint64(envInt(t, "SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	b := &inbox{nodes: newCluster(t, 3)}
	for range 600 {
		b.messages = append(b.messages, &message{id: uuid.New()})
	}
	var consumers sync.WaitGroup
	for i := range 12 {
		consumers.Go(func() { b.consume(t, i, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	over := make(chan struct{})
	go func() { consumers.Wait(); close(over) }()
	for range kills {
		select {
		case <-over:
			t.Log("all was received before the last kill")
		case <-time.After(700 * time.Millisecond):
		}
		leader := leaderOf(t, b.nodes)
		if err := leader.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := leader.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	<-over
	b.judge(t)
	verifyReplicas(t, b.nodes[0])
}

// consume receives all messages in an order of its own, each until its fate is known.
func (b *inbox) consume(t *testing.T, i int, random *rand.Rand) {
	node := b.nodes[i%len(b.nodes)]
	receive := b.statement
	if i/len(b.nodes)%2 == 1 {
		receive = b.block
	}
	var conn *pgx.Conn
	for _, k := range random.Perm(len(b.messages)) {
		m := b.messages[k]
		for again := true; again && t.Context().Err() == nil; {
			if conn == nil || conn.IsClosed() {
				var err error
				if conn, err = node.Connect(t.Context()); err != nil {
					time.Sleep(20 * time.Millisecond)
					continue
				}
			}
			mine, err := receive(t.Context(), conn, m)
			again = err != nil
			m.heard(t, mine, err)
		}
	}
	if conn != nil {
		conn.Close(context.Background())
	}
}

func (m *message) heard(t *testing.T, mine bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var refused *pgconn.PgError
	switch {
	case err == nil && mine:
		m.mine++
	case err == nil:
	case !errors.As(err, &refused), refused.Code == "40003":
		m.unknown++
	case refused.Code != "40001" && refused.Code != "57P03" && refused.Code != "57P01":
		t.Errorf("%s: %v", refused.Code, err)
	}
}

func (b *inbox) statement(ctx context.Context, c *pgx.Conn, m *message) (bool, error) {
	tag, err := c.Exec(ctx, `WITH new AS (INSERT INTO events (entity, kind, event_id) VALUES ($1, 'Received', $2) ON CONFLICT DO NOTHING RETURNING event_id)
		INSERT INTO events (entity, kind, data) SELECT 'work', 'Done', to_jsonb(event_id) FROM new`, "inbox:"+m.id.String()[:1], m.id)
	return tag.RowsAffected() == 1, err
}

func (b *inbox) block(ctx context.Context, c *pgx.Conn, m *message) (mine bool, err error) {
	err = pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "INSERT INTO events (entity, kind, event_id) VALUES ($1, 'Received', $2) ON CONFLICT (event_id) DO NOTHING", "inbox:"+m.id.String()[:1], m.id)
		if mine = tag.RowsAffected() == 1; err == nil && mine {
			_, err = tx.Exec(ctx, "INSERT INTO events (entity, kind, data) VALUES ('work', 'Done', to_jsonb($1::uuid))", m.id)
		}
		return err
	})
	return mine, err
}

func (b *inbox) judge(t *testing.T) {
	conn, err := b.nodes[1].Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	done, unknown := map[string]int{}, 0
	insist(t, func() error {
		rows, err := conn.Query(t.Context(), "SELECT data #>> '{}' FROM events WHERE kind = 'Done'")
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, id := range ids {
			done[id]++
		}
		return err
	})
	for _, m := range b.messages {
		said := fmt.Sprintf("message %s was done %d times, %d consumers heard that it was theirs, %d nothing", m.id, done[m.id.String()], m.mine, m.unknown)
		if done[m.id.String()] != 1 || m.mine > 1 || m.mine == 0 && m.unknown == 0 {
			t.Error(said)
		}
		unknown += min(1, m.unknown)
	}
	t.Logf("of %d messages somebody had no answer", unknown)
}
