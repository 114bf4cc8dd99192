package hop_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// TestGivenTravels: what was written is read, and nothing that is shorter.
func TestGivenTravels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint64Range(0, 1<<63-1)
		g := projection.Given{
			Cluster: rapid.StringN(0, 60, 255).Draw(t, "cluster"), To: rapid.StringN(0, 60, 255).Draw(t, "to"),
			Definition: rapid.Uint64().Draw(t, "definition"), Tidings: rapid.String().Draw(t, "tidings"),
			Cut: projection.Cut{
				Sequence: event.Sequence(number.Draw(t, "sequence")), HLC: hlc.Timestamp(number.Draw(t, "hlc")),
				Age: time.Duration(number.Draw(t, "age")), StaleMax: time.Duration(number.Draw(t, "stale")),
				Newest: true, Foreign: true, Binds: rapid.Bool().Draw(t, "binds"), OccurredBy: event.NoTime,
			},
			Brief: rapid.Bool().Draw(t, "brief"),
		}
		if rapid.Bool().Draw(t, "vouched") {
			g.Vouch = projection.Vouch{Node: rapid.StringN(0, 60, 255).Draw(t, "voter"), Term: rapid.Uint64Min(1).Draw(t, "term"), Leads: rapid.Bool().Draw(t, "leads")}
			if rapid.Bool().Draw(t, "roles") {
				g.Vouch.Roles = rapid.Uint64Min(1).Draw(t, "version")
			}
		}
		if rapid.Bool().Draw(t, "scan") {
			for i := range g.Share {
				g.Share[i] = rapid.Uint64Range(1, 1<<64-1).Draw(t, "share")
			}
			g.Cut.Newest, g.Cut.OccurredBy = rapid.Bool().Draw(t, "newest"), event.Micros(rapid.Int64().Draw(t, "occurred by"))
		}
		b := hop.AppendGiven(nil, &g)
		got, err := hop.ParseGiven(string(b))
		if err != nil || !reflect.DeepEqual(*got, g) {
			t.Fatalf("%+v came as %+v, %v", g, got, err)
		}
		short := rapid.IntRange(0, len(b)-len(g.Tidings)-1).Draw(t, "short")
		if got, err := hop.ParseGiven(string(b[:short])); err == nil {
			t.Fatalf("%d of %d bytes are read as %+v", short, len(b), got)
		}
		b[0] += 2
		if _, err := hop.ParseGiven(string(b)); err == nil {
			t.Fatal("another version is read")
		}
	})
}

// TestProofTravels: all of an outcome but its state.
func TestProofTravels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint64Range(0, 1<<63-1)
		o := projection.Outcome{
			Generation: event.Version(number.Draw(t, "generation")), Position: event.Sequence(number.Draw(t, "position")), Strategy: projection.Strategy(rapid.IntRange(1, 5).Draw(t, "strategy")),
			Cache: projection.CacheStatus(rapid.IntRange(1, 4).Draw(t, "cache")), CacheReason: rapid.SampledFrom([]string{"", "cache_get_failed"}).Draw(t, "reason"),
			Observed: projection.Observed(rapid.IntRange(1, 3).Draw(t, "observed")), Age: time.Duration(number.Draw(t, "age")),
			Unchanged: rapid.Bool().Draw(t, "unchanged"), Folded: rapid.IntRange(0, 1<<40).Draw(t, "folded"),
		}
		if rapid.Bool().Draw(t, "snapshot") {
			o.Snapshot = &projection.Snapshot{
				Generation: o.Generation, Watermark: event.Sequence(number.Draw(t, "watermark")), HLC: hlc.Timestamp(number.Draw(t, "hlc")),
			}
		}
		node := rapid.StringMatching(`[^\x00]{0,40}`).Draw(t, "node")
		o.Node = node
		got, err := hop.ParseProof(string(hop.AppendProof(nil, &o, node)))
		if err != nil || !reflect.DeepEqual(got, o) {
			t.Fatalf("%+v came as %+v, %v", o, got, err)
		}
	})
}

// TestBadProofs are refused: no answer is better than one without a proof.
func TestBadProofs(t *testing.T) {
	for _, text := range []string{
		"", "1", "1 2 3 4 5 6 7 8 9", "1 2 3 4 0 1 1 0 0 0  n1", "1 2 3 4 9 1 1 0 0 0  n1", "-1 2 3 4 1 1 1 0 0 0  n1", "1 2 3 4 1 1 1 0 0 0",
	} {
		if o, err := hop.ParseProof(text); err == nil {
			t.Errorf("%q is read as %+v", text, o)
		}
	}
}

// TestCutTravels: where a cut is, and nothing that is not whole.
func TestCutTravels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint64Range(0, 1<<63-1)
		c := projection.Cut{Sequence: event.Sequence(number.Draw(t, "sequence")), HLC: hlc.Timestamp(number.Draw(t, "hlc"))}
		s, stamp, err := hop.ParseCut(string(hop.AppendCut(nil, &c)))
		if err != nil || s != c.Sequence || stamp != c.HLC {
			t.Fatalf("%+v came as %d, %d, %v", c, s, stamp, err)
		}
	})
	for _, text := range []string{"", "1", "1 ", " 1", "1 -1", "1 2 3"} {
		if s, stamp, err := hop.ParseCut(text); err == nil {
			t.Errorf("%q is read as %d, %d", text, s, stamp)
		}
	}
}
