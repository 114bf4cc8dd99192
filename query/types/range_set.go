package types

import "github.com/projsql/projsql/wire/sqlstate"

func (r *Range) covers(o *Range) bool {
	if o.Empty || r.Empty {
		return o.Empty
	}
	return r.lower().compare(o.lower()) <= 0 && r.upper().compare(o.upper()) >= 0
}

func (r *Range) overlaps(o *Range) bool {
	if r.Empty || o.Empty {
		return false
	}
	return r.lower().compare(o.upper()) <= 0 && o.lower().compare(r.upper()) <= 0
}

// before reports whether all of r is before all of o.
func (r *Range) before(o *Range) bool {
	return !r.Empty && !o.Empty && r.upper().compare(o.lower()) < 0
}

func (r *Range) adjacent(o *Range) bool {
	if r.Empty || o.Empty {
		return false
	}
	return r.upper().adjacent(o.lower()) || o.upper().adjacent(r.lower())
}

// Merge returns the least range with all of both.
func (r *Range) Merge(o *Range) *Range {
	switch {
	case r.Empty:
		return o
	case o.Empty:
		return r
	}
	lower, upper := o.lower(), o.upper()
	if c := r.lower().compare(lower); c < 0 {
		lower = r.lower()
	}
	if c := r.upper().compare(upper); c > 0 {
		upper = r.upper()
	}
	return r.within(*lower.Bound, *upper.Bound)
}

// within is a range of bounds that ranges of the type have had, or that end before one.
func (r *Range) within(lower, upper Bound) *Range {
	made, err := NewRange(r.Type, lower, upper)
	if err != nil {
		panic("types: a part of ranges is none: " + err.Error())
	}
	return made
}

// Union returns what is in one of both; 22000 if there is something between them.
func (r *Range) Union(o *Range) (*Range, error) {
	if !r.Empty && !o.Empty && !r.overlaps(o) && !r.adjacent(o) {
		return nil, sqlstate.New(sqlstate.DataException, "result of range union would not be contiguous")
	}
	return r.Merge(o), nil
}

// Intersect returns what is in both.
func (r *Range) Intersect(o *Range) *Range {
	if !r.overlaps(o) {
		return EmptyRange(r.Type)
	}
	lower, upper := o.lower(), o.upper()
	if r.lower().compare(lower) >= 0 {
		lower = r.lower()
	}
	if r.upper().compare(upper) <= 0 {
		upper = r.upper()
	}
	return r.within(*lower.Bound, *upper.Bound)
}

// Minus returns what is in r and not in o; 22000 if that is on both sides of o.
func (r *Range) Minus(o *Range) (*Range, error) {
	below, above := r.without(o)
	switch {
	case below == nil:
		return above, nil
	case above == nil:
		return below, nil
	}
	return nil, sqlstate.New(sqlstate.DataException, "result of range difference would not be contiguous")
}

// without returns what is in r below o and above it. Where o takes nothing, or all, the
// first is r, or empty; one of both is nil otherwise, unless o leaves something on both
// sides.
func (r *Range) without(o *Range) (below, above *Range) {
	if !r.overlaps(o) {
		return r, nil
	}
	if r.lower().compare(o.lower()) < 0 {
		below = r.within(r.Lower, o.lower().turned())
	}
	if r.upper().compare(o.upper()) > 0 {
		above = r.within(o.upper().turned(), r.Upper)
	}
	if below == nil && above == nil {
		below = EmptyRange(r.Type)
	}
	return below, above
}
