package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const guardWriters = 8

// race runs one function on as many connections at once.
func race(t *testing.T, n *runningNode, write func(ctx context.Context, conn *pgx.Conn, writer int) error) {
	t.Helper()
	var all sync.WaitGroup
	for w := range guardWriters {
		conn := n.connect(t)
		all.Go(func() {
			if err := write(t.Context(), conn, w); err != nil {
				t.Errorf("writer %d: %v", w, err)
			}
		})
	}
	all.Wait()
}

// refusedBy returns the SQLSTATE of an assertion that did not hold; another error is
// returned.
func refusedBy(err error) (string, error) {
	var e *pgconn.PgError
	if errors.As(err, &e) && (e.Code == "P0004" || e.Code == "40001") {
		return e.Code, nil
	}
	return "", err
}

const registerName = `ASSERT NOT EXISTS (SELECT FROM events WHERE kind = 'UserRegistered' AND data->>'name' = $1)
	THEN INSERT INTO events (entity, kind, data) VALUES ($2, 'UserRegistered', jsonb_build_object('name', $1))`

// TestOneWriterGetsAName lets many writers register the same names at once.
func TestOneWriterGetsAName(t *testing.T) {
	t.Parallel()
	const names = 25
	n := testNode(t)
	race(t, n, func(ctx context.Context, conn *pgx.Conn, writer int) error {
		for i := range names {
			name := fmt.Sprintf("name %d", (i+writer)%names)
			_, err := conn.Exec(ctx, registerName, name, fmt.Sprintf("user:%d:%d", writer, i))
			if _, err := refusedBy(err); err != nil {
				return err
			}
		}
		return nil
	})
	got := rowsOf(t, n, "SELECT data->>'name', count(*) FROM events GROUP BY 1 HAVING count(*) <> 1 UNION ALL SELECT 'names', count(*) FROM events")
	if want := fmt.Sprintf("[names %d]\n", names); got != want {
		t.Errorf("names, and how often they were registered if not once: %s, want %s", got, want)
	}
}

const takeSeat = `ASSERT (SELECT count(*) FROM events WHERE kind = 'SeatTaken' AND data->>'course' = $1) < 10
	THEN INSERT INTO events (entity, kind, data) VALUES ($2, 'SeatTaken', jsonb_build_object('course', $1))`

// TestSeatsOfACourse lets many writers take seats of two courses, in one statement,
// until each is told that there is none left. A writer may be told that it was too
// slow; it is never told that a seat is its own when it is not.
func TestSeatsOfACourse(t *testing.T) {
	t.Parallel()
	n := testNode(t)
	var mu sync.Mutex
	taken := 0
	race(t, n, func(ctx context.Context, conn *pgx.Conn, writer int) error {
		course := []string{"go", "sql"}[writer%2]
		for i := 0; ; i++ {
			_, err := conn.Exec(ctx, takeSeat, course, fmt.Sprintf("seat:%d:%d", writer, i))
			code, err := refusedBy(err)
			switch {
			case err != nil:
				return err
			case code == "P0004":
				return nil
			case code == "":
				mu.Lock()
				taken++
				mu.Unlock()
			}
		}
	})
	if got := rowsOf(t, n, "SELECT data->>'course', count(*) FROM events GROUP BY 1 ORDER BY 1"); got != "[go 10]\n[sql 10]\n" || taken != 20 {
		t.Errorf("%d seats were granted; the log has %s", taken, got)
	}
}

// TestSeatsInTransactions is the same in blocks of several statements, where a conflict
// is 40001 and the client begins again.
func TestSeatsInTransactions(t *testing.T) {
	t.Parallel()
	n := testNode(t)
	race(t, n, func(ctx context.Context, conn *pgx.Conn, writer int) error {
		for {
			var seats int
			err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
				if err := tx.QueryRow(ctx, "SELECT count(*) FROM events WHERE kind = 'SeatTaken'").Scan(&seats); err != nil || seats >= 10 {
					return err
				}
				if _, err := tx.Exec(ctx, "ASSERT NOT EXISTS (SELECT FROM events WHERE kind = 'SeatTaken' AND data->>'seat' = $1)", fmt.Sprint(seats)); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, "INSERT INTO events (entity, kind, data) VALUES ($1, 'SeatTaken', jsonb_build_object('seat', $2::text))", fmt.Sprint("by:", writer), fmt.Sprint(seats))
				return err
			})
			if _, err := refusedBy(err); err != nil || seats >= 10 {
				return err
			}
		}
	})
	if got := rowsOf(t, n, "SELECT count(*), count(DISTINCT data->>'seat') FROM events"); got != "[10 10]\n" {
		t.Errorf("events and seats: %s", got)
	}
}

// TestGuardsReplay starts a node on a copy of the files of one that runs, as after a
// kill: what the store had not flushed it applies again, in other batches. The log must
// be the same.
func TestGuardsReplay(t *testing.T) {
	t.Parallel()
	n := testNode(t)
	race(t, n, func(ctx context.Context, conn *pgx.Conn, writer int) error {
		for i := range 40 {
			_, err := conn.Exec(ctx, registerName, fmt.Sprintf("name %d", i*i%23), fmt.Sprintf("user:%d:%d", writer, i))
			if _, err := refusedBy(err); err != nil {
				return err
			}
		}
		return nil
	})
	const everything = "SELECT sequence, hlc, entity, version, kind, data, event_id FROM events ORDER BY sequence"
	want := rowsOf(t, n, everything)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(n.config.db.Dir)); err != nil {
		t.Fatal(err)
	}
	again := startNode(t, dir)
	if got := rowsOf(t, again, everything); got != want {
		t.Errorf("after a replay\n%s, before\n%s", got, want)
	}
	if judged := again.rooms.Store.Stats().GuardsJudged; judged == 0 {
		t.Error("no guard was judged again: the test shows nothing")
	}
}

func rowsOf(t *testing.T, n *runningNode, sql string) (text string) {
	t.Helper()
	rows, err := n.connect(t).Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		text += fmt.Sprintln(values)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return text
}
