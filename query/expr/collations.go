package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Collations. All that there are are one order; they differ in which characters have cases and
// are letters. Those but the default know ASCII alone.
const (
	collationDefault types.OID = 100
	collationC       types.OID = 950
	// NoCollation is that of a value whose operands are at odds.
	NoCollation = ^types.OID(0)
)

// Collated is a leaf that knows the collation of its values; 0 is its type's.
type Collated interface{ CollatedBy() types.OID }

// collate is a COLLATE as it is written.
type collate struct {
	name string
	oid  types.OID
	pos  int
}

// collations are what a binder has met of collations other than the default.
type collations struct {
	met     bool
	of      map[any]collate // the COLLATE, by what they are about
	derived map[Expr]derivation
}

// collated is what an expression is known by; a literal gets its type later.
func collated(e Expr) any {
	if c, ok := e.(*Const); ok {
		return c.pos
	}
	return e
}

func (c *collations) add(e Expr, by collate) {
	if c.of == nil {
		c.of = map[any]collate{}
	}
	c.met, c.of[collated(e)] = true, by
	delete(c.derived, e)
}

// collationStrength is how an expression comes to its collation; a stronger one wins.
type collationStrength uint8

const (
	notCollated collationStrength = iota
	implicit                      // that of a column or a type
	atOdds                        // operands have different ones
	explicit                      // COLLATE says it
)

// derivation is the collation of a value. (PostgreSQL's assign_collations_context.)
type derivation struct {
	strength  collationStrength
	collation types.OID
	name      string // of an explicit one
	pos       int
	second    types.OID // the other one, of those that are at odds
}

// merged is the collation of two operands together; 42P21 where both are explicit and differ.
func (b *Binder) merged(d, o derivation) (derivation, error) {
	switch {
	case o.strength > d.strength:
		return o, nil
	case o.strength < d.strength || o.collation == d.collation || o.strength == atOdds:
		return d, nil
	case o.strength == explicit:
		return d, b.errorAt(o.pos, sqlstate.CollationMismatch, "collation mismatch between explicit collations %q and %q", d.name, o.name)
	case d.collation == collationDefault:
		return o, nil
	case o.collation == collationDefault:
		return d, nil
	}
	return derivation{strength: atOdds, collation: d.collation, second: o.collation, pos: o.pos}, nil
}

// agreedOn merges the derivations of some expressions.
func (b *Binder) agreedOn(all []Expr) (merged derivation, err error) {
	for _, e := range all {
		d, err := b.derivationOf(e)
		if err == nil {
			merged, err = b.merged(merged, d)
		}
		if err != nil {
			return merged, err
		}
	}
	return merged, nil
}

// derive finds the collation of an expression, and with it that which its operands give it.
// (PostgreSQL's assign_collations_walker.)
func (b *Binder) derive(e Expr) (own, operands derivation, err error) {
	groups := collatedTogether(e)
	for _, group := range groups {
		if operands, err = b.agreedOn(group); err != nil {
			return own, operands, err
		}
	}
	if by, ok := b.collations.of[collated(e)]; ok {
		return derivation{explicit, by.oid, by.name, by.pos, 0}, operands, nil
	}
	info := types.Info(e.Type().OID)
	if info == nil || info.Collation == 0 {
		return own, operands, nil
	}
	if leaf, ok := e.(Collated); ok {
		switch oid := leaf.CollatedBy(); oid {
		case NoCollation:
			return own, operands, nil
		case 0:
		default:
			return derivation{strength: implicit, collation: oid, pos: e.Pos()}, operands, nil
		}
	}
	ofDomain := info.Kind == 'd' && info.Collation != collationDefault
	if operands.strength > notCollated && !ofDomain {
		return operands, operands, nil
	}
	return derivation{strength: implicit, collation: info.Collation, pos: e.Pos()}, operands, nil
}

func (b *Binder) derivationOf(e Expr) (derivation, error) {
	if d, ok := b.collations.derived[e]; ok {
		return d, nil
	}
	d, _, err := b.derive(e)
	return d, err
}

// meets notes whether a leaf has a collation of its own.
func (b *Binder) meets(e Expr) {
	leaf, ok := e.(Collated)
	b.collations.met = b.collations.met || ok && leaf.CollatedBy() != 0 || types.BaseOf(e.Type().OID) == types.NameOID
}

// Collate gives every call in a bound expression the collation of its operands, where it is not the
// default, and makes of those that need one, and have none, what fails when it is computed.
func (b *Binder) Collate(e Expr) (Expr, error) {
	if !b.collations.met {
		return e, nil
	}
	if _, done := b.collations.derived[e]; done {
		return e, nil
	}
	if r, ok := e.(Rebuilder); ok {
		old := r.Children()
		made := old
		for i, child := range old {
			n, err := b.Collate(child)
			if err != nil {
				return nil, err
			}
			if n != child {
				if &made[0] == &old[0] {
					made = append([]Expr(nil), old...)
				}
				made[i] = n
			}
		}
		if len(old) > 0 && &made[0] != &old[0] {
			by, explicitly := b.collations.of[collated(e)]
			if e = r.WithChildren(made); explicitly {
				b.collations.of[collated(e)] = by
			}
		}
	}
	own, operands, err := b.derive(e)
	if err != nil {
		return nil, err
	}
	e = b.byCollation(e, operands)
	if _, literal := e.(*Const); !literal {
		if b.collations.derived == nil {
			b.collations.derived = map[Expr]derivation{}
		}
		b.collations.derived[e] = own
	}
	return e, nil
}

// byCollation is a call as the collation of its operands has it.
func (b *Binder) byCollation(e Expr, operands derivation) Expr {
	needed := needsCollation(e)
	if row, ok := e.(*RowCompare); ok && b.rowsAtOdds(row) {
		return &Undetermined{Arg: e, needed: stringComparison}
	}
	switch {
	case needed == "":
		return e
	case isSet(e) && operands.collation == collationDefault:
		return e
	case isSet(e):
		made := *e.(*Call)
		made.ASCII = true
		return &made
	case operands.strength == atOdds || operands.strength == notCollated:
		return &Undetermined{Arg: e, needed: needed}
	case operands.collation == collationDefault || needed == stringComparison:
		return e
	}
	if c, ok := e.(*Call); ok {
		return &InASCII{Call: c}
	}
	return e
}

func isSet(e Expr) bool {
	c, ok := e.(*Call)
	return ok && c.Proc.Row.Set
}

// rowsAtOdds reports whether two fields that are compared have different collations.
func (b *Binder) rowsAtOdds(e *RowCompare) bool {
	for i := range e.Left {
		l, err := b.derivationOf(e.Left[i])
		if err != nil {
			return false
		}
		r, err := b.derivationOf(e.Right[i])
		if err != nil {
			return false
		}
		if d, err := b.merged(l, r); err == nil && d.strength == atOdds {
			return true
		}
	}
	return false
}

// CollationOf is the collation of a bound expression: 0 is its type's, NoCollation that of
// one whose operands are at odds.
func (b *Binder) CollationOf(e Expr) types.OID {
	if b.meets(e); !b.collations.met {
		return 0
	}
	d, err := b.derivationOf(e)
	info := types.Info(e.Type().OID)
	switch {
	case err != nil || info == nil || d.collation == info.Collation && d.strength != atOdds:
		return 0
	case d.strength == atOdds || d.strength == notCollated && info.Collation != 0:
		return NoCollation
	}
	return d.collation
}

// CollationFrom is the collation of what a call makes of its arguments.
func (b *Binder) CollationFrom(args []Expr, result types.OID) types.OID {
	info := types.Info(result)
	if !b.collations.met || info == nil || info.Collation == 0 {
		return 0
	}
	all, err := b.agreedOn(args)
	switch {
	case err != nil:
		return 0
	case all.strength == atOdds:
		return NoCollation
	case all.strength == notCollated || all.collation == info.Collation:
		return 0
	}
	return all.collation
}

// Agreed refuses, with 42P21, an expression to sort or to group by whose operands are at odds.
func (b *Binder) Agreed(e Expr) error {
	if !b.collations.met {
		return nil
	}
	d, err := b.derivationOf(e)
	info := types.Info(e.Type().OID)
	switch {
	case err == nil && d.strength == atOdds:
		return b.implicitMismatch(d)
	case err == nil && d.strength == notCollated && info != nil && info.Collation != 0:
		return errUndetermined(stringComparison)
	}
	return err
}

func (b *Binder) implicitMismatch(d derivation) error {
	return b.errorAt(d.pos, sqlstate.CollationMismatch, "collation mismatch between implicit collations \"%s\" and \"%s\"", collationNames[d.collation], collationNames[d.second]).
		WithHint("You can choose the collation by applying the COLLATE clause to one or both expressions.")
}

// CollationName names a collation; 0 is the default.
func CollationName(oid types.OID) string {
	if oid == 0 {
		oid = collationDefault
	}
	return collationNames[oid]
}

var collationNames = map[types.OID]string{collationDefault: "default", collationC: "C", 951: "POSIX", 12340: "ucs_basic"}

// CommonCollation is that of a column that several expressions give values of; strict says that
// they must agree.
func (b *Binder) CommonCollation(all []Expr, strict bool) (types.OID, error) {
	for _, e := range all {
		b.meets(e)
	}
	if !b.collations.met {
		return 0, nil
	}
	d, err := b.agreedOn(all)
	if err != nil {
		return 0, err
	}
	info := types.Info(all[0].Type().OID)
	switch {
	case d.strength == atOdds && strict:
		return 0, b.implicitMismatch(d)
	case d.strength == atOdds || d.strength == notCollated && info != nil && info.Collation != 0:
		return NoCollation, nil
	case info == nil || d.collation == info.Collation:
		return 0, nil
	}
	return d.collation, nil
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
	case *Once:
		return [][]Expr{{e.Value}, {e.In}}
	case *Row:
		return append(apart(e.Args), nil)
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
