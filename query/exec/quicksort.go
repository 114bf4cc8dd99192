package exec

// quick sorts by J. Bentley's and M. McIlroy's "Engineering a Sort
// Function" (1993), with a check for what is sorted already. Rows that compare
// alike end in an order that the algorithm decides: PostgreSQL sorts by the same one,
// so that rows that ORDER BY leaves open mostly come as they do there.
// It ends early, and is stopped, once stop says so.
type quick struct {
	all     []abbreviated
	tie     func(a, b *abbreviated) int // compares what has the same first number
	stop    func() bool
	stopped bool
	swaps   int
}

func (q *quick) compare(i, j int) int {
	a, b := &q.all[i], &q.all[j]
	switch {
	case a.keys[0] < b.keys[0]:
		return -1
	case a.keys[0] > b.keys[0]:
		return 1
	}
	return q.tie(a, b)
}

func (q *quick) swap(i, j int) { q.all[i], q.all[j] = q.all[j], q.all[i] }

// stopMask says how often it is looked whether to stop: once in 4096 times.
const stopMask = 1<<12 - 1

// ends looks whether to stop.
func (q *quick) ends() bool {
	q.stopped = q.stopped || q.stop()
	return q.stopped
}

const (
	insertMax = 7  // fewer are sorted by insertion
	nineMin   = 40 // of more, nine are looked at for the pivot
)

func (q *quick) sort(a, n int) {
	for {
		if n < insertMax {
			q.insert(a, n)
			return
		}
		if q.sorted(a, n) {
			return
		}
		q.swap(a, q.pivot(a, n))
		low, high := q.partition(a, n)
		switch {
		case q.stopped:
			return
		case low <= high:
			if low > 1 {
				q.sort(a, low)
			}
			if high <= 1 {
				return
			}
			a, n = a+n-high, high
		default:
			if high > 1 {
				q.sort(a+n-high, high)
			}
			if low <= 1 {
				return
			}
			n = low
		}
	}
}

func (q *quick) insert(a, n int) {
	for i := a + 1; i < a+n; i++ {
		for j := i; j > a && q.compare(j-1, j) > 0; j-- {
			q.swap(j, j-1)
		}
	}
}

func (q *quick) sorted(a, n int) bool {
	for i := a + 1; i < a+n; i++ {
		if q.compare(i-1, i) > 0 {
			return false
		}
		if i&stopMask == 0 && q.ends() {
			return true
		}
	}
	return true
}

func (q *quick) pivot(a, n int) int {
	low, middle, high := a, a+n/2, a+n-1
	if n == insertMax {
		return middle
	}
	if n > nineMin {
		d := n / 8
		low = q.median(low, low+d, low+2*d)
		middle = q.median(middle-d, middle, middle+d)
		high = q.median(high-2*d, high-d, high)
	}
	return q.median(low, middle, high)
}

func (q *quick) median(a, b, c int) int {
	if q.compare(a, b) < 0 {
		switch {
		case q.compare(b, c) < 0:
			return b
		case q.compare(a, c) < 0:
			return c
		}
		return a
	}
	switch {
	case q.compare(b, c) > 0:
		return b
	case q.compare(a, c) < 0:
		return a
	}
	return c
}

// partition puts what is less than the pivot at a before it and what is greater
// behind it, and returns how many there are of each. What equals it is gathered at
// both ends first.
func (q *quick) partition(a, n int) (low, high int) {
	left, b := a+1, a+1
	c, right := a+n-1, a+n-1
	for {
		for b <= c {
			r := q.compare(b, a)
			if r > 0 {
				break
			}
			if r == 0 {
				q.swap(left, b)
				left++
			}
			b++
		}
		for b <= c {
			r := q.compare(c, a)
			if r < 0 {
				break
			}
			if r == 0 {
				q.swap(c, right)
				right--
			}
			c--
		}
		if b > c {
			break
		}
		if q.swaps++; q.swaps&stopMask == 0 && q.ends() {
			return 0, 0
		}
		q.swap(b, c)
		b++
		c--
	}
	q.swapMany(a, b, min(left-a, b-left))
	q.swapMany(b, a+n, min(right-c, a+n-1-right))
	return b - left, right - c
}

// swapMany exchanges the n things from a on with the n before end.
func (q *quick) swapMany(a, end, n int) {
	for i := range n {
		q.swap(a+i, end-n+i)
	}
}
