package cluster_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

var (
	flips    = flag.Int("flips", 60, "bits to flip in TestFlippedBits")
	flipSeed = flag.Uint64("flipseed", 0, "seed of TestFlippedBits; 0 = from the clock")
)

// TestFlippedBits flips single bits in the files of a node that crashed. It must
// then either refuse to start, naming the file, or serve the very same events.
func TestFlippedBits(t *testing.T) {
	moved, movedEvents := crashedNode(t, 4<<10) // most of its entries are in bbolt
	young, youngEvents := crashedNode(t, 0)
	seed := *flipSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	refused := 0
	for i := range *flips {
		name := "raft.db"
		if i%10 == 9 {
			name = "raft.tail"
		}
		if i%10 == 8 {
			name = "snapshot.meta"
		}
		if i%10 >= 4 && i%10 < 8 {
			name = fmt.Sprint("raft.journal-", i%2)
		}
		golden, events := moved, movedEvents
		if i%4 < 2 {
			golden, events = young, youngEvents
		}
		if flipAndOpen(t, golden, events, name, random) {
			refused++
		}
	}
	t.Logf("refused %d of %d", refused, *flips)
	if refused == 0 || refused == *flips {
		t.Errorf("refused %d of %d", refused, *flips)
	}
}

// TestTheOlderMetaPageIsNotBelieved damages each of bbolt's two meta pages. Without
// the newer one bbolt takes the older for the truth, and the last append is gone.
func TestTheOlderMetaPageIsNotBelieved(t *testing.T) {
	golden, events := crashedNode(t, 0)
	refused := 0
	for page := range 2 {
		dir := filepath.Join(t.TempDir(), "node")
		copyDir(t, golden, dir)
		path := filepath.Join(dir, "raft", "raft.db")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b[page*os.Getpagesize()+64] ^= 1 // in its transaction number
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if openDamaged(t, dir, events, fmt.Sprint("meta page ", page)) {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("refused %d of the two, want the one with the newer page damaged", refused)
	}
}

// crashedNode returns the directory of a node that ended without a warning, with a
// snapshot behind it and entries after that only in its log.
func crashedNode(t *testing.T, journalBytes int) (crashed string, events []event.Event) {
	t.Helper()
	dir, crashed := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		g := openNode(t, dir, func(o *cluster.Options) { o.SnapshotEntries, o.TrailingEntries, o.JournalBytes = 30, 5, journalBytes })
		for i := range uint64(70) {
			d := draft(i, event.Entity(fmt.Sprint("acct:", i%7)))
			d.Data = []byte(strings.Repeat(fmt.Sprint(i, " "), 1+int(i*37%400)))
			g.append(t, d)
		}
		synctest.Wait()
		if at := g.Status().SnapshotIndex; at < 60 { // how much more depends on who runs when
			t.Fatalf("the snapshot covers %d", at)
		}
		for i := range uint64(9) {
			g.append(t, draft(100+i, "late"))
		}
		synctest.Wait() // nothing is written while it is copied
		copyDir(t, dir, crashed)
		events = g.machine.state.Events
		g.close(t)
	})
	return crashed, events
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
}

func flipAndOpen(t *testing.T, golden string, events []event.Event, name string, random *rand.Rand) (refused bool) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "node")
	copyDir(t, golden, dir)
	return openDamaged(t, dir, events, flipBit(t, filepath.Join(dir, "raft", name), random))
}

// openDamaged opens a node with something wrong in its files, and reports whether
// it refused to start.
func openDamaged(t *testing.T, dir string, events []event.Event, where string) (refused bool) {
	t.Helper()
	g, err := tryOpen(dir)
	if err != nil {
		if sqlstate.Of(err).Code != sqlstate.DataCorrupted || !strings.Contains(err.Error(), filepath.Join(dir, "raft")) {
			t.Fatalf("%s: the error does not name the damaged file: %v", where, err)
		}
		return true
	}
	defer g.close(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := g.WaitReady(ctx); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	g.append(t, draft(1000, "after"))
	g.machine.mu.Lock()
	defer g.machine.mu.Unlock()
	if got := g.machine.state.Events; len(got) != len(events)+1 || !reflect.DeepEqual(got[:len(events)], events) {
		t.Fatalf("%s: started with other events: %d, had %d", where, len(got)-1, len(events))
	}
	return false
}

// flipBit flips a bit of a file, mostly of a byte that is not zero.
func flipBit(t *testing.T, path string, random *rand.Rand) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := random.IntN(len(b))
	for b[at] == 0 && random.IntN(1000) > 0 {
		at = random.IntN(len(b))
	}
	bit := random.IntN(8)
	b[at] ^= 1 << bit
	if err := os.WriteFile(path, b, fs.FileMode(0o600)); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s byte %d bit %d", filepath.Base(path), at, bit)
}
