package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// collate is a COLLATE as it is written.
type collate struct {
	name string
	pos  int
}

// collations are the COLLATE that a binder has met, by what they are about. All are the one
// order that there is, but two of different names are at odds.
type collations struct {
	of      map[any]collate
	several bool // names
}

// collated is what an expression is known by; a literal gets its type later.
func collated(e Expr) any {
	if c, ok := e.(*Const); ok {
		return c.pos
	}
	return e
}

func (c *collations) add(e Expr, by collate) {
	for _, other := range c.of {
		c.several = c.several || other.name != by.name
	}
	if c.of == nil {
		c.of = map[any]collate{}
	}
	c.of[collated(e)] = by
}

// collationOf is the COLLATE that an expression's value has, its own or that of its operands;
// 42P21 where two of these have different ones. (PostgreSQL's assign_collations_walker, as far as
// explicit collations go.)
func (b *Binder) collationOf(e Expr) (*collate, error) {
	if own, ok := b.collations.of[collated(e)]; ok {
		return &own, nil
	}
	var found *collate
	for _, group := range collatedTogether(e) {
		found = nil
		for _, operand := range group {
			c, err := b.collationOf(operand)
			if err != nil {
				return nil, err
			}
			if c != nil && found != nil && c.name != found.name {
				return nil, b.errorAt(c.pos, sqlstate.CollationMismatch, "collation mismatch between explicit collations %q and %q", found.name, c.name)
			}
			if found == nil {
				found = c
			}
		}
	}
	if info := types.Info(types.BaseOf(e.Type().OID)); info == nil || info.Collation == 0 {
		return nil, nil
	}
	return found, nil
}

// collatedTogether are the operands of an expression in groups that must agree; its value has what
// the last group agrees on.
func collatedTogether(e Expr) [][]Expr {
	switch e := e.(type) {
	case *Case:
		var all [][]Expr
		var values []Expr
		for _, w := range e.When {
			all, values = append(all, []Expr{w.If}), append(values, w.Then)
		}
		if e.Else != nil {
			values = append(values, e.Else)
		}
		return append(all, values)
	case *Row:
		return apart(e.Args)
	case *RowCompare:
		var pairs [][]Expr
		for i := range e.Left {
			pairs = append(pairs, []Expr{e.Left[i], e.Right[i]})
		}
		return pairs
	case *Index, *Slice:
		all := e.Children()
		return append(apart(all[1:]), all[:1])
	}
	return [][]Expr{e.Children()}
}

func apart(all []Expr) (groups [][]Expr) {
	for _, e := range all {
		groups = append(groups, []Expr{e})
	}
	return groups
}
