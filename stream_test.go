package projsql_test

import (
	"context"
	"net"
	"runtime"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql"
)

// TestResultsStream: a result leaves as it is made. While its client reads only a part, and
// however much is still to come, the node keeps no more than for an answer of a row.
func TestResultsStream(t *testing.T) {
	const heapBytesMax = 32 << 20 // beside what was in use before
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	db, err := projsql.Open(t.Context(), projsql.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- db.ServePG(ctx, l) }()
	t.Cleanup(func() {
		stop()
		<-served
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	conn, err := pgx.Connect(t.Context(), "postgres://ann@"+l.Addr().String()+"/projsql?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE PROJECTION documents (body text) WHEN ANY THEN UPDATE SET body = data->>'body'")
	exec("INSERT INTO events (entity, kind, data) SELECT 'd' || i, 'Written', jsonb_build_object('body', repeat(md5(i::text), 32)) FROM generate_series(1, 20000) i")
	exec("SELECT count(body) FROM documents") // states are cached now
	for sql, rows := range map[string]int{
		"SELECT i, repeat('x', 100) FROM generate_series(1, 1000000) i":                               1_000_000,
		"SELECT entity, body, body || body, body || body || body FROM documents":                      20_000,
		"SELECT e.entity, d.body, d.body || d.body FROM events e JOIN documents d USING (entity)":     20_000,
		"SELECT body || i FROM documents, generate_series(1, 5) i WHERE body > ''":                    100_000,
		"COPY (SELECT i, repeat('x', 300) FROM generate_series(1, 300000) i) TO STDOUT":               0,
		"SELECT entity, repeat(body, 3) FROM documents UNION ALL SELECT kind, data::text FROM events": 40_000,
	} {
		base := liveHeap()
		seen, most := 0, int64(0)
		look := func() {
			if most = max(most, liveHeap()-base); most > heapBytesMax {
				t.Fatalf("%s: %d MiB more are in use after %d rows", sql, most>>20, seen)
			}
		}
		if rows == 0 {
			tag, err := conn.PgConn().CopyTo(t.Context(), writerFunc(func(b []byte) {
				if seen++; seen%100_000 == 1 {
					look()
				}
			}), sql)
			if err != nil || tag.RowsAffected() != int64(seen) {
				t.Fatalf("%s: %v, %v", sql, tag, err)
			}
			continue
		}
		result, err := conn.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatal(err)
		}
		for result.Next() {
			if seen++; seen%(rows/4) == 1 {
				look()
			}
		}
		if err := result.Err(); err != nil || seen != rows {
			t.Fatalf("%s: %d rows, %v", sql, seen, err)
		}
		t.Logf("%s: %d KiB more were in use", sql, most>>10)
	}
}

// liveHeap is what is in use once garbage is collected. What is made while it is collected
// stays until the next time: a collection counts if hardly anything was made meanwhile, as a
// node that nobody reads from comes to rest, and so does the one before, which emptied pools.
func liveHeap() int64 {
	const restBytes = 256 << 10
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	for rests := 0; rests < 2; rests++ {
		before := m.TotalAlloc
		runtime.GC()
		if runtime.ReadMemStats(&m); m.TotalAlloc-before > restBytes {
			rests = -1
		}
	}
	return int64(m.HeapAlloc)
}

// writerFunc is called with everything that is written.
type writerFunc func([]byte)

func (f writerFunc) Write(b []byte) (int, error) {
	f(b)
	return len(b), nil
}
