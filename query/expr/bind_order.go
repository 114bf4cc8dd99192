package expr

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
)

// bindWithin binds WITHIN GROUP (ORDER BY ...): its expressions are arguments too.
func (b *Binder) bindWithin(n *pg_query.FuncCall, args *arguments) ([]SortKey, error) {
	if !n.AggWithinGroup {
		return nil, nil
	}
	keys, err := b.bindOrder(n.AggOrder)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		args.exprs = append(args.exprs, k.Expr)
	}
	return keys, nil
}

func (b *Binder) bindOrder(nodes []*pg_query.Node) ([]SortKey, error) {
	keys := make([]SortKey, len(nodes))
	for i, n := range nodes {
		s := n.GetSortBy()
		e, err := b.Bind(s.Node)
		if err != nil {
			return nil, err
		}
		if keys[i], err = b.sortKey(s, e); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// ordering is the direction that USING gives. The operators of text_pattern_ops order text as < and >
// do, in the one collation that there is.
func (b *Binder) ordering(s *pg_query.SortBy, e Expr) (desc bool, err error) {
	name := s.UseOp[len(s.UseOp)-1].GetString_().GetSval()
	if _, err := b.Operator(name, e, e, int(s.Location)); err != nil {
		return false, err
	}
	switch name {
	case "<", "~<~":
		return false, nil
	case ">", "~>~":
		return true, nil
	}
	return false, b.errorAt(int(s.Location), sqlstate.WrongObjectType, "operator %s is not a valid ordering operator", name).
		WithHint("Ordering operators must be \"<\" or \">\" members of btree operator families.")
}

// SortKey resolves the direction of an ORDER BY element over a bound expression.
func (b *Binder) SortKey(s *pg_query.SortBy, e Expr) (SortKey, error) { return b.sortKey(s, e) }

func (b *Binder) sortKey(s *pg_query.SortBy, e Expr) (SortKey, error) {
	key := SortKey{Expr: e, Desc: s.SortbyDir == pg_query.SortByDir_SORTBY_DESC}
	if s.SortbyDir == pg_query.SortByDir_SORTBY_USING {
		var err error
		if key.Desc, err = b.ordering(s, e); err != nil {
			return key, err
		}
	}
	key.NullsFirst = NullsFirst(s.SortbyNulls, key.Desc)
	return key, nil
}

// NullsFirst reports whether nulls come first in an order, as they do in a descending one of
// which nothing else is said.
func NullsFirst(said pg_query.SortByNulls, desc bool) bool {
	return said == pg_query.SortByNulls_SORTBY_NULLS_FIRST || desc && said != pg_query.SortByNulls_SORTBY_NULLS_LAST
}
