package query_test

import (
	"context"
	"testing"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// behind is a node that does not get to any stamp in time.
type behind struct {
	query.Backend
	asked projection.Freshness
}

func (b *behind) Cut(_ context.Context, f projection.Freshness, _ event.Sequence) (projection.Cut, error) {
	if f.Level != projection.AtLeast {
		return projection.Cut{Newest: true, OccurredBy: event.NoTime}, nil
	}
	b.asked = f
	return projection.Cut{}, sqlstate.New(sqlstate.FreshnessNotMet, "too late")
}

type noDefinitions struct{}

func (noDefinitions) Lookup(string) (*projection.Definition, bool) { return nil, false }
func (noDefinitions) All() []*projection.Definition                { return nil }
func (noDefinitions) Epoch() uint64                                { return 1 }
func (noDefinitions) Current() *projection.Catalog                 { return nothing }
func (noDefinitions) With(c *projection.Catalog, _ *role.Set, _ []event.Record, _ []string) *projection.Catalog {
	return c
}

var nothing = projection.NewCatalog(1, projection.Contents{})

// TestWaitTooLong: a wait that ends without the position is PJ001, after the time
// that was given in whatever form.
func TestWaitTooLong(t *testing.T) {
	b := &behind{}
	server, err := query.NewServer(query.Options{Backend: b, Definitions: noDefinitions{}})
	if err != nil {
		t.Fatal(err)
	}
	session := (&node{server: server}).session(t, nil)
	for timeout, want := range map[string]time.Duration{
		"'1s'": time.Second, "'250'": 250 * time.Millisecond, "1500": 1500 * time.Millisecond,
		"interval '2 minutes'": 2 * time.Minute, "0": 0,
	} {
		out := &recorder{}
		err := session.Simple(t.Context(), "SELECT projsql_wait(42, "+timeout+")", out)
		if err == nil || sqlstate.Of(err).Code != sqlstate.FreshnessNotMet {
			t.Errorf("%s: %v, expected PJ001", timeout, err)
		}
		if b.asked.HLC != 42 || b.asked.Wait != want || b.asked.ErrorOnStale != (want == 0) {
			t.Errorf("%s: asked for %+v", timeout, b.asked)
		}
	}
	if err := session.Simple(t.Context(), "LISTEN a", &recorder{}); err == nil || sqlstate.Of(err).Code != sqlstate.FeatureNotSupported {
		t.Errorf("LISTEN without a feed: %v, expected 0A000", err)
	}
}
