package exec

import (
	"cmp"
	"math"

	"github.com/projsql/projsql/query/types"
)

// abbreviated stands for one row while rows are sorted: most comparisons look at the
// numbers only, which lie beside each other.
type abbreviated struct {
	keys [abbreviatedKeys]uint64
	at   int32 // of the row
}

// abbreviatedKeys is how many sort keys are abbreviated.
const abbreviatedKeys = 2

// abbreviatedBytes is the memory of one of them.
const abbreviatedBytes = 24

// sort returns the order of n rows, whose keys key gives, and how many of those the abbreviations
// tell apart. There is none once the statement has ended, which the caller must look at.
func (o *order) sort(n int, key func(i, k int) types.Datum) (all []abbreviated, told int) {
	all = make([]abbreviated, n)
	for i := range all {
		all[i].at = int32(i)
	}
	told = min(abbreviatedKeys, len(o.types))
	for k, t := range o.types[:told] {
		a := types.NewAbbreviator(t)
		for i := range n {
			if i&stopMask == 0 && o.stop() {
				return nil, 0
			}
			if d := key(i, k); !d.IsNull() {
				a.Look(d)
			}
		}
		for i := range all {
			if i&stopMask == 0 && o.stop() {
				return nil, 0
			}
			number, exact := o.abbreviate(&a, k, key(i, k))
			all[i].keys[k] = number
			if !exact {
				told = min(told, k)
			}
		}
	}
	q := quick{all: all, tie: o.ties(told, key), stop: o.stop}
	if q.sort(0, n); q.stopped {
		return nil, 0
	}
	return all, told
}

// ties returns what compares rows whose first abbreviations are the same, of which so many tell keys apart.
func (o *order) ties(told int, key func(i, k int) types.Datum) func(a, b *abbreviated) int {
	return func(a, b *abbreviated) int {
		for k := 1; k < min(told+1, abbreviatedKeys); k++ {
			if a.keys[k] != b.keys[k] {
				return cmp.Compare(a.keys[k], b.keys[k])
			}
		}
		for k := told; k < len(o.types); k++ {
			if c := o.one(k, o.types[k], key(int(a.at), k), key(int(b.at), k)); c != 0 {
				return c
			}
		}
		return 0
	}
}

// abbreviate is that of key k of a row. The ends of the range are NULL's.
func (o *order) abbreviate(a *types.Abbreviator, k int, d types.Datum) (uint64, bool) {
	if d.IsNull() {
		if o.first[k] {
			return 0, true
		}
		return math.MaxUint64, true
	}
	key, exact := a.Key(d)
	if o.desc[k] {
		key = ^key
	}
	return key, exact && key != 0 && key != math.MaxUint64
}

// inOrder moves the rows to where they belong, until stop says that nobody wants them.
func inOrder[T any](rows []T, order []abbreviated, stop func() bool) {
	for i := range order {
		if i&stopMask == stopMask && stop() {
			return
		}
		for to := int32(i); order[to].at >= 0; {
			from := order[to].at
			order[to].at = -1
			if order[from].at < 0 {
				break
			}
			rows[to], rows[from] = rows[from], rows[to]
			to = from
		}
	}
}
