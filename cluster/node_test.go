package cluster_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/gossip"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

const patience = 2 * time.Minute

// group is a node over a fake machine, as a test drives it.
type group struct {
	*cluster.Node
	machine *fakeMachine
	store   *storage.Store // instead of machine
	catalog *fakeCatalog
	gossip  *gossip.Gossip // nil: it is found at once
	port    *gossipPort    // of gossip
}

// failed reports whether the process would end.
func (g *group) failed() bool { return g.Err() != nil || g.store != nil && g.store.Err() != nil }

// openNode opens a node in dir and waits until it serves.
func openNode(t testing.TB, dir string, change ...func(*cluster.Options)) *group {
	t.Helper()
	g, err := tryOpen(dir, change...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := g.WaitReady(ctx); err != nil {
		t.Fatal(err)
	}
	return g
}

func tryOpen(dir string, change ...func(*cluster.Options)) (*group, error) {
	machine, err := openFake(filepath.Join(dir, "store"))
	if err != nil {
		return nil, err
	}
	g := &group{machine: machine, catalog: &fakeCatalog{}}
	o := cluster.Options{
		Dir: filepath.Join(dir, "raft"), NodeName: "n1", Machine: machine, Projector: fakeProjector{},
		Clock: hlc.NewClock(hlc.Options{}), Catalog: g.catalog,
	}
	for _, c := range change {
		c(&o)
	}
	g.Node, err = cluster.Open(o)
	return g, err
}

func (g *group) close(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := g.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func draft(n uint64, entity event.Entity) event.Draft {
	d := event.Draft{Entity: entity, Kind: "Counted", Data: fmt.Appendf(nil, `{"n": %d}`, n), OccurredAt: event.NoTime}
	binary.BigEndian.PutUint64(d.ID[:], n+1)
	d.ID[15] = 1
	return d
}

func transaction(drafts ...event.Draft) event.Transaction { return event.Transaction{Drafts: drafts} }

func (g *group) append(t testing.TB, drafts ...event.Draft) []event.Receipt {
	t.Helper()
	receipts, err := g.Append(context.Background(), transaction(drafts...))
	if err != nil {
		t.Fatal(err)
	}
	return receipts
}

func wantState(t testing.TB, err error, code sqlstate.Code) {
	t.Helper()
	if got := sqlstate.Of(err); err == nil || got.Code != code {
		t.Fatalf("error %v, want SQLSTATE %s", err, code)
	}
}

func TestAppendsAreInTheLogInOrder(t *testing.T) {
	g := openNode(t, t.TempDir())
	first := g.append(t, draft(1, "a"), draft(2, "b"), draft(3, "a"))
	second := g.append(t, draft(4, "a"))
	if first[2].Version != 2 || second[0].Version != 3 || second[0].Sequence != 4 {
		t.Errorf("receipts %+v %+v", first, second)
	}
	if second[0].HLC <= first[2].HLC {
		t.Errorf("stamps %d, %d do not ascend", first[2].HLC, second[0].HLC)
	}
	g.close(t)
}

func TestRefusals(t *testing.T) {
	g := openNode(t, t.TempDir(), func(o *cluster.Options) { o.QueueBytesMax = 4096 })
	defer g.close(t)
	conflicting := draft(1, "a")
	conflicting.Expected = event.Expect(7)
	large := draft(2, "a")
	large.Data = make([]byte, 5000)
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		draft event.Draft
		code  sqlstate.Code
	}{
		"conflict":  {context.Background(), conflicting, sqlstate.SerializationFailure},
		"no entity": {context.Background(), draft(3, ""), sqlstate.InvalidParameterValue},
		"too large": {context.Background(), large, sqlstate.ProgramLimitExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := g.Append(c.ctx, transaction(c.draft))
			wantState(t, err, c.code)
		})
	}
	if receipts, err := g.Append(canceled, event.Transaction{}); receipts != nil || err != nil {
		t.Errorf("an empty transaction: %v, %v", receipts, err)
	}
}

// TestStartIsQuick: a node that is alone waits for next to nothing when it starts.
func TestStartIsQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		start := time.Now()
		openNode(t, dir).close(t)
		openNode(t, dir).close(t)
		if waited := time.Since(start); waited > 500*time.Millisecond {
			t.Errorf("two starts waited for %v", waited)
		}
	})
}

func TestRestartKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	g := openNode(t, dir)
	id := g.Status().ID
	g.append(t, draft(1, "a"), draft(2, "b"))
	change(t, g, "projection/x", "one")
	g.close(t)
	for i := range uint64(3) {
		g = openNode(t, dir)
		if got := g.Status(); got.ID != id || got.Sequence != event.Sequence(2+i) {
			t.Fatalf("status %+v, want id %s", got, id)
		}
		if got := g.catalog.has(); !maps.Equal(got, map[string]string{"projection/x": "one"}) {
			t.Fatalf("the catalog has %v", got)
		}
		g.append(t, draft(3+i, "a"))
		g.close(t)
	}
}

func change(t testing.TB, g *group, name, value string) {
	t.Helper()
	c := event.Change{Name: name, Expect: event.AnyRecord}
	if value != "" {
		c.Value = []byte(value)
	}
	if err := g.Change(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

func TestTheCatalogLearnsBeforeChangeReturns(t *testing.T) {
	g := openNode(t, t.TempDir())
	defer g.close(t)
	change(t, g, "a", "1")
	change(t, g, "b", "2")
	change(t, g, "a", "3")
	change(t, g, "b", "")
	if got := g.catalog.has(); !maps.Equal(got, map[string]string{"a": "3"}) {
		t.Errorf("the catalog has %v", got)
	}
	err := g.Change(context.Background(), event.Change{Name: "a", Value: []byte("4"), Expect: event.NoRecord})
	wantState(t, err, sqlstate.DuplicateObject)
	err = g.Change(context.Background(), event.Change{Name: "b", Expect: event.SomeRecord})
	wantState(t, err, sqlstate.UndefinedObject)
}

// TestAChangeReadsNoOtherRecords: what a change costs does not grow with those before it.
func TestAChangeReadsNoOtherRecords(t *testing.T) {
	dir := t.TempDir()
	g := openNode(t, dir)
	atStart := g.machine.read
	want := map[string]string{}
	for i := range 50 {
		name, value := fmt.Sprint("r", i%5), fmt.Sprint(i)
		change(t, g, name, value)
		want[name] = value
		if i%7 == 0 {
			change(t, g, name, "")
			delete(want, name)
		}
	}
	if got := g.catalog.has(); !maps.Equal(got, want) {
		t.Errorf("the catalog has %v, want %v", got, want)
	}
	if g.catalog.most > 1 || g.machine.read != atStart {
		t.Errorf("a change told of %d records, all were read %d times", g.catalog.most, g.machine.read-atStart)
	}
	g.close(t)
	g = openNode(t, dir)
	defer g.close(t)
	if got := g.catalog.has(); !maps.Equal(got, want) {
		t.Errorf("after a restart the catalog has %v, want %v", got, want)
	}
}

func TestACatalogThatFailsStopsTheNode(t *testing.T) {
	g := openNode(t, t.TempDir())
	g.catalog.mu.Lock()
	g.catalog.refuse = errors.New("cannot compile")
	g.catalog.mu.Unlock()
	err := g.Change(context.Background(), event.Change{Name: "a", Value: []byte("1"), Expect: event.AnyRecord})
	wantState(t, err, sqlstate.StatementCompletionUnknown)
	<-g.Failed()
	g.close(t)
}

func TestAMachineThatFailsStopsTheNode(t *testing.T) {
	g := openNode(t, t.TempDir())
	broken := sqlstate.New(sqlstate.IOError, "disk on fire")
	g.machine.onApply(func([]event.Entry) error { return broken })
	_, err := g.Append(context.Background(), transaction(draft(1, "a")))
	wantState(t, err, sqlstate.StatementCompletionUnknown)
	<-g.Failed()
	if !errors.Is(g.Err(), error(broken)) {
		t.Errorf("failed with %v", g.Err())
	}
	_, err = g.Append(context.Background(), transaction(draft(2, "a")))
	wantState(t, err, sqlstate.IOError)
	_, err = g.Cut(context.Background(), projection.Freshness{Level: projection.Consistent}, 0)
	wantState(t, err, sqlstate.IOError)
	if got := g.Status().State; got != "failed" {
		t.Errorf("state %q", got)
	}
	g.close(t)
}

// TestAMachineThatHangsAndFailsStopsTheNode: what waits for it is told, and nobody else
// waits.
func TestAMachineThatHangsAndFailsStopsTheNode(t *testing.T) {
	g := openNode(t, t.TempDir())
	h := g.hold()
	appended := make(chan error)
	go func() {
		_, err := g.Append(context.Background(), transaction(draft(1, "a")))
		appended <- err
	}()
	<-h.entered
	g.machine.fail(sqlstate.New(sqlstate.DiskFull, "no space left"))
	wantState(t, <-appended, sqlstate.StatementCompletionUnknown)
	<-g.Failed()
	_, err := g.Append(context.Background(), transaction(draft(2, "a")))
	wantState(t, err, sqlstate.DiskFull)
	_, err = g.Cut(context.Background(), projection.Freshness{Level: projection.Consistent}, 0)
	wantState(t, err, sqlstate.DiskFull)
	close(h.open)
	g.close(t)
}

// settle waits until every goroutine of the bubble waits, and wants so many
// proposals to be on their way then.
func settle(t *testing.T, g *group, proposals int) {
	t.Helper()
	synctest.Wait()
	if got := g.Queued(); got != proposals {
		t.Fatalf("%d proposals are on their way, want %d", got, proposals)
	}
}

// gate holds the machine's Apply until it is opened.
type gate struct {
	entered, open chan struct{}
	once          sync.Once
}

func (g *group) hold() *gate {
	h := &gate{entered: make(chan struct{}), open: make(chan struct{})}
	g.machine.onApply(func([]event.Entry) error {
		h.once.Do(func() { close(h.entered) })
		<-h.open
		return nil
	})
	return h
}

func TestCancelBeforeAndAfterPacking(t *testing.T) { synctest.Test(t, testCancelBeforeAndAfterPacking) }

func testCancelBeforeAndAfterPacking(t *testing.T) {
	g := openNode(t, t.TempDir())
	held := g.hold()
	flying, cancelFlying := context.WithCancel(context.Background())
	waiting, cancelWaiting := context.WithCancel(context.Background())
	inFlight, queued, third := make(chan error), make(chan error), make(chan error)
	go func() { _, err := g.Append(flying, transaction(draft(1, "a"))); inFlight <- err }()
	<-held.entered
	go func() { _, err := g.Append(waiting, transaction(draft(2, "a"))); queued <- err }()
	go func() { _, err := g.Append(context.Background(), transaction(draft(3, "a"))); third <- err }()
	settle(t, g, 3)
	cancelWaiting()
	wantState(t, <-queued, sqlstate.QueryCanceled)
	cancelFlying()
	wantState(t, <-inFlight, sqlstate.StatementCompletionUnknown)
	close(held.open)
	if err := <-third; err != nil {
		t.Fatal(err)
	}
	if sequence, _ := g.machine.Frontier(); sequence != 2 {
		t.Errorf("%d events, want those of the first and the third append", sequence)
	}
	g.close(t)
}

func TestCloseCommitsWhatWaits(t *testing.T) { synctest.Test(t, testCloseCommitsWhatWaits) }

func testCloseCommitsWhatWaits(t *testing.T) {
	g := openNode(t, t.TempDir())
	held := g.hold()
	results := make(chan error)
	for i := range uint64(10) {
		go func() { _, err := g.Append(context.Background(), transaction(draft(i, "a"))); results <- err }()
	}
	<-held.entered
	settle(t, g, 10)
	closed := make(chan struct{})
	go func() { g.close(t); close(closed) }()
	close(held.open)
	for range 10 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	<-closed
	_, err := g.Append(context.Background(), transaction(draft(11, "a")))
	wantState(t, err, sqlstate.CannotConnectNow)
}

func TestCloseRefusesWhatWaitsTooLong(t *testing.T) {
	synctest.Test(t, testCloseRefusesWhatWaitsTooLong)
}

func testCloseRefusesWhatWaitsTooLong(t *testing.T) {
	g := openNode(t, t.TempDir())
	held := g.hold()
	results := make(chan error)
	send := func(i uint64) { _, err := g.Append(context.Background(), transaction(draft(i, "a"))); results <- err }
	go send(1)
	<-held.entered
	go send(2)
	settle(t, g, 2)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	closed := make(chan error)
	go func() { closed <- g.Close(ended) }()
	wantState(t, <-results, sqlstate.CannotConnectNow)
	close(held.open)
	if err := <-results; err != nil && sqlstate.Of(err).Code != sqlstate.StatementCompletionUnknown {
		t.Error(err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
