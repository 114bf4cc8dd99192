package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

func TestSnapshotsCutTheLog(t *testing.T) {
	dir := t.TempDir()
	n, err := openReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(200) {
		if _, err := n.Append(context.Background(), transaction(draft(i, event.Entity(fmt.Sprint("acct:", i%5))))); err != nil {
			t.Fatal(err)
		}
	}
	before := everything(t, n.Log(newest(t, n)))
	if err := n.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n, err = openReal(dir); err != nil {
		t.Fatal(err)
	}
	s := n.Status()
	if s.SnapshotIndex < 200 || s.LogFirst+12 < s.SnapshotIndex || s.LogLast < s.SnapshotIndex {
		t.Errorf("log %d to %d, snapshot %d", s.LogFirst, s.LogLast, s.SnapshotIndex)
	}
	if after := everything(t, n.Log(newest(t, n))); !reflect.DeepEqual(before, after) {
		t.Errorf("%d events before, %d after, or others", len(before), len(after))
	}
	if err := n.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestALogThatLostItsSnapshotIsRefused(t *testing.T) {
	dir := t.TempDir()
	n, err := openReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(60) {
		if _, err := n.Append(context.Background(), transaction(draft(i, "a"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, lost := range []string{"raft/snapshot.meta", "raft/raft.db", "raft/raft.tail", "store"} {
		t.Run(lost, func(t *testing.T) {
			copied := filepath.Join(t.TempDir(), "node")
			copyDir(t, dir, copied)
			if err := os.RemoveAll(filepath.Join(copied, lost)); err != nil {
				t.Fatal(err)
			}
			_, err := openReal(copied)
			wantState(t, err, "XX001")
		})
	}
}

func newest(t testing.TB, n *cluster.Node) projection.Cut {
	t.Helper()
	c, err := n.Cut(context.Background(), projection.Freshness{Level: projection.Consistent}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func everything(t testing.TB, r event.Reader) (all []event.Event) {
	t.Helper()
	for e, err := range r.Log(1, 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, *e.Clone())
	}
	return all
}

// source is a store with events and a record, and its snapshots.
func source(t *testing.T) (*storage.Store, cluster.Snapshots) {
	t.Helper()
	dir := t.TempDir()
	store := openStore(t, filepath.Join(dir, "store"))
	for i := range uint64(50) {
		c := event.Command{Stamp: hlc.New(int64(1000+i), 0), Transactions: []event.Transaction{transaction(draft(i, event.Entity(fmt.Sprint("acct:", i%5))))}}
		if i == 20 {
			c.Changes = []event.Change{{Name: "projection/x", Value: []byte("one"), Expect: event.AnyRecord}}
		}
		if _, err := store.Apply([]event.Entry{{Index: i + 2, Term: 1, Command: event.AppendCommand(nil, &c)}}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := cluster.OpenSnapshots(dir, store)
	if err != nil {
		t.Fatal(err)
	}
	return store, s
}

// receiver is an empty store and its snapshots, below dir.
func receiver(t *testing.T) (dir string, store *storage.Store, snapshots cluster.Snapshots) {
	t.Helper()
	dir = t.TempDir()
	store = openStore(t, filepath.Join(dir, "store"))
	snapshots, err := cluster.OpenSnapshots(dir, store)
	if err != nil {
		t.Fatal(err)
	}
	return dir, store, snapshots
}

func openStore(t *testing.T, dir string) *storage.Store {
	t.Helper()
	store, err := storage.Open(dir, storage.Options{CacheBytes: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func members(ids ...raft.ServerID) (c raft.Configuration) {
	for _, id := range ids {
		c.Servers = append(c.Servers, raft.Server{ID: id, Address: raft.ServerAddress(id)})
	}
	return c
}

// take takes an own snapshot of everything the store has.
func take(t *testing.T, store *storage.Store, s cluster.Snapshots, c raft.Configuration, since uint64) {
	t.Helper()
	index, term := store.Applied()
	sink, err := s.Create(1, index, term, c, since, nil)
	if err != nil {
		t.Fatal(err)
	}
	flushed, err := store.Flush()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(cluster.Flushed(sink, flushed), sink.Close()); err != nil {
		t.Fatal(err)
	}
}

// send streams the newest snapshot of s into a sink of to.
func send(t *testing.T, s, to cluster.Snapshots) (*raft.SnapshotMeta, raft.SnapshotSink, error) {
	t.Helper()
	list, err := s.List()
	if err != nil || len(list) != 1 {
		t.Fatalf("snapshots %v, %v", list, err)
	}
	meta, stream, err := s.Open(list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	sink, err := to.Create(meta.Version, meta.Index, meta.Term, meta.Configuration, meta.ConfigurationIndex, nil)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(sink, stream)
	if err == nil && n != meta.Size {
		t.Errorf("streamed %d bytes, said %d", n, meta.Size)
	}
	return meta, sink, err
}

func TestAStreamedSnapshotEqualsItsSource(t *testing.T) {
	store, snapshots := source(t)
	take(t, store, snapshots, members("a"), 1)
	// Entries after the snapshot travel too, with the configuration that holds then.
	snapshots.Learn(52, members("a", "b"))
	c := event.Command{Stamp: hlc.New(5000, 0), Transactions: []event.Transaction{transaction(draft(99, "late"))}}
	if _, err := store.Apply([]event.Entry{{Index: 52, Term: 1}, {Index: 53, Term: 1, Command: event.AppendCommand(nil, &c)}}); err != nil {
		t.Fatal(err)
	}

	dir, target, received := receiver(t)
	meta, sink, err := send(t, snapshots, received)
	if err != nil {
		t.Fatal(err)
	}
	if meta.Index != 53 || meta.ConfigurationIndex != 52 || len(meta.Configuration.Servers) != 2 {
		t.Errorf("meta %+v", meta)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	_, way, err := received.Open(sink.ID())
	if err != nil {
		t.Fatal(err)
	}
	if err := received.Restore(way); err != nil {
		t.Fatal(err)
	}
	wantSame(t, store, target)
	if entries, _ := filepath.Glob(filepath.Join(dir, "incoming-*")); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func wantSame(t *testing.T, a, b *storage.Store) {
	t.Helper()
	cut := func(s *storage.Store) projection.Cut {
		sequence, stamp := s.Frontier()
		return projection.Cut{Sequence: sequence, HLC: stamp, Newest: true, OccurredBy: event.NoTime}
	}
	if x, y := everything(t, a.Reader(cut(a))), everything(t, b.Reader(cut(b))); !reflect.DeepEqual(x, y) {
		t.Errorf("%d events and %d, or others", len(x), len(y))
	}
	ra, _ := a.Records()
	rb, _ := b.Records()
	if !reflect.DeepEqual(ra, rb) {
		t.Errorf("records %v and %v", ra, rb)
	}
	ia, ta := a.Applied()
	ib, tb := b.Applied()
	if ia != ib || ta != tb || a.Lineage() != b.Lineage() {
		t.Errorf("applied %d in %d and %d in %d", ia, ta, ib, tb)
	}
}

func TestAnInterruptedInstallIsFinishedAtStart(t *testing.T) {
	store, snapshots := source(t)
	take(t, store, snapshots, members("a"), 1)
	dir, target, received := receiver(t)
	_, sink, err := send(t, snapshots, received)
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	// The node ends here, before the machine takes the snapshot over.
	for range 2 {
		if _, err := cluster.OpenSnapshots(dir, target); err != nil {
			t.Fatal(err)
		}
		wantSame(t, store, target)
	}
}

func TestASnapshotThatArrivesBrokenChangesNothing(t *testing.T) {
	store, snapshots := source(t)
	take(t, store, snapshots, members("a"), 1)
	dir, _, received := receiver(t)
	short, err := received.Create(1, 51, 1, members("a"), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := short.Write([]byte("PJSNAP\x00\x01")); err != nil {
		t.Fatal(err)
	}
	if short.Close() == nil {
		t.Error("a part of a snapshot was accepted")
	}
	_, canceled, err := send(t, snapshots, received)
	if err != nil {
		t.Fatal(err)
	}
	if err := canceled.Cancel(); err != nil {
		t.Fatal(err)
	}
	if list, _ := received.List(); len(list) != 0 {
		t.Errorf("snapshots %v", list)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "incoming-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLeftoversGoAtStart(t *testing.T) {
	dir := t.TempDir()
	openNode(t, dir).close(t)
	left := []string{filepath.Join(dir, "raft", "checkpoint-1"), filepath.Join(dir, "raft", "incoming-2-9")}
	for _, name := range left {
		if err := os.MkdirAll(filepath.Join(name, "sub"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	openNode(t, dir).close(t)
	for _, name := range left {
		if _, err := os.Stat(name); !os.IsNotExist(err) {
			t.Errorf("%s is still there", name)
		}
	}
	t.Logf("start and stop took %v", time.Since(start))
}
