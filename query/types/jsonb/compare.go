package jsonb

import (
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Compare orders documents as jsonb's btree does, strings in C collation.
func Compare(a, b string) int {
	if a == b {
		return 0
	}
	x, y := Root(a), Root(b)
	if c, done := compareTop(x, y); done {
		return c
	}
	return compare(x, y, 0)
}

// compareTop keeps a quirk of jsonb: at the top a scalar stands as an array of one
// element, which comes before an array of as many elements and so after [].
func compareTop(a, b Value) (int, bool) {
	aScalar, bScalar := a.Kind() < Array, b.Kind() < Array
	switch {
	case aScalar && b.Kind() == Array:
		if b.Len() == 0 {
			return 1, true
		}
		return -1, true
	case bScalar && a.Kind() == Array:
		if a.Len() == 0 {
			return -1, true
		}
		return 1, true
	}
	return 0, false
}

func compare(a, b Value, depth int) int {
	if a.Kind() != b.Kind() || depth > nestMax {
		return int(a.Kind()) - int(b.Kind())
	}
	switch a.Kind() {
	case Array, Object:
		return compareContainers(a, b, depth)
	}
	return compareScalars(a, b)
}

func compareScalars(a, b Value) int {
	switch a.Kind() {
	case Number:
		return compareNumbers(a.node[1:], b.node[1:])
	case String:
		return strings.Compare(a.node[1:], b.node[1:])
	case Bool:
		return int(a.node[0]) - int(b.node[0])
	}
	return 0
}

func compareContainers(a, b Value, depth int) int {
	x, _ := a.open()
	y, _ := b.open()
	if x.count != y.count {
		return x.count - y.count
	}
	for i := range x.count {
		if x.keys != "" && y.keys != "" {
			if c := strings.Compare(x.key(i), y.key(i)); c != 0 {
				return c
			}
		}
		if c := compare(x.value(i), y.value(i), depth+1); c != 0 {
			return c
		}
	}
	return 0
}

// Hash is consistent with Compare == 0 (1.0 and 1.00 hash alike).
func Hash(doc string, seed uint64) uint64 { return hash(Root(doc), seed, 0) }

func hash(v Value, seed uint64, depth int) uint64 {
	kind := v.Kind()
	seed = mix(seed, uint64(kind))
	if depth > nestMax {
		return seed
	}
	switch kind {
	case String:
		return mix(seed, xxhash.Sum64String(v.node[1:]))
	case Number:
		return mix(seed, xxhash.Sum64String(numberKey(v.node[1:])))
	case Bool:
		return mix(seed, uint64(v.node[0]))
	case Array:
		for e := range v.Elements() {
			seed = hash(e, seed, depth+1)
		}
	case Object:
		for k, e := range v.Pairs() {
			seed = hash(e, mix(seed, xxhash.Sum64String(k)), depth+1)
		}
	}
	return seed
}

func mix(seed, v uint64) uint64 {
	h := (seed^v)*0x9e3779b97f4a7c15 + seed
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}
