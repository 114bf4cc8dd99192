package cluster

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// What only other members, or a broken disk, would reach is opened to tests here.

// Queued returns how many proposals wait or are in flight.
func (n *Node) Queued() int { return int(n.batcher.items.Load()) }

// Snapshots is the snapshot store of a node, without the node.
type Snapshots struct{ *snapshots }

func OpenSnapshots(dir string, m Machine) (Snapshots, error) {
	s, err := openSnapshots(dir, m)
	return Snapshots{s}, err
}

// Flushed tells the sink of an own snapshot what the machine has made durable.
func Flushed(sink raft.SnapshotSink, index uint64) error {
	return sink.(*snapshotSink).flushed(index)
}

func (s Snapshots) Learn(index uint64, c raft.Configuration) { s.learn(index, c) }

func (s Snapshots) Restore(r io.ReadCloser) error { return s.restore(r) }

func OpenStream(dir string, index, term uint64) (r io.ReadCloser, size int64, err error) {
	s, err := openStream(dir, index, term)
	if err != nil {
		return nil, 0, err
	}
	return s, s.size, nil
}

func UnpackStream(r io.Reader, dir string, index, term uint64) error {
	return unpackStream(r, dir, index, term)
}

// Crash ends a node's work at once, as a power cut does; Close cleans up.
func (n *Node) Crash() { n.fail(errors.New("the power is off")) }

// HoldLog makes the log's writes hang until release is called.
func (n *Node) HoldLog() (release func()) { return n.logs.Hold() }

// FailWrites has the log's disk fail when fault does.
func (o *Options) FailWrites(fault func() error) { o.fault = fault }

// NextChange decides over members, each a name, a colon and letters; see TestNextChange.
func NextChange(members []string, votersMax int) string {
	var facts []memberFact
	for _, m := range members {
		name, letters, _ := strings.Cut(m, ":")
		has := func(letter string) bool { return strings.Contains(letters, letter) }
		facts = append(facts, memberFact{
			ID: name, Voter: has("v"), Alive: has("a"), CaughtUp: has("c"), Self: has("s"), Leaving: has("l") || has("r"), Removed: has("r"),
		})
	}
	c := nextChange(facts, votersMax)
	return strings.TrimSpace([]string{"nothing", "promote", "demote", "remove", "transfer to"}[c.Do] + " " + c.ID)
}

// AsksOwner decides who answers a read, of which the letters say what is known: f foreign,
// p past, w weak, o owned, s shunned, h held.
func AsksOwner(letters string) bool {
	has := func(letter string) bool { return strings.Contains(letters, letter) }
	return routeFacts{Foreign: has("f"), Past: has("p"), Weak: has("w"), Owned: has("o"), Shunned: has("s"), Held: has("h")}.elsewhere()
}

// Rounds are the rounds of one question.
type Rounds struct{ *rounds }

// NewRounds has ask call late when its question is late.
func NewRounds(ask func(late func() (context.Context, context.CancelFunc)) error) Rounds {
	return Rounds{newRounds(func(w *wait) (position, error) { return position{}, ask(w.question) }, time.Now)}
}

// Join waits for most, or for as long as ctx has if that is 0.
func (r Rounds) Join(ctx context.Context, most time.Duration) error {
	w := wait{ctx: ctx, begun: time.Now(), most: most, cause: errImpatient}
	defer w.end()
	_, err := r.join(&w)
	return err
}

// NewRaftLogger is the logger that raft writes to.
func NewRaftLogger(to *slog.Logger) hclog.Logger { return newRaftLogger(to) }

// LeadsRaft reports whether raft was elected, whether or not the node serves already.
func (n *Node) LeadsRaft() bool { return n.raft.State() == raft.Leader }
