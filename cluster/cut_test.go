package cluster_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestCuts runs the scripts of testdata/cut, each in a bubble with a clock of its
// own. Stamps are written as milliseconds.counter.
//
//	append ENTITY...          one event each, as one transaction
//	clock MS                  sets the clock
//	hold, release             the machine stops applying; goes on
//	begin (append|cut) ...    does it in the background; prints what has ended
//	cut LEVEL [ms=M.C] [sequence=N] [age=D] [floor=N] [wait=D] [error-on-stale]
func TestCuts(t *testing.T) {
	datadriven.Walk(t, "testdata/cut", func(t *testing.T, path string) {
		synctest.Test(t, func(t *testing.T) { runCuts(t, path) })
	})
}

type cutScript struct {
	*group
	clock  *manualClock
	held   *gate
	drafts uint64
	ended  chan string
}

func runCuts(t *testing.T, path string) {
	s := &cutScript{clock: &manualClock{}, ended: make(chan string, 16)}
	s.clock.set(1000)
	s.group = openNode(t, t.TempDir(), func(o *cluster.Options) {
		o.Clock, o.Now = hlc.NewClock(hlc.Options{Now: s.clock.now}), s.clock.now
	})
	defer s.close(t)
	datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
		if d.Cmd != "begin" {
			return s.run(t, d.Cmd, d) + s.background()
		}
		go func() { s.ended <- s.run(t, d.CmdArgs[0].Key, d) }()
		return s.background()
	})
}

// background returns what has ended, once nothing moves any more.
func (s *cutScript) background() string {
	synctest.Wait()
	var ended []string
	for len(s.ended) > 0 {
		ended = append(ended, "ended: "+<-s.ended)
	}
	slices.Sort(ended) // they end together
	return strings.Join(ended, "")
}

func (s *cutScript) run(t *testing.T, command string, d *datadriven.TestData) string {
	switch command {
	case "append":
		return s.appendAll(d)
	case "clock":
		var ms int
		d.ScanArgs(t, "ms", &ms)
		s.clock.set(int64(ms))
		return ""
	case "hold":
		s.held = s.hold()
		return ""
	case "release":
		s.machine.onApply(nil)
		close(s.held.open)
		return ""
	case "cut":
		return s.cut(t, d)
	}
	t.Fatalf("unknown command %q", command)
	return ""
}

func (s *cutScript) appendAll(d *datadriven.TestData) string {
	var tx event.Transaction
	for _, arg := range d.CmdArgs {
		if arg.Key != "append" {
			s.drafts++
			tx.Drafts = append(tx.Drafts, draft(s.drafts, event.Entity(arg.Key)))
		}
	}
	receipts, err := s.Append(context.Background(), tx)
	if err != nil {
		return errorText(err)
	}
	var out strings.Builder
	for _, r := range receipts {
		fmt.Fprintf(&out, "sequence=%d hlc=%s\n", r.Sequence, stampText(r.HLC))
	}
	return out.String()
}

func (s *cutScript) cut(t *testing.T, d *datadriven.TestData) string {
	f, floor := parseFreshness(t, d)
	c, err := s.Cut(context.Background(), f, floor)
	if err != nil {
		return errorText(err)
	}
	out := fmt.Sprintf("sequence=%d hlc=%s age=%v", c.Sequence, stampText(c.HLC), c.Age)
	if c.Newest {
		out += " newest"
	}
	if c.StaleMax > 0 {
		out += fmt.Sprintf(" stale-max=%v", c.StaleMax)
	}
	if c.Floor > 0 {
		out += fmt.Sprintf(" floor=%d", c.Floor)
	}
	if c.OccurredBy != event.NoTime {
		out += fmt.Sprintf(" occurred-by=%dms", c.OccurredBy/1000)
	}
	return out + "\n"
}

func parseFreshness(t *testing.T, d *datadriven.TestData) (f projection.Freshness, floor event.Sequence) {
	levels := map[string]projection.Level{
		"consistent": projection.Consistent, "maybe-stale": projection.MaybeStale, "at-least": projection.AtLeast,
		"as-of": projection.AsOfHLC, "as-of-sequence": projection.AsOfSequence, "as-of-occurred": projection.AsOfOccurred,
	}
	for _, arg := range d.CmdArgs {
		if level, ok := levels[arg.Key]; ok {
			f.Level = level
			continue
		}
		switch arg.Key {
		case "cut":
		case "error-on-stale":
			f.ErrorOnStale = true
		case "ms":
			f.HLC, f.OccurredAt = parseStamp(t, arg.Vals[0])
		case "sequence":
			f.Sequence = event.Sequence(number(t, arg.Vals[0]))
		case "floor":
			floor = event.Sequence(number(t, arg.Vals[0]))
		case "age":
			f.AgeMax = duration(t, arg.Vals[0])
		case "wait":
			f.Wait = duration(t, arg.Vals[0])
		default:
			t.Fatalf("unknown argument %q", arg.Key)
		}
	}
	return f, floor
}

func parseStamp(t *testing.T, s string) (hlc.Timestamp, event.Micros) {
	ms, counter, _ := strings.Cut(s, ".")
	if counter == "" {
		counter = "0"
	}
	wall := number(t, ms)
	return hlc.New(wall, uint16(number(t, counter))), event.Micros(wall * 1000)
}

func number(t *testing.T, s string) (n int64) {
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func duration(t *testing.T, s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func stampText(ts hlc.Timestamp) string { return fmt.Sprintf("%d.%d", ts.WallMS(), ts.Counter()) }

func errorText(err error) string {
	e := sqlstate.Of(err)
	return strings.TrimSpace(fmt.Sprintf("%s: %s\n%s", e.Code, e.Message, e.Detail)) + "\n"
}

// manualClock is a wall clock that a test moves.
type manualClock struct {
	mu sync.Mutex
	ms int64
}

func (c *manualClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.UnixMilli(c.ms)
}

func (c *manualClock) set(ms int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ms = ms
}
