package cluster

import (
	"context"
	"errors"
	"sync"
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
	answers := make(chan answer, len(voters))
	for _, id := range voters {
		if id == n.id {
			answers <- answer{n.raft.CurrentTerm() == term, never}
			continue
		}
		n.asker(id).ask(question{term: term, answer: answers})
	}
	until, err := awaitMajority(ctx, answers, len(voters))
	if err != nil {
		return position{}, err
	}
	n.lease.extend(epoch, held{term, until})
	return p, nil
}

// answer is what became of a question: whether a voter confirms the term, and until
// when, on this node's clock, it votes for nobody else.
type answer struct {
	yes      bool
	promised time.Duration
}

var errNoQuorum = errors.New("a majority of the voters does not confirm that this node leads")

// awaitMajority returns when a majority of so many voters has confirmed, and until
// when all of it has promised.
func awaitMajority(ctx context.Context, answers <-chan answer, voters int) (until time.Duration, err error) {
	until = never
	for need, refused := majority(voters), 0; need > 0; {
		select {
		case a := <-answers:
			if a.yes {
				need--
				until = min(until, a.promised)
			} else if refused++; voters-refused < need {
				return 0, errNoQuorum
			}
		case <-ctx.Done():
			return 0, errNoQuorum
		}
	}
	return until, nil
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

	mu      sync.Mutex
	waiting []question
	running bool
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
