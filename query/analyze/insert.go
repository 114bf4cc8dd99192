package analyze

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (p *planner) insert(n *pg.InsertStmt, r *plan.Relation, with *withScope) (*result, error) {
	m, err := p.newModifier(plan.InsertRows, r, n.ReturningList, n.WithClause, with)
	if err != nil {
		return nil, err
	}
	i := &inserter{modifier: m, override: n.Override}
	if err := i.columns(n.Cols); err != nil {
		return nil, err
	}
	name := r.Name
	if n.Relation.Alias != nil {
		name = n.Relation.Alias.Aliasname
	}
	m.target, _ = m.planner.newItem(m.query, name, r.Columns, r.OID)
	m.target.schema, m.target.real, m.target.of = r.Schema, r.Name, r
	u := p.use(r, role.Insert)
	for _, c := range i.targets {
		u.Named[r.Visible()[c]] = true
	}
	if n.OnConflictClause != nil {
		conflict := i.onConflict
		if r.Kind == plan.EventsRelation {
			conflict = i.onConflictOfEvents
		}
		if err := conflict(n.OnConflictClause); err != nil {
			return nil, err
		}
	}
	return i.source(n.SelectStmt)
}

// inserter plans where an INSERT's rows come from.
type inserter struct {
	*modifier
	targets []int           // columns of a row, in the order of the values
	parts   []*pg.ResTarget // where a target is a part of its column
	places  []int32         // of their names; nil: no list

	override pg.OverridingKind
}

func (i *inserter) columns(list []*pg.Node) error {
	seen := targetsSeen{}
	for _, n := range list {
		t := n.GetResTarget()
		c, err := i.column(t)
		if err != nil {
			return err
		}
		if seen.again(c, isPart(t)) {
			return i.planner.errorAt(int(t.Location), sqlstate.DuplicateColumn, "column %q specified more than once", t.Name)
		}
		i.targets, i.places = append(i.targets, c), append(i.places, t.Location)
		if !isPart(t) {
			t = nil
		}
		i.parts = append(i.parts, t)
	}
	if list == nil {
		for c, k := range i.relation.Visible() {
			if i.relation.Columns[k].WriteOnly {
				continue
			}
			i.targets, i.parts = append(i.targets, c), append(i.parts, nil)
		}
	}
	return nil
}

func (i *inserter) source(n *pg.Node) (*result, error) {
	sel := n.GetSelectStmt()
	if sel == nil { // DEFAULT VALUES
		row, err := i.row(nil)
		if err != nil {
			return nil, err
		}
		return i.plan(&plan.Values{Rows: [][]expr.Expr{{}}}, row)
	}
	plain := sel.WithClause == nil && sel.SortClause == nil && sel.LimitCount == nil && sel.LimitOffset == nil
	if sel.ValuesLists != nil && plain {
		if len(sel.ValuesLists) > 1 { // the first row is in the table when the second is computed
			i.planner.changing = append(i.planner.changing, i.relation)
		}
		return i.values(sel.ValuesLists)
	}
	i.planner.changing = append(i.planner.changing, i.relation)
	return i.fromQuery(n)
}

// fits checks the number of values; at is where the first one too many stands.
func (i *inserter) fits(values, at int) error {
	if values > len(i.targets) {
		return i.planner.errorAt(at, sqlstate.SyntaxError, "INSERT has more expressions than target columns")
	}
	if values < len(i.targets) && i.places != nil {
		return i.planner.errorAt(int(i.places[values]), sqlstate.SyntaxError, "INSERT has more target columns than expressions")
	}
	return nil
}

// values plans VALUES, where DEFAULT may stand for an expression.
func (i *inserter) values(lists []*pg.Node) (*result, error) {
	v := &plan.Values{}
	first := i.planner.slots(i.query, len(i.relation.Visible()))
	for n, l := range lists {
		items := i.planner.spread(l.GetList().Items)
		if n > 0 && len(items) != len(i.planner.spread(lists[0].GetList().Items)) {
			return nil, i.planner.errorAt(nodePos(items[0]), sqlstate.SyntaxError, "VALUES lists must all be the same length")
		}
		at := -1
		if len(items) > len(i.targets) {
			at = nodePos(items[len(i.targets)])
		}
		if err := i.fits(len(items), at); err != nil {
			return nil, err
		}
		given := map[int]expr.Expr{}
		for k, item := range items {
			c := i.targets[k]
			var err error
			if i.parts[k] != nil {
				given[c], err = i.part(i.parts[k], c, given[c], item, inValues)
			} else {
				given[c], err = i.inserted(item, c)
			}
			if err != nil {
				return nil, err
			}
		}
		row, err := i.row(given)
		if err != nil {
			return nil, err
		}
		v.Rows = append(v.Rows, row)
	}
	var row []expr.Expr
	for k, c := range i.relation.Visible() {
		slot := first + plan.Slot(k)
		v.Out = append(v.Out, slot)
		col := &i.relation.Columns[c]
		row = append(row, &plan.Variable{Slot: slot, ValueType: col.Type, Location: -1, Name: col.Name})
	}
	return i.plan(v, row)
}

// inserted binds a value of VALUES.
func (i *inserter) inserted(n *pg.Node, column int) (expr.Expr, error) {
	col := &i.relation.Columns[i.relation.Visible()[column]]
	switch i.override {
	case pg.OverridingKind_OVERRIDING_USER_VALUE:
		if col.Always || col.ByDefault {
			return i.byDefault(col)
		}
	case pg.OverridingKind_OVERRIDING_SYSTEM_VALUE:
	default:
		if col.Always && n.GetSetToDefault() == nil {
			return nil, i.identity(col)
		}
	}
	return i.value(n, column, inValues)
}

func (i *inserter) identity(col *plan.RelationColumn) error {
	return sqlstate.New(sqlstate.GeneratedAlways, "cannot insert a non-DEFAULT value into column %q", col.Name).
		WithDetail("Column %q is an identity column defined as GENERATED ALWAYS.", col.Name).
		WithHint("Use OVERRIDING SYSTEM VALUE to override.")
}

// row fills the columns that are not given by their defaults.
func (i *inserter) row(given map[int]expr.Expr) ([]expr.Expr, error) {
	var row []expr.Expr
	for k, c := range i.relation.Visible() {
		e := given[k]
		if e == nil {
			var err error
			if e, err = i.byDefault(&i.relation.Columns[c]); err != nil {
				return nil, err
			}
		}
		row = append(row, e)
	}
	return row, nil
}

// fromQuery plans INSERT … SELECT.
func (i *inserter) fromQuery(n *pg.Node) (*result, error) {
	r, err := i.planner.selectStmt(n.GetSelectStmt(), nil, i.query.with, false)
	if err != nil {
		return nil, err
	}
	at := -1
	if len(r.columns) > len(i.targets) {
		at = r.columns[len(i.targets)].pos
	}
	if err := i.fits(len(r.columns), at); err != nil {
		return nil, err
	}
	given := map[int]expr.Expr{}
	for k := range r.columns {
		if i.parts[k] != nil {
			var err error
			if given[i.targets[k]], err = i.partOf(r, k, given[i.targets[k]]); err != nil {
				return nil, err
			}
			continue
		}
		col := &i.relation.Columns[i.relation.Visible()[i.targets[k]]]
		if err := i.settable(col, inValues); err != nil {
			return nil, err
		}
		switch {
		case (col.Always || col.ByDefault) && i.override == pg.OverridingKind_OVERRIDING_USER_VALUE:
			continue
		case col.Always && i.override != pg.OverridingKind_OVERRIDING_SYSTEM_VALUE:
			return nil, i.identity(col)
		}
		if err := i.settle(r, k, col); err != nil {
			return nil, err
		}
		e, err := i.query.binder.CoerceColumn(r.columns[k].ref(r.columns[k].pos), col.Name, col.Type)
		if err != nil {
			return nil, err
		}
		given[i.targets[k]] = e
	}
	row, err := i.row(given)
	if err != nil {
		return nil, err
	}
	return i.plan(r.node, row)
}

// bare is a column of the select list that is a bare literal or parameter of no type; nil: it is not.
func bare(r *result, k int) expr.Expr {
	p, ok := r.node.(*plan.Project)
	if !ok || k >= len(p.Exprs) || p.Out[k] != r.columns[k].slot || r.columns[k].Type.OID != types.UnknownOID {
		return nil
	}
	switch e := p.Exprs[k].(type) {
	case *expr.Const, *expr.Param:
		return e
	}
	return nil
}

// settle gives such a column the type of the one that it goes to: it has no other.
func (i *inserter) settle(r *result, k int, col *plan.RelationColumn) (err error) {
	if e := bare(r, k); e != nil {
		r.node.(*plan.Project).Exprs[k], err = i.query.binder.CoerceColumn(e, col.Name, col.Type)
		r.columns[k].Type = col.Type
	}
	return err
}
