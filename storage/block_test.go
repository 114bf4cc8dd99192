package storage_test

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// TestBlocks appends to few entities, in small and large portions, with bodies of all
// sizes, so that blocks end by their events and by their bytes, lie in memory and in
// tables in any number of parts, and cuts fall within them.
func TestBlocks(t *testing.T) {
	r := openReplica(t)
	defer func() { r.close(t) }()
	rng := rand.New(rand.NewPCG(7, 7))
	kinds := []event.Kind{"Paid", "Paid", "Paid", "Paid", "Paid", "Paid", "Paid", "Paid", "Opened", "Closed"}
	id := uint64(0)
	for range 30 {
		c := event.Command{Stamp: hlc.New(int64(id), 0)}
		for range 1 + rng.IntN(3) {
			var tx event.Transaction
			for range 1 + rng.IntN([]int{2, 30}[rng.IntN(2)]) {
				id++
				d := event.Draft{
					Entity: worldEntities[rng.IntN(3)], Kind: kinds[rng.IntN(len(kinds))],
					Data: []byte(strings.Repeat("x", rng.IntN([]int{20, 20, 600, 20_000}[rng.IntN(4)]))), OccurredAt: event.NoTime,
				}
				binary.BigEndian.PutUint64(d.ID[8:], id)
				tx.Drafts = append(tx.Drafts, d)
			}
			if rng.IntN(5) == 0 { // refused: what it staged must not move a block
				tx.Drafts[len(tx.Drafts)-1].Expected = event.Expect(1 << 40)
			}
			if rng.IntN(4) == 0 { // walks back over blocks
				last, _ := r.model.frontier()
				tx.Guards = []event.Guard{{
					Since: event.Sequence(rng.Uint64N(uint64(last) + 1)), Kinds: []event.Kind{"Closed"}, Entities: worldEntities[:1],
				}}
			}
			c.Transactions = append(c.Transactions, tx)
		}
		r.append(t, c)
		switch rng.IntN(6) {
		case 0:
			r.flush(t)
		case 1:
			r.close(t)
			r.open(t, r.fs)
		}
		last, _ := r.store.Frontier()
		for _, cut := range []event.Sequence{last, event.Sequence(rng.Uint64N(uint64(last)) + 1)} {
			r.diff(t, projection.Cut{Sequence: cut, OccurredBy: event.NoTime})
		}
	}
	last, _ := r.store.Frontier()
	for cut := event.Sequence(1); cut <= last; cut += 17 {
		r.diffHeads(t, projection.Cut{Sequence: cut, OccurredBy: event.NoTime})
	}
}

func (r *replica) diff(t *testing.T, c projection.Cut) {
	t.Helper()
	if err := r.model.diff(r.store.Reader(c), c); err != nil {
		t.Fatalf("cut %d: %v", c.Sequence, err)
	}
}

func (r *replica) diffHeads(t *testing.T, c projection.Cut) {
	t.Helper()
	if err := diffEntities(r.store.Reader(c), r.model.seen(c)); err != nil {
		t.Fatalf("cut %d: %v", c.Sequence, err)
	}
}
