package cluster

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// confirmPosition returns this leader's position once a majority of the voters has
// answered, to questions asked after the call, that their term is still the one in
// which this node leads. A newer leader would have raised the term of a majority
// before it could commit anything: so nothing that was acknowledged before the call
// is missing from the position. No clock is involved. What they promise besides is the
// lease.
func (n *Node) confirmPosition(ctx context.Context) (position, error) {
	term := n.leader.term.Load()
	p := *n.frontier.load()
	if term == 0 {
		return position{}, n.notLeader()
	}
	epoch, voters := n.lease.begin(), n.voters()
	poll := n.poll(term, voters)
	until, err := poll.await(ctx, majority(len(voters)))
	if err != nil {
		return position{}, err
	}
	n.lease.extend(epoch, held{term, until})
	return p, nil
}

// poll is a question to voters: as many as it takes, those that answer soonest, and
// another for each that refuses or is late.
type poll struct {
	question question
	unasked  []*asker
	answers  chan answer
	voters   int
}

// hedgeAfter is when another voter is asked instead of those who have not answered.
const hedgeAfter = 2 * time.Millisecond

// poll asks this node at once, if it votes.
func (n *Node) poll(term uint64, voters []string) *poll {
	answers := make(chan answer, len(voters))
	p := &poll{question: question{term: term, answer: answers}, answers: answers, voters: len(voters)}
	for _, id := range voters {
		if id == n.id {
			answers <- answer{n.raft.CurrentTerm() == term, never}
			continue
		}
		p.unasked = append(p.unasked, n.asker(id))
	}
	slices.SortStableFunc(p.unasked, func(a, b *asker) int { return cmp.Compare(a.expected(), b.expected()) })
	return p
}

// answer is what became of a question: whether a voter confirms the term, and until
// when, on this node's clock, it votes for nobody else.
type answer struct {
	yes      bool
	promised time.Duration
}

var errNoQuorum = errors.New("a majority of the voters does not confirm that this node leads")

// await returns when so many voters have confirmed, and until when all of them have
// promised.
func (p *poll) await(ctx context.Context, need int) (until time.Duration, err error) {
	until = never
	open := p.voters // that may still confirm
	for range need - len(p.answers) {
		p.askOne()
	}
	late := time.NewTimer(hedgeAfter)
	defer late.Stop()
	for need > 0 {
		select {
		case a := <-p.answers:
			open--
			if a.yes {
				need--
				until = min(until, a.promised)
				continue
			}
			if open < need {
				return 0, errNoQuorum
			}
			p.askOne()
		case <-late.C:
			if p.askOne() {
				late.Reset(hedgeAfter)
			}
		case <-ctx.Done():
			return 0, errNoQuorum
		}
	}
	return until, nil
}

// askOne asks another voter, if there is one.
func (p *poll) askOne() bool {
	if len(p.unasked) == 0 {
		return false
	}
	p.unasked[0].ask(p.question)
	p.unasked = p.unasked[1:]
	return true
}

// voters returns the ids of those who vote in the newest configuration, committed
// or not.
func (n *Node) voters() (ids []string) {
	for _, s := range n.configuration().Servers {
		if s.Suffrage == raft.Voter {
			ids = append(ids, string(s.ID))
		}
	}
	return ids
}

func (n *Node) configuration() raft.Configuration {
	f := n.raft.GetConfiguration() // never fails
	return f.Configuration()
}

// asker asks one voter for its term: one call at a time, each for all the rounds
// that wait when it is made.
type asker struct {
	node *Node
	id   string

	took atomic.Int64 // by the last call, in ns; that of one that failed is askTimeout

	mu      sync.Mutex
	waiting []question
	running bool
}

// expected is how long a call may take: one that is on its way is in front of it.
func (a *asker) expected() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	took := time.Duration(a.took.Load())
	if a.running {
		took += askTimeout
	}
	return took
}

type question struct {
	term   uint64
	answer chan<- answer // buffered
}

const askTimeout = roundTimeout

func (n *Node) asker(id string) *asker {
	a, _ := n.askers.LoadOrStore(id, &asker{node: n, id: id})
	return a.(*asker)
}

func (a *asker) ask(q question) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append(a.waiting, q)
	if !a.running {
		a.running = true
		a.node.tasks.Go(a.run)
	}
}

func (a *asker) run() {
	for {
		batch := a.take()
		if batch == nil {
			return
		}
		asked := a.node.options.since(a.node.started)
		s, err := a.node.askTerm(a.node.life, a.id)
		if a.took.Store(int64(a.node.options.since(a.node.started) - asked)); err != nil {
			a.took.Store(int64(askTimeout))
		}
		promised := a.node.promise(asked, s)
		for _, q := range batch {
			q.answer <- answer{err == nil && s.term == q.term, promised}
		}
	}
}

func (a *asker) take() []question {
	a.mu.Lock()
	defer a.mu.Unlock()
	batch := a.waiting
	a.waiting = nil
	a.running = batch != nil
	return batch
}

// standing is where a member stood when it was asked.
type standing struct {
	term    uint64
	applied uint64    // index that it has applied
	wall    time.Time // that its clock showed; zero if it does not tell

	follows string        // whom, if that counts for leases
	heard   time.Duration // of it, so long ago
}

// askTerm asks a member where it stands.
func (n *Node) askTerm(ctx context.Context, id string) (standing, error) {
	if id == n.id {
		return n.standing(), nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	b, err := n.call(ctx, id, request{kind: askTerm})
	if err != nil {
		return standing{}, err
	}
	return parseStanding(b)
}

func (n *Node) standing() standing {
	leader, ago := n.heardOf() // before the term is read
	return standing{n.raft.CurrentTerm(), n.frontier.load().Index, n.options.Clock.Wall(), leader, ago}
}
