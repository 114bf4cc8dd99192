package scatter_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/scatter"
	"github.com/projsql/projsql/storage/event"
)

// others are some nodes.
type others struct {
	shares int
	keeps  bool
}

func (o others) Shares() []projection.OwnedShare   { return make([]projection.OwnedShare, o.shares) }
func (o others) Keeps(*projection.Definition) bool { return o.keeps }
func (others) Split(_ projection.ScanRequest, parts, _ int) []event.Entity {
	return make([]event.Entity, parts-1)
}

func (others) Stream(context.Context, projection.OwnedShare, *hop.Statement, projection.Cut, uint64) (hop.Rows, error) {
	return nil, errors.New("nobody answers")
}

// TestNodesShareScansThatAreLong: whatever is true at the same time, a scan is shared where it may be, and where that is said, or is faster.
func TestNodesShareScansThatAreLong(t *testing.T) {
	bools := []bool{false, true}
	for _, mode := range []string{scatter.Auto, scatter.On, scatter.Off} {
		for _, shares := range []int{0, 1, 2, 3} {
			for _, entities := range []uint64{0, 4095, 4096} {
				for bits := range 1 << 5 {
					is := func(bit int) bool { return bools[bits>>bit&1] }
					node := &scatter.Node{Others: others{shares, is(0)}, Entities: func() uint64 { return entities }}
					s := scatter.Statement{By: node, Tally: &scatter.Tally{}, Distribute: mode, Foreign: is(1), Pending: is(2), Uncommitted: is(3)}
					long := entities >= 4096 && (is(4) || !is(0))
					want := shares
					if shares < 2 || is(1) || is(2) || is(3) || mode == scatter.Off || mode == scatter.Auto && !long {
						want = 0
					}
					if got := s.Places(&plan.Fragment{Definition: &projection.Definition{}, Reduces: is(4)}); len(got) != want {
						t.Errorf("%s, %d entities, %+v, %+v: shared by %d, want %d", mode, entities, node.Others, s, len(got), want)
					}
				}
			}
		}
	}
}

// TestWorkersAreAsManyAsMayBe: with force_parallel_mode also where no processor is idle.
func TestWorkersAreAsManyAsMayBe(t *testing.T) {
	for perGather := range 4 {
		for most := range 4 {
			for bits := range 1 << 3 {
				s := scatter.Statement{
					By: &scatter.Node{Others: others{}}, Tally: &scatter.Tally{Timed: bits&1 != 0}, Foreign: bits&2 != 0, Pending: bits&4 != 0,
					Workers: scatter.Workers{Forced: true, PerGather: perGather, Max: most},
				}
				want := 0
				if n := min(perGather, most); n > 0 && bits == 0 {
					want = 1 + n
				}
				scan := &plan.Scan{Relation: &plan.Relation{Definition: &projection.Definition{}}}
				if got := s.Divide(t.Context(), scan); len(got) != want {
					t.Error(fmt.Sprintf("%d of %d workers, facts %b", perGather, most, bits), len(got), want)
				}
			}
		}
	}
}
