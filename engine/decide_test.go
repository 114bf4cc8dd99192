package engine

import (
	"testing"

	"github.com/projsql/projsql/engine/projection"
)

// TestDecideTruthTable goes through all inputs and checks each rule of behaviours
// 29-34 against them, in the order in which they take precedence.
func TestDecideTruthTable(t *testing.T) {
	n := 0
	for _, f := range allFacts() {
		n++
		if got, want := decide(f), expected(f); got != want {
			t.Errorf("decide(%+v) = %v, want %v", f, got, want)
		}
	}
	if n != 160 {
		t.Fatalf("looked at %d inputs, there are 160", n)
	}
}

func allFacts() (all []facts) {
	bools := []bool{false, true}
	for _, relevant := range bools {
		for _, filtered := range bools {
			for slot := slotNone; slot <= slotUnusable; slot++ {
				for _, incremental := range bools {
					for _, external := range bools {
						for _, row := range bools {
							all = append(all, facts{relevant, filtered, slot, incremental, external, row})
						}
					}
				}
			}
		}
	}
	return all
}

// expected is the table: the first row that matches decides; nil matches all.
func expected(f facts) projection.Strategy {
	yes, no := true, false
	rows := []struct {
		relevant, filtered    *bool
		slot                  slotFact
		incremental, external *bool
		row                   *bool
		want                  projection.Strategy
	}{
		{relevant: &no, want: projection.Empty},
		{filtered: &yes, want: projection.DirectReplay},
		{slot: slotCurrent, want: projection.GroupLocalHit},
		{slot: slotStale, want: projection.GroupLocalHit},
		{external: &yes, row: &yes, want: projection.ExternalCacheThenReplay},
		{slot: slotBase, incremental: &yes, want: projection.GroupLocalIncremental},
		{slot: slotBase, incremental: &no, external: &yes, want: projection.ExternalCacheThenReplay},
		{slot: slotBase, incremental: &no, external: &no, want: projection.DirectReplay},
		{slot: slotNone, external: &yes, want: projection.ExternalCacheThenReplay},
		{slot: slotNone, external: &no, want: projection.DirectReplay},
		{slot: slotUnusable, external: &yes, want: projection.ExternalCacheThenReplay},
		{slot: slotUnusable, external: &no, want: projection.DirectReplay},
	}
	matches := func(want *bool, got bool) bool { return want == nil || *want == got }
	for _, r := range rows {
		if matches(r.relevant, f.Relevant) && matches(r.filtered, f.Filtered) && (r.slot == 0 || r.slot == f.Slot) &&
			matches(r.incremental, f.Incremental) && matches(r.external, f.External) && matches(r.row, f.Row) {
			return r.want
		}
	}
	panic("no row matches")
}
