package storage_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestScripts runs testdata/scripts. Commands:
//
//	apply index=N [ms=N]    lines of a command: append ENTITY KIND DATA [id=N] [expect=N] [at=MS];
//	                        "--" begins another transaction;
//	                        guard [since=N] [kinds=A,B] [entities=A,B] [prefixes=A,B] [data=TEXT]; premise PREFIX VERSION; put NAME VALUE | new NAME VALUE |
//	                        replace NAME VALUE | drop NAME | VERSION NAME [VALUE], which expects the record of that version
//	head ENTITY... | entity ENTITY [from=] [to=] | log [from=] [to=] | entities | count | at HLC... | id N...
//	                        each with [cut=N] [by=MS]; heads tell where they came from
//	kinds KIND...           the events of all of them, with [from=] [to=] [cut=] [by=]
//	guardreads              records read by guards since the last time
//	records | stats | flush | reopen | crash
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		s := &script{fs: vfs.NewCrashableMem()}
		s.open(t)
		defer func() { _ = s.store.Close() }()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.out.Reset()
			s.run(t, d)
			return s.out.String()
		})
	})
}

type script struct {
	fs    *vfs.MemFS
	store *storage.Store
	out   strings.Builder

	guardReads uint64
}

func (s *script) open(t *testing.T) {
	o := options(s.fs)
	o.Rand = strings.NewReader("a lineage for us")
	var err error
	if s.store, err = storage.Open("/data/db", o); err != nil {
		t.Fatal(err)
	}
}

func (s *script) printf(format string, args ...any) { fmt.Fprintf(&s.out, format+"\n", args...) }

// fail prints an error as a client sees it.
func (s *script) fail(err error) {
	e := sqlstate.Of(err)
	s.printf("%s: %s", e.Code, strings.TrimSpace(e.Message+" "+e.Detail))
}

func (s *script) run(t *testing.T, d *datadriven.TestData) {
	switch d.Cmd {
	case "apply":
		s.apply(t, d)
	case "records":
		records, err := s.store.Records()
		if err != nil {
			s.fail(err)
		}
		for _, r := range records {
			s.printf("%s = %s, version %d, since %d", r.Name, r.Value, r.Version, r.Since)
		}
	case "guardreads":
		reads := s.store.Stats().GuardReads
		s.printf("%d", reads-s.guardReads)
		s.guardReads = reads
	case "stats":
		st := s.store.Stats()
		s.printf("%d events of %d entities", st.Events, st.Entities)
	case "flush":
		index, err := s.store.Flush()
		s.printf("index %d, error %v", index, err)
	case "reopen":
		_ = s.store.Close()
		s.open(t)
		s.position()
	case "crash":
		after := s.fs.CrashClone(vfs.CrashCloneCfg{RNG: rand.New(rand.NewPCG(1, 1))})
		_ = s.store.Close()
		s.fs = after
		s.open(t)
		s.position()
	default:
		s.read(t, d)
	}
}

func (s *script) position() {
	index, term := s.store.Applied()
	seq, ts := s.store.Frontier()
	s.printf("index %d, term %d, sequence %d, hlc %s, lineage %q", index, term, seq, stamp(ts), s.store.Lineage())
}

func stamp(ts hlc.Timestamp) string { return fmt.Sprintf("%d.%d", ts.WallMS(), ts.Counter()) }

func (s *script) apply(t *testing.T, d *datadriven.TestData) {
	var index, ms uint64
	d.ScanArgs(t, "index", &index)
	d.MaybeScanArgs(t, "ms", &ms)
	c := event.Command{Stamp: hlc.New(int64(ms), 0)}
	for _, line := range strings.Split(d.Input, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "--":
			c.Transactions = append(c.Transactions, event.Transaction{})
		case words[0] == "append":
			if len(c.Transactions) == 0 {
				c.Transactions = append(c.Transactions, event.Transaction{})
			}
			last := &c.Transactions[len(c.Transactions)-1]
			last.Drafts = append(last.Drafts, scriptDraft(words[1:]))
		case words[0] == "guard":
			if len(c.Transactions) == 0 {
				c.Transactions = append(c.Transactions, event.Transaction{})
			}
			last := &c.Transactions[len(c.Transactions)-1]
			last.Guards = append(last.Guards, scriptGuard(words[1:]))
		case words[0] == "premise":
			if len(c.Transactions) == 0 {
				c.Transactions = append(c.Transactions, event.Transaction{})
			}
			last := &c.Transactions[len(c.Transactions)-1]
			last.Premise.Prefix = words[1]
			last.Premise.Version, _ = strconv.ParseUint(words[2], 10, 64)
		default:
			c.Changes = append(c.Changes, scriptChange(words))
		}
	}
	results, err := s.store.Apply([]event.Entry{entry(index, c)})
	if err != nil {
		s.fail(err)
		return
	}
	s.result(results[0])
}

func scriptDraft(words []string) event.Draft {
	d := event.Draft{Entity: event.Entity(words[0]), Kind: event.Kind(words[1]), Data: []byte(words[2]), OccurredAt: event.NoTime, ID: event.NewID()}
	for _, w := range words[3:] {
		key, value, _ := strings.Cut(w, "=")
		n, _ := strconv.Atoi(value)
		switch key {
		case "id":
			d.ID = scriptID(n)
		case "expect":
			d.Expected = event.Expect(event.Version(n))
		case "at":
			d.OccurredAt = event.Micros(n * 1000)
		case "dated":
			d.OccurredAt, d.Dated = event.Micros(n*1000), true
		case "fresh":
			d.Fresh = true
		}
	}
	return d
}

func scriptGuard(words []string) (g event.Guard) {
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "since":
			n, _ := strconv.Atoi(value)
			g.Since = event.Sequence(n)
		case "kinds":
			g.Kinds = namesOf[event.Kind](value)
		case "entities":
			g.Entities = namesOf[event.Entity](value)
		case "prefixes":
			g.Prefixes = namesOf[event.Entity](value)
		case "data":
			g.Predicate = []byte(value)
		}
	}
	return g
}

func namesOf[T ~string](list string) (names []T) {
	for _, n := range strings.Split(list, ",") {
		names = append(names, T(n))
	}
	return names
}

func scriptID(n int) event.ID { return event.ID{15: byte(n)} }

func scriptChange(words []string) event.Change {
	c := event.Change{Name: words[1], Expect: event.AnyRecord}
	if last, needs := strings.CutPrefix(words[len(words)-1], "needs="); needs {
		c.Needs, words = last, words[:len(words)-1]
	}
	for {
		hold, is := strings.CutPrefix(words[len(words)-1], "holds=")
		if !is {
			break
		}
		name, version, _ := strings.Cut(hold, "@")
		n, _ := strconv.ParseUint(version, 10, 64)
		c.Holds, words = append(c.Holds, event.Hold{Name: name, Version: n}), words[:len(words)-1]
	}
	switch words[0] {
	case "new":
		c.Expect = event.NoRecord
	case "replace", "drop":
		c.Expect = event.SomeRecord
	}
	if n, err := strconv.ParseUint(words[0], 10, 64); err == nil {
		c.Expect, c.Version = event.ThisRecord, n
	}
	if len(words) > 2 {
		c.Value = []byte(words[2])
	}
	return c
}

func (s *script) result(r event.Result) {
	for i, t := range r.Transactions {
		if t.Err != nil {
			s.fail(t.Err)
		}
		for _, x := range t.Receipts {
			s.printf("transaction %d: version %d, sequence %d, hlc %s, duplicate %v", i+1, x.Version, x.Sequence, stamp(x.HLC), x.Duplicate)
		}
	}
	for _, c := range r.Changes {
		if c.Err != nil {
			s.fail(c.Err)
		} else {
			s.printf("record version %d", c.Record.Version)
		}
	}
	s.printf("frontier %d, %s", r.Sequence, stamp(r.HLC))
}

func (s *script) read(t *testing.T, d *datadriven.TestData) {
	seq, _ := s.store.Frontier()
	cut, from, to := uint64(seq), uint64(0), uint64(0)
	d.MaybeScanArgs(t, "cut", &cut)
	d.MaybeScanArgs(t, "from", &from)
	d.MaybeScanArgs(t, "to", &to)
	c := projection.Cut{Sequence: event.Sequence(cut), OccurredBy: event.NoTime}
	if ms := int64(0); d.MaybeScanArgs(t, "by", &ms) {
		c.OccurredBy = event.Micros(ms * 1000)
	}
	r := s.store.Reader(c)
	switch d.Cmd {
	case "log":
		s.events(r.Log(event.Sequence(from), event.Sequence(to)))
	case "kinds":
		var kinds []event.Kind
		for _, a := range d.CmdArgs {
			if len(a.Vals) == 0 {
				kinds = append(kinds, event.Kind(a.Key))
			}
		}
		s.events(event.OfKinds(r, kinds, event.Sequence(from), event.Sequence(to)))
	case "entities":
		for e, err := range r.Entities("") {
			if err != nil {
				s.fail(err)
				return
			}
			s.head(e.Entity, e.Head)
		}
	case "count":
		n, err := r.Count()
		at, ts := r.Cut()
		s.printf("%d events at %d, %s, error %v", n, at, stamp(ts), err)
	default:
		for _, a := range d.CmdArgs {
			if len(a.Vals) == 0 {
				s.point(r, d.Cmd, a.Key, event.Version(from), event.Version(to))
			}
		}
	}
}

func (s *script) point(r event.Reader, cmd, what string, from, to event.Version) {
	switch cmd {
	case "head":
		before := s.store.Stats()
		h, ok, err := r.Head(event.Entity(what))
		after := s.store.Stats()
		if err != nil {
			s.fail(err)
			return
		}
		source := fmt.Sprintf("cache hits %d, loads %d", after.HeadHits-before.HeadHits, after.HeadMisses-before.HeadMisses)
		if !ok {
			s.printf("%s: none (%s)", what, source)
			return
		}
		s.head(event.Entity(what), h)
		s.printf("  (%s)", source)
	case "entity":
		s.events(r.Entity(event.Entity(what), from, to))
	case "at":
		wall, counter, _ := strings.Cut(what, ".")
		ms, _ := strconv.Atoi(wall)
		n, _ := strconv.Atoi(counter)
		seq, err := r.ByHLC(hlc.New(int64(ms), uint16(n)))
		s.printf("%s: sequence %d, error %v", what, seq, err)
	case "id":
		n, _ := strconv.Atoi(what)
		e, err := r.ByID(scriptID(n))
		if e == nil {
			s.printf("id %s: none, error %v", what, err)
			return
		}
		s.event(e)
	}
}

func (s *script) head(e event.Entity, h event.Head) {
	s.printf("%s: generation %d, sequence %d, hlc %s", e, h.Generation, h.Sequence, stamp(h.HLC))
	for _, k := range sorted(h).Kinds {
		s.printf("  %s: version %d, sequence %d, hlc %s", k.Kind, k.Version, k.Sequence, stamp(k.HLC))
	}
}

func (s *script) events(seq func(func(*event.Event, error) bool)) {
	for e, err := range seq {
		if err != nil {
			s.fail(err)
			return
		}
		s.event(e)
	}
}

func (s *script) event(e *event.Event) {
	s.printf("%d %s: %s/%d %s %s at %d ms", e.Sequence, stamp(e.HLC), e.Entity, e.Version, e.Kind, e.Data, e.OccurredAt/1000)
}
