package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/optimize"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// onConflict binds ON CONFLICT.
func (i *inserter) onConflict(n *pg.OnConflictClause) error {
	c := &plan.Conflict{}
	i.conflict = c
	var u *updater
	var err error
	if n.Action == pg.OnConflictAction_ONCONFLICT_UPDATE {
		if u, err = i.newUpdater(); err != nil {
			return err
		}
	}
	keys, err := i.conflictKeys(n)
	if err != nil {
		return err
	}
	if u != nil {
		if err := u.bind(n, c); err != nil {
			return err
		}
	}
	c.Keys, err = keys()
	return err
}

// onConflictOfEvents binds ON CONFLICT of events, whose only key is event_id.
func (i *inserter) onConflictOfEvents(n *pg.OnConflictClause) error {
	if !ConflictOfEvents(n) {
		return i.planner.errorAt(int(n.Location), sqlstate.FeatureNotSupported, OnlyDoNothing)
	}
	i.conflict = &plan.Conflict{}
	if len(n.GetInfer().GetIndexElems()) > 0 { // to look for it is to read it
		i.planner.use(i.relation, role.Select).Named[plan.EventID] = true
	}
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

// conflictKeys binds what names keys, and returns how to find them: that there are none is told after
// what DO UPDATE may have wrong.
func (i *inserter) conflictKeys(n *pg.OnConflictClause) (func() ([]int, error), error) {
	p, r, infer := i.planner, i.relation, n.Infer
	switch {
	case infer == nil && n.Action == pg.OnConflictAction_ONCONFLICT_UPDATE:
		return nil, p.errorAt(int(n.Location), sqlstate.SyntaxError, "ON CONFLICT DO UPDATE requires inference specification or constraint name").
			WithHint("For example, ON CONFLICT (column_name).")
	case infer == nil:
		return func() ([]int, error) { return i.keys(func(*plan.RelationKey) bool { return true }), nil }, nil
	case infer.Conname != "":
		k := slices.IndexFunc(r.Keys, func(k plan.RelationKey) bool { return k.Name == infer.Conname })
		if k < 0 {
			return nil, sqlstate.New(sqlstate.UndefinedObject, "constraint %q for table %q does not exist", infer.Conname, r.Name)
		}
		return func() ([]int, error) {
			if r.Keys[k].Check {
				return nil, sqlstate.New(sqlstate.WrongObjectType, "constraint in ON CONFLICT clause has no associated index")
			}
			return i.arbiters([]int{k})
		}, nil
	}
	columns, expressions, where, err := i.inferred(infer)
	return func() ([]int, error) {
		found := i.keys(func(key *plan.RelationKey) bool {
			return sameColumns(key.Columns, columns) && sameExpressions(key.Expressions, expressions) && implied(key.Where, where)
		})
		if found == nil {
			return nil, sqlstate.New(sqlstate.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
		}
		return i.arbiters(found)
	}, err
}

// keys are the places of the unique keys that fit.
func (i *inserter) keys(fits func(*plan.RelationKey) bool) (all []int) {
	for k := range i.relation.Keys {
		if key := &i.relation.Keys[k]; !key.Check && fits(key) {
			all = append(all, k)
		}
	}
	return all
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
		if r.excluded != nil {
			q.tables = append(q.tables, r.excluded)
		}
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

// updater binds DO UPDATE: the target's row and excluded are what it sees.
type updater struct {
	modifier
	in *optimize.Rows
}

func (i *inserter) newUpdater() (*updater, error) {
	u := &updater{modifier: *i.modifier, in: &optimize.Rows{}}
	var err error
	if u.query, err = i.planner.newQuery(nil, i.query.with); err != nil {
		return nil, err
	}
	var columns []plan.RelationColumn
	for _, k := range i.relation.Visible() {
		columns = append(columns, i.relation.Columns[k])
	}
	target, first := i.planner.newItem(u.query, i.target.name, columns, i.relation.OID)
	target.schema, target.real, target.of = i.target.schema, i.target.real, i.relation
	i.excluded, _ = i.planner.newItem(u.query, "excluded", columns, 0)
	i.excluded.of = i.relation
	u.target = target
	u.query.scope.items = []*item{target, i.excluded}
	u.query.scope.tables = u.query.scope.items
	for k := range 2 * len(columns) {
		u.in.Slots = append(u.in.Slots, first+plan.Slot(k))
	}
	return u, nil
}

func (u *updater) bind(n *pg.OnConflictClause, c *plan.Conflict) (err error) {
	row := make([]expr.Expr, len(u.target.fields))
	for k := range row {
		row[k] = u.target.fields[k].value
	}
	if err := u.set(n.TargetList, row); err != nil {
		return err
	}
	if n.WhereClause != nil {
		if c.Where, err = u.query.in(inWhere).BindBool(n.WhereClause, "WHERE"); err != nil {
			return err
		}
		c.Where = optimize.Resolve(c.Where, u.in)
	}
	optimize.ResolveAll(row, u.in)
	c.Set = row
	return nil
}
