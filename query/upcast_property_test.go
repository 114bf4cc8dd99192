package query_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query"
)

// shaped is an event as the log has it, and as somebody rewrites it by hand.
type shaped struct {
	entity   string
	kind     string
	version  int
	data     map[string]any
	metadata map[string]any // nil: NULL
}

// schema is the schema version that the event tells.
func (e *shaped) schema() int {
	if v, ok := e.metadata["schema_version"].(int); ok {
		return v
	}
	return 1
}

// step is an upcast in SQL, and what it means.
type step struct {
	sql     string
	rewrite func(e *shaped) map[string]any
}

func with(data map[string]any, key string, value any) map[string]any {
	data = maps.Clone(data)
	data[key] = value
	return data
}

var steps = []step{
	{`data`, func(e *shaped) map[string]any { return e.data }},
	{`data || '{"added": true}'`, func(e *shaped) map[string]any { return with(e.data, "added", true) }},
	{`data - 'n' || jsonb_build_object('count', data->'n')`, func(e *shaped) map[string]any {
		data := with(e.data, "count", e.data["n"])
		delete(data, "n")
		return data
	}},
	{`CASE WHEN data ? 'n' THEN data || jsonb_build_object('n', (data->>'n')::int * 10) ELSE data END`, func(e *shaped) map[string]any {
		if n, ok := e.data["n"].(int); ok {
			return with(e.data, "n", n*10)
		}
		return e.data
	}},
	{`jsonb_build_object('inner', data)`, func(e *shaped) map[string]any { return map[string]any{"inner": e.data} }},
	{`coalesce(data->'inner', data)`, func(e *shaped) map[string]any {
		if inner, ok := e.data["inner"].(map[string]any); ok {
			return inner
		}
		return e.data
	}},
	{`data || jsonb_build_object('at', substr(entity, strpos(entity, ':') + 1) || version || kind)`, func(e *shaped) map[string]any {
		return with(e.data, "at", fmt.Sprint(e.entity, e.version, e.kind))
	}},
	{`data || jsonb_build_object('meta', coalesce(metadata, '{}'))`, func(e *shaped) map[string]any {
		meta := e.metadata
		if meta == nil {
			meta = map[string]any{}
		}
		return with(e.data, "meta", meta)
	}},
}

// rewritten is what a chain of steps makes of an event of kind X.
func rewritten(e shaped, chain []int) shaped {
	for v := e.schema(); e.kind == "X" && v <= len(chain); v++ {
		e.data = steps[chain[v-1]].rewrite(&e)
		meta := maps.Clone(e.metadata)
		if meta == nil {
			meta = map[string]any{}
		}
		meta["schema_version"] = v + 1
		e.metadata = meta
	}
	return e
}

// shapeReads must answer over upcasts as over the log that was rewritten. Entities
// begin with %.
var shapeReads = []string{
	"SELECT substr(entity, strpos(entity, ':') + 1), version, kind, data, metadata FROM events WHERE entity LIKE '%_' ORDER BY entity, version",
	"SELECT n, last, mark FROM shape WHERE entity LIKE '%_' ORDER BY entity",
	"SELECT trail, _generation FROM trails WHERE entity LIKE '%_' ORDER BY entity",
	"SELECT n, last, mark, _generation FROM project('Shape', '%a')",
	"SELECT n, last FROM project('Shape', '%b') WITH FRESHNESS MAYBE STALE '1 hour'",
	"SELECT trail FROM project('Trails', '%a') WITH FRESHNESS MAYBE STALE '1 hour'",
	"SELECT generation, last FROM project_if_changed('Shape', '%c', 1)",
	"SELECT data FROM events WHERE entity = '%a' ORDER BY version DESC LIMIT 2",
	"SELECT version, data->'n' FROM events WHERE entity LIKE '%_' AND data ? 'n' AND kind = 'X' ORDER BY entity, version",
	"SELECT count(*), count(metadata), min(data->>'added') FROM events WHERE entity LIKE '%_' AND (metadata->>'schema_version')::int > 1",
	"SELECT e.data, s.last FROM events e JOIN shape s USING (entity) WHERE entity LIKE '%_' AND e.data = s.last ORDER BY entity, e.version",
}

// shapeRun is one random history, on a node with upcasts and on one where the events
// were rewritten by hand.
type shapeRun struct {
	r        *rapid.T
	run      int
	upcast   *query.Session
	plain    *query.Session
	events   []shaped
	versions map[string]int
	chain    []int
	copies   int
	copied   bool // plain has the events as they are to be read now
}

// TestUpcastsReadAsRewritten: whatever is appended and altered, before, between and
// after reads, every answer is that of a log that was rewritten by hand.
func TestUpcastsReadAsRewritten(t *testing.T) {
	one, other := startNode(t), startNode(t)
	upcast, plain := one.session(t, nil), other.session(t, nil)
	left, runs := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		runs++
		s := &shapeRun{r: r, run: runs, upcast: upcast, plain: plain, versions: map[string]int{}}
		for _, sql := range []string{
			`CREATE OR REPLACE PROJECTION shape (n numeric NOT NULL DEFAULT 0, last jsonb, mark text)
				WHEN 'X' THEN UPDATE SET n = n + coalesce((data->>'n')::numeric, 0), last = data, mark = metadata->>'schema_version'
				WHEN 'Y' THEN UPDATE SET last = data
				WHEN 'Z' THEN DELETE`,
			`CREATE OR REPLACE PROJECTION trails (trail jsonb NOT NULL DEFAULT '[]') WHEN ANY THEN UPDATE SET trail = trail || jsonb_build_array(data, metadata)`,
		} {
			s.do(upcast, sql)
			s.do(plain, sql)
		}
		for ; left > 0; left-- {
			s.do(upcast, fmt.Sprintf("ALTER EVENT KIND 'X' DROP UPCAST FROM VERSION %d", left))
		}
		for range rapid.IntRange(1, 8).Draw(r, "actions") {
			s.act()
			left = len(s.chain)
			if rapid.Bool().Draw(r, "read?") {
				s.compare(rapid.SampledFrom(shapeReads).Draw(r, "read"))
			}
		}
		for _, sql := range shapeReads {
			s.compare(sql)
		}
	})
}

func (s *shapeRun) do(session *query.Session, sql string) string {
	out := &recorder{}
	if err := session.Simple(s.r.Context(), sql, out); err != nil {
		s.r.Fatalf("%s: %v", sql, err)
	}
	return out.String()
}

func (s *shapeRun) act() {
	n := len(s.chain)
	pick := rapid.IntRange(0, len(steps)-1)
	switch action := rapid.SampledFrom([]string{"append", "append", "append", "add", "add", "alter", "drop"}).Draw(s.r, "action"); {
	case action == "add" && n < 5:
		s.chain = append(s.chain, pick.Draw(s.r, "step"))
		s.alter("ADD UPCAST FROM VERSION %d AS (%s)", n+1, steps[s.chain[n]].sql)
	case action == "alter" && n > 0:
		i := rapid.IntRange(0, n-1).Draw(s.r, "which")
		s.chain[i] = pick.Draw(s.r, "step")
		s.alter("ALTER UPCAST FROM VERSION %d AS (%s)", i+1, steps[s.chain[i]].sql)
	case action == "drop" && n > 0:
		s.chain = s.chain[:n-1]
		s.alter("DROP UPCAST FROM VERSION %d", n)
	default:
		s.append()
	}
	s.copied = false
}

func (s *shapeRun) alter(format string, args ...any) {
	s.do(s.upcast, "ALTER EVENT KIND 'X' "+fmt.Sprintf(format, args...))
}

// append commits some events; in a block that reads them before.
func (s *shapeRun) append() {
	var drawn []shaped
	for range rapid.IntRange(1, 3).Draw(s.r, "events") {
		e := shaped{
			entity: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(s.r, "entity"),
			kind:   rapid.SampledFrom([]string{"X", "X", "X", "Y", "Z"}).Draw(s.r, "kind"),
			data:   map[string]any{},
		}
		if rapid.Bool().Draw(s.r, "n?") {
			e.data["n"] = rapid.IntRange(-3, 3).Draw(s.r, "n")
		}
		if rapid.Bool().Draw(s.r, "metadata?") {
			e.metadata = map[string]any{"by": "é"}
		}
		if e.metadata != nil && rapid.Bool().Draw(s.r, "marked?") {
			e.metadata["schema_version"] = rapid.IntRange(1, 6).Draw(s.r, "schema version")
		}
		s.versions[e.entity]++
		e.version = s.versions[e.entity]
		drawn = append(drawn, e)
	}
	inside := rapid.Bool().Draw(s.r, "in a block?")
	if inside {
		s.do(s.upcast, "BEGIN")
	}
	s.do(s.upcast, insertion(s.prefix(), drawn))
	s.events = append(s.events, drawn...)
	if s.copied = false; inside {
		s.compare(rapid.SampledFrom(shapeReads).Draw(s.r, "read inside"))
		s.do(s.upcast, "COMMIT")
	}
}

func (s *shapeRun) prefix() string { return fmt.Sprintf("k%d:", s.run) }

func insertion(prefix string, events []shaped) string {
	var rows []string
	for _, e := range events {
		metadata := "NULL"
		if e.metadata != nil {
			metadata = "'" + text(e.metadata) + "'"
		}
		rows = append(rows, fmt.Sprintf("('%s%s', '%s', '%s', %s)", prefix, e.entity, e.kind, text(e.data), metadata))
	}
	return "INSERT INTO events (entity, kind, data, metadata) VALUES " + strings.Join(rows, ", ")
}

func text(v map[string]any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (s *shapeRun) compare(sql string) {
	if !s.copied && len(s.events) > 0 {
		s.copies++
		all := make([]shaped, len(s.events))
		for i, e := range s.events {
			all[i] = rewritten(e, s.chain)
		}
		s.do(s.plain, insertion(fmt.Sprintf("k%d.%d:", s.run, s.copies), all))
		s.copied = true
	}
	got := s.do(s.upcast, strings.ReplaceAll(sql, "%", s.prefix()))
	want := s.do(s.plain, strings.ReplaceAll(sql, "%", fmt.Sprintf("k%d.%d:", s.run, s.copies)))
	if got != want {
		s.r.Fatalf("%s\nover upcasts %v:\n%s\nrewritten:\n%s", sql, s.chain, got, want)
	}
}
