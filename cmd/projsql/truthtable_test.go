package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// cached is what a cache holds of an entity.
type cached string

// An entity has a past, then two events more: what a cache holds is of neither, of the
// past, or of all.
const (
	none  cached = "none"
	stale cached = "stale"
	fresh cached = "fresh"
)

// The freshness of a read. A stale slot was known current 300 ms ago.
const (
	consistent = "CONSISTENT"
	within     = "MAYBE STALE '300ms'"
	beyond     = "MAYBE STALE '299ms'"
	asOfPast   = "AS OF SEQUENCE past"
	asOfNow    = "AS OF SEQUENCE now"
)

const slotAge = 300 * time.Millisecond

// situation is one row of the table: everything that the answer to a read depends on.
type situation struct {
	slot, row   cached
	incremental bool
	external    bool
	fault       string
	freshness   string
}

func (s situation) String() string {
	return fmt.Sprintf("slot=%s row=%s incremental=%v external=%v fault=%q %s", s.slot, s.row, s.incremental, s.external, s.fault, s.freshness)
}

// answer is a state and its proof, as SQL shows them.
type answer struct {
	Balance, Note               string
	Generation                  int64
	Strategy, Status, Freshness string
	AgeMS                       float64
}

var (
	past = answer{Balance: "20", Note: "again", Generation: 4, Freshness: "fresh"}
	full = answer{Balance: "320", Note: "more", Generation: 6, Freshness: "fresh"}
)

// want is the table. The reason stands in projsql.last_outcome.
func (s situation) want() (a answer, reason string) {
	if s.slot == stale && s.freshness == within {
		a = past
		a.Strategy, a.Status, a.Freshness, a.AgeMS = "group_local_hit", "hit", "stale_allowed", float64(slotAge.Milliseconds())
		return a, ""
	}
	a = full
	target := fresh
	if s.freshness == asOfPast {
		a, target = past, stale
	}
	switch {
	case s.slot == target:
		a.Strategy, a.Status = "group_local_hit", "hit"
	case s.slot == stale && s.incremental:
		a.Strategy, a.Status = "group_local_incremental", "hit"
	case s.external:
		a.Strategy = "external_cache_then_replay"
		a.Status, reason = s.probe(target)
	default:
		a.Strategy, a.Status = "direct_replay", "bypassed"
	}
	return a, reason
}

// probe is what the external cache contributes.
func (s situation) probe(target cached) (status, reason string) {
	binds := strings.HasPrefix(s.freshness, "AS OF")
	switch {
	case s.fault == "get_error", s.fault == "disk":
		return "unavailable", "cache_get_failed"
	case s.row == none:
		return "miss", ""
	case s.fault == "other_lineage":
		return "miss", "row_of_another_lineage"
	case s.fault == "ahead_of_log" && !binds:
		return "miss", "row_ahead_of_log"
	case s.fault == "ahead_of_log", s.row == fresh && target == stale:
		return "miss", "row_newer_than_cut"
	case s.row != target && !s.incremental:
		return "miss", "row_stale"
	case s.fault == "garbage", s.fault == "truncated", s.fault == "wrong_type":
		return "miss", "cache_decode_failed"
	default:
		return "hit", ""
	}
}

func situations(incremental, external bool) (all []situation) {
	rows, broken := []cached{none}, []string{""}
	if external {
		rows, broken = []cached{none, stale, fresh}, faults
	}
	for _, slot := range []cached{none, stale, fresh} {
		for _, row := range rows {
			for _, fault := range broken {
				if fault != "" && row == none && fault != "get_error" || fault == "scan_error" {
					continue // there is no row to spoil; scans have a check of their own
				}
				for _, freshness := range []string{consistent, within, beyond, asOfPast, asOfNow} {
					all = append(all, situation{slot, row, incremental, external, fault, freshness})
				}
			}
		}
	}
	return all
}

// TestTruthTable goes over the wire through every state of the slot and of the
// external row × incremental on and off × external cache on, off and with each
// of its faults × freshness. The answer is always the fold of its cut, the proof says
// how it came about, and once the fault is over the caches heal.
func TestTruthTable(t *testing.T) {
	for _, incremental := range []bool{true, false} {
		for _, external := range []bool{true, false} {
			t.Run(fmt.Sprintf("incremental=%v,external=%v", incremental, external), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, incremental, external, nil)
				all := situations(incremental, external)
				b.prepare(t, all)
				for i, s := range all {
					b.check(t, i, s)
				}
				b.checkEmpty(t)
				b.checkScans(t, len(all))
			})
		}
	}
}

// bench is a node whose clock and external cache are in the test's hands.
type bench struct {
	node      *runningNode
	clock     *handClock
	external  *faultyCache
	helper    *engine.Engine // writes rows, leaving the node's slots alone
	writer    *pgx.Conn
	past, now int64 // sequences
}

// newBench starts a node; disk is what its external cache is on, nil what it would be.
func newBench(t *testing.T, incremental, external bool, disk vfs.FS) *bench {
	b := &bench{clock: &handClock{now: time.Now()}, external: &faultyCache{keepRows: true}}
	dir := t.TempDir()
	b.node = startNodeWith(t, dir, func(c *testConfig) {
		c.Now = b.clock.Now
		c.Engine = func(o *engine.Options) {
			o.NoIncremental = !incremental
			b.external.External = o.External
			if disk != nil {
				b.external.External = reopen(t, o.External, filepath.Join(dir, "cache"), disk)
			}
			o.External = cache.Noop{}
			if external {
				o.External = b.external
			}
		}
	})
	if !external {
		t.Cleanup(func() { _ = b.external.Close() })
	}
	b.helper = engine.New(engine.Options{Log: b.node.rooms.Store, External: b.external.External, SlotBytesMax: -1})
	b.writer = b.connect(t)
	b.exec(t, `CREATE PROJECTION account (balance numeric NOT NULL DEFAULT 0, note text)
		WHEN 'Deposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric, note = data->>'note'
		WHEN 'Closed' THEN DELETE`)
	b.exec(t, `CREATE PROJECTION other (a text NOT NULL DEFAULT 'x', b boolean, c uuid, d int) WHEN 'Other' THEN UPDATE SET d = 7`)
	b.exec(t, `INSERT INTO events (entity, kind) VALUES ('other', 'Other')`)
	out := b.help(t, "other", "other")
	other, _ := b.node.rooms.Registry.Lookup("other")
	b.external.otherState = other.Fold.Encode(nil, out.State())
	return b
}

func (b *bench) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := b.writer.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// connect makes a session whose reads make their own states alone.
func (b *bench) connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn := b.node.connect(t)
	if _, err := conn.Exec(t.Context(), "SET projsql.read_ahead = off"); err != nil {
		t.Fatal(err)
	}
	return conn
}

// help reads an entity with an engine that has no slots, and so writes a row.
func (b *bench) help(t *testing.T, name string, entity event.Entity) projection.Outcome {
	t.Helper()
	d, _ := b.node.rooms.Registry.Lookup(name)
	cut, err := b.node.rooms.Cluster.Cut(t.Context(), projection.Freshness{Level: projection.Consistent}, 0)
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.helper.Project(t.Context(), projection.Request{Definition: d, Entity: entity, Cut: cut})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func entity(i int) string { return fmt.Sprintf("e%03d", i) }

// prepare appends the histories of all situations' entities, and brings the caches into
// the state that each asks for.
func (b *bench) prepare(t *testing.T, all []situation) {
	b.append(t, len(all),
		`('%s', 'Deposited', '{"amount": 1, "note": "first"}'), ('%[1]s', 'Seen', '{}'), ('%[1]s', 'Closed', '{}'), ('%[1]s', 'Deposited', '{"amount": 20, "note": "again"}')`)
	b.fill(t, all, stale)
	b.past = b.sequence(t)
	b.clock.advance(slotAge)
	b.append(t, len(all), `('%s', 'Deposited', '{"amount": 300, "note": "more"}'), ('%[1]s', 'Seen', '{}')`)
	b.fill(t, all, fresh)
	b.now = b.sequence(t)
}

func (b *bench) append(t *testing.T, n int, events string) {
	t.Helper()
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(events, entity(i)))
	}
	b.exec(t, "INSERT INTO events (entity, kind, data) VALUES "+strings.Join(rows, ","))
}

func (b *bench) fill(t *testing.T, all []situation, with cached) {
	t.Helper()
	reader := b.connect(t)
	b.external.drop(true)
	for i, s := range all {
		if s.slot == with {
			b.read(t, reader, entity(i), consistent)
		}
	}
	b.external.drop(false)
	for i, s := range all {
		if s.row == with {
			b.help(t, "account", event.Entity(entity(i)))
		}
	}
}

func (b *bench) sequence(t *testing.T) (n int64) {
	t.Helper()
	if err := b.writer.QueryRow(t.Context(), "SELECT max(sequence) FROM events").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// read asks for an entity's state; an answer without a row is zero.
func (b *bench) read(t *testing.T, conn *pgx.Conn, entity, freshness string) (a answer, reason string) {
	t.Helper()
	freshness = strings.NewReplacer("past", fmt.Sprint(b.past), "now", fmt.Sprint(b.now)).Replace(freshness)
	rows, err := conn.Query(t.Context(), `SELECT balance::text, note, _generation, _strategy, _cache_status, _freshness, _age_ms
		FROM project('Account', $1) WITH FRESHNESS `+freshness, entity)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[answer])
	if err != nil || len(all) > 1 {
		t.Fatalf("%s: %d rows, %v", entity, len(all), err)
	}
	return slices.Concat(all, []answer{{}})[0], lastOutcome(t, conn).CacheReason
}

// shownOutcome is a part of SHOW projsql.last_outcome.
type shownOutcome struct {
	Strategy    string `json:"strategy"`
	CacheStatus string `json:"cache_status"`
	CacheReason string `json:"cache_reason"`
	Freshness   string `json:"freshness"`
	Generation  int64  `json:"generation"`
}

func lastOutcome(t *testing.T, conn *pgx.Conn) (o shownOutcome) {
	t.Helper()
	var text string
	if err := conn.QueryRow(t.Context(), "SHOW projsql.last_outcome").Scan(&text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// check reads as the situation says, by a session that has seen nothing before.
func (b *bench) check(t *testing.T, i int, s situation) {
	t.Helper()
	conn := b.node.connect(t)
	b.external.set(s.fault)
	got, reason := b.read(t, conn, entity(i), s.freshness)
	b.external.set("")
	if want, wantReason := s.want(); got != want || reason != wantReason {
		t.Errorf("%v:\ngot  %+v %q\nwant %+v %q", s, got, reason, want, wantReason)
	}
	if s.fault != "" {
		b.checkHealed(t, conn, i, s)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// checkHealed demands that the fault left nothing behind: the next read is right,
// the one after it hits the slot, and without slots the row answers.
func (b *bench) checkHealed(t *testing.T, conn *pgx.Conn, i int, s situation) {
	t.Helper()
	b.expect(t, conn, i, s, "", "")
	b.expect(t, conn, i, s, "group_local_hit", "hit")
	for _, strategy := range []string{"", "external_cache_then_replay"} {
		b.exec(t, fmt.Sprintf("SELECT projsql_cache_purge('%s')", entity(i)))
		b.expect(t, conn, i, s, strategy, "hit")
	}
}

func (b *bench) expect(t *testing.T, conn *pgx.Conn, i int, s situation, strategy, status string) {
	t.Helper()
	got, _ := b.read(t, conn, entity(i), consistent)
	want := full
	want.Strategy, want.Status = strategy, status
	if strategy == "" {
		want.Strategy, want.Status = got.Strategy, got.Status
	}
	if got != want {
		t.Errorf("after %v:\ngot  %+v\nwant %+v", s, got, want)
	}
}

// checkEmpty reads entities without relevant events.
func (b *bench) checkEmpty(t *testing.T) {
	b.exec(t, `INSERT INTO events (entity, kind) VALUES ('irrelevant', 'Seen')`)
	for _, freshness := range []string{consistent, within, beyond, asOfPast, asOfNow, "AS OF OCCURRED '2020-01-01'"} {
		for _, entity := range []string{"nobody", "irrelevant"} {
			conn := b.node.connect(t)
			got, _ := b.read(t, conn, entity, freshness)
			o := lastOutcome(t, conn)
			if got != (answer{}) || o.Strategy != "empty" || o.CacheStatus != "bypassed" || o.Freshness != "not_applicable" {
				t.Errorf("%s %s: %+v, %+v", entity, freshness, got, o)
			}
			if err := conn.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

// checkScans reads all entities at once under every fault.
func (b *bench) checkScans(t *testing.T, entities int) {
	for _, fault := range faults {
		for _, freshness := range []string{consistent, within, beyond, asOfNow, asOfPast} {
			b.exec(t, "SELECT projsql_cache_purge('')")
			b.external.set(fault)
			var n int
			var sum string
			text := strings.NewReplacer("past", fmt.Sprint(b.past), "now", fmt.Sprint(b.now)).Replace(freshness)
			if err := b.writer.QueryRow(t.Context(), "SELECT count(*), min(balance)::text || max(note) FROM account WITH FRESHNESS "+text).Scan(&n, &sum); err != nil {
				t.Fatal(err)
			}
			b.external.set("")
			want := full.Balance + full.Note
			if freshness == asOfPast {
				want = past.Balance + past.Note
			}
			if n != entities || sum != want {
				t.Errorf("scan with fault %q, %s: %d of %s, want %d of %s", fault, freshness, n, sum, entities, want)
			}
		}
	}
}
