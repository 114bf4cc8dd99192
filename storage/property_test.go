package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// A small world, so that ids, entities and contents meet often. The entities
// order differently by bytes than by length, and begin with each other.
var (
	worldEntities = []event.Entity{"a", "a\x01", "a\x01b", "ab", "b", "é", "zz"}
	worldKinds    = []event.Kind{"Opened", "Paid", "Closed", "Ω"}
	worldData     = []string{"", "{}", `{"amount": 7}`}
)

func drawDraft(t *rapid.T) event.Draft {
	d := event.Draft{
		Entity:     rapid.SampledFrom(worldEntities).Draw(t, "entity"),
		Kind:       rapid.SampledFrom(worldKinds).Draw(t, "kind"),
		Data:       []byte(rapid.SampledFrom(worldData).Draw(t, "data")),
		OccurredAt: event.NoTime,
		RecordedBy: rapid.SampledFrom([]string{"", "joe", "ann"}).Draw(t, "by"),
	}
	d.ID[0], d.ID[15] = rapid.Byte().Draw(t, "id"), 1
	if rapid.Bool().Draw(t, "version 7") {
		d.ID[6] = 0x70
	}
	if rapid.Bool().Draw(t, "metadata?") {
		d.Metadata = []byte(rapid.SampledFrom(worldData).Draw(t, "metadata"))
	}
	if rapid.Bool().Draw(t, "caused?") {
		d.Correlation, d.Causation = event.ID{7}, event.ID{8}
	}
	if rapid.Bool().Draw(t, "occurred?") {
		d.OccurredAt = event.Micros(rapid.IntRange(-5, 5).Draw(t, "occurred") * 1000)
	}
	if rapid.IntRange(0, 3).Draw(t, "expected?") == 0 {
		d.Expected = event.Expect(event.Version(rapid.IntRange(0, 4).Draw(t, "expected")))
	}
	d.Fresh = rapid.IntRange(0, 3).Draw(t, "fresh?") == 0
	d.Dated = d.OccurredAt != event.NoTime && rapid.Bool().Draw(t, "dated?")
	if rapid.IntRange(0, 60).Draw(t, "invalid?") == 0 {
		d.Kind = ""
	}
	return d
}

// drawGuard draws one that excludes few events, so that most transactions pass.
func drawGuard(t *rapid.T) event.Guard {
	g := event.Guard{Since: event.Sequence(rapid.IntRange(0, 20).Draw(t, "since"))}
	some := func(label string) bool { return rapid.Bool().Draw(t, label) }
	if some("kinds?") {
		g.Kinds = rapid.SliceOfNDistinct(rapid.SampledFrom(append(worldKinds, "Never")), 1, 2, rapid.ID).Draw(t, "kinds")
	}
	if some("entities?") {
		g.Entities = rapid.SliceOfNDistinct(rapid.SampledFrom(append(worldEntities, "nobody")), 1, 2, rapid.ID).Draw(t, "entities")
	}
	if some("prefixes?") {
		g.Prefixes = rapid.SliceOfNDistinct(rapid.SampledFrom(worldEntities), 1, 2, rapid.ID).Draw(t, "prefixes")
	}
	if some("predicate?") {
		g.Predicate = []byte(rapid.SampledFrom([]string{"{}", "7", "no such data"}).Draw(t, "predicate"))
	}
	return g
}

// dataContains is a language of predicates: the text that the data must contain.
func dataContains(encoded []byte) (func(*event.Event) bool, error) {
	if encoded[0] == '?' {
		return nil, errors.New("unknown form")
	}
	return func(e *event.Event) bool { return bytes.Contains(e.Data, encoded) }, nil
}

func drawCommand(t *rapid.T, again []event.Draft) event.Command {
	c := event.Command{Stamp: hlc.New(int64(rapid.IntRange(0, 6).Draw(t, "stamp")), uint16(rapid.IntRange(0, 3).Draw(t, "counter")))}
	for range rapid.IntRange(0, 3).Draw(t, "transactions") {
		drafts := rapid.SliceOfN(rapid.Custom(drawDraft), 0, 4).Draw(t, "drafts")
		if len(again) > 0 && rapid.IntRange(0, 3).Draw(t, "again?") == 0 {
			drafts = append(drafts, rapid.SampledFrom(again).Draw(t, "again"))
		}
		if len(drafts) > 0 && rapid.IntRange(0, 3).Draw(t, "twice?") == 0 {
			drafts = append(drafts, rapid.SampledFrom(drafts).Draw(t, "twice"))
		}
		guards := rapid.SliceOfN(rapid.Custom(drawGuard), 0, 2).Draw(t, "guards")
		var premise event.Premise
		if rapid.IntRange(0, 3).Draw(t, "premise?") == 0 {
			premise = event.Premise{
				Prefix:  rapid.SampledFrom([]string{"x", "projection/", ""}).Draw(t, "prefix"),
				Version: rapid.Uint64Range(0, 8).Draw(t, "premise"),
			}
		}
		c.Transactions = append(c.Transactions, event.Transaction{Drafts: drafts, Guards: guards, Premise: premise, Changes: drawChanges(t)})
	}
	c.Changes = drawChanges(t)
	return c
}

func drawChanges(t *rapid.T) (all []event.Change) {
	for range max(0, rapid.IntRange(-4, 3).Draw(t, "changes")) {
		ch := event.Change{
			Name:   rapid.SampledFrom([]string{"x", "y", "projection/z"}).Draw(t, "name"),
			Expect: rapid.SampledFrom([]event.ChangeExpectation{event.AnyRecord, event.NoRecord, event.SomeRecord, event.ThisRecord}).Draw(t, "expect"),
			Needs:  rapid.SampledFrom([]string{"", "", "", "x", "projection/z"}).Draw(t, "needs"),
		}
		for range max(0, rapid.IntRange(-2, 2).Draw(t, "holds")) {
			ch.Holds = append(ch.Holds, event.Hold{
				Name: rapid.SampledFrom([]string{"x", "y", "projection/z"}).Draw(t, "held"), Version: rapid.Uint64Range(0, 8).Draw(t, "hold"),
			})
		}
		if ch.Expect == event.ThisRecord {
			ch.Version = rapid.Uint64Range(1, 8).Draw(t, "version")
		}
		if rapid.Bool().Draw(t, "put?") {
			ch.Value = []byte(rapid.SampledFrom(worldData).Draw(t, "value"))
		}
		all = append(all, ch)
	}
	return all
}

// replica is a store beside the model and the log that both have applied.
type replica struct {
	fs      *vfs.MemFS
	store   *storage.Store
	model   *model
	log     []event.Entry
	results []event.Result
	drafts  []event.Draft
	flushed uint64 // what Flush has promised
}

// options are small, so that little data meets flushes, compactions, evictions.
func options(fs vfs.FS) storage.Options {
	return storage.Options{FS: fs, Predicates: dataContains, MemTableBytes: 64 << 10, CacheBytes: 1 << 20, HeadCacheBytes: 64 << 10}
}

func openReplica(t rapid.TB) *replica {
	r := &replica{fs: vfs.NewCrashableMem(), model: newModel()}
	r.open(t, r.fs)
	return r
}

func (r *replica) open(t rapid.TB, fs *vfs.MemFS) {
	s, err := storage.Open("/data/db", options(fs))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	r.fs, r.store = fs, s
}

func (r *replica) close(t rapid.TB) {
	if err := r.store.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// append applies new commands to both and compares the results.
func (r *replica) append(t rapid.TB, commands ...event.Command) {
	got, err := r.try(commands...)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	r.compare(t, got, len(r.log)-len(commands))
}

func (r *replica) try(commands ...event.Command) ([]event.Result, error) {
	var entries []event.Entry
	for _, c := range commands {
		for _, tx := range c.Transactions {
			r.drafts = append(r.drafts, tx.Drafts...)
		}
		// Raft's own entries leave gaps.
		e := entry(uint64(2*len(r.log)+1), c)
		r.log, entries = append(r.log, e), append(entries, e)
		r.results = append(r.results, r.model.apply(e))
	}
	return r.store.Apply(entries)
}

func (r *replica) compare(t rapid.TB, got []event.Result, from int) {
	for i := range got {
		if want := r.results[from+i]; !equalResults(got[i], want) {
			t.Fatalf("entry %d:\n%s, want\n%s", from+i, show(got[i]), show(want))
		}
	}
}

func show(r event.Result) string { return fmt.Sprintf("%+v", r) }

func equalResults(a, b event.Result) bool {
	if len(a.Transactions) != len(b.Transactions) || a.Sequence != b.Sequence || a.HLC != b.HLC {
		return false
	}
	for i := range a.Transactions {
		x, y := a.Transactions[i], b.Transactions[i]
		if !reflect.DeepEqual(x.Err, y.Err) || len(x.Receipts) != len(y.Receipts) {
			return false
		}
		for j := range x.Receipts {
			if x.Receipts[j] != y.Receipts[j] {
				return false
			}
		}
	}
	return len(a.Changes) == len(b.Changes) && (len(a.Changes) == 0 || reflect.DeepEqual(a.Changes, b.Changes))
}

// crash loses power: some of what was not synced is gone. Raft then applies its
// log from an entry that the store may have.
func (r *replica) crash(t *rapid.T) {
	after := r.fs.CrashClone(vfs.CrashCloneCfg{
		UnsyncedDataPercent: rapid.SampledFrom([]int{0, 10, 50, 90, 100}).Draw(t, "unsynced"),
		RNG:                 rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)),
	})
	r.close(t)
	r.open(t, after)
	r.replay(t, rapid.IntRange(0, 3).Draw(t, "again"))
}

// replay applies what the store has lost, and `again` entries before it.
func (r *replica) replay(t rapid.TB, again int) {
	applied, _ := r.store.Applied()
	if applied < r.flushed {
		t.Fatalf("entry %d was flushed, but %d is the last", r.flushed, applied)
	}
	from := 0
	for from < len(r.log) && r.log[from].Index <= applied {
		from++
	}
	skipped := min(again, from)
	got, err := r.store.Apply(r.log[from-skipped:])
	if err != nil {
		t.Fatalf("replay: %v", err)
	}
	r.compare(t, got[skipped:], from)
	if seq, ts := r.store.Frontier(); true {
		if wantSeq, wantTS := r.model.frontier(); seq != wantSeq || ts != wantTS {
			t.Fatalf("frontier %d, %d after replay, want %d, %d", seq, ts, wantSeq, wantTS)
		}
	}
}

func (r *replica) flush(t rapid.TB) {
	index, err := r.store.Flush()
	if err != nil || index != r.model.index {
		t.Fatalf("flushed %d, %v, want %d", index, err, r.model.index)
	}
	r.flushed = index
}

// check compares everything at a cut.
func (r *replica) check(t rapid.TB, c projection.Cut) {
	if err := r.model.diff(r.store.Reader(c), c); err != nil {
		t.Fatalf("cut %+v: %v", c, err)
	}
	if err := r.model.diffRecords(r.store.Records()); err != nil {
		t.Fatal(err)
	}
	entities := map[event.Entity]bool{}
	for _, e := range r.model.events {
		entities[e.Entity] = true
	}
	for e := range entities {
		want := headOf(r.model.seen(c), e)
		if h, lineage, ok := r.store.Head(c, e); ok && (!reflect.DeepEqual(sorted(h), want) || lineage != r.store.Lineage()) {
			t.Fatalf("cut %+v: head of %q at hand %+v, want %+v", c, e, h, want)
		}
	}
	if s := r.store.Stats(); s.Events != uint64(len(r.model.events)) || s.Entities != uint64(len(entities)) {
		t.Fatalf("stats %+v, want %d events, %d entities", s, len(r.model.events), len(entities))
	}
}

func TestStoreIsTheModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := openReplica(t)
		defer func() { r.close(t) }()
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				var commands []event.Command
				for range rapid.IntRange(1, 3).Draw(t, "entries") {
					commands = append(commands, drawCommand(t, r.drafts))
				}
				r.append(t, commands...)
			},
			"read": func(t *rapid.T) {
				c := projection.Cut{Sequence: event.Sequence(rapid.IntRange(0, len(r.model.events)).Draw(t, "cut")), OccurredBy: event.NoTime}
				if rapid.IntRange(0, 2).Draw(t, "occurred by?") == 0 {
					c.OccurredBy = event.Micros(rapid.IntRange(-5, 5).Draw(t, "occurred by") * 1000)
				}
				r.check(t, c)
			},
			"newest": func(t *rapid.T) { r.check(t, newest(r.store)) },
			"flush":  func(t *rapid.T) { r.flush(t) },
			"reopen": func(t *rapid.T) {
				r.close(t)
				r.flushed = r.model.index
				r.open(t, r.fs)
				r.replay(t, 2)
			},
			"crash":      r.crash,
			"checkpoint": func(t *rapid.T) { r.checkpoint(t, "/data/copy") },
		})
		r.check(t, newest(r.store))
	})
}

// checkpoint copies the store, appends to it, and restores the copy.
func (r *replica) checkpoint(t *rapid.T, dir string) {
	index, term, err := r.store.Checkpoint(dir)
	if err != nil || index != r.model.index || term != r.model.term {
		t.Fatalf("checkpoint at %d, %d (%v), want %d, %d", index, term, err, r.model.index, r.model.term)
	}
	at := len(r.log)
	r.append(t, drawCommand(t, r.drafts))
	if err := r.store.Restore(dir); err != nil {
		t.Fatalf("restore: %v", err)
	}
	if got, _ := r.store.Applied(); got != index {
		t.Fatalf("restored to %d, want %d", got, index)
	}
	r.flushed = index
	got, err := r.store.Apply(r.log[at:])
	if err != nil {
		t.Fatalf("apply after restore: %v", err)
	}
	r.compare(t, got, at)
}
