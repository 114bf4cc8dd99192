package query_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/storage/event"
)

// restless has other definitions each time it is asked.
type restless struct {
	*still
	epoch uint64
}

func (r *restless) Epoch() uint64 {
	r.epoch++
	return r.epoch
}

func (r *restless) With(c *projection.Catalog, _ *role.Set, _ []event.Record, _ []string) *projection.Catalog {
	return c
}

func (r *restless) Current() *projection.Catalog {
	return projection.NewCatalog(r.epoch, projection.Contents{Definitions: map[string]*projection.Definition{"account": r.definition}})
}

// TestOthersAreNotTriedAgain: a statement that can never take its literals as parameters is parsed
// once, and not to see whether it can, whenever definitions change.
func TestOthersAreNotTriedAgain(t *testing.T) {
	r := &restless{still: newStill()}
	server, err := query.NewServer(query.Options{Backend: r, Definitions: r})
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := server.Open(t.Context(), query.Startup{User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	n, path := 0, strings.Repeat("a, ", 50)
	cost := func(sql func() string) float64 {
		return testing.AllocsPerRun(100, func() {
			if err := s.Simple(t.Context(), sql(), &discard{}); err != nil {
				t.Error(err)
			}
		})
	}
	first := cost(func() string { n++; return fmt.Sprintf("SET search_path = %sb%d", path, n) })
	again := cost(func() string { return "SET search_path = " + path + "b" })
	if again > 1.2*first {
		t.Errorf("%.0f allocations each time, %.0f the first", again, first)
	}
}
