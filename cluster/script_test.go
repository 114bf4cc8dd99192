package cluster_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// TestFaultScripts runs the scripts of testdata/faults, with the commands of those of
// testdata/route: faults that are aimed, each with what a client and an operator see.
func TestFaultScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/faults", func(t *testing.T, path string) {
		synctest.Test(t, func(t *testing.T) { runRoutes(t, path) })
	})
}

// failed waits until a node has failed, and closes it; the answer is why.
func (r *routes) failed(name string) string {
	g := r.groups[name]
	select {
	case <-g.Failed():
	case <-time.After(time.Minute):
		return "it goes on\n"
	}
	err := g.Err()
	r.stop(name)
	return errorText(err)
}

// logs tells what each node that runs has, once nothing is on its way any more.
func (r *routes) logs() string {
	time.Sleep(5 * time.Second)
	var out strings.Builder
	for _, name := range r.others("") {
		var entities []string
		cut := projection.Cut{Sequence: r.groups[name].Status().Sequence, HLC: 1<<63 - 1, OccurredBy: event.NoTime}
		for e, err := range r.groups[name].Log(cut).Log(1, 0) {
			if err != nil {
				return errorText(err)
			}
			entities = append(entities, fmt.Sprint(e.Entity, "/", e.Version))
		}
		fmt.Fprintf(&out, "%s: %s\n", name, strings.Join(entities, " "))
	}
	return out.String()
}

// change changes the weather of packets; "weather" alone ends it.
func (r *routes) change(t *testing.T, d *datadriven.TestData) {
	w := weather{random: rand.New(rand.NewPCG(1, 1))}
	late := 0
	d.MaybeScanArgs(t, "lost", &w.lostPercent)
	d.MaybeScanArgs(t, "twice", &w.twicePercent)
	d.MaybeScanArgs(t, "late", &late)
	w.late = time.Duration(late) * time.Millisecond
	r.net.update(func() { r.net.weather = w })
}

// alive tells whom each node that runs takes to be alive.
func (r *routes) alive() string {
	var out strings.Builder
	for _, name := range r.others("") {
		fmt.Fprintf(&out, "%s:", name)
		for _, m := range r.groups[name].gossip.Members() {
			if m.Alive {
				fmt.Fprintf(&out, " %s", m.Name)
			}
		}
		out.WriteString("\n")
	}
	if w := r.net.weather; w.lostPercent > 0 && w.lost == 0 || w.twicePercent > 0 && w.twice == 0 {
		out.WriteString("but the weather is fine\n")
	}
	return out.String()
}

// sides are two groups of nodes, as in "split a=(n1,n2) b=(n3)".
func (r *routes) sides(t *testing.T, d *datadriven.TestData) (a, b []string) {
	for _, arg := range d.CmdArgs {
		switch arg.Key {
		case "a":
			a = arg.Vals
		case "b":
			b = arg.Vals
		}
	}
	return a, b
}
