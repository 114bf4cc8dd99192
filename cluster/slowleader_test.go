package cluster_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// slowMachine takes its time before it applies.
type slowMachine struct {
	cluster.Machine
	takes *atomic.Int64
}

func (m slowMachine) Apply(entries []event.Entry) ([]event.Result, error) {
	time.Sleep(time.Duration(m.takes.Load()))
	return m.Machine.Apply(entries)
}

// slowMachines are how long nodes take, by name.
type slowMachines map[string]*atomic.Int64

func (s slowMachines) slow(o *cluster.Options) {
	if s[o.NodeName] == nil {
		s[o.NodeName] = &atomic.Int64{}
	}
	o.Machine = slowMachine{o.Machine, s[o.NodeName]}
}

func (s slowMachines) set(name string, takes time.Duration) { s[name].Store(int64(takes)) }

// TestWhatOneHasReadAllRead: a follower has applied, and shows, what its leader has
// committed and not applied yet, nor the third, since they are slow. No consistent read that
// begins afterwards is without it, at whichever node, however it is confirmed.
func TestWhatOneHasReadAllRead(t *testing.T) {
	for _, c := range []struct {
		name   string
		lease  bool
		routed bool // reads go to the entity's owner
	}{{"confirmed", false, false}, {"lease", true, false}, {"through the owner", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { slowLeader(t, c.lease, c.routed) })
		})
	}
}

func slowLeader(t *testing.T, lease, toOwner bool) {
	takes := slowMachines{}
	s := newSeveral(t, takes.slow, func(o *cluster.Options) { o.ReadLease = lease })
	defer s.close()
	s.form(3)
	time.Sleep(time.Second) // who is an owner is known
	read := func(name string, e event.Entity) event.Sequence {
		if !toOwner {
			return s.mustRead(name).Sequence
		}
		a, err := routed(context.Background(), s.groups[name], name, e, projection.Freshness{Level: projection.Consistent}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return a.cut.Sequence
	}
	for _, owner := range s.others("") {
		e := entityOwnedBy(s, owner)
		for _, name := range s.others("") {
			leader := s.leader()
			follower := s.others(leader)[0]
			before := s.mustAppend("n1", "a").Sequence
			for _, all := range append(s.others(leader), leader) { // the leader has a lease afterwards, if there are any
				s.mustRead(all)
			}
			for _, slow := range s.others(follower) {
				takes.set(slow, 300*time.Millisecond)
			}
			done := make(chan struct{})
			go func() { defer close(done); s.mustAppend(leader, "a") }()
			s.await("the follower has applied it", func() bool { return s.groups[follower].Status().Sequence > before })
			if s.groups[leader].Status().Sequence > before {
				t.Fatal("the leader has applied it as well: the test tests nothing")
			}
			if got := read(name, e); got <= before {
				t.Errorf("%s reads at %d of an entity of %s's when %s shows %d and %s leads", name, got, owner, follower, before+1, leader)
			}
			<-done
			for _, slow := range s.others(follower) {
				takes.set(slow, 0)
			}
		}
	}
}

// TestWhoIsAloneWaitsForNothing: the only member reads what it has applied while it applies
// more, which nobody else can have shown, also when the others have left. It waits as soon as
// there is another, who need not vote.
func TestWhoIsAloneWaitsForNothing(t *testing.T) { synctest.Test(t, testWhoIsAlone) }

func testWhoIsAlone(t *testing.T) {
	takes := slowMachines{}
	s := newSeveral(t, takes.slow)
	defer s.close()
	waits := func(what string, want bool) {
		t.Helper()
		leader := s.leader()
		s.mustAppend(leader, "a")
		for _, name := range s.others("") {
			takes.set(name, 300*time.Millisecond)
			defer takes.set(name, 0)
		}
		done := make(chan struct{})
		go func() { defer close(done); s.mustAppend(leader, "a") }()
		time.Sleep(150 * time.Millisecond)
		began := time.Now()
		s.mustRead(leader)
		if waited := time.Since(began); (waited > 100*time.Millisecond) != want {
			t.Errorf("%s: the read has waited %s", what, waited)
		}
		<-done
	}
	s.form(1)
	waits("alone", false)
	if err := s.start("n2"); err != nil {
		t.Fatal(err)
	}
	s.await("both vote", func() bool { return s.groups["n2"].Status().Role == "voter" })
	waits("with another", true)
	leader := s.leader()
	other := s.others(leader)[0]
	if err := s.groups[leader].Remove(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	s.await("it is removed", s.groups[leader].OnlyMember)
	s.crash(other)
	waits("alone again", false)
}
