package exec

import (
	"math/bits"
	"slices"
)

// nthBlock is after how many numbers nth looks whether it is still wanted.
const nthBlock = 1 << 16

// nth puts the number that sorts n-th into its place, none larger before it and none smaller behind
// it, in time that grows with how many there are alone: it counts them by the first bits that
// differ, and goes on among those that share the n-th's. It ends early, and reports false, once stop says so.
func nth(numbers []uint64, n int, stop func() bool) bool {
	const digits = 1 << 8
	for {
		low, high := numbers[0], numbers[0]
		for block := range slices.Chunk(numbers, nthBlock) {
			for _, v := range block {
				low, high = min(low, v), max(high, v)
			}
			if stop() {
				return false
			}
		}
		if low == high {
			return true
		}
		shift := max(0, bits.Len64(low^high)-bits.Len(digits-1))
		var counts [digits]int
		for block := range slices.Chunk(numbers, nthBlock) {
			for _, v := range block {
				counts[v>>shift%digits]++
			}
			if stop() {
				return false
			}
		}
		first, digit := 0, uint64(0)
		for ; n >= first+counts[digit]; digit++ {
			first += counts[digit]
		}
		if !split(numbers, shift, low>>shift-low>>shift%digits+digit, stop) {
			return false
		}
		numbers, n = numbers[first:first+counts[digit]], n-first
	}
}

// split puts numbers whose upper bits are less than those wanted before the others, and those whose
// are greater behind them. (E. Dijkstra's Dutch flag.)
func split(numbers []uint64, shift int, wanted uint64, stop func() bool) bool {
	low, high := 0, len(numbers)
	for i := 0; i < high; {
		v := numbers[i]
		switch upper := v >> shift; {
		case upper < wanted:
			numbers[i], numbers[low] = numbers[low], v
			low, i = low+1, i+1
		case upper > wanted:
			high--
			numbers[i], numbers[high] = numbers[high], v
		default:
			i++
		}
		if (i+high)%nthBlock == 0 && stop() {
			return false
		}
	}
	return true
}
