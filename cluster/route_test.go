package cluster_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestWhoAnswers: the owner is asked only where nothing speaks against it.
func TestWhoAnswers(t *testing.T) {
	const facts = "fpwosh"
	for set := range 1 << len(facts) {
		var letters strings.Builder
		for i := range facts {
			if set&(1<<i) != 0 {
				letters.WriteByte(facts[i])
			}
		}
		if got, want := cluster.AsksOwner(letters.String()), set == 0; got != want {
			t.Errorf("%q: the owner is asked: %v", letters.String(), got)
		}
	}
}

// Relay implements cluster.Relayer: the other node covers the cut, and its frontier is the
// state that it answers with.
func (n network) Relay(ctx context.Context, to cluster.Member, s *hop.Statement) (hop.Answer, error) {
	if !s.Until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, s.Until)
		defer cancel()
	}
	ctx, end := n.attend(ctx, to.Name)
	defer end()
	if !n.travel(n.name, to.Name, ctx.Done()) {
		return hop.Answer{}, context.Cause(ctx)
	}
	n.mu.Lock()
	node := n.nodes[to.Name]
	n.mu.Unlock()
	if node == nil {
		return hop.Answer{}, fmt.Errorf("%w: connection refused", cluster.ErrNotSent)
	}
	given, err := hop.ParseGiven(string(s.Values[len(s.Values)-1]))
	if err != nil {
		return hop.Answer{}, err
	}
	if n.relays != nil {
		err = n.relays(to.Name, s, given)
	}
	var c projection.Cut
	if err == nil {
		c, err = node.Cut(ctx, projection.Freshness{Level: projection.AtCut, Given: given}, 0)
	}
	if !n.travel(to.Name, n.name, ctx.Done()) {
		return hop.Answer{}, context.Cause(ctx)
	}
	o := projection.Outcome{
		Strategy: projection.GroupLocalHit, Cache: projection.Hit, Observed: projection.Fresh, Age: c.Age,
		Snapshot: &projection.Snapshot{Watermark: c.Sequence},
	}
	if err != nil {
		err = sqlstate.Of(err) // as it travels
	}
	a := hop.Answer{Proof: string(hop.AppendProof(nil, &o, to.Name))}
	if given.Vouch.Term != 0 {
		a.Cut = string(hop.AppendCut(nil, &c))
	}
	return a, err
}

// answer is how a read of an entity, whose state is the log's length, was answered.
type answer struct {
	cut  projection.Cut // as if it had been read there
	node string
}

// routed reads an entity as a session does: where the node says, or at the node itself.
func routed(ctx context.Context, g *group, name string, e event.Entity, f projection.Freshness, floor event.Sequence) (answer, error) {
	if f.Level == projection.Consistent {
		r := projection.Request{Definition: &projection.Definition{}, Entity: e}
		a, sent, err := g.RelayNewest(ctx, r, floor, &hop.Statement{Values: [][]byte{[]byte(e)}})
		if sent && err == nil {
			return confirmed(&a)
		}
	}
	c, err := g.Cut(ctx, f, floor)
	if err != nil {
		return answer{}, err
	}
	to := g.Elsewhere(projection.Request{Entity: e, Cut: c})
	if to == "" {
		return answer{c, name}, nil
	}
	a, err := g.Relay(ctx, to, &hop.Statement{Values: [][]byte{[]byte(e)}}, c, 0)
	if err != nil {
		return answer{c, name}, nil
	}
	o, err := hop.ParseProof(a.Proof)
	c.Sequence = o.Snapshot.Watermark
	return answer{c, o.Node}, err
}

// confirmed is an answer whose cut was confirmed on the way.
func confirmed(a *hop.Answer) (answer, error) {
	o, err := hop.ParseProof(a.Proof)
	c := projection.Cut{Newest: true, OccurredBy: event.NoTime}
	if err == nil {
		c.Sequence, c.HLC, err = hop.ParseCut(a.Cut)
	}
	return answer{c, o.Node}, err
}

// holding is a projector that has some states.
type holding struct {
	fakeProjector
	mu     sync.Mutex
	states map[event.Entity]bool
}

// Holds tells which reads cost nothing.
func (h *holding) Holds(r projection.Request) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.states[r.Entity]
}

// TestRoutes runs the scripts of testdata/route, each with a cluster of its own. The
// answers are who gave it, its position and age, and how long it took, if that is long.
func TestRoutes(t *testing.T) {
	datadriven.Walk(t, "testdata/route", func(t *testing.T, path string) {
		synctest.Test(t, func(t *testing.T) { runRoutes(t, path) })
	})
}

func runRoutes(t *testing.T, path string) {
	r := &routes{projectors: map[string]*holding{}, long: map[event.Entity]bool{}}
	r.several = newSeveral(t, func(o *cluster.Options) {
		h := &holding{states: map[event.Entity]bool{}}
		r.projectors[o.NodeName], o.Projector = h, h
	})
	r.net.relays = r.relayed
	defer r.close()
	datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
		return strings.ReplaceAll(r.run(t, d), r.dir+"/", "")
	})
}

type routes struct {
	*several
	projectors map[string]*holding
	floor      event.Sequence        // of the session
	long       map[event.Entity]bool // whose answers are long
	asked      strings.Builder       // what has arrived at owners
}

// relayed notes a statement, and refuses what is to be brief and is not.
func (r *routes) relayed(to string, s *hop.Statement, g *projection.Given) error {
	how := "alone"
	if g.Brief {
		how = "briefly"
	}
	if g.Vouch.Term != 0 {
		how += ", vouched"
	}
	if g.Brief != (s.Brief > 0) {
		how += ", and sent otherwise"
	}
	fmt.Fprintf(&r.asked, "%s %s\n", to, how)
	if g.Brief && r.long[event.Entity(s.Values[0])] {
		return projection.TooLongError{}
	}
	return nil
}

func (r *routes) run(t *testing.T, d *datadriven.TestData) string {
	at, to, entity := "n1", "", "a"
	d.MaybeScanArgs(t, "at", &at)
	d.MaybeScanArgs(t, "to", &to)
	d.MaybeScanArgs(t, "entity", &entity)
	switch e := event.Entity(entity); d.Cmd {
	case "form":
		r.size = 3
		d.MaybeScanArgs(t, "nodes", &r.size)
		r.store, r.gossip = d.HasArg("store"), d.HasArg("gossip")
		r.form(r.size)
		r.await("n1 leads", func() bool {
			_ = r.groups[r.leader()].TransferLeader(context.Background(), "n1") // it may be on its way
			return r.groups["n1"].Status().Role == "leader"
		})
		time.Sleep(time.Second)
	case "owner":
		_, owner := r.groups[at].Locate(e)
		if r.groups[at].Owns(e) != (owner == at) {
			return owner + ", but the node thinks otherwise\n"
		}
		return owner + "\n"
	case "append":
		resetMS := 0
		if d.MaybeScanArgs(t, "reset", &resetMS); resetMS > 0 {
			time.AfterFunc(time.Duration(resetMS)*time.Millisecond, func() { r.net.reset(at, "n1") })
		}
		return r.appendOne(d, at, e)
	case "read":
		return r.read(t, d, at, e)
	case "scan":
		return r.scan(t, d, at)
	case "hold":
		r.projectors[at].states[e] = true
	case "long":
		r.long[e] = true
	case "asked":
		defer r.asked.Reset()
		return r.asked.String()
	case "slow":
		var ms int
		d.ScanArgs(t, "ms", &ms)
		r.net.delay(at, to, time.Duration(ms)*time.Millisecond)
	case "cut":
		r.net.cut(at, to)
	case "heal":
		r.net.heal()
	case "crash":
		r.crash(at)
	case "full":
		r.disk(at).full.Store(true)
	case "room":
		r.disk(at).full.Store(false)
	case "failed":
		return r.failed(at)
	case "leader":
		return r.leader() + "\n"
	case "weather":
		r.change(t, d)
	case "alive":
		return r.alive()
	case "split":
		r.net.split(r.sides(t, d))
	case "reset":
		r.net.reset(at, to)
	case "logs":
		return r.logs()
	case "start":
		if err := r.start(at); err != nil {
			return err.Error() + "\n"
		}
	case "drain":
		if err := r.groups["n1"].Drain(context.Background(), at); err != nil {
			return err.Error() + "\n"
		}
	case "sleep":
		var ms int
		d.ScanArgs(t, "ms", &ms)
		time.Sleep(time.Duration(ms) * time.Millisecond)
	default:
		t.Fatalf("unknown command %s", d.Cmd)
	}
	return "ok\n"
}

func (r *routes) appendOne(d *datadriven.TestData, at string, e event.Entity) string {
	receipts, err := r.append(at, e)
	if !d.HasArg("now") {
		time.Sleep(200 * time.Millisecond) // until all that can have it
	}
	if err != nil {
		return errorText(err)
	}
	again := ""
	if receipts[0].Duplicate {
		again = ", by an earlier try"
	}
	return fmt.Sprintf("sequence %d%s\n", receipts[0].Sequence, again)
}

// read reads with the session's floor, which it raises.
func (r *routes) read(t *testing.T, d *datadriven.TestData, at string, e event.Entity) string {
	f, staleMS, timeoutMS := projection.Freshness{Level: projection.Consistent}, 0, 60_000
	if d.MaybeScanArgs(t, "stale", &staleMS); staleMS > 0 {
		f = projection.Freshness{Level: projection.MaybeStale, AgeMax: time.Duration(staleMS) * time.Millisecond}
	}
	d.MaybeScanArgs(t, "timeout", &timeoutMS)
	if d.HasArg("past") {
		f = projection.Freshness{Level: projection.AsOfSequence, Sequence: 1}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(timeoutMS)*time.Millisecond)
	defer cancel()
	began := time.Now()
	a, err := routed(ctx, r.groups[at], at, e, f, r.floor)
	if err != nil {
		return fmt.Sprintf("%v: %v\n", sqlstate.Of(err).Code, err)
	}
	r.floor = max(r.floor, a.cut.Sequence)
	took := ""
	if waited := time.Since(began); waited >= 100*time.Millisecond { // less may be Raft's
		took = ", in " + waited.Round(10*time.Millisecond).String()
	}
	return fmt.Sprintf("%s: sequence %d, age %v%s\n", a.node, a.cut.Sequence, a.cut.Age.Round(50*time.Millisecond), took)
}

// TestAStatementIsForOneNode: who has taken the address of another node, or is of another
// cluster, does not answer for it.
func TestAStatementIsForOneNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		time.Sleep(time.Second)
		own := s.groups["n2"].Status().ID
		for _, given := range []projection.Given{
			{Cluster: "another", To: own},
			{Cluster: s.net.id, To: s.groups["n3"].Status().ID},
		} {
			_, err := s.groups["n2"].Cut(t.Context(), projection.Freshness{Level: projection.AtCut, Given: &given}, 0)
			if codeOf(err) != sqlstate.InvalidAuthorizationSpecification {
				t.Errorf("%+v: %v", given, err)
			}
		}
		given := projection.Given{Cluster: s.net.id, To: own}
		if _, err := s.groups["n2"].Cut(t.Context(), projection.Freshness{Level: projection.AtCut, Given: &given}, 0); err != nil {
			t.Error(err)
		}
	})
}

// TestAGivenCutBinds: a statement of several reads gets the very position that was given,
// one of a single read all that the node has; ages are the sender's.
func TestAGivenCutBinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t)
		defer s.close()
		s.form(3)
		time.Sleep(time.Second)
		for range 3 {
			s.mustAppend("n2", "a")
		}
		given := projection.Given{Cluster: s.net.id, To: s.groups["n2"].Status().ID}
		given.Cut = projection.Cut{Sequence: 2, Newest: true, Foreign: true, Age: time.Second, StaleMax: time.Minute, OccurredBy: event.NoTime}
		f := projection.Freshness{Level: projection.AtCut, Given: &given}
		c, err := s.groups["n2"].Cut(t.Context(), f, 0)
		if err != nil || c.Sequence != 3 || c.Age != time.Second || c.KnownAt.IsZero() || !c.Foreign {
			t.Errorf("a single read: %+v, %v", c, err)
		}
		given.Cut.Binds = true
		c, err = s.groups["n2"].Cut(t.Context(), f, 0)
		if err != nil || c.Sequence != 2 || c.Age != time.Second || !c.KnownAt.IsZero() {
			t.Errorf("one of several: %+v, %v", c, err)
		}
	})
}
