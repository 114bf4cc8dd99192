package fragment

import (
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// wantedCall is a call in a fragment.
type wantedCall struct {
	name   string
	star   bool
	args   []expr.Expr
	filter expr.Expr
	text   string
}

// partialSpeller makes the fragment of an aggregation.
type partialSpeller struct {
	*speller
	scan       *plan.Scan
	row        []expr.Expr // what the aggregation's input is made of
	conditions []expr.Expr
	keys       []expr.Expr
	keyTexts   []string
	calls      []wantedCall
	made       []plan.PartialCall
}

// scatterAggregate has nodes aggregate what they own, if the whole input is a fragment.
func (d *distributor) scatterAggregate(n *plan.Aggregate) {
	s, row := flat(n.Input)
	if s == nil || s.Fragment == nil || s.Fragment.Limit != nil || s.Rest != nil || n.Sets != nil || len(n.Grouping) > 0 {
		return
	}
	b := &partialSpeller{speller: newSpeller(s.Relation, s.Columns), scan: s, row: row}
	if !b.spellInput(n) || !b.spellCalls(n.Calls) {
		return
	}
	f := &plan.Fragment{Definition: s.Relation.Definition, Params: b.params, SQL: b.sql(n.Plain), Unordered: true, Reduces: true, Exhausts: true}
	if f.Query = d.planFragment(f); f.Query == nil || !b.means(f.Query) {
		return
	}
	n.Partial, s.Fragment = &plan.Partial{Fragment: f, Calls: b.made}, nil
}

// flat returns the scan that a tree computes its rows from one by one, and each of their values
// as an expression over the scan's row; nil for another tree.
func flat(n plan.Node) (*plan.Scan, []expr.Expr) {
	switch n := n.(type) {
	case *plan.Scan:
		row := make([]expr.Expr, len(n.Columns))
		for i, c := range n.Columns {
			row[i] = expr.NewColumn(i, n.Relation.Columns[c].Name, n.Relation.Columns[c].Type, -1)
		}
		return n, row
	case *plan.Project:
		s, below := flat(n.Input)
		if s == nil {
			return nil, nil
		}
		row := make([]expr.Expr, len(n.Exprs))
		for i, e := range n.Exprs {
			row[i] = over(e, below)
		}
		return s, row
	}
	return nil, nil
}

// over puts the values of a row in the place of its columns.
func over(e expr.Expr, row []expr.Expr) expr.Expr {
	return expr.Transform(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(*expr.Column); ok && c.Level == 0 {
			return row[c.Index]
		}
		return e
	})
}

// operand lifts and spells an expression of the aggregation's input.
func (b *partialSpeller) operand(e expr.Expr) (made expr.Expr, text string, ok bool) {
	if made, ok = b.lift(over(e, b.row)); ok {
		text, ok = b.text(made)
	}
	return made, text, ok
}

// spellInput spells the conditions and the keys. What is carried of a group must be a key: the
// first row of a group is not the first at each node.
func (b *partialSpeller) spellInput(n *plan.Aggregate) bool {
	for _, c := range plan.Conjuncts(b.scan.Filter) {
		made, ok := b.condition(c)
		if !ok {
			return false
		}
		b.conditions = append(b.conditions, made)
	}
	for _, key := range n.CarryKeys {
		if key < 0 {
			return false
		}
	}
	for _, k := range n.Keys {
		made, text, ok := b.operand(k)
		if !ok || rowless(over(k, b.row)) || !travels(k.Type().OID) {
			return false
		}
		b.keys, b.keyTexts = append(b.keys, made), append(b.keyTexts, text)
	}
	return true
}

func (b *partialSpeller) spellCalls(calls []*expr.AggregateCall) bool {
	entity := []expr.Expr{expr.NewColumn(-1, "entity", types.Of(types.TextOID), -1)}
	b.calls = []wantedCall{{name: "min", args: entity, text: `pg_catalog."min"("entity")`}}
	for _, c := range calls {
		by, names := partialOf(c)
		if by == 0 {
			return false
		}
		b.made = append(b.made, plan.PartialCall{By: by, Column: len(b.keys) + len(b.calls)})
		for _, name := range names {
			w, ok := b.call(name, c)
			if !ok {
				return false
			}
			b.calls = append(b.calls, w)
		}
	}
	return true
}

// partialOf says what a call is combined from, and how; 0: it is not. Sums of floats depend on
// the order of what is added.
func partialOf(c *expr.AggregateCall) (by plan.Combination, names []string) {
	name := c.Proc.Name()
	if c.Distinct || len(c.Order) > 0 || len(c.Direct) > 0 || len(c.Args) > 1 {
		return 0, nil
	}
	oid := types.OID(0)
	if len(c.Args) == 1 {
		oid = c.Args[0].Type().OID
	}
	exact := plan.IsInteger(oid) || oid == types.NumericOID
	switch {
	case name == "count":
		return plan.CombineCounts, []string{"count"}
	case name == "sum" && (exact || oid == types.MoneyOID):
		return plan.CombineSums, []string{"sum"}
	case name == "avg" && exact:
		return plan.CombineAverages, []string{"sum", "count"}
	case (name == "min" || name == "max") && travels(oid):
		return plan.CombineExtremes, []string{name}
	case oid == types.BoolOID && (name == "bool_and" || name == "bool_or" || name == "every"),
		(plan.IsInteger(oid) || types.IsBits(oid)) && (name == "bit_and" || name == "bit_or" || name == "bit_xor"):
		return plan.CombineBits, []string{name}
	}
	return 0, nil
}

// call spells a call of the same operands as c's.
func (b *partialSpeller) call(name string, c *expr.AggregateCall) (w wantedCall, ok bool) {
	w = wantedCall{name: name, star: c.Star}
	arg := "*"
	for _, a := range c.Args {
		made, text, ok := b.operand(a)
		if !ok {
			return w, false
		}
		w.args, arg = append(w.args, made), text
	}
	w.text = "pg_catalog." + identifier(name) + "(" + arg + ")"
	if c.Filter == nil {
		return w, true
	}
	made, text, ok := b.operand(c.Filter)
	w.filter, w.text = made, w.text+" FILTER (WHERE "+text+")"
	return w, ok
}

func (b *partialSpeller) sql(plain bool) string {
	list := append([]string(nil), b.keyTexts...)
	for _, c := range b.calls {
		list = append(list, c.text)
	}
	sql := "SELECT " + strings.Join(list, ", ") + " FROM " + spelled(b.scan.Relation) + b.where()
	if plain {
		return sql
	}
	return sql + " GROUP BY " + strings.Join(b.keyTexts, ", ")
}

// means reports whether a plan of the SQL says what it was made of.
func (b *partialSpeller) means(q *plan.Query) bool {
	n, columns := aggregateBelow(q.Root)
	if n == nil || n.Sets != nil || len(n.Keys) != len(b.keys) || len(columns) != len(b.keys)+len(b.calls) {
		return false
	}
	s, row := flat(n.Input)
	if s == nil || !sameConditions(b.scan, b.conditions, s) {
		return false
	}
	for i, k := range b.keys {
		if c := columns[i]; c >= len(n.Carry) || n.CarryKeys[c] < 0 || !plan.Same(ofRelation(b.scan, k), ofRelation(s, over(n.Keys[n.CarryKeys[c]], row))) {
			return false
		}
	}
	for i, w := range b.calls {
		c := columns[len(b.keys)+i] - len(n.Carry)
		if c < 0 || c >= len(n.Calls) || !b.sameCall(&w, n.Calls[c], s, row) {
			return false
		}
	}
	return true
}

// aggregateBelow returns the aggregation whose values a tree gives as they are, and which they
// are.
func aggregateBelow(n plan.Node) (a *plan.Aggregate, columns []int) {
	switch n := n.(type) {
	case *plan.Aggregate:
		for i := range n.Out {
			columns = append(columns, i)
		}
		return n, columns
	case *plan.Project:
		a, below := aggregateBelow(n.Input)
		for _, e := range n.Exprs {
			c, ok := e.(*expr.Column)
			if a == nil || !ok || c.Level != 0 {
				return nil, nil
			}
			columns = append(columns, below[c.Index])
		}
		return a, columns
	}
	return nil, nil
}

func (b *partialSpeller) sameCall(w *wantedCall, c *expr.AggregateCall, s *plan.Scan, row []expr.Expr) bool {
	if c.Proc.Name() != w.name || c.Star != w.star || len(c.Args) != len(w.args) || (c.Filter == nil) != (w.filter == nil) ||
		c.Distinct || len(c.Order) > 0 || len(c.Direct) > 0 {
		return false
	}
	for i, a := range c.Args {
		if !plan.Same(ofRelation(b.scan, w.args[i]), ofRelation(s, over(a, row))) {
			return false
		}
	}
	return w.filter == nil || plan.Same(ofRelation(b.scan, w.filter), ofRelation(s, over(c.Filter, row)))
}
