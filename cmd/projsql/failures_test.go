package main

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

const tallySource = `CREATE PROJECTION tally (n int NOT NULL DEFAULT 0) WHEN 'Added' THEN UPDATE SET n = n + (data->>'n')::int`

func startWithEngine(t *testing.T, dir string, change func(*engine.Options)) *runningNode {
	t.Helper()
	return startNodeWith(t, dir, func(c *testConfig) { c.Engine = change })
}

// script runs statements that must succeed.
func script(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

func add(entity string, n int) string {
	return fmt.Sprintf(`INSERT INTO events (entity, kind, data, occurred_at) VALUES ('%s', 'Added', '{"n": %d}', '2020-01-01')`, entity, n)
}

// expectTally reads an entity at each freshness that a test can ask for at any time.
func expectTally(t *testing.T, conn *pgx.Conn, entity string, want int) {
	t.Helper()
	for _, freshness := range []string{"CONSISTENT", "MAYBE STALE '1h'", "AS OF " + newestHLC(t, conn), "AS OF OCCURRED '2021-01-01'", "CONSISTENT"} {
		var n int
		err := conn.QueryRow(t.Context(), "SELECT n FROM project('Tally', $1) WITH FRESHNESS "+freshness, entity).Scan(&n)
		if err != nil || n != want {
			t.Errorf("%s %s: %d, %v; want %d", entity, freshness, n, err, want)
		}
	}
}

// newestHLC is the stamp of the last event.
func newestHLC(t *testing.T, conn *pgx.Conn) (text string) {
	t.Helper()
	if err := conn.QueryRow(t.Context(), "SELECT max(hlc)::text FROM events").Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestFailingCacheDisk lets the external cache's disk refuse every write, then every
// read and write, while a node runs. No answer changes; the cache comes back with its
// disk, or with the next start.
func TestFailingCacheDisk(t *testing.T) {
	t.Parallel()
	for _, fault := range []struct {
		name  string
		errno syscall.Errno
		reads bool
	}{{"disk full", syscall.ENOSPC, false}, {"read-only", syscall.EROFS, false}, {"input/output", syscall.EIO, true}} {
		for _, warm := range []string{"off", "on"} {
			t.Run(fault.name+", warmer "+warm, func(t *testing.T) {
				t.Parallel()
				failCacheDisk(t, warm, fault.errno, fault.reads)
			})
		}
	}
}

func failCacheDisk(t *testing.T, warm string, errno syscall.Errno, reads bool) {
	dir := t.TempDir()
	var broken atomic.Bool
	n := startNodeWith(t, dir, func(c *testConfig) {
		c.db.Warm = warm
		c.Engine = func(o *engine.Options) {
			o.External = reopen(t, o.External, filepath.Join(dir, "cache"), errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
				if broken.Load() && (reads || op.Kind.ReadOrWrite() == errorfs.OpIsWrite) {
					return errno
				}
				return nil
			})))
		}
	})
	conn := n.connect(t)
	script(t, conn, tallySource, add("before", 1), "SELECT * FROM tally")
	broken.Store(true)
	for i := range 50 {
		script(t, conn, add("before", 1), add(fmt.Sprint("during", i), 7))
		expectTally(t, conn, fmt.Sprint("during", i), 7)
	}
	expectTally(t, conn, "before", 51)
	broken.Store(false)
	for cold := 0; ; cold++ { // heals within a second or so
		entity := fmt.Sprint("cold", cold)
		script(t, conn, add(entity, 1), fmt.Sprintf("SELECT * FROM project('Tally', '%s')", entity))
		if o := lastOutcome(t, conn); o.CacheStatus != "unavailable" {
			break
		}
	}
	if warm == "on" {
		await(t, conn, "SELECT warm_state || events_behind FROM projsql.projections", "following0")
	}
	if err := n.stop(); err != nil {
		t.Errorf("the node ends with: %v", err)
	}
	conn = startNode(t, dir).connect(t)
	expectTally(t, conn, "before", 51)
	script(t, conn, "SELECT * FROM tally")
	if o := lastOutcome(t, conn); o.CacheStatus == "unavailable" {
		t.Errorf("after a restart: %+v", o)
	}
}

// reopen opens the cache in a directory anew, over another disk, and keeps little of it in memory.
func reopen(t *testing.T, old cache.External, dir string, disk vfs.FS) cache.External {
	t.Helper()
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	external, err := cache.OpenPebble(dir, cache.PebbleOptions{FS: disk, MemTableBytes: 256 << 10, BlockBytesMax: 1})
	if err != nil {
		t.Fatal(err)
	}
	return external
}

// TestDamagedCacheFiles flips bits in every file of the external cache between two
// starts: whatever is left of it, answers are folds of the log.
func TestDamagedCacheFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed := uint64(os.Getpid())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range 3 {
		n := startNode(t, dir)
		conn := n.connect(t)
		if round == 0 {
			script(t, conn, tallySource)
		}
		for i := range 20 {
			entity := fmt.Sprint("e", i)
			if round > 0 {
				expectTally(t, conn, entity, round*(round-1)/2+i*round)
			}
			script(t, conn, add(entity, round+i))
		}
		script(t, conn, "SELECT * FROM tally")
		if err := n.stop(); err != nil {
			t.Fatal(err)
		}
		flipBits(t, filepath.Join(dir, "cache"), random)
	}
}

// flipBits flips a bit in every kilobyte or so of every file.
func flipBits(t *testing.T, dir string, random *rand.Rand) {
	t.Helper()
	flipped := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for range len(b)/1024 + min(1, len(b)) {
			b[random.IntN(len(b))] ^= 1 << random.IntN(8)
			flipped++
		}
		return os.WriteFile(path, b, 0o600)
	})
	if err != nil || flipped == 0 {
		t.Fatalf("%d bits flipped, %v", flipped, err)
	}
}

// TestUnusableCacheDirectory starts a node where a file stands in the place of the
// cache: it answers without one.
func TestUnusableCacheDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cache"), nil, 0o400); err != nil {
		t.Fatal(err)
	}
	conn := startNode(t, dir).connect(t)
	script(t, conn, tallySource, add("a", 1))
	expectTally(t, conn, "a", 1)
	script(t, conn, "SELECT projsql_cache_purge('')")
	expectTally(t, conn, "a", 1)
	if o := lastOutcome(t, conn); o.Strategy != "group_local_hit" {
		t.Errorf("%+v", o)
	}
}

// failingLog is a log whose reads of entities' events fail with err, after some.
type failingLog struct {
	engine.Log
	err atomic.Pointer[sqlstate.Error]
}

func (l *failingLog) Reader(c projection.Cut) event.Reader {
	return failingReader{l.Log.Reader(c), l}
}

type failingReader struct {
	event.Reader
	log *failingLog
}

func (r failingReader) Entity(e event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for ev, err := range r.Reader.Entity(e, from, to) {
			if !yield(ev, err) {
				return
			}
			if fault := r.log.err.Load(); fault != nil {
				yield(nil, fault)
				return
			}
		}
	}
}

// TestLogErrorsFailTheRead demands that a read whose events cannot be read fails with
// the log's error, on every strategy that folds, keeps nothing, and does not stand
// in the way of the next.
func TestLogErrorsFailTheRead(t *testing.T) {
	t.Parallel()
	log := &failingLog{}
	n := startWithEngine(t, t.TempDir(), func(o *engine.Options) {
		log.Log = o.Log
		o.Log = log
	})
	conn := n.connect(t)
	script(t, conn, tallySource)
	for i, code := range []sqlstate.Code{sqlstate.IOError, sqlstate.DataCorrupted} {
		fail := func(what, sql string, args ...any) {
			t.Helper()
			log.err.Store(sqlstate.New(code, "injected"))
			_, err := conn.Exec(t.Context(), sql, args...)
			log.err.Store(nil)
			var pgErr *pgconn.PgError
			if !errors.As(err, &pgErr) || pgErr.Code != string(code) {
				t.Errorf("%s: %v, want %s", what, err, code)
			}
		}
		entity := fmt.Sprint("e", i)
		read := fmt.Sprintf("SELECT * FROM project('Tally', '%s')", entity)
		script(t, conn, add(entity, 1), add(entity, 1))
		fail("cold", read)
		fail("still cold", read)
		fail("AS OF OCCURRED", read+" WITH FRESHNESS AS OF OCCURRED '2021-01-01'")
		fail("scan", "SELECT sum(n) FROM tally")
		expectOutcome(t, conn, read, "external_cache_then_replay", "miss")
		script(t, conn, add(entity, 1))
		fail("incremental", read)
		expectOutcome(t, conn, read, "group_local_incremental", "hit")
		expectTally(t, conn, entity, 3)
	}
}

func expectOutcome(t *testing.T, conn *pgx.Conn, sql, strategy, status string) {
	t.Helper()
	script(t, conn, sql)
	if o := lastOutcome(t, conn); o.Strategy != strategy || o.CacheStatus != status {
		t.Errorf("%s: %+v, want %s %s", sql, o, strategy, status)
	}
}
