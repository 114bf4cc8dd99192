package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// world is what a script works on: a log, a clock, an external cache that survives
// restarts of the engine, and the engine.
type world struct {
	t        *testing.T
	log      *memLog
	clock    *fakeClock
	external *faulty
	opts     engine.Options
	engine   *engine.Engine
	def      *projection.Definition
}

func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		w := &world{t: t, log: &memLog{}, clock: newFakeClock(), external: newFaulty(), def: tallyDefinition("tally", 1)}
		w.opts = engine.Options{Log: w.log, Now: w.clock.Now}
		w.start()
		defer w.stop()
		datadriven.RunTest(t, path, w.run)
	})
}

func (w *world) start() { w.engine = engine.New(w.opts) }

func (w *world) stop() {
	if err := w.engine.Close(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) run(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "engine": // engine [slots=off|tiny] [external] [incremental=off]
		return w.cmdEngine(d)
	case "append": // append entity kind [data] [occurred=µs]
		return w.cmdAppend(d)
	case "read": // read entity [seq=] [stale=] [floor=] [age=] [occurred=] [ifnot=]
		return w.cmdRead(d)
	case "history":
		return w.cmdHistory(d)
	case "verify":
		return w.cmdVerify(d)
	case "tamper":
		return w.cmdTamper(d)
	case "scan":
		return w.cmdScan(d)
	case "advance":
		return w.cmdAdvance(d)
	case "fault":
		w.external.set(strings.Join(names(d), " "))
		return ""
	case "restore": // restore n: cut the log to n events, as a new history
		n, err := strconv.Atoi(d.CmdArgs[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		w.log.restore(n)
		return ""
	case "log-error":
		w.log.readErr = nil
		if names(d)[0] == "on" {
			w.log.readErr = errFault
		}
		return ""
	case "define":
		n, err := strconv.ParseUint(d.CmdArgs[0].Key, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		old := w.def
		w.def = tallyDefinition("tally", n)
		w.engine.Retire(old)
		return ""
	case "purge":
		n, err := w.engine.Purge(strings.Join(names(d), ""))
		return fmt.Sprintln(n, err)
	case "mend": // the same definition, whose fold takes bad events
		mended := *w.def
		mended.Fold = mendedFold{}
		w.def = &mended
		return ""
	case "poisoned":
		return w.cmdPoisoned()
	case "stats":
		return w.cmdStats()
	default:
		t.Fatalf("unknown command %q", d.Cmd)
		return ""
	}
}

func names(d *datadriven.TestData) (out []string) {
	for _, a := range d.CmdArgs {
		out = append(out, a.Key)
	}
	return out
}

func arg(d *datadriven.TestData, key string) (string, bool) {
	for _, a := range d.CmdArgs {
		if a.Key == key && len(a.Vals) > 0 {
			return a.Vals[0], true
		}
	}
	return "", false
}

func (w *world) cmdEngine(d *datadriven.TestData) string {
	w.stop()
	w.opts.SlotBytesMax, w.opts.NoIncremental, w.opts.External = 0, false, nil
	if v, _ := arg(d, "slots"); v == "off" {
		w.opts.SlotBytesMax = -1
	}
	if v, _ := arg(d, "incremental"); v == "off" {
		w.opts.NoIncremental = true
	}
	if d.HasArg("external") {
		w.opts.External = w.external
	}
	w.start()
	return ""
}

func (w *world) cmdAppend(d *datadriven.TestData) string {
	var out strings.Builder
	for _, line := range strings.Split(strings.TrimSpace(d.Input), "\n") {
		f := append(strings.Fields(line), "", "0")
		occurred, err := strconv.ParseInt(f[3], 10, 64)
		if err != nil {
			occurred = 0
		}
		e := w.log.append(f[0], f[1], f[2], event.Micros(occurred))
		fmt.Fprintf(&out, "seq=%d version=%d\n", e.Sequence, e.Version)
	}
	return out.String()
}

func (w *world) cut(d *datadriven.TestData) projection.Cut {
	c := w.log.cut()
	if v, ok := arg(d, "seq"); ok {
		n, _ := strconv.ParseUint(v, 10, 64)
		c.Sequence, c.Newest = event.Sequence(n), false
	}
	if v, ok := arg(d, "stale"); ok {
		c.StaleMax, _ = time.ParseDuration(v)
	}
	if v, ok := arg(d, "age"); ok {
		c.Age, _ = time.ParseDuration(v)
	}
	c.KnownAt = w.clock.Now().Add(-c.Age)
	if v, ok := arg(d, "floor"); ok {
		n, _ := strconv.ParseUint(v, 10, 64)
		c.Floor = event.Sequence(n)
	}
	if v, ok := arg(d, "occurred"); ok {
		n, _ := strconv.ParseInt(v, 10, 64)
		c.OccurredBy = event.Micros(n)
	}
	return c
}

func (w *world) cmdRead(d *datadriven.TestData) string {
	req := projection.Request{Definition: w.def, Entity: event.Entity(d.CmdArgs[0].Key), Cut: w.cut(d)}
	if v, ok := arg(d, "ifnot"); ok {
		n, _ := strconv.ParseUint(v, 10, 64)
		req.IfNot = event.Expect(event.Version(n))
	}
	out, err := w.engine.Project(context.Background(), req)
	if err != nil {
		return fmt.Sprintf("error: %v (%T)\n", err, err)
	}
	return evidence(&out)
}

func evidence(o *projection.Outcome) string {
	if o.Unchanged {
		return fmt.Sprintf("unchanged gen=%d\n", o.Generation)
	}
	mark := event.Sequence(0)
	if o.Snapshot != nil {
		mark = o.Snapshot.Watermark
	}
	status := o.Cache.String()
	if o.CacheReason != "" {
		status += ":" + o.CacheReason
	}
	return fmt.Sprintf("%s gen=%d mark=%d %v %s %v age=%v folded=%d\n",
		show(o.State()), o.Generation, mark, o.Strategy, status, o.Observed, o.Age, o.Folded)
}

func (w *world) cmdScan(d *datadriven.TestData) string {
	var out strings.Builder
	err := w.engine.Scan(context.Background(), projection.ScanRequest{Definition: w.def, Cut: w.cut(d)}, func(e event.Entity, o *projection.Outcome) error {
		fmt.Fprintf(&out, "%s: %s", e, evidence(o))
		return nil
	})
	if err != nil {
		fmt.Fprintf(&out, "error: %v\n", err)
	}
	return out.String()
}

func (w *world) cmdAdvance(d *datadriven.TestData) string {
	by, err := time.ParseDuration(d.CmdArgs[0].Key)
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock.advance(by)
	return ""
}

func (w *world) cmdPoisoned() string {
	var out strings.Builder
	for _, p := range w.engine.Poisoned() {
		fmt.Fprintf(&out, "%s %s: version %d, kind %s: %s %s, since %d\n",
			p.Projection, p.Entity, p.Version, p.Kind, p.Code, p.Message, p.Since.Unix())
	}
	return out.String()
}

func (w *world) cmdStats() string {
	var lines []string
	for _, s := range w.engine.Stats() {
		for _, a := range s.Answers {
			lines = append(lines, fmt.Sprintf("%v %v %v %v %v: %d", a.Strategy, a.Cache, a.Observed, a.Stores.External, a.Stores.Slot, a.Count))
		}
		for _, st := range s.Stores {
			lines = append(lines, fmt.Sprintf("store %s %s: %d", st.Cache, st.Outcome, st.Count))
		}
		if s.Poisoned > 0 {
			lines = append(lines, fmt.Sprintf("poisoned %d", s.Poisoned))
		}
		lines = append(lines, fmt.Sprintf("unchanged %d, folded %d, failed %d, faults decode %d get %d prefetch %d",
			s.Unchanged, s.Folded, s.Failed, s.DecodeFailed, s.GetFailed, s.PrefetchFailed))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

var _ cache.External = (*faulty)(nil)
