package query_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/feed"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/guard"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// clock stands still, so that scripts give the same stamps.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ms.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixMilli())
	return c
}

func (c *clock) Now() time.Time { return time.UnixMilli(c.ms.Load()).UTC() }

// catalogFunc hands catalog records to a registry.
type catalogFunc func([]event.Record, []string) error

func (f catalogFunc) Apply(r []event.Record, gone []string) error { return f(r, gone) }

// node is a whole node without sockets.
type node struct {
	server   *query.Server
	clock    *clock
	registry *engine.Registry
	before   atomic.Pointer[func()]
	after    atomic.Pointer[func()]
	beside   atomic.Pointer[func()]
	lost     atomic.Pointer[func() error]
	twice    atomic.Bool
	temp     *spill.Dir
}

// besideCut has f run once, between what the next read was planned with and its
// position.
func (n *node) besideCut(f func()) { n.beside.Store(&f) }

// beforeAppend has f run once, between what the next append, or change of the catalog,
// was decided on and its entry in the log.
func (n *node) beforeAppend(f func()) { n.before.Store(&f) }

// loseAnswer has f run once, when the next append is in the log; the error that it returns is
// all that the session hears.
func (n *node) loseAnswer(f func() error) { n.lost.Store(&f) }

// proposeTwice has the next append proposed again, as a node does that had no answer.
func (n *node) proposeTwice() { n.twice.Store(true) }

// afterChange has f run once, when a change of the catalog is in the log and the session
// does not know it yet.
func (n *node) afterChange(f func()) { n.after.Store(&f) }

// racedLog is the node's log, to which others can be faster.
type racedLog struct {
	*cluster.Node
	node *node
}

func (l racedLog) Cut(ctx context.Context, f projection.Freshness, floor event.Sequence) (projection.Cut, error) {
	if f := l.node.beside.Swap(nil); f != nil {
		(*f)()
	}
	return l.Node.Cut(ctx, f, floor)
}

func (l racedLog) Append(ctx context.Context, t event.Transaction) ([]event.Receipt, error) {
	if f := l.node.before.Swap(nil); f != nil {
		(*f)()
	}
	receipts, err := l.Node.Append(ctx, t)
	if l.node.twice.Swap(false) {
		receipts, err = l.again(ctx, t)
	}
	if f := l.node.lost.Swap(nil); f != nil {
		return nil, (*f)()
	}
	return receipts, err
}

// again appends what nobody else has, and cannot know it.
func (l racedLog) again(ctx context.Context, t event.Transaction) ([]event.Receipt, error) {
	receipts, err := l.Node.Append(ctx, t)
	for i := range receipts {
		receipts[i].Doubtful = receipts[i].Duplicate
	}
	var known *event.KnownIDError
	if errors.As(err, &known) {
		known.Doubtful = true
	}
	return receipts, err
}

func (l racedLog) Change(ctx context.Context, c ...event.Change) error {
	if f := l.node.before.Swap(nil); f != nil {
		(*f)()
	}
	err := l.Node.Change(ctx, c...)
	if f := l.node.after.Swap(nil); f != nil {
		(*f)()
	}
	return err
}

// startNode assembles store, engine, log and query as cmd/projsql does.
func startNode(t testing.TB) *node {
	t.Helper()
	n := &node{clock: newClock()}
	store, err := storage.Open("store", storage.Options{FS: vfs.NewMem(), Predicates: guard.Compile})
	if err != nil {
		t.Fatal(err)
	}
	eng := engine.New(engine.Options{Log: store, Now: n.clock.Now})
	registry := engine.NewRegistry(engine.RegistryOptions{Compile: fold.CompileSource, CompileKind: fold.CompileUpcasts, Retired: eng.Retire})
	log, err := cluster.Open(cluster.Options{
		Dir: t.TempDir(), NodeName: "n1", Machine: store, Projector: eng,
		Clock: hlc.NewClock(hlc.Options{Now: n.clock.Now}), Now: n.clock.Now, Catalog: catalogFunc(registry.Apply),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := log.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	changes := feed.Open(feed.Options{Log: log, Definitions: registry})
	t.Cleanup(func() {
		_ = changes.Close()
		_ = log.Close(context.Background())
		_ = eng.Close()
	})
	n.registry = registry
	if n.temp, err = spill.Open(t.TempDir(), spill.Options{}); err != nil {
		t.Fatal(err)
	}
	n.server, err = query.NewServer(query.Options{
		Temp:    n.temp,
		Backend: racedLog{log, n}, Definitions: registry, NodeName: "n1", Version: "test", Now: n.clock.Now,
		Follow: func() query.Subscription { return changes.Subscribe() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *node) session(t testing.TB, settings map[string]string) *query.Session {
	t.Helper()
	return n.sessionOf(t, "ann", settings)
}

func (n *node) sessionOf(t testing.TB, user string, settings map[string]string) *query.Session {
	t.Helper()
	s, _, err := n.server.Open(t.Context(), query.Startup{User: user, Database: "projsql", Settings: settings, ProcessID: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}
