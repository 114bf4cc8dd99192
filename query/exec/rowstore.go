package exec

import "github.com/projsql/projsql/query/types"

// rowStore keeps rows of one width by number, side by side in blocks. What is kept is
// what the values refer to, not a copy of it.
type rowStore struct {
	width, count int
	blocks       [][]types.Datum
	gaps         []gap // in ascending order
}

// gap is between blocks of two stores: rows from one on lie further behind.
type gap struct{ from, by int }

// storeShift makes a block of 256 rows.
const storeShift = 8

func (s *rowStore) add(row []types.Datum) {
	at := s.count >> storeShift
	if at == len(s.blocks) {
		var block []types.Datum
		if at > 0 { // the first grows: often there are few rows
			block = make([]types.Datum, 0, s.width<<storeShift)
		}
		s.blocks = append(s.blocks, block)
	}
	s.blocks[at] = append(s.blocks[at], row...)
	s.count++
}

// row returns a row with room for nothing behind it.
func (s *rowStore) row(n int) []types.Datum {
	for i := len(s.gaps) - 1; i >= 0; i-- {
		if g := s.gaps[i]; n >= g.from {
			n += g.by
			break
		}
	}
	at := n & (1<<storeShift - 1) * s.width
	return s.blocks[n>>storeShift][at : at+s.width : at+s.width]
}

// join takes over the rows of another store, behind its own. Nothing is added any more.
func (s *rowStore) join(other *rowStore) {
	if len(other.gaps) > 0 {
		panic("exec: a store that has been joined is joined")
	}
	s.gaps = append(s.gaps, gap{s.count, len(s.blocks)<<storeShift - s.count})
	s.blocks, s.count = append(s.blocks, other.blocks...), s.count+other.count
}

// clear drops all rows; those that were handed out stay.
func (s *rowStore) clear() { s.count, s.blocks, s.gaps = 0, nil, nil }

// reset drops all rows; new ones may take the place of those that were handed out.
func (s *rowStore) reset() {
	s.count, s.blocks = 0, s.blocks[:min(1, len(s.blocks))]
	for i, b := range s.blocks {
		s.blocks[i] = b[:0]
	}
}
