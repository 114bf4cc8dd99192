package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
)

// proofOnly is the end of rows, of which there are none.
type proofOnly struct{ hop.Answer }

func (p proofOnly) Next() ([]byte, error)  { return nil, io.EOF }
func (p proofOnly) Progress() hop.Progress { return hop.Progress{} }
func (p proofOnly) Proof() string          { return p.Answer.Proof }
func (p proofOnly) Close()                 {}

// Stream implements cluster.Streamer, as Relay does.
func (n network) Stream(ctx context.Context, to cluster.Member, s *hop.Statement, silence time.Duration) (hop.Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	a, err := n.Relay(ctx, to, s)
	return proofOnly{a}, err
}

// scan has the owners scan their shares as a session does, and tells for each node how much it
// reads and at which position; what an owner does not read is the node's that was asked.
func (r *routes) scan(t *testing.T, d *datadriven.TestData, at string) string {
	f := projection.Freshness{Level: projection.Consistent}
	if d.HasArg("past") {
		f = projection.Freshness{Level: projection.AsOfSequence, Sequence: 1}
	}
	ctx := context.Background()
	c, err := r.groups[at].Cut(ctx, f, 0)
	if err != nil {
		return err.Error() + "\n"
	}
	var out strings.Builder
	partitions := 0
	for _, share := range r.groups[at].Shares() {
		partitions += share.Count()
		began := time.Now()
		fmt.Fprintf(&out, "%s: %d partitions, %s", share.Node, share.Count(), r.scanned(ctx, at, share, c))
		if waited := time.Since(began); waited >= 100*time.Millisecond { // less may be Raft's
			fmt.Fprintf(&out, ", in %v", waited.Round(10*time.Millisecond))
		}
		out.WriteString("\n")
	}
	if partitions != projection.Partitions {
		fmt.Fprintf(&out, "%d partitions of all\n", partitions)
	}
	return out.String()
}

func (r *routes) scanned(ctx context.Context, at string, share projection.OwnedShare, c projection.Cut) string {
	if share.Own {
		return fmt.Sprintf("sequence %d", c.Sequence)
	}
	rows, err := r.groups[at].Stream(ctx, share, &hop.Statement{}, c, 0)
	if err == nil {
		_, err = rows.Next()
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Sprintf("sequence %d by %s", c.Sequence, at)
	}
	o, err := hop.ParseProof(rows.Proof())
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("sequence %d", o.Snapshot.Watermark)
}
