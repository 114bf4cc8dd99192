package jsonb

import "unsafe"

// ID tells values of one document apart, empty ones aside.
func (v Value) ID() *byte { return unsafe.StringData(v.node) }

// StoredOffsets returns, by ID, where the arrays and objects of a document begin in
// PostgreSQL's own format, in bytes from the root's beginning. jsonpath's keyvalue()
// shows these.
func StoredOffsets(root Value) map[*byte]int64 {
	all := map[*byte]int64{}
	storedSize(all, root, 0)
	return all
}

// StoredSize returns the size of a document in that format, without the length before it.
// A scalar is kept as an array of one.
func StoredSize(root Value) int64 {
	from := int64(0)
	if k := root.Kind(); k != Array && k != Object {
		from = storedHeader + storedEntry
	}
	return storedSize(map[*byte]int64{}, root, from)
}

// Sizes of PostgreSQL's format: a container is a header, an entry for each element (or
// key and value), then the keys and the values; numbers and containers are aligned.
const (
	storedHeader = 4
	storedEntry  = 4
	storedAlign  = 4
)

func aligned(n int64) int64 { return (n + storedAlign - 1) / storedAlign * storedAlign }

// storedSize returns where a value that may begin at from ends.
func storedSize(all map[*byte]int64, v Value, from int64) int64 {
	switch v.Kind() {
	case String:
		return from + int64(len(v.node)-1)
	case Number:
		return aligned(from) + storedNumber(v.node[1:])
	case Array:
		at := aligned(from)
		all[v.ID()] = at
		at += storedHeader + storedEntry*int64(v.Len())
		for e := range v.Elements() {
			at = storedSize(all, e, at)
		}
		return at
	case Object:
		at := aligned(from)
		all[v.ID()] = at
		at += storedHeader + 2*storedEntry*int64(v.Len())
		for k := range v.Pairs() {
			at += int64(len(k))
		}
		for _, e := range v.Pairs() {
			at = storedSize(all, e, at)
		}
		return at
	}
	return from
}

// storedNumber is the size of a numeric: a length, a header, and two bytes for every
// four digits from the first that is not zero to the last.
func storedNumber(text string) int64 {
	const length, shortHeader, longHeader = 4, 2, 4
	first, last, scale := numberGroups(text)
	digits := int64(0)
	if first >= last {
		digits = int64(first - last + 1)
	}
	const shortScaleMax, shortWeightMax, shortWeightMin = 63, 63, -64
	if scale <= shortScaleMax && (digits == 0 || first <= shortWeightMax && first >= shortWeightMin) {
		return length + shortHeader + 2*digits
	}
	return length + longHeader + 2*digits
}

// numberGroups returns the weights, in powers of 10,000, of the first and last group of
// digits that is not zero (first < last if there is none), and the digits behind the point.
func numberGroups(text string) (first, last, scale int) {
	integer, fraction := text, ""
	if text != "" && text[0] == '-' {
		integer = text[1:]
	}
	for i := range len(integer) {
		if integer[i] == '.' {
			integer, fraction = integer[:i], integer[i+1:]
			break
		}
	}
	first, last = -1, 0
	found := false
	note := func(weight int) {
		if !found {
			first, found = weight, true
		}
		last = weight
	}
	for i := range len(integer) {
		if integer[i] != '0' {
			note((len(integer) - 1 - i) / 4)
		}
	}
	for i := range len(fraction) {
		if fraction[i] != '0' {
			note(-1 - i/4)
		}
	}
	return first, last, len(fraction)
}
