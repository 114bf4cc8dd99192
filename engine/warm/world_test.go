package warm_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/warm"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// world is a store, an engine and a cache in memory, and the warmer between them.
type world struct {
	t     *testing.T
	fs    vfs.FS
	store *storage.Store
	cache *cache.Pebble
	rows  *rows
	modes map[string]warm.Mode
	limit int // of refreshes that succeed, until the next start; 0 = none
	*warm.Warmer

	mu          sync.Mutex
	index       uint64
	moved       chan struct{}
	definitions []*projection.Definition
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, fs: vfs.NewMem(), modes: map[string]warm.Mode{}, moved: make(chan struct{})}
	s, err := storage.Open("db", storage.Options{FS: w.fs})
	if err != nil {
		t.Fatal(err)
	}
	w.store = s
	return w
}

func (w *world) start() {
	var err error
	if w.cache, err = cache.OpenPebble("cache", cache.PebbleOptions{FS: w.fs}); err != nil {
		w.t.Fatal(err)
	}
	e := engine.New(engine.Options{Log: w.store, External: w.cache})
	w.rows = &rows{Engine: e, limit: w.limit}
	w.Warmer = warm.Start(warm.Options{Log: w, Definitions: w, Rows: w.rows, Mode: w.mode, Share: 1})
}

func (w *world) stop() {
	if err := errors.Join(w.Warmer.Close(), w.rows.Close(), w.cache.Close()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) end() {
	w.stop()
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) mode(d *projection.Definition) warm.Mode {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.modes[d.Name]
}

func (w *world) setMode(name string, m warm.Mode) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.modes[name] = m
}

// define adds a definition, or replaces the one of its name.
func (w *world) define(d *projection.Definition) {
	w.mu.Lock()
	var old *projection.Definition
	var all []*projection.Definition
	for _, o := range w.definitions {
		if o.Name == d.Name {
			old = o
			continue
		}
		all = append(all, o)
	}
	w.definitions = append(all, d)
	w.mu.Unlock()
	if old != nil {
		w.rows.Retire(old)
	}
}

func (w *world) All() []*projection.Definition {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.definitions
}

func (w *world) Position() (uint64, projection.Cut) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, ts := w.store.Frontier()
	return w.index, projection.Cut{Sequence: s, HLC: ts, OccurredBy: event.NoTime}
}

func (w *world) Advanced(ctx context.Context, after uint64) (uint64, projection.Cut, error) {
	for {
		w.mu.Lock()
		index, moved := w.index, w.moved
		w.mu.Unlock()
		if index > after {
			index, c := w.Position()
			return index, c, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return 0, projection.Cut{}, context.Cause(ctx)
		}
	}
}

func (w *world) Log(c projection.Cut) event.Reader { return w.store.Reader(c) }

// append gives each of some entities an event.
func (w *world) append(kind event.Kind, entities ...event.Entity) {
	w.t.Helper()
	var tx event.Transaction
	for _, e := range entities {
		tx.Drafts = append(tx.Drafts, event.Draft{ID: event.NewID(), Entity: e, Kind: kind, OccurredAt: event.NoTime})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.index++
	c := event.Command{Stamp: hlc.New(time.Now().UnixMilli(), 0), Transactions: []event.Transaction{tx}}
	if _, err := w.store.Apply([]event.Entry{{Index: w.index, Term: 1, Command: event.AppendCommand(nil, &c)}}); err != nil {
		w.t.Fatal(err)
	}
	close(w.moved)
	w.moved = make(chan struct{})
}

func entities(from, n int) (all []event.Entity) {
	for i := range n {
		all = append(all, event.Entity(fmt.Sprintf("e%05d", from+i)))
	}
	return all
}

// progress is that of one definition.
func (w *world) progress(name string) warm.Progress {
	w.t.Helper()
	for _, p := range w.Progress() {
		if p.Definition.Name == name {
			return p
		}
	}
	w.t.Fatalf("no progress of %s", name)
	return warm.Progress{}
}

// warmth is how many of some entities have a row that is right now.
func (w *world) warmth(d *projection.Definition, entities []event.Entity) (n int) {
	w.t.Helper()
	_, c := w.Position()
	for _, e := range entities {
		h, _, err := w.store.Reader(c).Head(e)
		if err != nil {
			w.t.Fatal(err)
		}
		owner := cache.Owner{Name: d.Name, Version: d.Version, Lineage: w.store.Lineage()}
		row, err := w.cache.Get(owner, e, nil)
		if mark, ts := d.Watermark(&h); err == nil && row.Watermark == mark && row.HLC == ts {
			n++
		}
	}
	return n
}

// rows counts the refreshes of an engine, and fails them when told to.
type rows struct {
	*engine.Engine
	limit int
	mu    sync.Mutex
	total int
	fail  error
}

func (r *rows) Refresh(ctx context.Context, q engine.RefreshRequest) (engine.Refreshed, error) {
	r.mu.Lock()
	r.total++
	err := r.fail
	if r.limit > 0 && r.total > r.limit {
		err = cache.ErrUnavailable
	}
	r.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return r.Engine.Refresh(ctx, q)
}

func (r *rows) failWith(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = err
}

func (r *rows) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

// countFold counts events, and fails on "bad" ones.
type countFold struct{}

type count uint64

func (count) SizeBytes() int { return 8 }

type counter struct{ n count }

func (countFold) Start(prev projection.State) projection.Accumulator {
	c, _ := prev.(count)
	return &counter{c}
}

func (c *counter) Step(e *event.Event) error {
	if e.Kind == "bad" {
		return errors.New("bad event")
	}
	c.n++
	return nil
}

func (c *counter) State() projection.State { return c.n }

func (countFold) Encode(buf []byte, s projection.State) []byte {
	return binary.LittleEndian.AppendUint64(buf, uint64(s.(count)))
}

func (countFold) Decode(b []byte) (projection.State, error) {
	if len(b) != 8 {
		return nil, errors.New("no count")
	}
	return count(binary.LittleEndian.Uint64(b)), nil
}

func definition(name string, version uint64) *projection.Definition {
	return &projection.Definition{Name: name, Version: version, Kinds: []event.Kind{"add", "bad"}, Fold: countFold{}}
}
