package exec

import "testing"

// TestWorkersShareMemory: what workers may keep is together what is left of the statement's limit.
func TestWorkersShareMemory(t *testing.T) {
	r := newRun(t.Context(), &Options{Limits: Limits{BytesMax: 1000}})
	if err := r.memory.take(200); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		w := r.worker(t.Context(), nil, 4)
		if err := w.memory.take(200); err != nil {
			t.Error(err)
		}
		if err := w.memory.take(1); err == nil {
			t.Error("a worker keeps more than its share")
		}
	}
}
