package jsonb_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/projsql/projsql/query/types/jsonb"
)

// TestDeepTextsAreReadOnce: how deep a text is costs no more than its length does.
func TestDeepTextsAreReadOnce(t *testing.T) {
	const depth = 5000
	text := strings.Repeat(`{"a":[`, depth/2) + `"` + strings.Repeat("x", 4_000_000) + `"` + strings.Repeat("]}", depth/2)
	n, err := jsonb.ReadText(text, true)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, last := range []string{"0", "-1"} {
		found := n.At(slices.Repeat([]string{"a", last}, depth/2))
		if found == nil || len(found.Str) != 4_000_000 {
			t.Fatalf("%s leads to %v", last, found)
		}
	}
	strings := 0
	_ = n.EachToken(func(t jsonb.TextToken) error {
		if t.Kind == jsonb.String && !t.Key {
			strings++
		}
		return nil
	})
	if took := time.Since(began); strings != 1 || took > 10*time.Second {
		t.Errorf("%d strings in %v", strings, took)
	}
}
