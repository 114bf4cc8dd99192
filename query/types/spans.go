package types

import "slices"

// Spans are the ranges of a multirange, or the one of a range: none is empty, they are in
// order, and there is something between any two.
type Spans []*Range

// SpansOf returns those of a range or multirange.
func SpansOf(d Datum) Spans {
	switch v := d.ref.(type) {
	case *Multirange:
		return v.Ranges
	case *Range:
		if !v.Empty {
			return Spans{v}
		}
	}
	return nil
}

// Has reports whether a value of the subtype is in one of s.
func (s Spans) Has(d Datum) bool {
	_, found := slices.BinarySearchFunc(s, d, func(r *Range, d Datum) int {
		at := end{Bound: &Bound{Value: d, Inclusive: true}, subtype: r.Type.Subtype}
		switch {
		case r.upper().compare(at) < 0:
			return -1
		case r.lower().compare(at) > 0:
			return 1
		}
		return 0
	})
	return found
}

// Contains reports whether all of o is in s.
func (s Spans) Contains(o Spans) bool {
	for _, r := range o {
		if s = s.from(r); len(s) == 0 || !s[0].covers(r) {
			return false
		}
	}
	return true
}

// Overlaps reports whether something is in both.
func (s Spans) Overlaps(o Spans) bool {
	for _, r := range o {
		if s = s.from(r); len(s) > 0 && s[0].lower().compare(r.upper()) <= 0 {
			return true
		}
	}
	return false
}

// from leaves out what is before r.
func (s Spans) from(r *Range) Spans {
	for len(s) > 0 && s[0].before(r) {
		s = s[1:]
	}
	return s
}

// Before reports whether all of s is before all of o; false if one is empty, as of the
// tests below.
func (s Spans) Before(o Spans) bool { return some(s, o) && s.upper().compare(o.lower()) < 0 }

// EndsBy reports whether s does not go beyond o.
func (s Spans) EndsBy(o Spans) bool { return some(s, o) && s.upper().compare(o.upper()) <= 0 }

// BeginsBy reports whether s does not go below o.
func (s Spans) BeginsBy(o Spans) bool { return some(s, o) && s.lower().compare(o.lower()) >= 0 }

// Adjacent reports whether one begins just where the other ends.
func (s Spans) Adjacent(o Spans) bool {
	return some(s, o) && (s.upper().adjacent(o.lower()) || o.upper().adjacent(s.lower()))
}

func some(s, o Spans) bool { return len(s) > 0 && len(o) > 0 }

func (s Spans) lower() end { return s[0].lower() }
func (s Spans) upper() end { return s[len(s)-1].upper() }
