package main

import (
	"iter"
	"sync/atomic"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// A node with two entities whose slots are behind, and a session that takes them.
func startBehind(t *testing.T) (ask func(sql string) string, n *runningNode) {
	t.Helper()
	n = testNode(t)
	writer, reader := n.connect(t), n.connect(t)
	script(t, writer, tallySource, add("a", 1), add("b", 1), "SELECT * FROM project('Tally', 'a')", "SELECT * FROM project('Tally', 'b')")
	script(t, writer, add("a", 1), add("b", 1))
	script(t, reader, "SET projsql.freshness = 'maybe stale 1h'")
	return func(sql string) (text string) {
		t.Helper()
		if err := reader.QueryRow(t.Context(), sql).Scan(&text); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return text
	}, n
}

// TestStaleStatementsReadOnePosition: only a statement that reads a single state may
// get an old one; all that another reads belongs together.
func TestStaleStatementsReadOnePosition(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT n::text FROM project('Tally', 'a')":                                                          "1",
		"SELECT p.n || ' ' || (SELECT count(*) FROM events WHERE entity = 'a') FROM project('Tally', 'a') p": "2 2",
		"SELECT a.n || ' ' || b.n FROM project('Tally', 'a') a, project('Tally', 'b') b":                     "2 2",
		"SELECT p.n || ' ' || (SELECT sum(n) FROM tally) FROM project('Tally', 'a') p":                       "2 4",
		"SELECT n || ' ' || projsql_generation('a') FROM project('Tally', 'a')":                              "2 2",
	} {
		ask, _ := startBehind(t)
		if got := ask(sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}

// TestSessionsNeverGoBack: after a session has seen an event, however it came by it, no
// state that lacks it is good enough.
func TestSessionsNeverGoBack(t *testing.T) {
	t.Parallel()
	const state = "SELECT n::text FROM project('Tally', 'a')"
	for sql, want := range map[string]string{
		"SELECT max(version)::text FROM events WHERE entity = 'a'": "2",
		"SELECT projsql_generation('a')::text":                     "2",
		"SELECT sum(n)::text FROM tally":                           "2",
		state:                                                      "1",
	} {
		ask, _ := startBehind(t)
		ask(sql)
		if got := ask(state); got != want {
			t.Errorf("after %s: %s, want %s", sql, got, want)
		}
	}
}

// hookedLog calls a function, once, before an entity's events are read.
type hookedLog struct {
	engine.Log
	hook atomic.Pointer[func(event.Entity)]
}

func (l *hookedLog) Reader(c projection.Cut) event.Reader { return hookedReader{l.Log.Reader(c), l} }

type hookedReader struct {
	event.Reader
	log *hookedLog
}

func (r hookedReader) Entity(e event.Entity, from, to event.Version) iter.Seq2[*event.Event, error] {
	if hook := r.log.hook.Swap(nil); hook != nil {
		(*hook)(e)
	}
	return r.Reader.Entity(e, from, to)
}

// TestNewerSlotsDoNotFitOlderCuts appends to both entities of a join while it reads the
// first, and has another session fill the second's slot with the newer state.
func TestNewerSlotsDoNotFitOlderCuts(t *testing.T) {
	t.Parallel()
	log := &hookedLog{}
	n := startWithEngine(t, t.TempDir(), func(o *engine.Options) { log.Log, o.Log = o.Log, log })
	conn, other := n.connect(t), n.connect(t)
	script(t, conn, tallySource, add("a", 1), add("b", 1))
	meanwhile := func(first event.Entity) {
		second := map[event.Entity]string{"a": "b", "b": "a"}[first]
		script(t, other, add("a", 10), add("b", 10), "SELECT * FROM project('Tally', '"+second+"')")
	}
	log.hook.Store(&meanwhile)
	var a, b int
	if err := conn.QueryRow(t.Context(), "SELECT a.n, b.n FROM project('Tally', 'a') a, project('Tally', 'b') b").Scan(&a, &b); err != nil {
		t.Fatal(err)
	}
	if log.hook.Load() != nil || a != 1 || b != 1 {
		t.Errorf("one statement has a = %d, b = %d", a, b)
	}
}
