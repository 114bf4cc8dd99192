package cluster_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

const childDir = "PROJSQL_TEST_CHILD_DIR" // set in processes that are there to be killed

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := appendForEver(dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// openReal opens a node over a small real store. It snapshots, and turns to the
// journal's other segment, often enough that kills hit that, and cuts of the log.
func openReal(dir string, change ...func(*cluster.Options)) (*cluster.Node, error) {
	often := func(o *cluster.Options) { o.SnapshotEntries, o.TrailingEntries, o.JournalBytes = 40, 10, 16<<10 }
	small := storage.Options{CacheBytes: 8 << 20, MemTableBytes: 4 << 20}
	return openOver(dir, small, append([]func(*cluster.Options){often}, change...)...)
}

func openOver(dir string, options storage.Options, change ...func(*cluster.Options)) (*cluster.Node, error) {
	store, err := storage.Open(filepath.Join(dir, "store"), options)
	if err != nil {
		return nil, err
	}
	o := cluster.Options{
		Dir: filepath.Join(dir, "raft"), NodeName: "n1", Machine: store, Projector: fakeProjector{},
		Clock: hlc.NewClock(hlc.Options{}),
	}
	for _, c := range change {
		c(&o)
	}
	n, err := cluster.Open(o)
	if err != nil {
		_ = store.Close()
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return n, n.WaitReady(ctx)
}

// ack is what a writer was told of its event.
type ack struct {
	id       event.ID
	entity   event.Entity
	version  event.Version
	sequence event.Sequence
	hlc      hlc.Timestamp
}

// appendForEver writes each acknowledged append to out, one a line.
func appendForEver(dir string, out io.Writer) error {
	n, err := openReal(dir)
	if err != nil {
		return err
	}
	failed := make(chan error)
	for w := range 64 {
		go func() {
			for {
				entity := event.Entity("acct:" + strconv.Itoa(w%24))
				d := event.Draft{ID: event.ID(uuid.New()), Entity: entity, Kind: "Paid", Data: []byte(`{"amount": 1}`), OccurredAt: event.NoTime}
				r, err := n.Append(context.Background(), event.Transaction{Drafts: []event.Draft{d}})
				if err != nil {
					failed <- err
					return
				}
				// One write a line: the reader sees whole lines, but for the last.
				fmt.Fprintf(out, "%s %s %d %d %d\n", uuid.UUID(d.ID), entity, r[0].Version, r[0].Sequence, r[0].HLC)
			}
		}()
	}
	return <-failed
}

// TestKill kills a process at random while 64 writers append, again and again.
// After each restart every acknowledged event is there once, where it was
// acknowledged.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	acknowledged := map[event.ID]ack{}
	for round := range 12 {
		before := len(acknowledged)
		runUntil(t, dir, 1+random.IntN(1500), acknowledged, (*os.Process).Kill)
		if len(acknowledged) == before {
			t.Fatalf("round %d acknowledged nothing", round)
		}
		verifyHistory(t, dir, acknowledged)
	}
	t.Logf("%d appends acknowledged", len(acknowledged))
}

// runUntil runs the process, ends it as soon as it has acknowledged some appends, and waits
// until it is gone.
func runUntil(t *testing.T, dir string, appends int, acknowledged map[event.ID]ack, end func(*os.Process) error) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for seen := 0; lines.Scan(); {
		var a ack
		var id string
		if _, err := fmt.Sscan(lines.Text(), &id, &a.entity, &a.version, &a.sequence, &a.hlc); err != nil {
			continue // cut short by the kill
		}
		parsed, err := uuid.Parse(id)
		if err != nil {
			t.Fatal(err)
		}
		a.id = event.ID(parsed)
		acknowledged[a.id] = a
		if seen++; seen == appends {
			if err := end(child.Process); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it has failed, or was killed
}

func verifyHistory(t *testing.T, dir string, acknowledged map[event.ID]ack) {
	t.Helper()
	n, err := openReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := n.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}()
	c, err := n.Cut(context.Background(), projection.Freshness{Level: projection.Consistent}, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	seen := map[event.ID]bool{}
	versions := map[event.Entity]event.Version{}
	var last hlc.Timestamp
	for e, err := range n.Log(c).Log(1, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if seen[e.ID] {
			t.Fatalf("event %v is there twice", e.ID)
		}
		seen[e.ID] = true
		if versions[e.Entity]++; versions[e.Entity] != e.Version {
			t.Fatalf("version %d of %q follows %d", e.Version, e.Entity, versions[e.Entity]-1)
		}
		if e.HLC <= last {
			t.Fatalf("stamp %d of sequence %d follows %d", e.HLC, e.Sequence, last)
		}
		last = e.HLC
		if want, ok := acknowledged[e.ID]; ok {
			found++
			if got := (ack{e.ID, e.Entity, e.Version, e.Sequence, e.HLC}); got != want {
				t.Fatalf("acknowledged as %+v, is %+v", want, got)
			}
		}
	}
	if found != len(acknowledged) {
		t.Fatalf("%d of %d acknowledged events are there", found, len(acknowledged))
	}
}
