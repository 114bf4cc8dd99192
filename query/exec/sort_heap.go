package exec

// makeHeap keeps the first rows of those there are; the last of them stands on top.
// As with quicksort, rows that compare alike stay and go as in PostgreSQL's heap.
func (s *sorter) makeHeap() {
	all := s.rows
	s.rows, s.heap = s.rows[:0], true
	for _, r := range all {
		switch {
		case len(s.rows) < s.most:
			s.rise(r)
		case s.order.compare(r.keys, s.rows[0].keys) < 0:
			s.replaceTop(r)
		default:
			_ = s.take(-r.bytes)
		}
	}
	clear(all[len(s.rows):])
}

func (s *sorter) rise(r sorted) {
	i := len(s.rows)
	s.rows = append(s.rows, r)
	for i > 0 {
		parent := (i - 1) / 2
		if s.order.compare(r.keys, s.rows[parent].keys) <= 0 {
			break
		}
		s.rows[i], i = s.rows[parent], parent
	}
	s.rows[i] = r
}

func (s *sorter) replaceTop(r sorted) {
	_ = s.take(-s.rows[0].bytes)
	s.sink(r, len(s.rows))
}

// sink puts r where it belongs among the first n rows, whose top is free.
func (s *sorter) sink(r sorted, n int) {
	i := 0
	for {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && s.order.compare(s.rows[child].keys, s.rows[child+1].keys) < 0 {
			child++
		}
		if s.order.compare(r.keys, s.rows[child].keys) >= 0 {
			break
		}
		s.rows[i], i = s.rows[child], child
	}
	s.rows[i] = r
}

// unheap makes a sorted list of the heap.
func (s *sorter) unheap() {
	for n := len(s.rows) - 1; n > 0; n-- {
		top := s.rows[0]
		s.sink(s.rows[n], n)
		s.rows[n] = top
	}
}
