package cluster_test

import (
	"fmt"
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
