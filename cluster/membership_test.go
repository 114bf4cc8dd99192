package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/placement"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestNextChange runs the decisions of testdata/reconcile. A member is a name and
// letters: v votes, a answers, c has caught up, s is the leader itself, l is leaving,
// r was removed.
func TestNextChange(t *testing.T) {
	datadriven.RunTest(t, "testdata/reconcile", func(t *testing.T, d *datadriven.TestData) string {
		votersMax := 5
		d.MaybeScanArgs(t, "voters", &votersMax)
		return cluster.NextChange(strings.Fields(d.Input), votersMax) + "\n"
	})
}

// TestMembersJoinAsLearnersAndVote: of five nodes with --voters 3, three vote; the
// others answer like any, and one takes the place of a voter that dies.
func TestMembersJoinAsLearnersAndVote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, func(o *cluster.Options) { o.Network.VotersMax = 3 })
		defer s.close()
		for i := range 5 {
			if err := s.start(fmt.Sprint("n", i+1)); err != nil {
				t.Fatal(err)
			}
		}
		s.await("three vote", func() bool { return s.roles() == "leader learner learner voter voter" })
		time.Sleep(10 * time.Second)
		if got := s.roles(); got != "leader learner learner voter voter" {
			t.Errorf("later the roles are %s", got)
		}
		last := s.mustAppend(s.withRole("learner"), "a")
		if c := s.mustRead(s.withRole("learner")); c.Sequence != last.Sequence {
			t.Errorf("a learner reads at %d after %d was acknowledged", c.Sequence, last.Sequence)
		}
		s.crash(s.withRole("voter"))
		s.await("a learner votes instead", func() bool { return s.roles() == "leader learner voter voter" })
		s.await("the dead one votes no longer", func() bool {
			return s.memberRoles() == "leader learner learner voter voter"
		})
		s.crash(s.withRole("voter"))
		s.mustAppend(s.leader(), "a")
	})
}

// roles are those of the nodes that run, sorted.
func (s *several) roles() string {
	var roles []string
	for _, g := range s.groups {
		roles = append(roles, g.Status().Role)
	}
	slices.Sort(roles)
	return strings.Join(roles, " ")
}

// memberRoles are those of all members, as the leader tells them.
func (s *several) memberRoles() string {
	var roles []string
	for _, m := range s.groups[s.leader()].Members(context.Background()) {
		roles = append(roles, m.Role)
	}
	slices.Sort(roles)
	return strings.Join(roles, " ")
}

func (s *several) withRole(role string) string {
	s.t.Helper()
	for _, name := range s.others("") {
		if s.groups[name].Status().Role == role {
			return name
		}
	}
	s.t.Fatalf("no node is a %s", role)
	return ""
}

// TestTheOnlyNodeStays: nobody could take over from it, so it would be leaving for ever.
func TestTheOnlyNodeStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(1)
		only := s.leader()
		s.await("it is a member", func() bool { return s.groups[only].Undrain(context.Background(), only) == nil })
		for _, operate := range []func(context.Context, string) error{s.groups[only].Drain, s.groups[only].Remove} {
			wantState(t, operate(context.Background(), only), sqlstate.ObjectNotInPrerequisiteState)
		}
		if state := s.groups[only].Members(context.Background())[0].State; state != "serving" {
			t.Errorf("it is %s", state)
		}
	})
}

// TestALearnerIsNotMadeLeader: who does not vote would not be elected, and the leader would have gone for nothing.
func TestALearnerIsNotMadeLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		leader := s.leader()
		drained := s.others(leader)[0]
		if err := s.groups[leader].Drain(ctx, drained); err != nil {
			t.Fatal(err)
		}
		s.await("it votes no longer", func() bool { return s.groups[drained].Status().Role == "learner" })
		wantState(t, s.groups[leader].TransferLeader(ctx, drained), sqlstate.ObjectNotInPrerequisiteState)
		if role := s.groups[leader].Status().Role; role != "leader" {
			t.Errorf("the leader is a %s", role)
		}
	})
}

// TestDrainRemoveAndReturn: the leader is drained, then removed, while the cluster
// appends; its data cannot come back, an empty node of its name can.
func TestDrainRemoveAndReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		leader := s.leader()
		other := s.others(leader)[0]
		wantState(t, s.groups[other].Drain(ctx, "nobody"), sqlstate.UndefinedObject)
		for range 2 { // it may be repeated
			if err := s.groups[other].Drain(ctx, leader); err != nil {
				t.Fatal(err)
			}
		}
		s.await("it votes no longer", func() bool { return s.groups[leader].Status().Role == "learner" })
		s.mustAppend(leader, "a")
		owners := s.groups[other].Owners()
		if owners.Owned(leader) != 0 || owners.Owned(other)+owners.Owned(s.others(leader)[1]) != placement.Partitions {
			t.Error("a drained node owns partitions")
		}
		if err := s.groups[other].Undrain(ctx, leader); err != nil {
			t.Fatal(err)
		}
		s.await("it votes again", func() bool { return s.groups[leader].Status().Role == "voter" })
		if err := s.groups[other].TransferLeader(ctx, leader); err != nil {
			t.Fatal(err)
		}
		s.await("it leads again", func() bool { return s.groups[leader].Status().Role == "leader" })
		if err := s.groups[leader].Remove(ctx, leader); err != nil {
			t.Fatal(err)
		}
		s.await("it is gone", func() bool { return len(s.groups[other].Members(ctx)) == 2 })
		s.mustAppend(other, "a")
		s.crash(leader)
		if err := s.start(leader); err != nil {
			t.Fatal(err)
		}
		s.await("it was refused", func() bool { return s.groups[leader].Err() != nil })
		wantState(t, s.groups[leader].Err(), sqlstate.ObjectNotInPrerequisiteState)
		s.wipe(leader)
		if err := s.start(leader); err != nil {
			t.Fatal(err)
		}
		s.await("an empty one votes", func() bool { return s.groups[leader].Status().Role == "voter" })
		if got, want := s.mustRead(leader).Sequence, s.mustRead(other).Sequence; got != want || got != 2 {
			t.Errorf("it reads at %d, another at %d", got, want)
		}
	})
}

// TestAnEmptiedNodeTakesItsPlaceAgain: a node that lost its disk becomes a member
// anew, and its former self is one no more.
func TestAnEmptiedNodeTakesItsPlaceAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		emptied := s.others(s.leader())[0]
		s.mustAppend(emptied, "a")
		s.wipe(emptied)
		if err := s.start(emptied); err != nil {
			t.Fatal(err)
		}
		s.mustAppend(s.leader(), "a")
		s.await("it votes again", func() bool { return s.groups[emptied].Status().Role == "voter" })
		if c := s.mustRead(emptied); c.Sequence != 2 {
			t.Errorf("it reads at %d", c.Sequence)
		}
		s.await("its former self is no member", func() bool { return s.memberRoles() == "leader voter voter" })
	})
}

// TestWhoHasNotAppliedTheConfigurationCloses: raft takes no snapshot of a follower that
// knows a configuration committed that it has not applied, and that is no failure. Which of
// the two its state machine takes first, the snapshot or the configuration, is chance.
func TestWhoHasNotAppliedTheConfigurationCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		leader := s.leader()
		behind, other := s.others(leader)[0], s.others(leader)[1]
		for round := range 8 {
			applies := make(chan struct{})
			s.groups[behind].machine.onApply(func([]event.Entry) error { <-applies; return nil })
			s.mustAppend(leader, "a")
			change, role := s.groups[leader].Drain, "learner"
			if round%2 == 1 {
				change, role = s.groups[leader].Undrain, "voter"
			}
			if err := change(context.Background(), other); err != nil {
				t.Fatal(err)
			}
			s.await("its role has changed", func() bool { return s.groups[other].Status().Role == role })
			time.AfterFunc(time.Second, func() { close(applies) })
			s.stop(behind)
			if err := s.start(behind); err != nil {
				t.Fatal(err)
			}
			s.await("it is back", func() bool { return s.groups[behind].Ready() == nil })
		}
	})
}

// TestANameIsTakenOnce: a node that comes with another's name is refused.
func TestANameIsTakenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(2)
		s.change = append(s.change, func(o *cluster.Options) { o.NodeName = "n1" })
		if err := s.start("n3"); err != nil {
			t.Fatal(err)
		}
		s.await("it was refused", func() bool { return s.groups["n3"].Err() != nil })
		wantState(t, s.groups["n3"].Err(), sqlstate.DuplicateObject)
	})
}

// TestALogOfItsOwnJoinsNobody: a node with data is of its own cluster.
func TestALogOfItsOwnJoinsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alone := newSeveral(t)
		alone.form(1)
		alone.mustAppend("n1", "a")
		alone.close()
		s := newSeveral(t)
		defer s.close()
		if err := s.start("m1"); err != nil {
			t.Fatal(err)
		}
		s.dir = alone.dir
		err := s.start("n1")
		if err == nil || !strings.Contains(err.Error(), "another cluster") {
			t.Errorf("a node of another cluster was let in: %v", err)
		}
	})
}

// TestACrashAfterAnInstalledSnapshot: the log of a follower ends before the snapshot that
// it has just restored, until Raft cuts it. A node that comes back from a crash in between
// has lost nothing.
func TestACrashAfterAnInstalledSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, func(o *cluster.Options) { o.SnapshotEntries, o.TrailingEntries = 20, 5 })
		defer s.close()
		s.form(3)
		leader := s.leader()
		away := s.others(leader)[0]
		s.mustRead(away)
		s.crash(away)
		for range 100 {
			s.mustAppend(leader, "acct:1")
		}
		s.net.split([]string{away}, s.others(away))
		if err := s.start(away); err != nil {
			t.Fatal(err)
		}
		then := filepath.Join(s.dir, "as it was then")
		m := s.groups[away].machine
		m.mu.Lock()
		m.restored = sync.OnceFunc(func() { copyDir(t, filepath.Join(s.dir, away), then) })
		m.mu.Unlock()
		s.net.heal()
		s.await("a snapshot is installed", func() bool { return s.groups[away].Status().SnapshotIndex >= 100 })
		s.wipe(away)
		if err := os.Rename(then, filepath.Join(s.dir, away)); err != nil {
			t.Fatal(err)
		}
		if err := s.start(away); err != nil {
			t.Fatal(err)
		}
		s.mustRead(away)
		if got, want := s.groups[away].machine.events(), s.groups[leader].machine.events(); !slices.EqualFunc(got, want, sameEvent) {
			t.Errorf("it has %d events, or others than the leader's %d", len(got), len(want))
		}
	})
}

// TestAWipedFollowerIsRebuilt: one that comes without data, and one that was away
// while the log was cut, get a snapshot and then have what the others have.
func TestAWipedFollowerIsRebuilt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, func(o *cluster.Options) { o.SnapshotEntries, o.TrailingEntries = 20, 5 })
		defer s.close()
		s.form(3)
		leader := s.leader()
		away, wiped := s.others(leader)[0], s.others(leader)[1]
		if err := s.groups[leader].Change(context.Background(), event.Change{Name: "projection/x", Value: []byte("one"), Expect: event.NoRecord}); err != nil {
			t.Fatal(err)
		}
		s.mustRead(away)
		s.crash(away)
		for i := range 100 {
			s.mustAppend(leader, event.Entity(fmt.Sprint("acct:", i%5)))
		}
		if err := s.start(away); err != nil {
			t.Fatal(err)
		}
		s.await("the one that was away is back", func() bool { return s.groups[away].Ready() == nil })
		s.mustRead(away)
		if got := s.groups[away].Status(); got.SnapshotIndex < 100 {
			t.Errorf("its snapshot is of %d: none was sent", got.SnapshotIndex)
		}
		if err := s.groups[leader].Remove(context.Background(), wiped); err != nil {
			t.Fatal(err)
		}
		s.await("the other is removed", func() bool { return len(s.groups[leader].Members(context.Background())) == 2 })
		s.wipe(wiped)
		if err := s.start(wiped); err != nil {
			t.Fatal(err)
		}
		s.await("the wiped one votes", func() bool { return s.groups[wiped].Status().Role == "voter" })
		s.mustAppend(wiped, "acct:0")
		for _, name := range s.others("") {
			s.mustRead(name)
		}
		for _, name := range []string{away, wiped} {
			if got, want := s.groups[name].machine.events(), s.groups[leader].machine.events(); !slices.EqualFunc(got, want, sameEvent) {
				t.Errorf("%s has %d events, or others than the leader's %d", name, len(got), len(want))
			}
			if got := s.groups[name].catalog.has()["projection/x"]; got != "one" {
				t.Errorf("the catalog of %s has %v", name, maps.Collect(maps.All(s.groups[name].catalog.has())))
			}
		}
		for _, name := range []string{away, wiped} { // what was installed is there after a crash
			s.crash(name)
			if err := s.start(name); err != nil {
				t.Fatal(err)
			}
			s.await("it is back", func() bool { return s.groups[name].Ready() == nil })
			if c := s.mustRead(name); c.Sequence != 101 {
				t.Errorf("%s reads at %d after a crash", name, c.Sequence)
			}
		}
	})
}

func sameEvent(a, b event.Event) bool {
	return a.ID == b.ID && a.Entity == b.Entity && a.Version == b.Version && a.HLC == b.HLC && a.Sequence == b.Sequence
}

func (m *fakeMachine) events() []event.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.state.Events)
}

// TestChangesFromAnyNode: the catalog's records take the same way, errors too.
func TestChangesFromAnyNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		follower := s.others(s.leader())[0]
		g := s.groups[follower]
		change(t, g, "projection/x", "one")
		for name, other := range s.groups {
			if got := other.catalog.has()["projection/x"]; got != "one" {
				t.Errorf("the catalog of %s has %q when Change returns", name, got)
			}
		}
		err := g.Change(context.Background(), event.Change{Name: "projection/x", Value: []byte("two"), Expect: event.NoRecord})
		var exists *event.RecordError
		if !errors.As(err, &exists) || !exists.Exists {
			t.Errorf("error %v", err)
		}
		for name, at := range s.groups { // of several none is made where one is refused
			err := at.Change(context.Background(), event.Change{Name: "view/x", Value: []byte("one"), Expect: event.NoRecord}, event.Change{Name: "projection/x", Expect: event.NoRecord})
			if _, there := at.catalog.has()["view/x"]; there || !errors.As(err, &exists) || exists.Name != "projection/x" {
				t.Errorf("at %s: error %v; made by half: %v", name, err, there)
			}
		}
	})
}

// TestDefiningTransactionsFromAnyNode: what a transaction appends and what it changes of the catalog are in
// the log together, or neither is.
func TestDefiningTransactionsFromAnyNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		for i, name := range []string{s.leader(), s.others(s.leader())[0]} {
			record := fmt.Sprint("view/", i)
			define := event.Transaction{
				Drafts:  []event.Draft{draft(uint64(10+i), "a")},
				Changes: []event.Change{{Name: record, Value: []byte("one"), Expect: event.NoRecord}, {Name: "views", Value: []byte{}, Expect: event.AnyRecord}},
			}
			receipts, err := s.groups[name].Append(context.Background(), define)
			if err != nil || len(receipts) != 1 || receipts[0].Version != event.Version(i+1) {
				t.Fatalf("receipts %+v, error %v", receipts, err)
			}
			for other, g := range s.groups {
				if got := g.catalog.has()[record]; got != "one" {
					t.Errorf("the catalog of %s has %q when Append returns", other, got)
				}
			}
			define.Drafts = []event.Draft{draft(uint64(20+i), "a")}
			var exists *event.RecordError
			if _, err = s.groups[name].Append(context.Background(), define); !errors.As(err, &exists) || !exists.Exists {
				t.Errorf("error %v", err)
			}
			if got := s.groups[name].machine.count("a"); got != event.Version(i+1) {
				t.Errorf("what was refused appended: %d events", got)
			}
			define = event.Transaction{Changes: []event.Change{{Name: record, Expect: event.SomeRecord}}}
			if _, err := s.groups[name].Append(context.Background(), define); err != nil {
				t.Error(err)
			}
			if _, there := s.groups[name].catalog.has()[record]; there {
				t.Error("it is not deleted")
			}
		}
	})
}

// TestAnOlderMemberIsSpared: a transaction that defines is refused while a member's release does not know such, and
// nothing else is.
func TestAnOlderMemberIsSpared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		leader := s.leader()
		old, other := s.others(leader)[0], s.others(leader)[1]
		release := func(name string, format int) {
			id := s.groups[name].Status().ID
			s.net.update(func() {
				m := s.net.members[id]
				m.Format = format
				s.net.members[id] = m
			})
		}
		n := uint64(0)
		define := func(at string) error {
			n++
			_, err := s.groups[at].Append(context.Background(), event.Transaction{
				Drafts: []event.Draft{draft(100+n, "a")}, Changes: []event.Change{{Name: fmt.Sprint("view/", n), Value: []byte("one"), Expect: event.NoRecord}},
			})
			return err
		}
		for _, older := range []string{old, leader} {
			release(older, 0)
			for _, at := range s.others(older) {
				began := time.Now()
				err := define(at)
				wantState(t, err, sqlstate.ObjectNotInPrerequisiteState)
				if took := time.Since(began); took > time.Second || !strings.Contains(err.Error(), older) {
					t.Errorf("%s is the older one; after %v: %v", older, took, err)
				}
				s.mustAppend(at, "plain")
			}
			if err := s.groups[other].Change(context.Background(), event.Change{Name: "view/alone" + older, Value: []byte("one"), Expect: event.NoRecord}); err != nil {
				t.Error(err)
			}
			release(older, event.NewestFormat)
		}
		if got := s.groups[leader].machine.count("a"); got != 0 {
			t.Errorf("what was refused appended %d events", got)
		}
		release(old, 0)
		s.crash(old)
		if err := define(other); err != nil {
			t.Errorf("who is not there is no hindrance: %v", err)
		}
	})
}

// TestGuardsFromAnyNode: a follower's transaction is judged by the premise and the guards
// that it was given, and what refused it comes back whole, so that a session can judge again.
func TestGuardsFromAnyNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		follower := s.others(s.leader())[0]
		seen := s.mustAppend(follower, "a")
		found := s.mustAppend(follower, "guarded:1")
		guarded := func(n uint64, g event.Guard) error {
			t := transaction(draft(n, "b"))
			t.Guards = []event.Guard{{Since: found.Sequence}, g}
			_, err := s.groups[follower].Append(context.Background(), t)
			return err
		}
		guard := event.Guard{
			Since: seen.Sequence, Kinds: []event.Kind{"Counted"}, Entities: []event.Entity{"x"},
			Prefixes: []event.Entity{"guarded:"}, Predicate: []byte(`{"n": 2`),
		}
		var excluded *event.GuardError
		if err := guarded(100, guard); !errors.As(err, &excluded) {
			t.Fatalf("error %v", err)
		}
		want := event.GuardError{Guard: 1, Entity: "guarded:1", Version: 1, Kind: "Counted", Sequence: found.Sequence}
		if *excluded != want {
			t.Errorf("error %+v, want %+v", *excluded, want)
		}
		unchanged := transaction(draft(300, "b"))
		unchanged.Premise = event.Premise{Prefix: "kind/x", Version: 5}
		var changed *event.PremiseError
		if _, err := s.groups[follower].Append(context.Background(), unchanged); !errors.As(err, &changed) {
			t.Fatalf("error %v", err)
		}
		if want := (event.PremiseError{Premise: unchanged.Premise}); *changed != want {
			t.Errorf("error %+v, want %+v", *changed, want)
		}
		for _, narrow := range []func(*event.Guard){
			func(g *event.Guard) { g.Since = found.Sequence },
			func(g *event.Guard) { g.Kinds = []event.Kind{"Other"} },
			func(g *event.Guard) { g.Prefixes = nil },
			func(g *event.Guard) { g.Predicate = []byte("[") },
		} {
			g := guard
			narrow(&g)
			if err := guarded(200, g); err != nil { // the same event again and again
				t.Errorf("%+v: %v", g, err)
			}
		}
	})
}

// TestAnOperationOutlivesItsLeader: what is asked of a leader that does not answer is asked of
// the next one.
func TestAnOperationOutlivesItsLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		s.mustAppend("n1", "a")
		old := s.leader()
		at, drained := s.others(old)[0], s.others(old)[1]
		for _, p := range s.others(old) {
			s.net.cut(old, p)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := s.groups[at].Undrain(ctx, drained); err != nil {
			t.Errorf("%v %v", err, ctx.Err())
		}
		s.net.heal()
	})
}
