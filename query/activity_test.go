package query_test

import (
	"context"
	"strings"
	"testing"

	"github.com/projsql/projsql/query"
)

// slowly is an Out to which a row takes three seconds.
type slowly struct {
	discard
	clock *clock
	sync  bool // has arrived too
}

func (s *slowly) Row([]byte) error { s.clock.ms.Add(3000); return nil }
func (s *slowly) SyncNext() bool   { return s.sync }

// TestActivityTimes: a query begins where its message does, and the session rests when its
// work is done, a commit included, and Sync has come.
func TestActivityTimes(t *testing.T) {
	n := startNode(t)
	looks, works := n.session(t, nil), n.session(t, nil)
	const insert = "INSERT INTO events (entity, kind) VALUES ('a', 'X')"
	pass := func(ms int64) func() { return func() { n.clock.ms.Add(ms) } }
	out := func(sync bool) query.Out { return &slowly{clock: n.clock, sync: sync} }
	extended := func(sql string, sync bool, between func()) error {
		return prepared(t.Context(), works, sql, out(sync), between)
	}
	for _, c := range []struct {
		name, want string
		work       func() error
	}{
		{"simple", "00:00:03", func() error { return works.Simple(t.Context(), "SELECT 1", out(false)) }},
		{"two statements", "00:00:06", func() error { return works.Simple(t.Context(), "SELECT 1; SELECT 2", out(false)) }},
		{"simple commit", "00:00:05", func() error {
			n.beforeAppend(pass(5000))
			return works.Simple(t.Context(), insert, out(false))
		}},
		{"failed later", "00:00:03", func() error {
			_ = works.Simple(t.Context(), "SELECT 1; SELECT 1/0", out(false))
			return nil
		}},
		{"extended", "00:00:03", func() error { return extended("SELECT 1", true, func() {}) }},
		{"Sync later", "00:00:10", func() error { return extended("SELECT 1", false, pass(7000)) }},
		{"extended commit", "00:00:05", func() error {
			n.beforeAppend(pass(5000))
			return extended(insert, true, func() {})
		}},
	} {
		n.clock.ms.Add(60_000)
		if err := c.work(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		n.clock.ms.Add(60_000)
		var r recorder
		err := looks.Simple(t.Context(), "SELECT (state_change - query_start)::text FROM pg_stat_activity WHERE query NOT LIKE '%pg_stat%'", &r)
		if err != nil || !strings.Contains(r.String(), "\n"+c.want+"\n") {
			t.Errorf("%s: %v %s, want %s", c.name, err, r.String(), c.want)
		}
	}
}

// prepared runs a statement by the extended protocol; between is before Sync.
func prepared(ctx context.Context, s *query.Session, sql string, out query.Out, between func()) error {
	for _, step := range []func() error{
		func() error { return s.Prepare(ctx, "", sql, nil, out) },
		func() error { return s.Bind(ctx, "", "", nil, nil, nil) },
		func() error { return s.Execute(ctx, "", 0, out) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	between()
	return s.Sync(ctx, false)
}
