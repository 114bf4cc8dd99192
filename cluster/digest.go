package cluster

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"sync"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// digest is what a range of a node's log comes to.
type digest struct {
	Events uint64
	Last   event.Sequence
	HLC    hlc.Timestamp
	Sum    []byte // SHA-256 over every field of every event, in order
}

func (d digest) same(o digest) bool {
	return d.Events == o.Events && d.Last == o.Last && d.HLC == o.HLC && slices.Equal(d.Sum, o.Sum)
}

// logRange is a part of the log.
type logRange struct{ From, To event.Sequence }

const (
	digestCheckEvery = 1024        // events between two looks at whether anybody still waits
	digestPatience   = time.Minute // for a node that is behind
)

// digestOf reads a range of this node's log, when it has applied it.
func (n *Node) digestOf(ctx context.Context, r logRange) (digest, error) {
	if _, err := n.waitFor(ctx, projection.Freshness{Wait: digestPatience}, r.To); err != nil {
		return digest{}, err
	}
	var d digest
	sum, buffer := sha256.New(), []byte(nil)
	cut := projection.Cut{Sequence: r.To, HLC: n.frontier.load().HLC, OccurredBy: event.NoTime}
	for e, err := range n.Log(cut).Log(r.From, r.To) {
		if err == nil && d.Events%digestCheckEvery == 0 {
			err = context.Cause(ctx)
		}
		if err != nil {
			return digest{}, err
		}
		d.Events, d.Last, d.HLC = d.Events+1, e.Sequence, e.HLC
		buffer = addEvent(sum, buffer[:0], e)
	}
	d.Sum = sum.Sum(nil)
	return d, nil
}

func addEvent(sum hash.Hash, b []byte, e *event.Event) []byte {
	for _, n := range [...]uint64{uint64(e.Sequence), uint64(e.HLC), uint64(e.Version), uint64(e.OccurredAt)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = append(append(append(b, e.ID[:]...), e.Correlation[:]...), e.Causation[:]...)
	if e.Metadata == nil {
		b = append(b, 0)
	} else {
		b = appendField(append(b, 1), e.Metadata)
	}
	b = appendField(appendField(appendField(appendField(b, e.Entity), e.Kind), e.RecordedBy), e.Data)
	_, _ = sum.Write(b) // never fails
	return b
}

func appendField[T ~string | ~[]byte](b []byte, field T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(field))), field...)
}

func (n *Node) answerDigest(ctx context.Context, body []byte) ([]byte, error) {
	var r logRange
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, errMessage
	}
	d, err := n.digestOf(ctx, r)
	if err != nil {
		return nil, err
	}
	return json.Marshal(d)
}

// askDigest asks another member.
func (n *Node) askDigest(ctx context.Context, id string, r logRange) (d digest, err error) {
	body, _ := json.Marshal(r) // numbers never fail
	b, err := n.call(ctx, id, request{kind: askDigest, body: body})
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(b, &d); err != nil || len(d.Sum) != sha256.Size {
		return d, errMessage
	}
	return d, nil
}

// VerifyReplicas compares the logs of all members at one sequence, that of everything
// acknowledged before the call: which events, in which order, with which stamps and
// content. Each reads its log once, and once more where it differs, to find the first
// event that does. Errors: 57P03 without a majority, and those of reading this node's log.
func (n *Node) VerifyReplicas(ctx context.Context) ([]projection.Replica, error) {
	cut, err := n.cutNewest(ctx, projection.Freshness{Level: projection.Consistent}, 0)
	if err != nil {
		return nil, err
	}
	whole := logRange{1, cut.Sequence}
	own, err := n.digestOf(ctx, whole)
	if err != nil {
		return nil, err
	}
	members := slices.DeleteFunc(n.knownMembers(), func(m MemberStatus) bool { return n.catalogued()[m.ID].Removed })
	replicas := make([]projection.Replica, len(members))
	var asked sync.WaitGroup
	for i, m := range members {
		asked.Go(func() {
			replicas[i] = n.compareReplica(ctx, m.ID, whole, own)
			replicas[i].Node = m.Name
		})
	}
	asked.Wait()
	slices.SortFunc(replicas, func(a, b projection.Replica) int { return cmp.Compare(a.Node, b.Node) })
	return replicas, nil
}

// compareReplica compares a member's log with what this node's comes to.
func (n *Node) compareReplica(ctx context.Context, id string, whole logRange, own digest) (r projection.Replica) {
	d, err := own, error(nil)
	if id != n.id {
		d, err = n.askDigest(ctx, id, whole)
	}
	if err != nil {
		r.Trouble = fmt.Sprintf("could not be compared: %v", err)
		return r
	}
	r = projection.Replica{Events: d.Events, Last: d.Last, HLC: d.HLC, Checksum: fmt.Sprintf("%x", d.Sum[:checksumBytes])}
	if !d.same(own) {
		r.Trouble = n.firstDifference(ctx, id, whole)
	}
	return r
}

// checksumBytes of a digest's sum are shown.
const checksumBytes = 16

// firstDifference halves a range in which a member's log differs from this node's until
// one event is left.
func (n *Node) firstDifference(ctx context.Context, id string, r logRange) string {
	for r.From < r.To {
		half := logRange{r.From, r.From + (r.To-r.From)/2}
		own, err := n.digestOf(ctx, half)
		if err != nil {
			return fmt.Sprintf("differs; %v", err)
		}
		other, err := n.askDigest(ctx, id, half)
		switch {
		case err != nil:
			return fmt.Sprintf("differs; %v", err)
		case own.same(other):
			r.From = half.To + 1
		default:
			r.To = half.To
		}
	}
	return fmt.Sprintf("differs from %s, first in the event at sequence %d", n.options.NodeName, r.From)
}
