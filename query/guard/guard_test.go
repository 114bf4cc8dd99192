package guard_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	pg_query "github.com/pganalyze/pg_query_go/v6"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/guard"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// columns are those of events, as SQL sees them.
var columns = []struct {
	name string
	oid  types.OID
	of   func(*event.Event) types.Datum
}{
	{"entity", types.TextOID, func(e *event.Event) types.Datum { return types.String(string(e.Entity)) }},
	{"version", types.Int8OID, func(e *event.Event) types.Datum { return types.Int(int64(e.Version)) }},
	{"kind", types.TextOID, func(e *event.Event) types.Datum { return types.String(string(e.Kind)) }},
	{"data", types.JSONBOID, func(e *event.Event) types.Datum { return types.String(string(e.Data)) }},
	{"metadata", types.JSONBOID, func(e *event.Event) types.Datum {
		if e.Metadata == nil {
			return types.Null
		}
		return types.String(string(e.Metadata))
	}},
	{"event_id", types.UUIDOID, func(e *event.Event) types.Datum { return types.String(string(e.ID[:])) }},
	{"causation_id", types.UUIDOID, func(e *event.Event) types.Datum {
		if e.Causation == (event.ID{}) {
			return types.Null
		}
		return types.String(string(e.Causation[:]))
	}},
	{"occurred_at", types.TimestamptzOID, func(e *event.Event) types.Datum { return types.Int(int64(e.OccurredAt) + types.UnixEpochMicros) }},
	{"recorded_at", types.TimestamptzOID, func(e *event.Event) types.Datum { return types.Int(int64(e.RecordedAt()) + types.UnixEpochMicros) }},
	{"recorded_by", types.TextOID, func(e *event.Event) types.Datum { return types.String(e.RecordedBy) }},
	{"hlc", types.Int8OID, func(e *event.Event) types.Datum { return types.Int(int64(e.HLC)) }},
	{"sequence", types.Int8OID, func(e *event.Event) types.Datum { return types.Int(int64(e.Sequence)) }},
}

type scope struct{}

func (scope) Column(parts []string, pos int) (expr.Expr, error) {
	for i, c := range columns {
		if c.name == parts[len(parts)-1] {
			return expr.NewColumn(i, c.name, types.Of(c.oid), pos), nil
		}
	}
	return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", parts[0])
}

func bind(t rapid.TB, where string) expr.Expr {
	tree, err := pg_query.Parse("SELECT " + where)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	b := expr.Binder{Text: "SELECT " + where, Scope: scope{}}
	e, err := b.BindBool(tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val, "WHERE")
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	return e
}

var env = &expr.Env{Env: types.NewEnv()}

func value(e expr.Expr) (types.Datum, error) {
	return e.Compile(&expr.Compiler{})(&expr.Frame{Env: env})
}

func row(e *event.Event) []types.Datum {
	r := make([]types.Datum, len(columns))
	for i, c := range columns {
		r[i] = c.of(e)
	}
	return r
}

// met asks SQL whether an event meets a condition.
func met(t rapid.TB, where expr.Expr, e *event.Event) bool {
	v, err := where.Compile(&expr.Compiler{})(&expr.Frame{Row: row(e), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	return !v.IsNull() && v.Bool()
}

// finds asks a guard, all of it.
func finds(t rapid.TB, g *guard.Guard, e *event.Event) bool {
	if g.Never {
		return false
	}
	if !g.CoversKind(e.Kind) || !g.Covers(e.Entity) {
		return false
	}
	if g.Predicate == nil {
		return true
	}
	matches, err := guard.Compile(g.Predicate)
	if err != nil {
		t.Fatal(err)
	}
	return matches(e)
}

var tests = []string{
	"kind = 'Paid'", "kind <> 'Paid'", "'Paid' = kind", "kind IN ('Paid', 'Opened')", "kind NOT IN ('Paid', 'Closed')",
	"kind = ANY ('{Paid,NULL}')", "kind <> ALL ('{Paid,NULL}')", "kind = ANY ('{}')", "kind = NULL", "kind > 'O'", "kind IS NULL",
	"entity = 'a:1'", "entity LIKE 'a:%'", "entity NOT LIKE 'a:%'", "entity LIKE 'a:1'", "entity LIKE 'a_1'", "entity LIKE '%1'", "entity ^@ 'b'",
	"data->>'name' = 'ada'", "data->>'name' <> 'ada'", "data->>'name' IS NULL", "data->>'name' IS NOT NULL", "data->>'n' > '2'",
	"data->'in'->>'name' = 'ada'", "data->'in'->>'name' IS NULL", `data @> '{"name": "ada"}'`, `data @> '{"in": {"name": "ada"}}'`,
	`data->'in' @> '{"name": "ada"}'`, "data ? 'name'", "data->'in' ? 'name'", "data->0 = '1'", "data->>0 = '1'", "data->>'0' = '1'",
	"data#>>'{in,name}' = 'ada'", "(data->>'n')::int = 2 AND data->>'n' ~ '^[0-9]+$'", "upper(kind) = 'PAID'",
	"metadata->>'by' = 'joe'", "metadata IS NULL", "metadata IS NOT NULL", "metadata->>'by' IS NULL", "NOT metadata @> '{}'",
	"version = 2", "version >= 2::int8", "version < 2::smallint", "version > 1.5", "sequence > 3", "sequence <= 3", "hlc > 65536",
	"occurred_at > '2026-01-02 00:00:01+00'", "occurred_at <= '2026-01-02 00:00:01+00'", "occurred_at < 'infinity'", "occurred_at > '-infinity'",
	"recorded_at > '1970-01-01 00:00:00.001+00'", "occurred_at >= date '2026-01-02'", "recorded_by = 'joe'",
	"event_id = '01000000-0000-0000-0000-000000000000'", "event_id <> '01000000-0000-0000-0000-000000000000'", "causation_id IS NULL",
	"causation_id = '02000000-0000-0000-0000-000000000000'", "causation_id <> '02000000-0000-0000-0000-000000000000'",
	"true", "false", "NULL", "1 = 2", "kind = recorded_by", "(kind = 'Paid') IS TRUE", "(data->>'name' = 'ada') IS NOT TRUE",
	"CASE WHEN kind = 'Paid' THEN true ELSE version > 1 END", "coalesce(data->>'name', 'none') = 'none'", "starts_with(entity, 'a')",
}

func drawCondition(t *rapid.T, depth int) string {
	switch k := rapid.IntRange(0, 6).Draw(t, "form"); {
	case depth == 0 || k < 3:
		return rapid.SampledFrom(tests).Draw(t, "test")
	case k == 3:
		return "NOT (" + drawCondition(t, depth-1) + ")"
	default:
		op := rapid.SampledFrom([]string{" AND ", " OR "}).Draw(t, "op")
		var parts []string
		for range rapid.IntRange(2, 3).Draw(t, "parts") {
			parts = append(parts, "("+drawCondition(t, depth-1)+")")
		}
		return strings.Join(parts, op)
	}
}

func drawEvent(t *rapid.T) *event.Event {
	document := func(label string, all ...string) []byte {
		doc, err := jsonb.Parse(rapid.SampledFrom(all).Draw(t, label))
		if err != nil {
			t.Fatal(err)
		}
		return []byte(doc)
	}
	e := &event.Event{
		Entity:  event.Entity(rapid.SampledFrom([]string{"a:1", "a:2", "b1", "a"}).Draw(t, "entity")),
		Version: event.Version(rapid.IntRange(1, 3).Draw(t, "version")),
		Kind:    event.Kind(rapid.SampledFrom([]string{"Paid", "Opened", "Closed", "joe"}).Draw(t, "kind")),
		Data: document("data", `{}`, `{"name": "ada"}`, `{"name": null, "n": 2}`, `{"name": ["ada"], "n": "10"}`, `{"in": {"name": "ada"}, "n": 3}`,
			`{"in": ["name"]}`, `[1, "name"]`, `"name"`, `null`, `{"0": 1}`),
		OccurredAt: event.Micros(rapid.SampledFrom([]int64{0, 1767312001000000, 1767312001000001, 1767312000000000}).Draw(t, "occurred")),
		RecordedBy: rapid.SampledFrom([]string{"", "joe"}).Draw(t, "by"),
		Sequence:   event.Sequence(rapid.IntRange(1, 5).Draw(t, "sequence")),
	}
	e.ID[0] = byte(rapid.IntRange(1, 2).Draw(t, "id"))
	e.HLC = 1 << 16 * 1
	if rapid.Bool().Draw(t, "later?") {
		e.HLC = 5<<16 + 1
	}
	if rapid.Bool().Draw(t, "caused?") {
		e.Causation[0] = byte(rapid.IntRange(2, 3).Draw(t, "cause"))
	}
	if rapid.Bool().Draw(t, "metadata?") {
		e.Metadata = document("metadata", `{}`, `{"by": "joe"}`, `[]`)
	}
	return e
}

// TestGuardsFindWhatSQLFinds holds guards against the expressions they are made of: a
// guard never misses an event, and an exact one finds no other.
func TestGuardsFindWhatSQLFinds(t *testing.T) {
	exact := 0
	rapid.Check(t, func(t *rapid.T) {
		text := drawCondition(t, 3)
		where := bind(t, text)
		reshaped := rapid.IntRange(0, 3).Draw(t, "reshaped") == 0
		g, err := guard.Of(where, guard.Reading{Value: value, Reshaped: reshaped})
		if err != nil {
			t.Fatal(err)
		}
		if g.Exact {
			exact++
		}
		for range 20 {
			e := drawEvent(t)
			want, stored := met(t, where, e), e
			if reshaped { // what is stored is another document
				stored = e.Clone()
				stored.Data, stored.Metadata = drawEvent(t).Data, nil
			}
			got := finds(t, &g, stored)
			if want && !got || got && !want && g.Exact {
				t.Fatalf("%s\nof %+v data %s: SQL says %v, the guard %v (exact %v, kinds %q, entities %q, prefixes %q)",
					text, e, jsonb.AppendText(nil, string(e.Data)), want, got, g.Exact, g.Kinds, g.Entities, g.Prefixes)
			}
		}
	})
	if exact == 0 {
		t.Error("no condition gave an exact guard")
	}
}

// TestScripts shows what guards are made of conditions, and what is left to SQL.
func TestScripts(t *testing.T) {
	datadriven.RunTest(t, "testdata/guards.txt", func(t *testing.T, d *datadriven.TestData) string {
		var b strings.Builder
		for _, line := range strings.Split(d.Input, "\n") {
			g, err := guard.Of(bind(t, line), guard.Reading{Value: value, Reshaped: d.HasArg("reshaped")})
			fmt.Fprintf(&b, "%s\n  %s", line, map[bool]string{true: "exact", false: "left to SQL"}[g.Exact])
			for _, part := range []struct {
				name string
				of   any
			}{{"kinds", g.Kinds}, {"entities", g.Entities}, {"prefixes", g.Prefixes}} {
				if reflect.ValueOf(part.of).Len() > 0 {
					fmt.Fprintf(&b, ", %s %q", part.name, part.of)
				}
			}
			for _, flag := range []struct {
				name string
				set  bool
			}{{"never", g.Never}, {"not indexed", !g.Indexed}} {
				if flag.set {
					fmt.Fprintf(&b, ", %s", flag.name)
				}
			}
			fmt.Fprintf(&b, ", predicate %x\n", g.Predicate)
			if err != nil {
				fmt.Fprintf(&b, "  %v\n", err)
			}
		}
		return b.String()
	})
}

// TestFormatsKeepTheirMeaning judges predicates as they stand in logs. A change of the
// expected results is a change of what is in the log of a node: give the language a new
// format instead.
func TestFormatsKeepTheirMeaning(t *testing.T) {
	doc := func(text string) []byte {
		d, err := jsonb.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(d)
	}
	events := []*event.Event{
		{Entity: "a:1", Version: 1, Kind: "Paid", Data: doc(`{"name": "ada", "n": 10, "in": {"k": [1, 2]}}`), HLC: 7 << 16, Sequence: 9, OccurredAt: 1767312000000000, ID: event.ID{1}},
		{Entity: "b:1", Version: 2, Kind: "Opened", Data: doc(`{"name": null}`), Metadata: doc(`{"by": "joe"}`), RecordedBy: "joe", HLC: 8 << 16, Sequence: 10, Causation: event.ID{2}},
		{Entity: "a", Version: 3, Kind: "Paid", Data: doc(`[{"name": "ada"}, 1.0]`), HLC: 9 << 16, Sequence: 11},
	}
	datadriven.RunTest(t, "testdata/format1.txt", func(t *testing.T, d *datadriven.TestData) string {
		var b strings.Builder
		for _, line := range strings.Split(d.Input, "\n") {
			var encoded []byte
			if _, err := fmt.Sscanf(line, "%x", &encoded); err != nil {
				t.Fatal(err)
			}
			matches, err := guard.Compile(encoded)
			if err != nil {
				fmt.Fprintf(&b, "%v\n", err)
				continue
			}
			for _, e := range events {
				fmt.Fprintf(&b, "%v ", matches(e))
			}
			b.WriteByte('\n')
		}
		return b.String()
	})
}

func FuzzCompile(f *testing.F) {
	script, err := os.ReadFile("testdata/format1.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(script)) {
		var encoded []byte
		if _, err := fmt.Sscanf(line, "%x", &encoded); err == nil {
			f.Add(encoded)
		}
	}
	e := &event.Event{Entity: "a", Kind: "b", Data: []byte("x")}
	f.Fuzz(func(t *testing.T, b []byte) {
		if matches, err := guard.Compile(b); err == nil {
			_ = matches(e)
		}
	})
}
