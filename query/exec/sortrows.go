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

// sort returns the order of n rows. keys gives those of row i. There is none once
// the statement has ended, which the caller must look at.
func (o *order) sort(n int, keys func(i int) []types.Datum) []abbreviated {
	all := make([]abbreviated, n)
	told := len(o.types) // how many keys abbreviations tell apart
	for k, t := range o.types[:min(abbreviatedKeys, len(o.types))] {
		a := types.NewAbbreviator(t)
		for i := range n {
			if i&stopMask == 0 && o.stop() {
				return nil
			}
			if d := keys(i)[k]; !d.IsNull() {
				a.Look(d)
			}
		}
		for i := range all {
			if i&stopMask == 0 && o.stop() {
				return nil
			}
			key, exact := o.abbreviate(&a, k, keys(i)[k])
			all[i].at, all[i].keys[k] = int32(i), key
			if !exact {
				told = min(told, k)
			}
		}
	}
	told = min(told, abbreviatedKeys)
	compare := func(i, j int) int {
		a, b := &all[i], &all[j]
		for k := range min(told+1, abbreviatedKeys) {
			if a.keys[k] != b.keys[k] {
				return cmp.Compare(a.keys[k], b.keys[k])
			}
		}
		if told < len(o.types) {
			return o.compareFrom(told, keys(int(a.at)), keys(int(b.at)))
		}
		return 0
	}
	if !quicksort(n, compare, func(i, j int) { all[i], all[j] = all[j], all[i] }, o.stop) {
		return nil
	}
	return all
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
