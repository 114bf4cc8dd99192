package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/optimize"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

const noConflictKey sqlstate.Code = "42P10"

// onConflict binds ON CONFLICT.
func (i *inserter) onConflict(n *pg.OnConflictClause) error {
	c := &plan.Conflict{}
	var err error
	if c.Keys, err = i.conflictKeys(n); err != nil {
		return err
	}
	i.conflict = c
	if n.Action != pg.OnConflictAction_ONCONFLICT_UPDATE {
		return nil
	}
	return i.doUpdate(n, c)
}

func (i *inserter) conflictKeys(n *pg.OnConflictClause) ([]int, error) {
	p, r, infer := i.planner, i.relation, n.Infer
	switch {
	case infer == nil && n.Action == pg.OnConflictAction_ONCONFLICT_UPDATE:
		return nil, p.errorAt(int(n.Location), sqlstate.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).")
	case infer == nil:
		all := make([]int, len(r.Keys))
		for k := range all {
			all[k] = k
		}
		return all, nil
	case infer.Conname != "":
		k := slices.IndexFunc(r.Keys, func(k plan.RelationKey) bool { return k.Name == infer.Conname })
		if k < 0 {
			return nil, sqlstate.New(sqlstate.UndefinedObject, "constraint %q for table %q does not exist", infer.Conname, r.Name)
		}
		return i.arbiters([]int{k})
	}
	columns, err := i.inferred(infer)
	if err != nil {
		return nil, err
	}
	var found []int
	for k := range r.Keys {
		if sameColumns(r.Keys[k].Columns, columns) {
			found = append(found, k)
		}
	}
	if found == nil {
		return nil, sqlstate.New(noConflictKey, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
	}
	return i.arbiters(found)
}

func (i *inserter) arbiters(keys []int) ([]int, error) {
	for _, k := range keys {
		if i.relation.Keys[k].Later {
			return nil, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters")
		}
	}
	return keys, nil
}

// inferred are the columns that an inference names.
func (i *inserter) inferred(infer *pg.InferClause) ([]int, error) {
	var columns []int
	for _, n := range infer.IndexElems {
		e := n.GetIndexElem()
		if e.Name == "" || len(e.Opclass) > 0 || e.Collation != nil {
			return nil, i.planner.unsupported(int(infer.Location), "ON CONFLICT on an expression")
		}
		at := slices.IndexFunc(i.relation.Columns, func(c plan.RelationColumn) bool { return c.Name == e.Name })
		if at < 0 {
			q := &scope{planner: i.planner, query: i.query, tables: []*item{i.target}}
			return nil, q.noColumn("", e.Name, int(infer.Location))
		}
		columns = append(columns, at)
	}
	return columns, nil
}

func sameColumns(a, b []int) bool {
	for _, c := range a {
		if !slices.Contains(b, c) {
			return false
		}
	}
	for _, c := range b {
		if !slices.Contains(a, c) {
			return false
		}
	}
	return true
}

// doUpdate binds DO UPDATE: the target's row and excluded are what it sees.
func (i *inserter) doUpdate(n *pg.OnConflictClause, c *plan.Conflict) error {
	m := *i.modifier
	var err error
	if m.query, err = i.planner.newQuery(nil, i.query.with); err != nil {
		return err
	}
	visible := i.relation.Visible()
	var columns []plan.RelationColumn
	for _, k := range visible {
		columns = append(columns, i.relation.Columns[k])
	}
	target, first := i.planner.newItem(m.query, i.target.name, columns, i.relation.OID)
	target.schema, target.real = i.target.schema, i.target.real
	excluded, _ := i.planner.newItem(m.query, "excluded", columns, 0)
	m.target = target
	m.query.scope.items = []*item{target, excluded}
	m.query.scope.tables = m.query.scope.items
	in := &optimize.Rows{}
	for k := range 2 * len(columns) {
		in.Slots = append(in.Slots, first+plan.Slot(k))
	}
	row := make([]expr.Expr, len(visible))
	for k := range visible {
		row[k] = target.fields[k].value
	}
	if err := m.set(n.TargetList, row); err != nil {
		return err
	}
	if n.WhereClause != nil {
		if c.Where, err = m.query.in(inWhere).BindBool(n.WhereClause, "WHERE"); err != nil {
			return err
		}
		c.Where = optimize.Resolve(c.Where, in)
	}
	optimize.ResolveAll(row, in)
	c.Set = row
	return nil
}
