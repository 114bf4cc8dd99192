package textsearch

// qsort sorts in the steps of PostgreSQL's qsort (Bentley and McIlroy, "Engineering a sort function"), so that of equal
// elements those come first that come first there: which of them is kept shows in ranks and in rewritten queries.
func qsort[T any](a []T, cmp func(x, y T) int) {
	const few, many = 7, 40
	for !inOrder(a, cmp) {
		n := len(a)
		if n < few {
			for i := 1; i < n; i++ {
				for j := i; j > 0 && cmp(a[j-1], a[j]) > 0; j-- {
					a[j-1], a[j] = a[j], a[j-1]
				}
			}
			return
		}
		median := func(i, j, k int) int {
			up, last := cmp(a[i], a[j]) < 0, cmp(a[j], a[k])
			switch {
			case up && last < 0, !up && last > 0:
				return j
			case up == (cmp(a[i], a[k]) < 0):
				return k
			}
			return i
		}
		middle := n / 2
		if n > few {
			low, high := 0, n-1
			if n > many {
				d := n / 8
				low, middle, high = median(low, low+d, low+2*d), median(middle-d, middle, middle+d), median(high-2*d, high-d, high)
			}
			middle = median(low, middle, high)
		}
		a[0], a[middle] = a[middle], a[0]
		less, more := partition(a, cmp)
		if less <= more {
			qsort(a[:less], cmp)
			a = a[n-more:]
		} else {
			qsort(a[n-more:], cmp)
			a = a[:less]
		}
	}
}

func inOrder[T any](a []T, cmp func(x, y T) int) bool {
	for i := 1; i < len(a); i++ {
		if cmp(a[i-1], a[i]) > 0 {
			return false
		}
	}
	return true
}

// partition puts what is less than the first element first, and what is more last; it returns how many they are.
func partition[T any](a []T, cmp func(x, y T) int) (less, more int) {
	n := len(a)
	firstLess, next, last, lastMore := 1, 1, n-1, n-1
	for {
		for ; next <= last; next++ {
			c := cmp(a[next], a[0])
			if c > 0 {
				break
			}
			if c == 0 {
				a[firstLess], a[next] = a[next], a[firstLess]
				firstLess++
			}
		}
		for ; next <= last; last-- {
			c := cmp(a[last], a[0])
			if c < 0 {
				break
			}
			if c == 0 {
				a[last], a[lastMore] = a[lastMore], a[last]
				lastMore--
			}
		}
		if next > last {
			break
		}
		a[next], a[last] = a[last], a[next]
		next++
		last--
	}
	exchange(a, 0, next, min(firstLess, next-firstLess))
	exchange(a, next, n, min(lastMore-last, n-lastMore-1))
	return next - firstLess, lastMore - last
}

// exchange swaps n elements from one place on with the n that end at another.
func exchange[T any](a []T, from, end, n int) {
	for i := range n {
		a[from+i], a[end-n+i] = a[end-n+i], a[from+i]
	}
}
