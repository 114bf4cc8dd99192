package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// longLog holds n events of one entity, some irrelevant, some large.
func longLog(t *testing.T, n int) *memLog {
	t.Helper()
	l := &memLog{}
	for i := range n {
		switch {
		case i%7 == 3:
			l.append("a", "noise", strings.Repeat("x", i), event.Micros(i))
		case i == n/3:
			l.append("a", "del", "", event.Micros(i))
		default:
			l.append("a", "add", fmt.Sprint(i), event.Micros(i))
		}
	}
	return l
}

func TestLongReplayEqualsOracle(t *testing.T) {
	for _, n := range []int{511, 513, 640, 1500, 2049} {
		l := longLog(t, n)
		e := newEngine(t, engine.Options{Log: l})
		req := projection.Request{Definition: tallyDefinition("tally", 1), Entity: "a", Cut: l.cut()}
		want, err := oracle(l, req.Definition, "a", req.Cut)
		if err != nil {
			t.Fatal(err)
		}
		if out := mustProject(t, e, req); show(out.State()) != show(want) || int(out.Generation) != n {
			t.Errorf("%d events: %s at %d, want %s", n, show(out.State()), out.Generation, show(want))
		}
	}
}

func TestLongReplayFailsWhereItFails(t *testing.T) {
	l := longLog(t, 1200)
	bad := l.append("a", "bad", "", 0)
	for i := range 900 {
		l.append("a", "add", fmt.Sprint(i), 0)
	}
	e := newEngine(t, engine.Options{Log: l})
	req := projection.Request{Definition: tallyDefinition("tally", 1), Entity: "a", Cut: l.cut()}
	var failed *projection.EventError
	if _, err := e.Project(t.Context(), req); !errors.As(err, &failed) || failed.Version != bad.Version || !errors.Is(err, errBad) {
		t.Errorf("got %v, want the failure of version %d", err, bad.Version)
	}
	l.readErr = errors.New("disk")
	if _, err := e.Project(t.Context(), req); !errors.Is(err, l.readErr) {
		t.Errorf("got %v, want the log's error", err)
	}
	l.readErr = nil
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	if _, err := e.Project(ctx, req); !errors.Is(err, gone) {
		t.Errorf("got %v, want what ended the context", err)
	}
}
