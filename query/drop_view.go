package query

import (
	"context"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// dropViews drops views of all sessions, and with cascade those that read them.
func (s *Session) dropViews(ctx context.Context, x *call, names []string, cascade bool) error {
	var more []dependent
	err := s.changeViews(ctx, "DROP VIEW", func(c *projection.Catalog) ([]event.Change, error) {
		for _, name := range names {
			if c.View(name) == nil {
				return nil, sqlstate.New(sqlstate.UndefinedTable, "view %q does not exist", name)
			}
			if err := s.mayOwn(name); err != nil {
				return nil, err
			}
		}
		what := "desired object(s)"
		if len(names) == 1 {
			what = viewNamed(names[0])
		}
		var gone []string
		gone, more = withReaders(c, names)
		if len(more) > 0 && !cascade {
			return nil, needed(what, more)
		}
		return withRoles(c, withoutViews(c, gone), withoutPrivileges(c.Roles, gone))
	})
	if err != nil {
		return err
	}
	return s.tellCascade(x, more)
}

// withReaders are the names of relations that go, and of the views that need them or others that go; and these
// views alone.
func withReaders(c *projection.Catalog, names []string) (gone []string, more []dependent) {
	gone = slices.Clone(names)
	var gather func(name, described string)
	gather = func(name, described string) {
		for _, v := range c.AllViews() {
			if slices.Contains(v.Reads, name) && !slices.Contains(gone, v.Name) {
				gone, more = append(gone, v.Name), append(more, dependent{name: viewNamed(v.Name), on: described})
				gather(v.Name, viewNamed(v.Name))
			}
		}
	}
	for _, name := range names {
		described := "projection " + expr.QuoteIdent(name)
		if c.View(name) != nil {
			described = viewNamed(name)
		}
		gather(name, described)
	}
	return gone, more
}

func viewNamed(name string) string { return "view " + expr.QuoteIdent(name) }

// withoutViews drops those of the names that are views'.
func withoutViews(c *projection.Catalog, names []string) (changes []event.Change) {
	for _, name := range names {
		if v := c.View(name); v != nil {
			changes = append(changes, event.Change{Name: projection.ViewRecordName(name), Expect: event.ThisRecord, Version: v.Version})
		}
	}
	return changes
}
