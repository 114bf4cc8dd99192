package engine_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// nearEventsMax is how far a slot may be behind without the row being looked at.
const nearEventsMax = 64

// TestAsOfGoesOnFromTheNearest reads an entity at random positions, with what earlier
// reads have left in the slot and the row, and demands the fold of the prefix, from the
// nearest state within the cut, and an outcome that says which that was.
func TestAsOfGoesOnFromTheNearest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := &nearest{log: &memLog{}, external: newFaulty(), d: tallyDefinition("tally", 1)}
		n.restart(rt)
		rt.Repeat(map[string]func(*rapid.T){
			"append": func(rt *rapid.T) {
				for range rapid.SampledFrom([]int{1, 3, 70, 150}).Draw(rt, "events") {
					kind := rapid.SampledFrom([]string{"add", "add", "add", "noise", "del"}).Draw(rt, "kind")
					n.log.append("a", kind, "1", 0)
				}
			},
			"newest":  func(rt *rapid.T) { n.read(rt, n.log.cut()) },
			"restart": n.restart,
			"past": func(rt *rapid.T) {
				c := n.log.cut()
				c.Newest = false
				c.Sequence = event.Sequence(rapid.IntRange(0, int(c.Sequence)).Draw(rt, "as of"))
				n.read(rt, c)
			},
		})
	})
}

type nearest struct {
	log       *memLog
	external  *faulty
	d         *projection.Definition
	engine    *engine.Engine
	slot, row event.Sequence // watermarks of what is kept; 0 = nothing
	// Up to which slot and row know the entity; its versions are the log's sequences.
	slotKnows, rowKnows event.Sequence
}

func (n *nearest) restart(*rapid.T) {
	n.engine, n.slot, n.slotKnows = engine.New(engine.Options{Log: n.log, External: n.external}), 0, 0
}

func (n *nearest) read(rt *rapid.T, c projection.Cut) {
	out, err := n.engine.Project(context.Background(), projection.Request{Definition: n.d, Entity: "a", Cut: c})
	if err != nil {
		rt.Fatal(err)
	}
	want, _ := oracle(n.log, n.d, "a", c)
	if show(out.State()) != show(want) {
		rt.Fatalf("at %d: %s, want %s", c.Sequence, evidence(&out), show(want))
	}
	head, _, _ := n.log.Reader(c).Head("a")
	mark, _ := n.d.Watermark(&head)
	if got, want := n.said(&out), n.expected(mark); got != want {
		rt.Fatalf("at %d with slot %d, row %d: %s: %s, want %s", c.Sequence, n.slot, n.row, evidence(&out), got, want)
	}
	switch {
	case mark > n.slot:
		n.slot, n.slotKnows = mark, head.Sequence
	case mark == n.slot && c.Newest:
		n.slotKnows = max(n.slotKnows, head.Sequence)
	}
	if c.Newest && out.Folded > 0 {
		n.row, n.rowKnows = mark, head.Sequence
	}
}

func (n *nearest) said(o *projection.Outcome) string {
	return fmt.Sprintf("%v %v %s %d", o.Strategy, o.Cache, o.CacheReason, o.Folded)
}

// expected is how a read with a watermark is to be answered.
func (n *nearest) expected(mark event.Sequence) string {
	slot, row := n.slot > 0 && n.slot <= mark, n.row > 0 && n.row <= mark
	far := mark > n.slotKnows+nearEventsMax
	switch {
	case mark == 0:
		return "empty bypassed  0"
	case n.slot == mark:
		return "group_local_hit hit  0"
	case slot && (!far || !row || n.rowKnows <= n.slotKnows):
		return fmt.Sprintf("group_local_incremental hit  %d", n.relevant(n.slot, mark))
	case row:
		return fmt.Sprintf("external_cache_then_replay hit  %d", n.relevant(n.row, mark))
	case n.row > mark:
		return fmt.Sprintf("external_cache_then_replay miss row_newer_than_cut %d", n.relevant(0, mark))
	}
	return fmt.Sprintf("external_cache_then_replay miss  %d", n.relevant(0, mark))
}

// relevant counts the events that the definition handles, after a position and up to
// another.
func (n *nearest) relevant(after, to event.Sequence) (count int) {
	for _, e := range n.log.events[after:to] {
		if n.d.Relevant(e.Kind) {
			count++
		}
	}
	return count
}
