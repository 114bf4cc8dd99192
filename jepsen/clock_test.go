package jepsen

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestClusterClockOffset runs a node whose clock is five seconds ahead with two whose
// clocks are right. It hands the leadership over, says why, does not take it when the
// leader is killed, and the stamps of appends at all nodes ascend.
func TestClusterClockOffset(t *testing.T) {
	var c Nodes
	for i := range 3 {
		p := newServer(t)
		if i == 0 {
			p.Flags = []string{"--clock-offset", "5s"}
		}
		if err := c.Add(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	off := c.All[0]
	if err := c.AwaitVoters(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	await(t, "another node to lead", func() bool { return leaderOf(t, c.All) != off })
	leader := leaderOf(t, c.All)
	var stamps []int64
	appendAt := func(p *Process) {
		var stamp int64
		insist(t, func() error {
			return p.ask(t.Context(), &stamp, `INSERT INTO events (entity, kind, data) VALUES ('a', 'Counted', '{}') RETURNING hlc`)
		})
		stamps = append(stamps, stamp)
	}
	for _, p := range c.All {
		appendAt(p)
	}
	if err := leader.Kill(); err != nil {
		t.Fatal(err)
	}
	alive := slices.DeleteFunc(slices.Clone(c.All), func(p *Process) bool { return p == leader })
	appendAt(alive[0])
	appendAt(alive[1])
	if now := leaderOf(t, alive); now == off {
		t.Error("the node whose clock is off leads")
	}
	if !slices.IsSorted(stamps) || len(slices.Compact(stamps)) != 5 {
		t.Errorf("stamps %d", stamps)
	}
	log, err := os.ReadFile(off.Log.Name())
	if err != nil || !strings.Contains(string(log), "the clock is off") {
		t.Errorf("the node does not say that its clock is off: %v", err)
	}
}
