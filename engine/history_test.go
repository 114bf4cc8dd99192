package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// cmdHistory tells each step with its evidence. history entity [from=] [to=] [limit=]
// and what read takes.
func (w *world) cmdHistory(d *datadriven.TestData) string {
	req := projection.HistoryRequest{Definition: w.def, Entity: event.Entity(d.CmdArgs[0].Key), Cut: w.cut(d)}
	req.From, req.To = event.Version(number(d, "from")), event.Version(number(d, "to"))
	limit := int(number(d, "limit"))
	var out strings.Builder
	last, err := w.engine.History(context.Background(), req, func(e *event.Event, o *projection.Outcome) error {
		fmt.Fprintf(&out, "%d %s: %s", e.Version, e.Kind, evidence(o))
		if limit--; limit == 0 {
			return errEnough
		}
		return nil
	})
	if err != nil {
		fmt.Fprintf(&out, "error: %v (%T)\n", err, err)
	}
	if last.Strategy != 0 {
		fmt.Fprintf(&out, "last: %s", evidence(&last))
	}
	return out.String()
}

var errEnough = errors.New("enough")

func number(d *datadriven.TestData, key string) (n uint64) {
	if v, ok := arg(d, key); ok {
		_, _ = fmt.Sscan(v, &n)
	}
	return n
}

// history demands the fold of each prefix, whatever is cached.
func (m *model) history(rt *rapid.T) {
	req := projection.HistoryRequest{Definition: m.def, Entity: event.Entity(entities.Draw(rt, "entity")), Cut: m.cut(rt)}
	req.From = event.Version(rapid.IntRange(0, 8).Draw(rt, "from"))
	req.To = event.Version(rapid.IntRange(0, 8).Draw(rt, "to"))
	req.Timed = rapid.Bool().Draw(rt, "timed")
	var got []string
	out, err := m.engine.History(context.Background(), req, func(e *event.Event, o *projection.Outcome) error {
		s := o.Snapshot
		got = append(got, fmt.Sprintf("%d %s", e.Version, show(o.State())))
		if s.Generation != e.Version || o.Generation != e.Version || s.Watermark != e.Sequence || s.HLC != e.HLC {
			rt.Fatalf("event %d at %d: %s", e.Version, e.Sequence, evidence(o))
		}
		return nil
	})
	want, wantErr := oracleHistory(m.log, &req)
	if !errors.Is(err, wantErr) || (err == nil) != (wantErr == nil) || fmt.Sprint(got) != fmt.Sprint(want) {
		rt.Fatalf("history of %s from %d to %d at %+v: got %v %v, want %v %v", req.Entity, req.From, req.To, req.Cut, got, err, want, wantErr)
	}
	m.checkTimings(rt, &out)
}

func oracleHistory(l *memLog, q *projection.HistoryRequest) (steps []string, err error) {
	cut := q.Cut
	for _, e := range l.events[:q.Cut.Sequence] {
		last := e.Entity == q.Entity && q.Definition.Relevant(e.Kind) && (cut.OccurredBy == event.NoTime || e.OccurredAt <= cut.OccurredBy)
		if !last || q.To != 0 && e.Version > q.To {
			continue
		}
		cut.Sequence = e.Sequence
		s, err := oracle(l, q.Definition, q.Entity, cut)
		if err != nil && later(l, q, e.Version) {
			return steps, err
		}
		if e.Version >= q.From && err == nil {
			steps = append(steps, fmt.Sprintf("%d %s", e.Version, show(s)))
		}
	}
	return steps, nil
}

// later reports whether the entity has a relevant event from the given version on that is
// not before the range: only then is anything folded. That it is behind the range's end
// is not known before the events of the range are read.
func later(l *memLog, q *projection.HistoryRequest, v event.Version) bool {
	for _, e := range l.events[:q.Cut.Sequence] {
		relevant := e.Entity == q.Entity && q.Definition.Relevant(e.Kind) && (q.Cut.OccurredBy == event.NoTime || e.OccurredAt <= q.Cut.OccurredBy)
		if relevant && e.Version >= max(v, q.From) && (q.To == 0 || q.From <= q.To) {
			return true
		}
	}
	return false
}
