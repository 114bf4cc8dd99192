package cluster

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	draftOverheadBytes   = 96 // ids, times and lengths of a draft in an entry, about
	changeOverheadBytes  = 32 // or of a guard
	premiseOverheadBytes = 12
)

// Append commits a transaction and returns its drafts' receipts, when a majority
// has it on stable storage and this node has applied it; one with changes as Change does. One without drafts
// and changes does nothing, whatever its guards. The drafts' bytes must not be changed any more, even
// after an error.
//
// Errors: what refused the transaction (40001, 23505, 22023, 54000, *event.RecordError); 57014 if ctx
// ended before it was proposed; 55000 if it has changes and a member's release does not
// know such; 57P03 if this node does not serve; 40003 if it is
// unknown whether it is in the log; XX001, 53100 or 58030 once the node has failed.
func (n *Node) Append(ctx context.Context, t event.Transaction) ([]event.Receipt, error) {
	if len(t.Drafts)+len(t.Changes) == 0 {
		return nil, nil
	}
	for i := range t.Drafts {
		if err := event.Validate(&t.Drafts[i]); err != nil {
			return nil, err
		}
	}
	p := proposal{transaction: t, bytes: transactionBytes(&t)}
	if len(t.Guards) > event.GuardsMax {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "a transaction may have at most %d assertions", event.GuardsMax)
	}
	if len(t.Drafts) > event.DraftsMax {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "a transaction may append at most %d events", event.DraftsMax)
	}
	if err := n.commit(ctx, &p); err != nil {
		return nil, err
	}
	if len(t.Changes) > 0 {
		n.spread(ctx)
	}
	return p.receipts, nil
}

// Change commits catalog changes, all or none, and returns when the Catalog has
// them, and every member's that answers. What they expect and hold is asked of the catalog as it was before them.
// Errors: *event.RecordError (42710, 42704), and those of Append.
func (n *Node) Change(ctx context.Context, c ...event.Change) error {
	if len(c) != 1 { // one alone needs no format of its own
		_, err := n.Append(ctx, event.Transaction{Changes: c})
		return err
	}
	p := proposal{changes: c, bytes: changesBytes(c)}
	if err := n.commit(ctx, &p); err != nil {
		return err
	}
	n.spread(ctx)
	return nil
}

func guardBytes(g *event.Guard) int {
	size := changeOverheadBytes + len(g.Predicate)
	for _, k := range g.Kinds {
		size += len(k) + 1
	}
	for _, names := range [][]event.Entity{g.Entities, g.Prefixes} {
		for _, e := range names {
			size += len(e) + 2
		}
	}
	return size
}

func (n *Node) commit(ctx context.Context, p *proposal) error {
	if p.bytes > n.options.QueueBytesMax {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "the transaction is too large").
			WithDetail("It has about %d bytes; the limit is %d.", p.bytes, n.options.QueueBytesMax)
	}
	if err := n.usable(); err != nil {
		return err
	}
	if n.options.Network != nil {
		if err := n.readable(p); err != nil {
			return err
		}
		return n.commitAnywhere(ctx, p)
	}
	if err := n.Ready(); err != nil {
		return err
	}
	return n.batcher.submit(ctx, p)
}

// readable refuses, with 55000, what a member that is there is of too old a release to read: the entry would stop it.
func (n *Node) readable(p *proposal) error {
	if len(p.transaction.Changes) == 0 {
		return nil
	}
	format := (&event.Command{Transactions: []event.Transaction{p.transaction}}).Format()
	for _, m := range n.options.Network.Directory.Members() {
		if m.Alive && max(m.Format, event.UntoldFormat) < format && n.suffrage(m.ID) != noMember {
			return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "node \"%s\" is of a release that does not know several definitions at once", m.Name).
				WithHint("Restart it with this release first.")
		}
	}
	return nil
}

// commitPatience is how long a commit looks for a leader that takes it.
const commitPatience = projection.WaitDefault

func transactionBytes(t *event.Transaction) (bytes int) {
	for i := range t.Drafts {
		d := &t.Drafts[i]
		bytes += draftOverheadBytes + len(d.Entity) + len(d.Kind) + len(d.Data) + len(d.Metadata) + len(d.RecordedBy)
	}
	bytes += len(t.Premise.Prefix) + premiseOverheadBytes
	for i := range t.Guards {
		bytes += guardBytes(&t.Guards[i])
	}
	return bytes + changesBytes(t.Changes)
}

func changesBytes(all []event.Change) (bytes int) {
	for _, c := range all {
		bytes += changeOverheadBytes + len(c.Name) + len(c.Needs) + len(c.Value)
		for i := range c.Holds {
			bytes += changeOverheadBytes + len(c.Holds[i].Name)
		}
	}
	return bytes
}

// commitAnywhere has the leader commit p, this node or another, and tries again
// while leaders come and go. A transaction whose fate is unknown may be tried again
// since its event ids tell if it is in the log; changes have no such ids. What is
// refused then is certain: no refusal becomes none by waiting. A leader that has failed
// refuses nothing: it has not proposed it, and another will lead.
func (n *Node) commitAnywhere(ctx context.Context, p *proposal) error {
	until := time.Now().Add(commitPatience)
	before, _ := n.options.Machine.Frontier()
	var unknown error
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		err := n.commitOnce(ctx, p)
		if unknown != nil {
			p.doubt(before, err)
		}
		if err == nil {
			return nil
		}
		switch codeOf(err) {
		case sqlstate.StatementCompletionUnknown:
			unknown = err
		case sqlstate.CannotConnectNow, sqlstate.DiskFull, sqlstate.IOError, sqlstate.DataCorrupted: // not proposed
		case sqlstate.QueryCanceled:
			return cmp.Or(unknown, err)
		default:
			return err
		}
		if unknown != nil && p.defines() || n.usable() != nil || time.Now().After(until) || !sleep(ctx, pause) {
			return cmp.Or(unknown, err)
		}
	}
}

// defines reports whether p changes the catalog.
func (p *proposal) defines() bool { return len(p.changes)+len(p.transaction.Changes) > 0 }

// doubt marks what may be p's own of an attempt that had no answer: events that were not in the
// log before it.
func (p *proposal) doubt(before event.Sequence, refusal error) {
	var known *event.KnownIDError
	if errors.As(refusal, &known) {
		known.Doubtful = known.Sequence > before
	}
	for i := range p.receipts {
		r := &p.receipts[i]
		r.Doubtful = r.Duplicate && r.Sequence > before
	}
}

func (n *Node) commitOnce(ctx context.Context, p *proposal) error {
	if n.leader.serving.Load() {
		return n.batcher.submit(ctx, p)
	}
	return n.forwarder.submit(ctx, p)
}

// Pauses between attempts while there is no leader.
const (
	pauseMin = 10 * time.Millisecond
	pauseMax = 200 * time.Millisecond
)

// sleep returns false when ctx ends before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
