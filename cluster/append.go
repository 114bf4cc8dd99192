package cluster

import (
	"context"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	draftOverheadBytes  = 96 // ids, times and lengths of a draft in an entry, about
	changeOverheadBytes = 32 // or of a guard
)

// Append commits a transaction and returns its drafts' receipts, when a majority
// has it on stable storage and this node has applied it. One without drafts does
// nothing, whatever its guards. The drafts' bytes must not be changed any more, even
// after an error.
//
// Errors: what refused the transaction (40001, 23505, 22023, 54000); 57014 if ctx
// ended before it was proposed; 57P03 if this node does not serve; 40003 if it is
// unknown whether it is in the log; XX001 or 58030 once the node has failed.
func (n *Node) Append(ctx context.Context, t event.Transaction) ([]event.Receipt, error) {
	if len(t.Drafts) == 0 {
		return nil, nil
	}
	p := proposal{transaction: t}
	for i := range t.Drafts {
		d := &t.Drafts[i]
		if err := event.Validate(d); err != nil {
			return nil, err
		}
		p.bytes += draftOverheadBytes + len(d.Entity) + len(d.Kind) + len(d.Data) + len(d.Metadata) + len(d.RecordedBy)
	}
	for i := range t.Guards {
		p.bytes += guardBytes(&t.Guards[i])
	}
	if len(t.Guards) > event.GuardsMax {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "a transaction may have at most %d assertions", event.GuardsMax)
	}
	if len(t.Drafts) > event.DraftsMax {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "a transaction may append at most %d events", event.DraftsMax)
	}
	if err := n.commit(ctx, &p); err != nil {
		return nil, err
	}
	return p.receipts, nil
}

// Change commits catalog changes as one entry and returns when the Catalog has
// them. Errors: *event.RecordError (42710, 42704), and those of Append.
func (n *Node) Change(ctx context.Context, c ...event.Change) error {
	if len(c) == 0 {
		return nil
	}
	p := proposal{changes: c}
	for _, change := range c {
		p.bytes += changeOverheadBytes + len(change.Name) + len(change.Value)
	}
	return n.commit(ctx, &p)
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
	if err := n.Ready(); err != nil {
		return err
	}
	return n.batcher.submit(ctx, p)
}
