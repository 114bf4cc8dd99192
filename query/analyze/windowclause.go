package analyze

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// windowDefinition is what stands in the parentheses behind OVER.
type windowDefinition struct {
	partition []expr.Expr
	order     []plan.SortKey
	frame     plan.WindowFrame
}

func (d *windowDefinition) copy() windowDefinition {
	return windowDefinition{partition: slices.Clone(d.partition), order: slices.Clone(d.order), frame: d.frame}
}

// namedWindow is an element of the WINDOW clause, bound when it is first needed.
type namedWindow struct {
	def   *pg.WindowDef
	bound *windowDefinition
}

func (q *query) nameWindows(list []*pg.Node) {
	for _, n := range list {
		q.named = append(q.named, &namedWindow{def: n.GetWindowDef()})
	}
}

// bindNamedWindows binds those that no call has used.
func (q *query) bindNamedWindows() error {
	for i, w := range q.named {
		for _, before := range q.named[:i] {
			if before.def.Name == w.def.Name {
				return q.planner.errorAt(int(w.def.Location), sqlstate.WindowingError, "window %q is already defined", w.def.Name)
			}
		}
		if _, err := q.bindNamedWindow(q.in(inWindow), i); err != nil {
			return err
		}
	}
	return nil
}

// findWindow returns the definition of a name among the first of the WINDOW clause.
func (q *query) findWindow(b *expr.Binder, name string, first, pos int) (*namedWindow, error) {
	for i, w := range q.named[:first] {
		if w.def.Name == name {
			return q.bindNamedWindow(b, i)
		}
	}
	return nil, q.planner.errorAt(pos, sqlstate.UndefinedObject, "window %q does not exist", name)
}

func (q *query) bindNamedWindow(b *expr.Binder, at int) (*namedWindow, error) {
	w := q.named[at]
	if w.bound != nil {
		return w, nil
	}
	bound, err := q.bindDefinition(b, w.def, at)
	w.bound = bound
	return w, err
}

// overWindow returns the definition of a call's OVER.
func (q *query) overWindow(b *expr.Binder, def *pg.WindowDef) (*windowDefinition, error) {
	if def.Name == "" {
		return q.bindDefinition(b, def, len(q.named))
	}
	w, err := q.findWindow(b, def.Name, len(q.named), int(def.Location))
	if err != nil {
		return nil, err
	}
	return w.bound, nil
}

// bindDefinition binds the keys and the frame of a definition; it may begin with
// one of the first named windows.
func (q *query) bindDefinition(b *expr.Binder, def *pg.WindowDef, first int) (*windowDefinition, error) {
	d := &windowDefinition{}
	if err := q.bindWindowKeys(b, def, d); err != nil {
		return nil, err
	}
	if def.Refname != "" {
		if err := q.inherit(b, def, d, first); err != nil {
			return nil, err
		}
	}
	return d, q.bindFrame(def, d)
}

// inherit takes the keys of the window that a definition begins with.
func (q *query) inherit(b *expr.Binder, def *pg.WindowDef, d *windowDefinition, first int) error {
	pos := int(def.Location)
	base, err := q.findWindow(b, def.Refname, first, pos)
	if err != nil {
		return err
	}
	refuse := func(format string) *sqlstate.Error {
		return q.planner.errorAt(pos, sqlstate.WindowingError, format, def.Refname)
	}
	switch {
	case len(def.PartitionClause) > 0:
		return refuse("cannot override PARTITION BY clause of window %q")
	case len(def.OrderClause) > 0 && len(base.bound.order) > 0:
		return refuse("cannot override ORDER BY clause of window %q")
	}
	d.partition = base.bound.partition
	if len(def.OrderClause) == 0 {
		d.order = base.bound.order
	}
	if base.def.FrameOptions == bitsOfDefaultFrame {
		return nil
	}
	e := refuse("cannot copy window %q because it has a frame clause")
	if def.Name == "" && len(def.OrderClause) == 0 && def.FrameOptions == bitsOfDefaultFrame {
		e = e.WithHint("Omit the parentheses in this OVER clause.")
	}
	return e
}

func (q *query) bindWindowKeys(b *expr.Binder, def *pg.WindowDef, d *windowDefinition) error {
	for _, n := range def.OrderClause {
		e, err := q.bindWindowKey(b, n.GetSortBy().Node)
		if err != nil {
			return err
		}
		if err := q.sortable(e, e.Pos()); err != nil {
			return err
		}
		k, err := b.SortKey(n.GetSortBy(), e)
		if err != nil {
			return err
		}
		d.order = append(d.order, k)
	}
	for _, n := range def.PartitionClause {
		e, err := q.bindWindowKey(b, n)
		if err != nil {
			return err
		}
		if err := q.groupable(e, e.Pos()); err != nil {
			return err
		}
		if !plan.HasOrder(e.Type().OID) {
			return sqlstate.New(sqlstate.FeatureNotSupported, "could not implement window PARTITION BY").
				WithDetail("Window partitioning columns must be of sortable datatypes.")
		}
		d.partition = append(d.partition, e)
	}
	w := boundWindow{call: &expr.AggregateCall{}, windowDefinition: *d}
	return q.nestedWindow(w.exprs(), "window functions are not allowed in window definitions")
}

func (q *query) bindWindowKey(b *expr.Binder, n *pg.Node) (expr.Expr, error) {
	e, err := b.Bind(n)
	if err != nil {
		return nil, err
	}
	return b.Settle(e)
}
