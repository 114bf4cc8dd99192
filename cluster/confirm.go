package cluster

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/hashicorp/raft"
)

// confirmPosition returns this leader's position once a majority of the voters has
// answered, to questions asked after the call, that their term is still the one in
// which this node leads. A newer leader would have raised the term of a majority
// before it could commit anything: so nothing that was acknowledged, or read, before the
// call is missing from the position. No clock is involved. What they promise besides is the
// lease.
func (n *Node) confirmPosition(w *wait) (position, error) {
	term := n.leader.term.Load()
	committed := n.raft.CommitIndex()
	if term == 0 {
		return position{}, n.notLeader()
	}
	epoch, voters := n.lease.begin(), n.voters()
	until, err := n.poll(term, voters).await(w)
	if err != nil {
		return position{}, err
	}
	n.lease.extend(epoch, held{term, until})
	return n.applied(w, committed)
}

// applied returns this leader's position once it has applied an entry that it has
// committed. Others may have applied it before, and shown it to who reads there: its own
// position alone is behind them then.
func (n *Node) applied(w *wait, committed uint64) (position, error) {
	if p := n.frontier.load(); p.Index >= committed {
		return *p, nil
	}
	ctx, cancel := w.question()
	defer cancel()
	p := n.frontier.wait(ctx, n.failed, func(p *position) bool { return p.Index >= committed })
	if p == nil {
		return position{}, errBehind
	}
	return *p, nil
}

// ownTerm says, in a question to the leader, in which term this node is: that is after
// the reads began for which it asks.
func (n *Node) ownTerm() []byte {
	return append(binary.BigEndian.AppendUint64(nil, n.raft.CurrentTerm()), n.id...)
}

// seconded reports whether the voter that asks this leader and this leader are a
// majority, and both of its term: then its position is confirmed, and nobody else need
// be asked.
func (n *Node) seconded(term uint64, asker []byte) bool {
	return len(asker) > 8 && binary.BigEndian.Uint64(asker) == term && n.raft.CurrentTerm() == term && n.leadsWith(string(asker[8:]))
}

// poll is a question to voters: as many as it takes, those that answer soonest, and
// another for each that refuses or is late.
type poll struct {
	term    uint64
	answers chan answer // of those who are asked
	unasked []*asker

	need  int           // confirmations
	open  int           // voters that may still confirm
	until time.Duration // what all who confirmed have promised
}

// answer is what became of a question: whether a voter confirms the term, and until
// when, on this node's clock, it votes for nobody else.
type answer struct {
	yes      bool
	promised time.Duration
}

var errNoQuorum = errors.New("a majority of the voters does not confirm that this node leads")

// poll prepares the question to the voters, and asks this node, if it votes.
func (n *Node) poll(term uint64, voters []string) *poll {
	p := &poll{
		term: term, answers: make(chan answer, len(voters)),
		need: majority(len(voters)), open: len(voters), until: never,
	}
	for _, id := range voters {
		if id == n.id {
			p.count(answer{n.raft.CurrentTerm() == term, never})
			continue
		}
		p.unasked = append(p.unasked, n.asker(id))
	}
	if len(p.unasked) > 1 {
		slices.SortStableFunc(p.unasked, func(a, b *asker) int { return cmp.Compare(a.expected(), b.expected()) })
	}
	return p
}

func (p *poll) count(a answer) {
	p.open--
	if a.yes {
		p.need--
		p.until = min(p.until, a.promised)
	}
}

// await returns when enough voters have confirmed, and until when all of them have
// promised.
func (p *poll) await(w *wait) (until time.Duration, err error) {
	if p.askHere(); p.need > 0 {
		ctx, cancel := w.question()
		defer cancel()
		err = p.askOn(ctx)
	}
	return p.until, err
}

// askHere asks as many voters as it takes and waits for them in this goroutine. Those
// who are late, or busy with another question, answer later.
func (p *poll) askHere() {
	var asked []*inquiry
	for range p.need {
		if a := p.nextVoter(); a != nil {
			if i := a.ask(question{p.term, p.answers}); i != nil {
				asked = append(asked, i)
			}
		}
	}
	late := time.Now().Add(hedgeAfter)
	for _, i := range asked {
		if !i.until(late) {
			i.leave()
		}
	}
	for p.need > 0 && len(p.answers) > 0 {
		p.count(<-p.answers)
	}
}

// askOn asks another voter for each that refuses or is late.
func (p *poll) askOn(ctx context.Context) error {
	p.askAnother()
	late := time.NewTimer(hedgeAfter)
	defer late.Stop()
	for p.need > 0 {
		if p.open < p.need {
			return errNoQuorum
		}
		select {
		case a := <-p.answers:
			if p.count(a); !a.yes {
				p.askAnother()
			}
		case <-late.C:
			if p.askAnother() {
				late.Reset(hedgeAfter)
			}
		case <-ctx.Done():
			return errNoQuorum
		}
	}
	return nil
}

// askAnother asks another voter, if there is one.
func (p *poll) askAnother() bool {
	a := p.nextVoter()
	if a == nil {
		return false
	}
	if i := a.ask(question{p.term, p.answers}); i != nil {
		i.leave()
	}
	return true
}

func (p *poll) nextVoter() *asker {
	if len(p.unasked) == 0 {
		return nil
	}
	a := p.unasked[0]
	p.unasked = p.unasked[1:]
	return a
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
