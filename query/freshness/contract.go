package freshness

import (
	"fmt"
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Text writes a freshness as ParseFreshness and hint comments read it. It depends on no setting.
func Text(f projection.Freshness) string {
	var text string
	switch f.Level {
	case projection.MaybeStale:
		text = "maybe stale '" + f.AgeMax.String() + "'"
	case projection.AtLeast:
		text = fmt.Sprintf("at least %d", f.HLC)
	case projection.AsOfHLC:
		text = fmt.Sprintf("as of %d", f.HLC)
	case projection.AsOfSequence:
		text = fmt.Sprintf("as of sequence %d", f.Sequence)
	case projection.AsOfOccurred:
		text = "as of occurred '" + types.Text(nil, types.TimestamptzOID, types.Int(types.OfUnixMicros(int64(f.OccurredAt)))) + "'"
	default:
		text = "consistent"
	}
	switch {
	case f.ErrorOnStale:
		text += " on stale error"
	case f.Wait != projection.WaitDefault:
		text += " on stale wait '" + f.Wait.String() + "'"
	}
	return text
}

// Contract is what the views that a statement reads ask for together.
type Contract struct {
	asked  projection.Freshness
	views  []string
	beside bool // the statement reads more than these views
}

// OfViews returns the strictest of what views ask for; nil: they ask for nothing.
func OfViews(q *plan.Query) (*Contract, error) {
	if len(q.Contracts) == 0 {
		return nil, nil
	}
	c := &Contract{beside: q.Beside}
	for _, one := range q.Contracts {
		parsed, err := parse.ParseFreshness(one.Freshness)
		if err != nil {
			return nil, err
		}
		f, err := Fixed(nil, parsed)
		if err != nil {
			return nil, err
		}
		if c.views != nil {
			if f, err = c.with(f, "view "+one.View); err != nil {
				return nil, err
			}
		}
		c.asked, c.views = f, append(c.views, one.View)
	}
	return c, nil
}

// Views are the names of the views.
func (c *Contract) Views() string { return strings.Join(c.views, ", ") }

// In is what the statement is read with in a session of the given freshness: that goes for what
// the statement reads beside the views.
func (c *Contract) In(session projection.Freshness) (projection.Freshness, error) {
	if !c.beside {
		return c.asked, nil
	}
	return c.with(session, "the rest of the statement")
}

// with is a freshness that is enough for both.
func (c *Contract) with(other projection.Freshness, of string) (projection.Freshness, error) {
	a, b := c.asked, other
	if a == b {
		return a, nil
	}
	if fixed(a) || fixed(b) {
		return a, sqlstate.New(sqlstate.FeatureNotSupported, "what the statement reads is of different positions").
			WithDetail("View %s is read %s, %s %s; every relation of a statement is read at one position.", strings.Join(c.views, ", view "), Text(a), of, Text(b)).
			WithHint("Say WITH FRESHNESS in the statement.")
	}
	made := projection.Freshness{Level: projection.Consistent, Wait: min(a.Wait, b.Wait), ErrorOnStale: a.ErrorOnStale || b.ErrorOnStale, OccurredAt: event.NoTime}
	if a.Level != b.Level {
		return made, nil
	}
	made.Level, made.AgeMax, made.HLC = a.Level, min(a.AgeMax, b.AgeMax), max(a.HLC, b.HLC)
	return made, nil
}

// fixed reports whether a freshness says which position is read, and not how new it must be.
func fixed(f projection.Freshness) bool {
	switch f.Level {
	case projection.Consistent, projection.MaybeStale, projection.AtLeast:
		return false
	}
	return true
}
