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

// onConflictOfEvents binds ON CONFLICT of events, whose only key is event_id.
func (i *inserter) onConflictOfEvents(n *pg.OnConflictClause) error {
	if !ConflictOfEvents(n) {
		return i.planner.errorAt(int(n.Location), sqlstate.FeatureNotSupported, OnlyDoNothing)
	}
	i.conflict = &plan.Conflict{}
	return nil
}

// OnlyDoNothing is why another ON CONFLICT of events is refused.
const OnlyDoNothing = "only ON CONFLICT (event_id) DO NOTHING is supported"

// ConflictOfEvents reports whether an INSERT INTO events may have an ON CONFLICT.
func ConflictOfEvents(n *pg.OnConflictClause) bool {
	elements := n.GetInfer().GetIndexElems()
	onID := len(elements) == 0 || len(elements) == 1 && elements[0].GetIndexElem().GetName() == "event_id"
	return n.GetAction() == pg.OnConflictAction_ONCONFLICT_NOTHING && onID && n.GetInfer().GetWhereClause() == nil
}

func (i *inserter) conflictKeys(n *pg.OnConflictClause) ([]int, error) {
	p, r, infer := i.planner, i.relation, n.Infer
	switch {
	case infer == nil && n.Action == pg.OnConflictAction_ONCONFLICT_UPDATE:
		return nil, p.errorAt(int(n.Location), sqlstate.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).")
	case infer == nil:
		var all []int
		for k := range r.Keys {
			if !r.Keys[k].Check {
				all = append(all, k)
			}
		}
		return all, nil
	case infer.Conname != "":
		k := slices.IndexFunc(r.Keys, func(k plan.RelationKey) bool { return k.Name == infer.Conname })
		if k < 0 {
			return nil, sqlstate.New(sqlstate.UndefinedObject, "constraint %q for table %q does not exist", infer.Conname, r.Name)
		}
		if r.Keys[k].Check {
			return nil, sqlstate.New(sqlstate.WrongObjectType, "constraint in ON CONFLICT clause has no associated index")
		}
		return i.arbiters([]int{k})
	}
	columns, expressions, where, err := i.inferred(infer)
	if err != nil {
		return nil, err
	}
	var found []int
	for k := range r.Keys {
		key := &r.Keys[k]
		if !key.Check && sameColumns(key.Columns, columns) && sameExpressions(key.Expressions, expressions) && implied(key.Where, where) {
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
		if key := &i.relation.Keys[k]; key.Later {
			e := sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters")
			e.Schema, e.Table, e.Constraint = i.relation.Schema, i.relation.Name, key.Name
			return nil, e
		}
	}
	return keys, nil
}

// inferred are the columns and the expressions that an inference names, and its condition.
func (i *inserter) inferred(infer *pg.InferClause) (columns []int, expressions []expr.Expr, where expr.Expr, err error) {
	b := &expr.Binder{
		Text: i.planner.text, Scope: rowScope{i}, Params: expr.FixedParams(nil), Env: i.planner.Env,
		Extensions: i.planner.Extensions, Place: "ON CONFLICT expression",
	}
	for _, n := range infer.IndexElems {
		e := n.GetIndexElem()
		if len(e.Opclass) > 0 || e.Collation != nil {
			return nil, nil, nil, i.planner.unsupported(int(infer.Location), "ON CONFLICT with an operator class or a collation")
		}
		if e.Name == "" {
			bound, err := b.Bind(e.Expr)
			if err != nil {
				return nil, nil, nil, err
			}
			expressions = append(expressions, bound)
			continue
		}
		col, err := rowScope{i}.Column([]string{e.Name}, int(infer.Location))
		if err != nil {
			return nil, nil, nil, err
		}
		columns = append(columns, col.(*expr.Column).Index)
	}
	if infer.WhereClause != nil {
		where, err = b.BindBool(infer.WhereClause, "WHERE")
	}
	return columns, expressions, where, err
}

// rowScope resolves the columns of the target as its rows have them.
type rowScope struct{ *inserter }

// Column implements expr.Scope.
func (r rowScope) Column(parts []string, pos int) (expr.Expr, error) {
	name := parts[len(parts)-1]
	at := slices.IndexFunc(r.relation.Columns, func(c plan.RelationColumn) bool { return c.Name == name && !c.Hidden })
	if at < 0 || len(parts) > 1 && parts[len(parts)-2] != r.target.name {
		q := &scope{planner: r.planner, query: r.query, tables: []*item{r.target}}
		return nil, q.noColumn("", name, pos)
	}
	return expr.NewColumn(at, name, r.relation.Columns[at].Type, pos), nil
}

// sameExpressions reports whether each expression of either list is in the other.
func sameExpressions(a, b []expr.Expr) bool {
	within := func(a, b []expr.Expr) bool {
		for _, e := range a {
			if !slices.ContainsFunc(b, func(o expr.Expr) bool { return plan.Same(e, o) }) {
				return false
			}
		}
		return true
	}
	return within(a, b) && within(b, a)
}

// implied reports whether a condition is there only where another one is: it is that, or a part of
// what that joins by AND.
func implied(condition, by expr.Expr) bool {
	if condition == nil {
		return true
	}
	if by == nil {
		return false
	}
	parts := plan.Conjuncts(by)
	for _, c := range plan.Conjuncts(condition) {
		if !slices.ContainsFunc(parts, func(p expr.Expr) bool { return plan.Same(c, p) }) {
			return false
		}
	}
	return true
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
	target.schema, target.real, target.of = i.target.schema, i.target.real, i.relation
	excluded, _ := i.planner.newItem(m.query, "excluded", columns, 0)
	excluded.of = i.relation
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
