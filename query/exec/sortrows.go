package exec

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

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
	all, told, _ = o.sortBy(nil, n, key)
	return all, told
}

// sortBy is sort with others' help, who may fail.
func (o *order) sortBy(beside hands, n int, key func(i, k int) types.Datum) (all []abbreviated, told int, err error) {
	s := sorting{order: o, key: key, told: min(abbreviatedKeys, len(o.types)), all: make([]abbreviated, n), beside: beside}
	for i := range s.all {
		s.all[i].at = int32(i)
	}
	for k := range s.told {
		s.abbreviate(k)
	}
	s.sort()
	if s.stopped || s.failed != nil {
		return nil, 0, s.failed
	}
	return s.all, s.told, nil
}

// sorting is one sort of rows by their abbreviations.
type sorting struct {
	order   *order
	key     func(i, k int) types.Datum
	all     []abbreviated
	told    int // how many keys the abbreviations tell apart
	seen    int // since it was looked whether to stop
	stopped bool
	beside  hands // who sort a part
	failed  error // of those
}

// ends looks whether to stop, once in many times.
func (s *sorting) ends(more int) bool {
	if s.seen += more; s.seen > stopMask {
		s.seen, s.stopped = 0, s.stopped || s.order.stop()
	}
	return s.stopped
}

// abbreviate sets the k-th number of each row.
func (s *sorting) abbreviate(k int) {
	a := types.NewAbbreviator(s.order.types[k])
	for i := range s.all {
		if s.ends(1) {
			return
		}
		if d := s.key(i, k); !d.IsNull() && !a.Look(d) {
			break
		}
	}
	if len(s.beside) > 0 {
		s.abbreviateShared(a, k)
	} else if !s.abbreviateRange(a, k, 0, len(s.all)) {
		s.told = min(s.told, k)
	}
}

// abbreviateRange sets the k-th number of some rows; exact says that it tells them apart.
func (s *sorting) abbreviateRange(a types.Abbreviator, k, from, to int) (exact bool) {
	exact = true
	for i := from; i < to && !s.ends(1); i++ {
		number, told := s.order.abbreviate(&a, k, s.key(i, k))
		s.all[i].keys[k] = number
		exact = exact && told
	}
	return exact
}

// radixRows is from how many rows on a sort by bits is tried, radixTried the part of them that is
// sorted first, to see whether rows sort alike.
const (
	radixRows  = 1 << 10
	radixTried = 16
)

// sort leaves rows that sort alike as quick does, and sorts by bits where there are none.
func (s *sorting) sort() {
	n, q := len(s.all), quick{all: s.all, tie: s.tie, stop: s.order.stop}
	if n < radixRows || !q.sorted(0, n) && !(s.differ(n/radixTried) && s.differ(n)) {
		q.sort(0, n)
	}
	s.stopped = s.stopped || q.stopped
}

// differ sorts the first n rows and reports whether no two of them sort alike. They are as they were
// where that is not so, or more is to be sorted.
func (s *sorting) differ(n int) bool {
	some := s.all[:n]
	s.radix(some, 0)
	differ := true
	for i := 1; i < n && differ; i++ {
		differ = s.compare(some[i-1], some[i]) != 0
	}
	if differ && n == len(s.all) {
		return true
	}
	for i := range some {
		for at := some[i].at; int(at) != i; at = some[i].at {
			some[i], some[at] = some[at], some[i]
		}
	}
	return differ
}

func (s *sorting) compare(a, b abbreviated) int {
	if s.ends(1) {
		return -1
	}
	if c := cmp.Compare(a.keys[0], b.keys[0]); c != 0 {
		return c
	}
	return s.tie(&a, &b)
}

// tie compares rows whose first abbreviations are the same.
func (s *sorting) tie(a, b *abbreviated) int {
	for k := 1; k < min(s.told+1, abbreviatedKeys); k++ {
		if a.keys[k] != b.keys[k] {
			return cmp.Compare(a.keys[k], b.keys[k])
		}
	}
	for k := s.told; k < len(s.order.types); k++ {
		if c := s.order.one(k, s.order.types[k], s.key(int(a.at), k), s.key(int(b.at), k)); c != 0 {
			return c
		}
	}
	return 0
}

// radixMin is the least that is sorted by bits: fewer are compared.
const radixMin = 48

// radix sorts rows by the first bits in which their k-th numbers differ, and then those that share
// them by what is left. (P. McIlroy, K. Bostic, M. McIlroy: "Engineering Radix Sort", 1993.)
func (s *sorting) radix(all []abbreviated, k int) {
	const digits = 1 << 8
	if k == len(s.order.types) {
		return
	}
	if len(all) < radixMin || k > s.told || k == abbreviatedKeys {
		slices.SortFunc(all, s.compare)
		return
	}
	low, high := all[0].keys[k], all[0].keys[k]
	for i := range all {
		low, high = min(low, all[i].keys[k]), max(high, all[i].keys[k])
	}
	if low == high {
		s.radix(all, k+1)
		return
	}
	shift := max(0, bits.Len64(low^high)-bits.Len(digits-1))
	shared := len(s.beside) > 0 && len(all) == len(s.all)
	var rest [][]abbreviated
	var counts, next [digits]int
	for i := range all {
		counts[all[i].keys[k]>>shift%digits]++
	}
	if s.ends(len(all)) {
		return
	}
	for d := 1; d < digits; d++ {
		next[d] = next[d-1] + counts[d-1]
	}
	for d, end := 0, 0; d < digits; d++ {
		for end += counts[d]; next[d] < end; next[d]++ {
			row := all[next[d]]
			for to := row.keys[k] >> shift % digits; to != uint64(d); to = row.keys[k] >> shift % digits {
				all[next[to]], row = row, all[next[to]]
				next[to]++
			}
			all[next[d]] = row
		}
		switch some := all[end-counts[d] : end]; {
		case len(some) < 2:
		case shared:
			rest = append(rest, some)
		default:
			s.radix(some, k)
		}
	}
	if shared {
		s.radixShared(rest, k)
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
