package types

import (
	"math"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Range is a value of a range type, Pointer(*Range), immutable. That of a discrete type is
// [lower,upper). An empty one has no bounds.
type Range struct {
	Type         *TypeInfo
	Empty        bool
	Lower, Upper Bound
}

// Bound is an end of a range.
type Bound struct {
	Value     Datum // Null: the range has no end there
	Inclusive bool
}

// Infinite reports whether there is no end: a bound of 'infinity' is one.
func (b Bound) Infinite() bool { return b.Value.IsNull() }

// Range returns the range. d must be one.
func (d Datum) Range() *Range { return d.ref.(*Range) }

// EmptyRange returns the empty range of a type.
func EmptyRange(t *TypeInfo) *Range { return &Range{Type: t, Empty: true} }

// NewRange returns the range between two bounds, as its type writes it. Errors: 22000 if
// they are in the wrong order, 22003 and 22008 if a bound of the form [lower,upper) is
// beyond the subtype's values.
func NewRange(t *TypeInfo, lower, upper Bound) (*Range, error) {
	r, err := between(t, lower, upper)
	if err != nil || r.Empty || !t.Discrete {
		return r, err
	}
	next := *r
	if !r.Lower.Infinite() && !r.Lower.Inclusive {
		if next.Lower, err = beyond(t.Subtype, r.Lower); err != nil {
			return nil, err
		}
	}
	if r.Upper.Inclusive {
		if next.Upper, err = beyond(t.Subtype, r.Upper); err != nil {
			return nil, err
		}
	}
	if next.Lower.Inclusive == r.Lower.Inclusive && next.Upper.Inclusive == r.Upper.Inclusive {
		return r, nil
	}
	return between(t, next.Lower, next.Upper)
}

// between is NewRange without a form of its own.
func between(t *TypeInfo, lower, upper Bound) (*Range, error) {
	r := &Range{Type: t, Lower: lower.normal(), Upper: upper.normal()}
	switch c := r.lower().compareValue(r.upper()); {
	case c > 0:
		return nil, sqlstate.New(sqlstate.DataException, "range lower bound must be less than or equal to range upper bound")
	case c == 0 && !(lower.Inclusive && upper.Inclusive):
		return EmptyRange(t), nil
	}
	return r, nil
}

// normal excludes what is not there.
func (b Bound) normal() Bound {
	b.Inclusive = b.Inclusive && !b.Infinite()
	return b
}

// beyond moves a bound of a discrete type to the next value, and includes what was
// excluded. Infinite dates have no next one.
func beyond(subtype OID, b Bound) (Bound, error) {
	v := b.Value.Int()
	switch {
	case subtype == DateOID && !FiniteDate(v):
		return b, nil
	case subtype == DateOID && v+1 >= dateEnd:
		return b, errDateRange()
	case subtype == Int4OID && v == math.MaxInt32:
		return b, sqlstate.New(sqlstate.NumericValueOutOfRange, "integer out of range")
	case subtype == Int8OID && v == math.MaxInt64:
		return b, sqlstate.New(sqlstate.NumericValueOutOfRange, "bigint out of range")
	}
	return Bound{Value: Int(v + 1), Inclusive: !b.Inclusive}, nil
}

// end is a bound with where it is.
type end struct {
	*Bound
	subtype OID
	below   bool // it is a lower bound
}

func (r *Range) lower() end { return end{&r.Lower, r.Type.Subtype, true} }
func (r *Range) upper() end { return end{&r.Upper, r.Type.Subtype, false} }

// side is -1 and 1 of infinite bounds, and 0.
func (e end) side() int {
	switch {
	case !e.Infinite():
		return 0
	case e.below:
		return -1
	}
	return 1
}

// offset is how a bound that excludes its value is beside it.
func (e end) offset() int {
	switch {
	case e.Inclusive || e.Infinite():
		return 0
	case e.below:
		return 1
	}
	return -1
}

// compareValue compares where two bounds are, whether or not they include it.
func (e end) compareValue(o end) int {
	if e.Infinite() || o.Infinite() {
		return cmpOrdered(e.side(), o.side())
	}
	return Compare(e.subtype, e.Value, o.Value)
}

func (e end) compare(o end) int {
	if c := e.compareValue(o); c != 0 {
		return c
	}
	return cmpOrdered(e.offset(), o.offset())
}

// turned is the bound of what lies on the other side of it.
func (e end) turned() Bound { return Bound{Value: e.Value, Inclusive: !e.Inclusive} }

// adjacent reports whether nothing is between an upper bound and a lower one that
// continues it. Discrete ranges that are adjacent meet at one value in their form.
func (e end) adjacent(o end) bool { return e.compareValue(o) == 0 && e.Inclusive != o.Inclusive }

// compareRanges orders by the lower bound, then by the upper one; the empty range is first.
func compareRanges(a, b *Range) int {
	if a.Empty || b.Empty {
		return boolInt(b.Empty) - boolInt(a.Empty)
	}
	if c := a.lower().compare(b.lower()); c != 0 {
		return c
	}
	return a.upper().compare(b.upper())
}

// flags are those of PostgreSQL's form of a range.
func (r *Range) flags() (f byte) {
	if r.Empty {
		return rangeEmpty
	}
	for _, b := range []struct {
		Bound
		inclusive, infinite byte
	}{{r.Lower, rangeLowerInclusive, rangeLowerInfinite}, {r.Upper, rangeUpperInclusive, rangeUpperInfinite}} {
		if b.Inclusive {
			f |= b.inclusive
		}
		if b.Infinite() {
			f |= b.infinite
		}
	}
	return f
}

// Flags of a range.
const (
	rangeEmpty byte = 1 << iota
	rangeLowerInclusive
	rangeUpperInclusive
	rangeLowerInfinite
	rangeUpperInfinite
)

// Flags is the first byte of PostgreSQL's binary form.
func (r *Range) Flags() byte { return r.flags() }

func hashRange(r *Range, seed uint64) uint64 {
	seed = mix(seed, uint64(r.flags()))
	for _, b := range []Bound{r.Lower, r.Upper} {
		if !b.Infinite() {
			seed = Hash(r.Type.Subtype, b.Value, seed)
		}
	}
	return seed
}
