package query

import (
	"maps"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/wire/sqlstate"
)

// readable refuses a definition in the place of another that has no longer what views read of it.
func (s *Session) readable(c *projection.Catalog, d *projection.Definition) error {
	was, replaced := c.Lookup(d.Name)
	if !replaced {
		return nil
	}
	for _, v := range c.AllViews() {
		if !slices.Contains(v.Reads, d.Name) {
			continue
		}
		for _, col := range was.Columns {
			now := slices.IndexFunc(d.Columns, func(n projection.Column) bool { return n.Name == col.Name })
			same := now >= 0 && d.Columns[now].Type == col.Type && d.Columns[now].TypeMod == col.TypeMod
			if same || s.keeps(c, v, without(was, col.Name)) {
				continue
			}
			return changedUnder(v, d.Name, col.Name, now >= 0)
		}
		if !s.keeps(c, v, d) {
			return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot replace projection %s because other objects depend on it", d.Name).
				WithDetail("View %s would not be what it is.", expr.QuoteIdent(v.Name)).WithHint("Drop the view first.")
		}
	}
	for _, r := range c.AllRoutines() {
		if !r.Standard || !slices.Contains(r.Reads, d.Name) {
			continue
		}
		for _, col := range was.Columns {
			now := slices.IndexFunc(d.Columns, func(n projection.Column) bool { return n.Name == col.Name })
			same := now >= 0 && d.Columns[now].Type == col.Type && d.Columns[now].TypeMod == col.TypeMod
			if !same && !s.keepsRoutine(redefined(c, without(was, col.Name)), r) {
				return changedUnderRoutine(r, d.Name, col.Name, now >= 0)
			}
		}
		if !s.keepsRoutine(redefined(c, d), r) {
			return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot replace projection %s because other objects depend on it", d.Name).
				WithDetail("The body of %s would not be what it is.", routineNamed(r)).WithHint("Drop the function first.")
		}
	}
	return nil
}

// redefined is a catalog with another definition of a projection.
func redefined(c *projection.Catalog, d *projection.Definition) *projection.Catalog {
	contents := c.Contents
	contents.Definitions = maps.Clone(contents.Definitions)
	contents.Definitions[d.Name] = d
	return projection.NewCatalog(c.Epoch(), contents)
}

// keeps reports whether a view gives the same columns over another definition of a projection.
func (s *Session) keeps(c *projection.Catalog, v *projection.View, d *projection.Definition) bool {
	q, err := analyzed(v.SQL, s.lastingOptions(redefined(c, d)))
	if err != nil || len(q.Columns) != len(v.Columns) {
		return false
	}
	for i, col := range v.Columns {
		if q.Columns[i].Type != typeOfColumn(col) {
			return false
		}
	}
	return true
}

// without is a definition that lacks a column.
func without(d *projection.Definition, column string) *projection.Definition {
	made := *d
	made.Columns = slices.DeleteFunc(slices.Clone(d.Columns), func(c projection.Column) bool { return c.Name == column })
	return &made
}

func changedUnder(v *projection.View, relation, column string, kept bool) error {
	view := expr.QuoteIdent(v.Name)
	if kept {
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter type of a column used by a view or rule").
			WithDetail("rule _RETURN on view %s depends on column %q", view, column)
	}
	column, relation = expr.QuoteIdent(column), expr.QuoteIdent(relation)
	return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop column %s of projection %s because other objects depend on it", column, relation).
		WithDetail("view %s depends on column %s of projection %s", view, column, relation).
		WithHint("Drop the view first, or define it anew without the column.")
}

func changedUnderRoutine(r *projection.Routine, relation, column string, kept bool) error {
	column, relation = expr.QuoteIdent(column), expr.QuoteIdent(relation)
	what := "drop column " + column + " of projection " + relation
	if kept {
		what = "alter type of column " + column + " of projection " + relation
	}
	return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot %s because other objects depend on it", what).
		WithDetail("%s depends on column %s of projection %s", routineNamed(r), column, relation).
		WithHint("Drop the function first, or define it anew without the column.")
}
