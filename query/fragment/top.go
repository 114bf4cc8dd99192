package fragment

import (
	"slices"
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// topSpeller makes the fragment of a sort of which only the first rows are wanted.
type topSpeller struct {
	*speller
	scan       *plan.Scan
	conditions []expr.Expr
	keys       []plan.SortKey // by the entity too, so that no two rows sort alike
	keyTexts   []string
}

// scatterTop has nodes send the first rows of a sort alone, if its whole input is a fragment.
// Of rows that sort alike those of the first entities are taken, here as there.
func (d *distributor) scatterTop(n *plan.Sort) {
	s, row := flat(n.Input)
	if s == nil || s.Fragment == nil || s.Fragment.Limit != nil || s.Rest != nil {
		return
	}
	t := &topSpeller{speller: newSpeller(s.Relation, s.Columns), scan: s}
	if !t.spell(n.Keys, row) || !t.compute(row) {
		return
	}
	f := &plan.Fragment{Definition: s.Relation.Definition, Params: t.params, Limit: n.Top, Targets: s.Fragment.Targets, Reduces: true, Exhausts: true}
	f.SQL = t.sql(f)
	if f.Query = d.planFragment(f); f.Query == nil || !t.means(f) {
		return
	}
	s.Fragment, n.Shared = f, s
}

func (t *topSpeller) spell(keys []plan.SortKey, row []expr.Expr) bool {
	for _, c := range plan.Conjuncts(t.scan.Filter) {
		made, ok := t.condition(c)
		if !ok {
			return false
		}
		t.conditions = append(t.conditions, made)
	}
	for _, k := range keys {
		e := over(k.Expr, row)
		made, ok := t.lift(e)
		if !ok || rowless(e) {
			return false
		}
		text, ok := t.text(made)
		if !ok {
			return false
		}
		t.add(plan.SortKey{Expr: made, Desc: k.Desc, NullsFirst: k.NullsFirst}, text)
		if c, ok := made.(*expr.Column); ok && t.scan.Columns[c.Index] == 0 {
			return true
		}
	}
	t.add(t.entity(), "entity")
	return true
}

// compute has nodes compute what a row is made of, as the last keys of their sort, which order
// nothing: an error of a row that is not among the first is an error all the same.
func (t *topSpeller) compute(row []expr.Expr) bool {
	for _, e := range row {
		if _, plain := e.(*expr.Column); plain || rowless(e) || slices.ContainsFunc(t.keys, func(k plan.SortKey) bool { return plan.Same(k.Expr, e) }) {
			continue
		}
		made, ok := t.lift(e)
		if !ok {
			return false
		}
		text, ok := t.text(made)
		if !ok {
			return false
		}
		t.add(plan.SortKey{Expr: made}, text)
	}
	return true
}

func (t *topSpeller) add(k plan.SortKey, text string) {
	t.keys, t.keyTexts = append(t.keys, k), append(t.keyTexts, text+direction(&k))
}

func (t *topSpeller) entity() plan.SortKey {
	return plan.SortKey{Expr: expr.NewColumn(-1, "entity", t.scan.Relation.Columns[0].Type, -1)}
}

func direction(k *plan.SortKey) string {
	text := map[bool]string{false: "", true: " DESC"}[k.Desc]
	if k.NullsFirst != k.Desc {
		text += map[bool]string{false: " NULLS LAST", true: " NULLS FIRST"}[k.NullsFirst]
	}
	return text
}

// sql gives the first rows in the order of a scan.
func (t *topSpeller) sql(f *plan.Fragment) string {
	list := []string{"entity"}
	for _, i := range f.Targets {
		list = append(list, t.columns[i])
	}
	return "SELECT * FROM (SELECT " + strings.Join(list, ", ") + " FROM " + spelled(t.scan.Relation) + t.where() +
		" ORDER BY " + strings.Join(t.keyTexts, ", ") + " LIMIT $" + strconv.Itoa(len(t.params)+1) + ") AS top ORDER BY entity"
}

// means reports whether a plan of the SQL says what it was made of.
func (t *topSpeller) means(f *plan.Fragment) bool {
	s, columns := plainly(f.Query.Root)
	if !sameTargets(t.scan, f.Targets, s, columns) || !sameConditions(t.scan, t.conditions, s) {
		return false
	}
	sorts := sortsAbove(f.Query.Root)
	if len(sorts) != 2 || len(sorts[0].Keys) != 1 || len(sorts[1].Keys) != len(t.keys) || sorts[1].Top == nil {
		return false
	}
	for i, want := range [][]plan.SortKey{{t.entity()}, t.keys} {
		sort := sorts[i]
		_, row := flat(unlimited(sort.Input))
		for j, k := range sort.Keys {
			if row == nil || k.Desc != want[j].Desc || k.NullsFirst != want[j].NullsFirst || !plan.Same(ofRelation(t.scan, want[j].Expr), ofRelation(s, over(k.Expr, row))) {
				return false
			}
		}
	}
	return true
}

// sortsAbove returns the sorts above a scan, the last of them first.
func sortsAbove(n plan.Node) (all []*plan.Sort) {
	if s, ok := n.(*plan.Sort); ok {
		all = append(all, s)
	}
	for _, in := range n.Inputs() {
		all = append(all, sortsAbove(in)...)
	}
	return all
}

// unlimited is a tree without what takes rows from it or orders them.
func unlimited(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Sort:
		return unlimited(n.Input)
	case *plan.Limit:
		return unlimited(n.Input)
	case *plan.Project:
		made := *n
		made.Input = unlimited(n.Input)
		return &made
	}
	return n
}
