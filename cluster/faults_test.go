package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestANewLeaderHasEverything: what was acknowledged before a leader died is read,
// and appended to, at every other node soon after.
func TestANewLeaderHasEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		for range 3 {
			last := s.mustAppend("n1", "a")
			leader := s.leader()
			s.crash(leader)
			began := time.Now()
			for _, name := range s.others("") {
				if c := s.mustRead(name); c.Sequence < last.Sequence {
					t.Fatalf("%s reads at %d, %d was acknowledged", name, c.Sequence, last.Sequence)
				}
				s.mustAppend(name, "a")
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("without a leader for %v", took)
			}
			if err := s.start(leader); err != nil {
				t.Fatal(err)
			}
			s.await("it is back", func() bool { return s.groups[leader].Ready() == nil })
			if got, want := s.mustRead(leader).Sequence, s.mustRead(s.others(leader)[0]).Sequence; got != want {
				t.Errorf("%s reads at %d when it is back, the others at %d", leader, got, want)
			}
		}
	})
}

// TestAClosedNodeFixesNoCut, not even an old one: its machine is closed.
func TestAClosedNodeFixesNoCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(1)
		s.mustAppend("n1", "a")
		s.mustRead("n1")
		closed := s.groups["n1"]
		s.stop("n1")
		_, err := closed.Cut(context.Background(), projection.Freshness{Level: projection.MaybeStale, AgeMax: time.Hour}, 0)
		wantState(t, err, sqlstate.CannotConnectNow)
	})
}

// TestWithoutQuorum: a node that is cut off refuses what needs a majority, in time,
// and says how old it is otherwise.
func TestWithoutQuorum(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		last := s.mustAppend("n2", "a")
		leader := s.leader()
		for _, name := range s.others("") {
			s.mustRead(name)
		}
		s.net.split([]string{leader}, s.others(leader))
		s.net.split(s.others(leader)[:1], s.others(leader)[1:])
		cut := time.Now()
		time.Sleep(2 * time.Second)
		for _, name := range s.others("") {
			g := s.groups[name]
			c, err := g.Cut(context.Background(), projection.Freshness{Level: projection.MaybeStale, AgeMax: time.Hour}, 0)
			if age := time.Since(cut); err != nil || c.Sequence != last.Sequence || c.Age < age || c.Age > age+time.Second {
				t.Errorf("%s: sequence %d of age %v, %v; it was cut off %v ago", name, c.Sequence, c.Age, err, age)
			}
			c, err = g.Cut(context.Background(), projection.Freshness{Level: projection.AsOfSequence, Sequence: 1}, 0)
			if err != nil || c.Sequence != 1 {
				t.Errorf("%s: AS OF SEQUENCE 1: %+v, %v", name, c, err)
			}
			began := time.Now()
			_, err = s.consistent(name)
			wantState(t, err, sqlstate.CannotConnectNow)
			_, err = g.Cut(context.Background(), projection.Freshness{Level: projection.MaybeStale, AgeMax: time.Second}, 0)
			wantState(t, err, sqlstate.FreshnessNotMet)
			_, err = g.Cut(context.Background(), projection.Freshness{Level: projection.AtLeast, HLC: last.HLC + 1}, 0)
			wantState(t, err, sqlstate.FreshnessNotMet)
			if _, err = s.append(name, "a"); err == nil {
				t.Errorf("%s appended without a majority", name)
			}
			if took := time.Since(began); took > 25*time.Second {
				t.Errorf("%s refused after %v", name, took)
			}
		}
		s.net.heal()
		s.mustAppend(leader, "a")
		s.mustRead(leader)
	})
}

// TestTheLeadershipComesBack to a node that still waits for what became of its own
// transfer: raft refuses entries until it knows.
func TestTheLeadershipComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		s.mustAppend("n1", "a")
		first := s.leader()
		second, third := s.others(first)[0], s.others(first)[1]
		s.net.delay(second, first, 500*time.Millisecond)
		for _, step := range [][2]string{{first, second}, {second, third}, {third, first}} {
			go func() { _ = s.groups[step[0]].TransferLeader(context.Background(), step[1]) }()
			s.await(step[1]+" leads raft", func() bool { return s.groups[step[1]].LeadsRaft() })
			if step[1] != first {
				s.await(step[1]+" leads", func() bool { return s.groups[step[1]].Status().Role == "leader" })
			}
		}
		if s.groups[first].Status().Role == "leader" {
			t.Error("raft has taken an entry: the test tests nothing")
		}
		s.await(first+" leads", func() bool { return s.groups[first].Status().Role == "leader" })
	})
}

// TestThePausedLeader: a leader that is cut off and does not notice, since its log
// hangs, must not answer once another leads, however old answers come in late. It
// is the directed test for the read position, and for a lease that has ended.
func TestThePausedLeader(t *testing.T) {
	t.Run("confirmed", func(t *testing.T) { pausedLeader(t, false) })
	t.Run("lease", func(t *testing.T) { pausedLeader(t, true) })
}

func pausedLeader(t *testing.T, lease bool) {
	for range 10 { // an election may take too long for the late answers
		var tested bool
		synctest.Test(t, func(t *testing.T) { tested = testThePausedLeader(t, lease) })
		if tested || t.Failed() {
			return
		}
	}
	t.Error("the others never elected in time: the test tests nothing")
}

func testThePausedLeader(t *testing.T, lease bool) bool {
	s := newSeveral(t, func(o *cluster.Options) { o.WriteTimeout, o.ReadLease = time.Hour, lease })
	defer s.close()
	s.form(3)
	s.mustAppend("n1", "a")
	old := s.leader()
	peers := s.others(old)
	release := sync.OnceFunc(s.groups[old].HoldLog())
	defer release()
	stuck := make(chan error, 1)
	go func() { _, err := s.append(old, "stuck"); stuck <- err }()
	for _, p := range peers {
		s.net.delay(p, old, 1900*time.Millisecond)
	}
	time.Sleep(10 * time.Millisecond)
	early := s.readWhileCutOff(old, 1, 2*time.Second) // its answers are on their way when the others elect
	time.Sleep(10 * time.Millisecond)
	for _, p := range peers {
		s.net.cut(old, p)
	}
	began := time.Now()
	newest := s.mustAppend(s.leader(old), "a")
	if took := time.Since(began); took > 1800*time.Millisecond {
		return false
	}
	if r := s.groups[old].Status().Role; r != "leader" {
		t.Errorf("the old leader is a %s: the test tests nothing", r)
	}
	notBehind := func(reads int, patience time.Duration) {
		for c := range s.readWhileCutOff(old, reads, patience) {
			if c.Sequence < newest.Sequence {
				t.Errorf("the old leader reads at %d after %d was acknowledged", c.Sequence, newest.Sequence)
			}
		}
	}
	for range 10 { // while late answers come in
		notBehind(1, 100*time.Millisecond)
	}
	notBehind(20, 2*time.Second)
	if c, ok := <-early; !ok || c.Sequence != newest.Sequence-1 {
		t.Errorf("the read that was confirmed before: %+v", c)
	}
	release()
	s.net.heal()
	if c := s.mustRead(old); c.Sequence < newest.Sequence {
		t.Errorf("the old leader reads at %d when it is back", c.Sequence)
	}
	if err := <-stuck; err != nil {
		t.Errorf("the append that hung: %v", err)
	}
	if got := s.groups[old].machine.count("stuck"); got != 1 {
		t.Errorf("the append that hung is in the log %d times", got)
	}
	return true
}

// readWhileCutOff begins consistent reads and gives the cuts of those that are
// answered in time.
func (s *several) readWhileCutOff(name string, reads int, patience time.Duration) <-chan projection.Cut {
	cuts := make(chan projection.Cut, reads)
	var all sync.WaitGroup
	for range reads {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if c, err := s.groups[name].Cut(ctx, projection.Freshness{Level: projection.Consistent}, 0); err == nil {
				cuts <- c
			}
		})
	}
	go func() { all.Wait(); close(cuts) }()
	return cuts
}

// TestARetriedAppendIsInTheLogOnce: an append's entry reaches the others, but not
// their answers the leader; the next leader commits it. The retry finds it, and cannot tell
// whose it is: of what must be fresh the fate is unknown.
func TestARetriedAppendIsInTheLogOnce(t *testing.T) {
	for _, fresh := range []bool{false, true} {
		t.Run(fmt.Sprint("fresh=", fresh), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { retriesAppend(t, fresh) })
		})
	}
}

func retriesAppend(t *testing.T, fresh bool) {
	s := newSeveral(t)
	defer s.close()
	s.form(3)
	first := draft(1, "a")
	if _, err := s.groups["n1"].Append(context.Background(), transaction(first)); err != nil {
		t.Fatal(err)
	}
	old := s.leader()
	for _, p := range s.others(old) {
		s.net.cut(p, old)
	}
	type result struct {
		receipts []event.Receipt
		err      error
	}
	done := make(chan result, 1)
	d := draft(2, "retried")
	d.Fresh = fresh
	drafts := []event.Draft{d}
	if !fresh {
		drafts = append(drafts, first)
	}
	go func() {
		r, err := s.groups[old].Append(context.Background(), transaction(drafts...))
		done <- result{r, err}
	}()
	leader := s.leader(old)
	s.await("the next leader has committed it", func() bool { return s.groups[leader].machine.count("retried") == 1 })
	s.net.heal()
	r := <-done
	var known *event.KnownIDError
	switch {
	case fresh:
		if !errors.As(r.err, &known) || !known.Doubtful || sqlstate.Of(r.err).Code != sqlstate.StatementCompletionUnknown {
			t.Errorf("error %v: its fate is unknown", r.err)
		}
	case r.err != nil:
		t.Error(r.err)
	default:
		retried, others := r.receipts[0], r.receipts[1]
		if retried.Version != 1 || !retried.Duplicate || !retried.Doubtful {
			t.Errorf("receipt %+v: the retry should have found what may be the first try", retried)
		}
		if !others.Duplicate || others.Doubtful {
			t.Errorf("receipt %+v: the event was in the log before the first try", others)
		}
	}
	if got := s.groups[leader].machine.count("retried"); got != 1 {
		t.Errorf("it is in the log %d times", got)
	}
}

// TestADefinitionIsNotRetried: its entry reaches the others, but not their answers the leader. Proposed again
// it would be refused for what it has done itself: its fate is unknown.
func TestADefinitionIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		old := s.leader()
		for _, p := range s.others(old) {
			s.net.cut(p, old)
		}
		done := make(chan error, 1)
		go func() {
			_, err := s.groups[old].Append(context.Background(), event.Transaction{
				Drafts: []event.Draft{draft(2, "retried")}, Changes: []event.Change{{Name: "view/v", Value: []byte("one"), Expect: event.NoRecord}},
			})
			done <- err
		}()
		leader := s.leader(old)
		s.await("the next leader has committed it", func() bool { return s.groups[leader].machine.count("retried") == 1 })
		s.net.heal()
		if err := <-done; codeOf(err) != sqlstate.StatementCompletionUnknown {
			t.Errorf("error %v", err)
		}
		if got := s.groups[leader].catalog.has()["view/v"]; got != "one" {
			t.Errorf("the catalog has %q", got)
		}
	})
}

// TestAClosedStampStaysClosed: what AS OF has answered at one leader gains no events
// from the next, whose clock is behind.
func TestAClosedStampStaysClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		behind := func() time.Time { return time.Now().Add(-10 * time.Second) }
		s := newSeveral(t, func(o *cluster.Options) {
			if o.NodeName != "n1" {
				o.Clock = hlc.NewClock(hlc.Options{Now: behind})
			}
		})
		defer s.close()
		s.form(3)
		s.mustAppend("n1", "a")
		for i, name := range []string{"n1", "n2"} { // at the leader, and through another node
			ts := hlc.FromTime(time.Now().Add(time.Duration(200+100*i) * time.Millisecond))
			c, err := s.groups[name].Cut(context.Background(), projection.Freshness{Level: projection.AsOfHLC, HLC: ts}, 0)
			if err != nil || c.Sequence != event.Sequence(1) {
				t.Fatalf("%s: AS OF at %d: %+v, %v", name, ts, c, err)
			}
			if i == 0 {
				continue
			}
			s.crash("n1")
			if r := s.mustAppend("n3", "a"); r.HLC <= ts {
				t.Errorf("an event got stamp %d after %d was closed", r.HLC, ts)
			}
		}
		future := hlc.FromTime(time.Now().Add(time.Hour))
		_, err := s.groups["n2"].Cut(context.Background(), projection.Freshness{Level: projection.AsOfHLC, HLC: future}, 0)
		wantState(t, err, sqlstate.InvalidParameterValue)
	})
}

// TestSessionsMoveWithTheirToken: AT LEAST the stamp of an append elsewhere has it.
func TestSessionsMoveWithTheirToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		for i := range 12 {
			at := s.others("")[i%3]
			r := s.mustAppend(at, "a")
			for _, name := range s.others("") {
				c, err := s.groups[name].Cut(context.Background(), projection.Freshness{Level: projection.AtLeast, HLC: r.HLC}, 0)
				if err != nil || c.Sequence < r.Sequence {
					t.Errorf("%s: AT LEAST %d: sequence %d, %v; it is %d", name, r.HLC, c.Sequence, err, r.Sequence)
				}
				c, err = s.groups[name].Cut(context.Background(), projection.Freshness{Level: projection.MaybeStale, AgeMax: time.Hour}, r.Sequence)
				if err != nil || c.Sequence < r.Sequence {
					t.Errorf("%s: not behind %d: sequence %d, %v", name, r.Sequence, c.Sequence, err)
				}
			}
		}
	})
}

// TestAtLeastIsNotBehindItsSession: a follower that covers the stamp, and not what the
// session has read elsewhere, waits for that.
func TestAtLeastIsNotBehindItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		leader := s.leader()
		behind := s.others(leader)[0]
		covered := s.mustAppend(leader, "a")
		s.mustRead(behind)
		s.net.split([]string{behind}, s.others(behind))
		seen := s.mustAppend(leader, "a")

		atLeast := projection.Freshness{Level: projection.AtLeast, HLC: covered.HLC, ErrorOnStale: true}
		read := func(f projection.Freshness) (projection.Cut, error) {
			return s.groups[behind].Cut(context.Background(), f, seen.Sequence)
		}
		if c, err := s.groups[behind].Cut(context.Background(), atLeast, covered.Sequence); err != nil || c.Sequence != covered.Sequence {
			t.Errorf("what it covers: sequence %d, %v", c.Sequence, err)
		}
		if c, err := read(atLeast); err == nil || codeOf(err) != sqlstate.FreshnessNotMet {
			t.Errorf("behind its session: sequence %d, %v", c.Sequence, err)
		}
		atLeast.ErrorOnStale, atLeast.Wait = false, time.Minute
		time.AfterFunc(time.Second, s.net.heal)
		if c, err := read(atLeast); err != nil || c.Sequence < seen.Sequence {
			t.Errorf("after a wait: sequence %d, %v; the session has seen %d", c.Sequence, err, seen.Sequence)
		}
	})
}
