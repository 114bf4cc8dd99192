package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
)

func tallies(n int) string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`('t%04d', 'Added', '{"n": %d}', '2020-01-01')`, i, i))
	}
	return "INSERT INTO events (entity, kind, data, occurred_at) VALUES " + strings.Join(rows, ",")
}

// await asks until the answer is the wanted one.
func await(t *testing.T, conn *pgx.Conn, sql, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	for got := ""; got != want; {
		var answer string
		if err := conn.QueryRow(ctx, sql).Scan(&answer); err != nil {
			t.Fatalf("%s: %v (the answer so far is %q, not %q)", sql, err, got, want)
		}
		got = answer
		script(t, conn, "SELECT pg_sleep(0.01)")
	}
}

const warmth = `SELECT concat_ws(' ', warm, warm_state, entities_done, entities_total, events_behind, seconds_behind) FROM projsql.projections`

// TestWarmer follows a definition that is kept warm over its rows, appends, a purge and a
// restart: its scans find every row made.
func TestWarmer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	on := func(c *testConfig) { c.db.Warm = "on" }
	n := startNodeWith(t, dir, on)
	conn := n.connect(t)
	const made = `SELECT count(*) || ' ' || sum(n) FROM tally WHERE _strategy = 'external_cache_then_replay' AND _cache_status = 'hit'`
	script(t, conn, tallies(300), tallySource)
	await(t, conn, warmth, "on following 300 300 0 0")
	await(t, conn, made, "300 44850")

	script(t, conn, add("t0007", 1), add("t0007", 1), add("new", 1), "SELECT projsql_cache_purge('')")
	await(t, conn, warmth, "on following 301 301 0 0")
	await(t, conn, made, "301 44853")

	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	n = startNodeWith(t, dir, on)
	conn = n.connect(t)
	await(t, conn, warmth, "on following 301 301 0 0")
	await(t, conn, made, "301 44853")
	for _, p := range metricsOf(t, n) {
		if strings.HasPrefix(p, "projsql_warm_rows_total") && strings.Contains(p, `"written"`) && !strings.HasSuffix(p, " 0") {
			t.Errorf("after a restart with nothing new: %s", p)
		}
	}
}

func metricsOf(t *testing.T, n *runningNode) []string {
	t.Helper()
	recorder := httptest.NewRecorder()
	n.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	return strings.Split(recorder.Body.String(), "\n")
}

// TestLazyWarmer shows the default: rows that somebody asked for follow the log.
func TestLazyWarmer(t *testing.T) {
	t.Parallel()
	n := startNodeWith(t, t.TempDir(), func(c *testConfig) { c.db.Warm = "" })
	conn := n.connect(t)
	script(t, conn, tallies(10), tallySource, "SELECT * FROM project('Tally', 't0003')", add("t0003", 4), add("t0004", 4))
	await(t, conn, warmth, "lazy following 0 0")
	// A slot that is behind is folded on by the read, a row is not: somebody has.
	await(t, conn, "SELECT sum(n) || max(_cache_status) FROM project('Tally', 't0003')", "7hit")
	script(t, conn, "SELECT * FROM project('Tally', 't0004')")
	if o := lastOutcome(t, conn); o.CacheStatus != "miss" {
		t.Errorf("an entity that nobody asked for has a row: %+v", o)
	}
}

// TestWarmOfOneProjection sets the mode of one projection, against the node's: it is
// followed at once, kept over restarts and new definitions, and gone with the projection.
func TestWarmOfOneProjection(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	off := func(c *testConfig) { c.db.Warm = "off" }
	n := startNodeWith(t, dir, off)
	conn := n.connect(t)
	const both = `SELECT string_agg(concat_ws(' ', name, warm, warm_state, entities_done, settings), ', ' ORDER BY name) FROM projsql.projections`
	const other = `CREATE PROJECTION other (n int) WHEN 'Added' THEN UPDATE SET n = 1`
	script(t, conn, tallies(20), tallySource, other)
	await(t, conn, both, "other off off, tally off off")

	script(t, conn, "ALTER PROJECTION tally SET (warm = 'on')")
	await(t, conn, both, "other off off, tally on following 20 {warm=on}")
	script(t, conn, "ALTER PROJECTION other SET (warm = lazy)")
	await(t, conn, both, "other lazy following {warm=lazy}, tally on following 20 {warm=on}")
	script(t, conn, strings.Replace(tallySource, "CREATE", "CREATE OR REPLACE", 1), "ALTER PROJECTION other RESET (warm)")
	await(t, conn, both, "other off off, tally on following 20 {warm=on}")

	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	n = startNodeWith(t, dir, off)
	conn = n.connect(t)
	await(t, conn, both, "other off off, tally on following 20 {warm=on}")
	script(t, conn, "DROP PROJECTION tally", tallySource)
	await(t, conn, both, "other off off, tally off off")
}

func versioned(v int) string {
	return fmt.Sprintf(`CREATE OR REPLACE PROJECTION tally (n int NOT NULL DEFAULT 0, v int NOT NULL DEFAULT %d)
		WHEN 'Added' THEN UPDATE SET n = n + (data->>'n')::int`, v)
}

// TestReplaceUnderLoad replaces a definition again and again while others read it: each
// statement is of one version from its first row to its last, none fails or is wrong, and
// the rows of old versions are reclaimed.
func TestReplaceUnderLoad(t *testing.T) {
	t.Parallel()
	n := startNodeWith(t, t.TempDir(), func(c *testConfig) { c.db.Warm = "on" })
	conn := n.connect(t)
	const entities, sum, versions, readers = 400, 400 * 399 / 2, 12, 3
	script(t, conn, tallies(entities), versioned(0))
	old := n.connect(t)
	script(t, old, "BEGIN", "DECLARE c CURSOR FOR SELECT v FROM tally", "FETCH 1 FROM c")

	var newest atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	failures := make(chan error, readers)
	for range readers {
		reader := n.connect(t)
		go func() { failures <- readVersions(ctx, reader, &newest, entities, sum) }()
	}
	for v := range versions {
		script(t, conn, versioned(v))
		newest.Store(int64(v))
		await(t, conn, "SELECT min(v) || ' ' || max(v) FROM tally", fmt.Sprintf("%d %[1]d", v))
	}
	cancel()
	for range readers {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	var rest int
	rows, err := old.Query(t.Context(), "FETCH ALL FROM c")
	for err == nil && rows.Next() {
		var v int
		if err := rows.Scan(&v); err != nil || v != 0 {
			t.Fatalf("the cursor of version 0 has version %d, %v", v, err)
		}
		rest++
	}
	if err != nil || rows.Err() != nil || rest != entities-1 {
		t.Errorf("the cursor gives %d rows more, %v, %v", rest, err, rows.Err())
	}
	await(t, conn, warmth, fmt.Sprintf("on following %d %[1]d 0 0", entities))
	await(t, conn, "SELECT count(*) || ' ' || max(c.version - p.version) FROM projsql.cache c, projsql.projections p WHERE c.projection = 'tally' AND level = 'rows'", "1 0")
}

// readVersions scans and reads until ctx ends.
func readVersions(ctx context.Context, conn *pgx.Conn, newest *atomic.Int64, entities, sum int) error {
	for ctx.Err() == nil {
		atLeast := newest.Load()
		var count, total, least, most int
		err := conn.QueryRow(ctx, "SELECT count(*), sum(n), min(v), max(v) FROM tally").Scan(&count, &total, &least, &most)
		if err == nil && (count != entities || total != sum || least != most || int64(least) < atLeast) {
			return fmt.Errorf("%d rows of %d, versions %d to %d, where %d was there", count, total, least, most, atLeast)
		}
		var own, v int
		if err == nil {
			err = conn.QueryRow(ctx, "SELECT n, v FROM project('Tally', 't0123')").Scan(&own, &v)
		}
		if err == nil && (own != 123 || v < least) {
			return fmt.Errorf("t0123 is %d in version %d after %d", own, v, least)
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// TestStatesOfJoinsAreKept reads two states in one statement: the next process finds them.
func TestStatesOfJoinsAreKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := startNode(t, dir)
	conn := n.connect(t)
	script(t, conn, tallySource, add("a", 1), add("b", 2), "SELECT * FROM project('Tally', 'a') a, project('Tally', 'b') b")
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	conn = startNode(t, dir).connect(t)
	expectOutcome(t, conn, "SELECT * FROM project('Tally', 'b')", "external_cache_then_replay", "hit")
	expectTally(t, conn, "a", 1)
}

// keeping is an external cache that cannot delete an owner.
type keeping struct{ cache.External }

func (keeping) DeleteOwner(string, uint64) error { return errors.New("not now") }

// TestReclaimAfterRestart ends a node before it has deleted the rows of definitions that
// were replaced and dropped: the next start does, and keeps those of the living.
func TestReclaimAfterRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := startWithEngine(t, dir, func(o *engine.Options) { o.External = keeping{o.External} })
	conn := n.connect(t)
	script(t, conn, tallies(5), versioned(0), "SELECT * FROM tally", versioned(1), "SELECT * FROM tally",
		"CREATE PROJECTION gone (n int) WHEN 'Added' THEN UPDATE SET n = 1", "SELECT * FROM gone", "DROP PROJECTION gone")
	const owners = "SELECT count(*)::text FROM projsql.cache WHERE level = 'rows'"
	await(t, conn, owners, "3")
	if err := n.stop(); err != nil {
		t.Fatal(err)
	}
	n = startNode(t, dir)
	conn = n.connect(t)
	await(t, conn, owners, "1")
	script(t, conn, "SELECT * FROM tally")
	if o := lastOutcome(t, conn); o.CacheStatus != "hit" {
		t.Errorf("the living definition's rows are gone: %+v", o)
	}
}
