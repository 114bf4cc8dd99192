package cluster_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/storage/event"
)

// operation is an append to the log, which got a sequence, or a read, which saw the log
// up to one.
type operation struct {
	call, end time.Duration
	append    bool
	sequence  event.Sequence
}

// forever is the end of an operation that may take effect at any time.
const forever = time.Duration(1<<63 - 1)

func (o operation) String() string {
	what := "a read"
	if o.append {
		what = "an append"
	}
	return fmt.Sprintf("%s at %d (%v to %v)", what, o.sequence, o.call, o.end)
}

// rank is the operation's place in the only order that the log allows: appends by
// sequence, reads between.
func (o operation) rank() event.Sequence {
	if o.append {
		return 2 * o.sequence
	}
	return 2*o.sequence + 1
}

// inversion looks for two operations of which one ended before the other began that must
// come first; without any, the operations are linearizable. It is exact, since the
// log fixes the order, and takes no time: a search for an order, as porcupine makes,
// does not end when many appends are unknown.
func inversion(ops []operation) (before, after operation, ok bool) {
	ended := slices.SortedFunc(slices.Values(ops), func(a, b operation) int { return cmp.Compare(a.end, b.end) })
	var latest operation // of those that had ended
	for _, o := range slices.SortedFunc(slices.Values(ops), func(a, b operation) int { return cmp.Compare(a.call, b.call) }) {
		for ; len(ended) > 0 && ended[0].end < o.call; ended = ended[1:] {
			if ended[0].rank() > latest.rank() {
				latest = ended[0]
			}
		}
		if latest.rank() > o.rank() {
			return latest, o, false
		}
	}
	return before, after, true
}

// TestInversionsAreExact: porcupine finds an order where there is none, and only there.
func TestInversionsAreExact(t *testing.T) {
	model := porcupine.Model{
		Init: func() any { return event.Sequence(0) },
		Step: func(state, input, output any) (bool, any) {
			if input.(bool) {
				return output.(event.Sequence) == state.(event.Sequence)+1, output
			}
			return output == state, state
		},
	}
	both := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		var ops []operation
		var theirs []porcupine.Operation
		appends := rapid.IntRange(0, 4).Draw(t, "appends")
		for i := range appends + rapid.IntRange(0, 4).Draw(t, "reads") {
			o := operation{append: i < appends, sequence: event.Sequence(i + 1)}
			if !o.append {
				o.sequence = event.Sequence(rapid.IntRange(0, appends).Draw(t, "saw"))
			}
			o.call = time.Duration(rapid.IntRange(0, 12).Draw(t, "call"))
			if o.end = o.call + time.Duration(rapid.IntRange(0, 6).Draw(t, "took")); o.append && rapid.IntRange(0, 3).Draw(t, "unknown") == 0 {
				o.end = forever
			}
			ops = append(ops, o)
			theirs = append(theirs, porcupine.Operation{ClientId: i, Input: o.append, Output: o.sequence, Call: int64(o.call), Return: int64(o.end)})
		}
		before, after, ok := inversion(ops)
		if want := porcupine.CheckOperations(model, theirs); ok != want {
			t.Fatalf("%v, %v before %v; porcupine says %v of %v", ok, before, after, want, ops)
		}
		both[ok]++
	})
	if both[true] == 0 || both[false] == 0 {
		t.Errorf("%v: the test tests nothing", both)
	}
}
