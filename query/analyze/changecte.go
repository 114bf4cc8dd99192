package analyze

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// bindChange plans an INSERT, UPDATE or DELETE in WITH.
func (p *planner) bindChange(b *boundCTE, c *pg.CommonTableExpr, s *withScope) error {
	if !s.top {
		return p.belowTop(c)
	}
	if c.Ctequery.GetMergeStmt() != nil {
		return p.errorAt(int(c.Location), sqlstate.FeatureNotSupported, "MERGE not supported in WITH query")
	}
	r, err := p.changeStmt(c, s)
	if err != nil {
		return err
	}
	p.changes = true
	b.cte.Plan, b.silent = r.node, r.columns == nil
	return p.nameColumns(b, r, c)
}

func (p *planner) belowTop(c *pg.CommonTableExpr) error {
	return p.errorAt(int(c.Location), sqlstate.FeatureNotSupported, "WITH clause containing a data-modifying statement must be at the top level")
}

// ChangeBelowTop is the error of a query in a statement whose WITH changes something; nil: it does not.
func ChangeBelowTop(text string, w *pg.WithClause) error {
	for _, n := range w.GetCtes() {
		if c := n.GetCommonTableExpr(); c.Ctequery.GetSelectStmt() == nil {
			return (&planner{text: text}).belowTop(c)
		}
	}
	return nil
}

func (p *planner) changeStmt(c *pg.CommonTableExpr, with *withScope) (*result, error) {
	switch n := c.Ctequery.Node.(type) {
	case *pg.Node_InsertStmt:
		r, err := p.changeable(n.InsertStmt.Relation, insertInto)
		if err != nil {
			return nil, err
		}
		return p.insert(n.InsertStmt, r, with)
	case *pg.Node_UpdateStmt:
		r, err := p.changeable(n.UpdateStmt.Relation, "update")
		if err != nil {
			return nil, err
		}
		return p.update(n.UpdateStmt, r, with)
	case *pg.Node_DeleteStmt:
		r, err := p.changeable(n.DeleteStmt.Relation, "delete from")
		if err != nil {
			return nil, err
		}
		return p.delete(n.DeleteStmt, r, with)
	}
	return nil, p.unsupported(int(c.Location), "this statement in WITH")
}

const insertInto = "insert into"

// changeable finds a relation that has places, or events.
func (p *planner) changeable(v *pg.RangeVar, verb string) (*plan.Relation, error) {
	pos := int(v.Location)
	r, err := p.Relations.Relation(v.Schemaname, v.Relname)
	switch {
	case err != nil:
		return nil, p.at(err, pos)
	case r == nil:
		return nil, p.errorAt(pos, sqlstate.UndefinedTable, "relation %q does not exist", qualified(v.Schemaname, v.Relname))
	}
	switch {
	case r.Kind == plan.EventsRelation && verb == insertInto:
		return plan.WritableEvents(r), nil
	case r.Kind == plan.EventsRelation:
		return r, nil
	}
	for i := range r.Columns {
		if r.Kind == plan.VirtualRelation && r.Columns[i].Name == plan.PlaceColumn {
			return r, nil
		}
	}
	if p.Unwritable != nil {
		return nil, p.Unwritable(v, verb)
	}
	return nil, p.unsupported(pos, "WITH a statement that would "+verb+" what is no temporary table")
}
