package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
)

// TestMetamorphic runs one random history of appends, deletions, re-creations,
// transactions, replaced definitions and altered event kinds, with random reads in between, under every
// variant of the caches, and demands the same rows each time. It repeats with the next
// seed until METAMORPHIC_TIME is over; METAMORPHIC_SEED and METAMORPHIC_EVENTS
// set where it begins and how long a history is.
func TestMetamorphic(t *testing.T) {
	t.Parallel()
	seed, events := environment(t, "METAMORPHIC_SEED", uint64(os.Getpid())), environment(t, "METAMORPHIC_EVENTS", 400)
	enough, err := time.ParseDuration("0s" + os.Getenv("METAMORPHIC_TIME"))
	if err != nil {
		t.Fatal(err)
	}
	variants := allVariants()
	if os.Getenv("METAMORPHIC_TIME") == "" {
		variants = []variant{variants[0], variants[4], variants[7], variants[10]}
	}
	for begun := time.Now(); ; seed++ {
		t.Logf("METAMORPHIC_SEED=%d METAMORPHIC_EVENTS=%d", seed, events)
		compareVariants(t, newHistory(seed, int(events)), variants)
		if time.Since(begun) >= enough || t.Failed() {
			return
		}
	}
}

func environment(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// variant is a way of caching that must not show.
type variant struct {
	name              string
	slotBytes         int64 // 0 = the default, -1 = none
	external          bool
	noIncremental     bool
	faulty            bool
	restart, snapshot bool // in between
	warm              string
}

// allVariants begins with the one that has no cache at all: the others are compared
// with it.
func allVariants() []variant {
	const tiny = 4 << 10
	return []variant{
		{name: "no caches", slotBytes: -1, noIncremental: true},
		{name: "slots", noIncremental: true},
		{name: "slots, incremental"},
		{name: "external", slotBytes: -1, external: true, noIncremental: true},
		{name: "external, incremental, restart", slotBytes: -1, external: true, restart: true},
		{name: "all", external: true},
		{name: "all, snapshot", external: true, snapshot: true},
		{name: "tiny slots, faulty external, snapshot", slotBytes: tiny, external: true, faulty: true, snapshot: true},
		{name: "tiny slots, faulty external, not incremental, restart", slotBytes: tiny, external: true, faulty: true, noIncremental: true, restart: true},
		{name: "all, faulty, restart, snapshot", external: true, faulty: true, restart: true, snapshot: true},
		{name: "all, faulty, warm, restart, snapshot", external: true, faulty: true, restart: true, snapshot: true, warm: "on"},
		{name: "external, warm, restart", slotBytes: -1, external: true, restart: true, warm: "on"},
		{name: "tiny slots, warm as asked for, snapshot", slotBytes: tiny, external: true, snapshot: true, warm: "lazy"},
	}
}

func compareVariants(t *testing.T, h *history, variants []variant) {
	var want []string
	for i, v := range variants {
		begun := time.Now()
		got := h.run(t, v)
		t.Logf("%s: %d steps, %v", v.name, len(got), time.Since(begun).Round(time.Millisecond))
		if i == 0 {
			want = got
			continue
		}
		for n := range want {
			if got[n] != want[n] {
				t.Errorf("METAMORPHIC_SEED=%d, step %d, %s:\n%s\n%s\nwithout caches:\n%s", h.seed, n, v.name, h.steps[n].sql, got[n], want[n])
				return
			}
		}
	}
}

// step is a query string; between marks where a variant may restart.
type step struct {
	sql     string
	between bool
}

// history is a random list of steps. Sequences are known as it is made: every event that
// is committed takes the next.
type history struct {
	seed     uint64
	random   *rand.Rand
	entities int
	sequence int
	upcasts  int // of the kind Added
	steps    []step
}

func newHistory(seed uint64, events int) *history {
	h := &history{seed: seed, random: rand.New(rand.NewPCG(seed, 1)), entities: max(10, events/100)}
	h.define()
	for next := events / 4; h.sequence < events; {
		h.append(max(3, events/300))
		for range h.random.IntN(4) {
			h.step(h.read())
		}
		if h.random.IntN(6) == 0 {
			h.sweep()
		}
		if h.sequence >= next {
			h.steps[len(h.steps)-1].between = true
			next += events / 3
		}
	}
	for range 50 {
		h.step(h.read())
	}
	return h
}

func (h *history) step(sql string) { h.steps = append(h.steps, step{sql: sql}) }

func (h *history) pick(from ...string) string { return from[h.random.IntN(len(from))] }

func (h *history) entity() string { return fmt.Sprintf("e%04d", h.random.IntN(h.entities)) }

// occurred is a time in 2020, a day in a hundred.
func (h *history) occurred() string {
	return time.Date(2020, 1, 1+h.random.IntN(100), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func (h *history) define() {
	h.step("CREATE OR REPLACE PROJECTION ledger " + h.pick(
		`(n int NOT NULL DEFAULT 0, name text) WHEN 'Added' THEN UPDATE SET n = n + (data->>'n')::int
			WHEN 'Named' THEN UPDATE SET name = data->>'name' WHEN 'Closed' THEN DELETE`,
		`(n int NOT NULL DEFAULT 0, name text) WHEN 'Added' AND (data->>'n')::int > 3 THEN UPDATE SET n = n * 3 % 1000003 + (data->>'n')::int
			WHEN 'Named' THEN UPDATE SET name = coalesce(name, '') || (data->>'name') WHEN 'Closed' THEN DELETE`,
		`(n int NOT NULL DEFAULT 7, name text DEFAULT 'new') WHEN 'Closed' THEN UPDATE SET n = -n, name = NULL
			WHEN ANY THEN UPDATE SET n = (n * 31 + version) % 1000003, name = kind`,
	))
}

// alter adds, replaces or drops an upcast of the kind Added. One makes events that the
// ledger cannot fold.
func (h *history) alter() {
	expression := h.pick(
		`data || jsonb_build_object('n', ((data->>'n')::int + 1) % 10)`,
		`data || jsonb_build_object('n', (data->>'n')::int * 3 % 10, 'name', kind || version)`,
		`jsonb_set(data, '{n}', to_jsonb(coalesce((metadata->>'schema_version')::int, extract(day FROM occurred_at)::int)))`,
		`CASE WHEN data->>'n' = '5' AND entity > 'e0007' THEN data - 'n' ELSE data END`,
	)
	action, of := "ADD", h.upcasts+1
	switch {
	case h.upcasts > 0 && h.random.IntN(3) == 0:
		action, of = "ALTER", 1+h.random.IntN(h.upcasts)
	case h.upcasts > 2 || h.upcasts > 0 && h.random.IntN(3) == 0:
		h.step(fmt.Sprintf("ALTER EVENT KIND 'Added' DROP UPCAST FROM VERSION %d", h.upcasts))
		h.upcasts--
		return
	default:
		h.upcasts++
	}
	h.step(fmt.Sprintf("ALTER EVENT KIND 'Added' %s UPCAST FROM VERSION %d AS (%s)", action, of, expression))
}

// append adds a step with up to n events, now and then in a transaction that reads
// its own appends and may be rolled back.
func (h *history) append(n int) {
	switch h.random.IntN(40) {
	case 0:
		h.define()
	case 1, 2:
		h.alter()
	}
	inserts := h.insert(1 + h.random.IntN(n))
	committed := true
	if h.random.IntN(8) == 0 {
		committed = h.random.IntN(3) > 0
		end := "ROLLBACK"
		if committed {
			end = "COMMIT"
		}
		inserts = strings.Join([]string{"BEGIN", h.current(), inserts, h.current(), h.current(), end}, "; ")
		defer h.step("ROLLBACK") // of a block whose read failed
	}
	if committed {
		h.sequence += strings.Count(inserts, "'20") // a date each
	}
	h.step(inserts)
}

func (h *history) insert(n int) string {
	var rows []string
	for range n {
		kind := h.pick("Added", "Added", "Added", "Added", "Added", "Noted", "Noted", "Named", "Closed")
		data := fmt.Sprintf(`{"n": %d, "name": "%c"}`, h.random.IntN(10), 'a'+rune(h.random.IntN(26)))
		metadata := h.pick(`NULL`, `NULL`, `'{"by": "x"}'`, `'{"schema_version": 1}'`, `'{"schema_version": 2}'`, `'{"schema_version": 4}'`)
		rows = append(rows, fmt.Sprintf("('%s', '%s', '%s', '%s', %s)", h.entity(), kind, data, h.occurred(), metadata))
	}
	return "INSERT INTO events (entity, kind, data, occurred_at, metadata) VALUES " + strings.Join(rows, ", ")
}

// current is a read of the newest state.
func (h *history) current() string {
	switch h.random.IntN(14) {
	case 12:
		return fmt.Sprintf("SELECT version, data, metadata, _raw_data FROM events WHERE entity = '%s' AND data->>'n' > '4' ORDER BY version DESC", h.entity())
	case 13:
		return fmt.Sprintf("SELECT version, kind, n, name, _data FROM project_history('Ledger', '%s') ORDER BY version", h.entity())
	case 0:
		return fmt.Sprintf("SELECT * FROM project_if_changed('Ledger', '%s', %d)", h.entity(), h.random.IntN(4))
	case 1:
		return "SELECT count(*), sum(n), count(name), max(name) FROM ledger"
	case 2:
		return fmt.Sprintf("SELECT *, _generation, _watermark FROM ledger WHERE entity >= '%s' ORDER BY n, entity LIMIT 7", h.entity())
	case 3:
		return fmt.Sprintf("SELECT e.version, e.kind, p.n FROM events e LEFT JOIN project('Ledger', '%s') p ON true WHERE e.entity = '%[1]s' ORDER BY 1", h.entity())
	default:
		return fmt.Sprintf("SELECT *, _generation, _watermark FROM project('Ledger', '%s')", h.entity())
	}
}

// read is a read at any freshness. What the session has appended is a floor, so
// MAYBE STALE has one right answer too.
func (h *history) read() string {
	switch h.random.IntN(6) {
	case 0:
		return fmt.Sprintf("%s WITH FRESHNESS MAYBE STALE '%dms'", h.current(), h.random.IntN(3)*h.random.IntN(10_000))
	case 1, 2:
		return fmt.Sprintf("%s WITH FRESHNESS AS OF SEQUENCE %d", h.past(), h.random.IntN(h.sequence+1))
	case 3:
		return fmt.Sprintf("%s WITH FRESHNESS AS OF OCCURRED '%s'", h.past(), h.occurred())
	default:
		return h.current()
	}
}

// sweep reads entities in order: caches have the states behind these made ahead.
func (h *history) sweep() {
	stride := 1 + h.random.IntN(2)
	for i, n := h.random.IntN(h.entities), 0; i < h.entities && n < 40; i, n = i+stride, n+1 {
		h.step(fmt.Sprintf("SELECT *, _generation, _watermark FROM project('Ledger', 'e%04d')", i))
	}
}

func (h *history) past() string {
	if h.random.IntN(8) == 0 {
		return "SELECT count(*), sum(n), count(name), max(name) FROM ledger"
	}
	return fmt.Sprintf("SELECT * FROM project('Ledger', '%s')", h.entity())
}

// run answers every step on a node of its own.
func (h *history) run(t *testing.T, v variant) (answers []string) {
	r := &metamorphicRun{dir: t.TempDir(), variant: v, random: rand.New(rand.NewPCG(h.seed, 2))}
	r.start(t)
	defer r.stop(t)
	for _, s := range h.steps {
		if v.faulty && r.random.IntN(3) == 0 {
			r.external.set(faults[r.random.IntN(len(faults))])
		}
		answers = append(answers, r.ask(t, s.sql))
		if s.between {
			r.between(t)
		}
	}
	return answers
}

type metamorphicRun struct {
	variant  variant
	dir      string
	random   *rand.Rand
	external *faultyCache
	node     *runningNode
	conn     *pgx.Conn
}

func (r *metamorphicRun) start(t *testing.T) {
	t.Helper()
	change := func(o *engine.Options) {
		o.SlotBytesMax, o.ListingBytesMax, o.NoIncremental = r.variant.slotBytes, 0, r.variant.noIncremental
		if !r.variant.external {
			if err := o.External.Close(); err != nil {
				t.Fatal(err)
			}
			o.External = cache.Noop{}
		}
		if r.variant.faulty {
			r.external = &faultyCache{External: o.External, otherState: []byte{1, 9, 0}}
			o.External = r.external
		}
	}
	r.node = startNodeWith(t, r.dir, func(c *testConfig) {
		c.Engine, c.db.Warm = change, cmp.Or(r.variant.warm, c.db.Warm)
	})
	r.conn = r.node.connect(t)
}

func (r *metamorphicRun) stop(t *testing.T) {
	t.Helper()
	if err := errors.Join(r.conn.Close(context.Background()), r.node.stop()); err != nil {
		t.Fatal(err)
	}
}

func (r *metamorphicRun) between(t *testing.T) {
	t.Helper()
	if r.variant.restart {
		r.stop(t)
		r.start(t)
	}
	if !r.variant.snapshot {
		return
	}
	copied := filepath.Join(r.dir, "copy")
	if _, _, err := r.node.rooms.Store.Checkpoint(copied); err != nil {
		t.Fatal(err)
	}
	if err := r.node.rooms.Store.Restore(copied); err != nil {
		t.Fatal(err)
	}
}

// ask returns all results of a query string, and its error, as text.
func (r *metamorphicRun) ask(t *testing.T, sql string) string {
	t.Helper()
	results, err := r.conn.PgConn().Exec(t.Context(), sql).ReadAll()
	var out strings.Builder
	for _, result := range results {
		fmt.Fprintln(&out, result.CommandTag)
		for _, row := range result.Rows {
			for _, value := range row {
				fmt.Fprintf(&out, "%s|", value)
			}
			out.WriteByte('\n')
		}
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		fmt.Fprintln(&out, pgErr.Code, pgErr.Message, pgErr.Detail)
	} else if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out.String()
}
