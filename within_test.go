package projsql_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestAppendsInWithOnEveryNode: whoever is asked, leads or owns the entity, an INSERT in WITH is
// appended once, and the rest of the statement reads what owners and scans that nodes share give of
// what was there before.
func TestAppendsInWithOnEveryNode(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	n.do(t, "n1", "CREATE PROJECTION tally (n int NOT NULL DEFAULT 0) WHEN ANY THEN UPDATE SET n = n + 1")
	const sql = `WITH x AS (INSERT INTO events (entity, kind, data) SELECT 'e' || g, 'K', to_jsonb($1::int) FROM generate_series(1, 12) g RETURNING *),
		y AS (INSERT INTO events (entity, kind) SELECT 'all', 'K' FROM x WHERE entity = 'e1')
		SELECT count(*), min(version), max(version), count(hlc), count(DISTINCT sequence), (SELECT coalesce(sum(n), 0) FROM tally), (SELECT count(*) FROM tally WHERE entity = 'e7') FROM x`
	before := 0
	for round := range 3 {
		for _, name := range []string{"n1", "n2", "n3"} {
			var rows, first, last, stamped, places, sum, seven int
			err := n.conns[name].QueryRow(t.Context(), sql, round).Scan(&rows, &first, &last, &stamped, &places, &sum, &seven)
			got := fmt.Sprint(rows, first, last, stamped, places, sum, seven, err)
			want := fmt.Sprint(12, before+1, before+1, 12, 12, 13*before, min(before, 1), nil)
			if got != want {
				t.Fatalf("%s, round %d: %s, want %s", name, round, got, want)
			}
			before++
		}
	}
	for _, name := range []string{"n1", "n2", "n3"} {
		var events, own int
		if err := n.conns[name].QueryRow(t.Context(), "SELECT count(*), (SELECT n FROM project('tally', 'all')) FROM events").Scan(&events, &own); err != nil || events != 13*before || own != before {
			t.Errorf("%s has %d events, %d of 'all': %v", name, events, own, err)
		}
	}
}

// TestOnceOnEveryNode: messages arrive at every node at the same time, again and again. Whoever is told that one
// is new does what follows from it: in one statement, or in a block that is tried again when it is refused.
func TestOnceOnEveryNode(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	const messages, deliveries = 30, 3
	receive := map[string]func(*pgx.Conn, string) error{
		"statement": func(c *pgx.Conn, id string) error {
			_, err := c.Exec(t.Context(), `WITH new AS (INSERT INTO events (entity, kind, event_id) VALUES ('inbox', 'Received', $1) ON CONFLICT DO NOTHING RETURNING event_id)
				INSERT INTO events (entity, kind, data) SELECT 'work', 'statement', to_jsonb(event_id) FROM new`, id)
			return err
		},
		"block": func(c *pgx.Conn, id string) error {
			return pgx.BeginFunc(t.Context(), c, func(tx pgx.Tx) error {
				tag, err := tx.Exec(t.Context(), "INSERT INTO events (entity, kind, event_id) VALUES ('inbox', 'Received', $1) ON CONFLICT (event_id) DO NOTHING", id)
				if err == nil && tag.RowsAffected() == 1 {
					_, err = tx.Exec(t.Context(), "INSERT INTO events (entity, kind, data) VALUES ('work', 'block', to_jsonb($1::text))", id)
				}
				return err
			})
		},
	}
	for way, receive := range receive {
		var group sync.WaitGroup
		for _, name := range []string{"n1", "n2", "n3"} {
			for range deliveries {
				conn := n.dial(t, name)
				group.Go(func() {
					for i := range messages {
						id := fmt.Sprintf("%08x-0000-7000-8000-%012x", i+1, len(way))
						for err := receive(conn, id); err != nil; err = receive(conn, id) {
							var refused *pgconn.PgError
							if !errors.As(err, &refused) || refused.Code != "40001" {
								t.Errorf("%s, message %d: %v", way, i, err)
								return
							}
						}
					}
				})
			}
		}
		group.Wait()
		var done, different int
		err := n.conns["n2"].QueryRow(t.Context(), "SELECT count(*), count(DISTINCT data) FROM events WHERE kind = $1", way).Scan(&done, &different)
		if err != nil || done != messages || different != messages {
			t.Errorf("%s: %d were done of %d messages, %d of them once at least: %v", way, done, messages, different, err)
		}
	}
}

// TestToldOnEveryNode: sessions at every node append to one entity. Each is told another version, in one statement or
// with an append that follows from it, and what it was told is what is in the log; what it cannot be told is not.
func TestToldOnEveryNode(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	const each = 15
	var mu sync.Mutex
	told := map[int]int{}
	var group sync.WaitGroup
	for i := range 9 {
		conn := n.dial(t, []string{"n1", "n2", "n3"}[i%3])
		group.Go(func() {
			for k := range each {
				sql := "INSERT INTO events (entity, kind) VALUES ('hot', 'K') RETURNING version + 0"
				switch k % 3 {
				case 1:
					sql = "WITH x AS (INSERT INTO events (entity, kind) VALUES ('hot', 'K') RETURNING *) INSERT INTO events (entity, kind, data) SELECT 'told', 'K', to_jsonb(version) FROM x RETURNING data::int"
				case 2:
					sql = "INSERT INTO events (entity, kind) VALUES ('hot', 'K') RETURNING version / (version % 2)"
				}
				var version int
				err := conn.QueryRow(t.Context(), sql).Scan(&version)
				var refused *pgconn.PgError
				if k%3 == 2 && errors.As(err, &refused) && refused.Code == "22012" {
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", sql, err)
				}
				mu.Lock()
				told[version]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	var events, follow, right int
	err := n.conns["n3"].QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE entity = 'hot'), count(*) FILTER (WHERE entity = 'told'), count(DISTINCT data) FILTER (WHERE entity = 'told') FROM events`).Scan(&events, &follow, &right)
	if err != nil || events != len(told) || follow != 9*each/3 || right != follow {
		t.Errorf("%d events of which %d were told, %d computed from them, %d different: %v", events, len(told), follow, right, err)
	}
	for version, times := range told {
		if times != 1 || version < 1 || version > events {
			t.Errorf("version %d was told %d times", version, times)
		}
	}
}
