package exec

import (
	"github.com/projsql/projsql/query/types"
)

// groupSet is the groups of one grouping set.
type groupSet struct {
	keys   []int  // of the node's
	member []bool // by key
	index  *table
	rest   *partitions   // of rows of other groups; nil: there are none
	count  int           // of groups
	states []accumulator // of group i from i times the number of calls
	carry  []types.Datum

	batch  []types.Datum // the keys of the rows that are being grouped
	hashes []uint64      // of those
	groups []int32       // of the rows; -1: the row has gone to disk
	met    []int32       // those that there were before
}

func (a *aggregate) makeSets() {
	for _, keys := range a.keySets() {
		a.sets = append(a.sets, a.makeSet(keys))
	}
}

// keySets are the grouping sets; without any, one of all keys.
func (a *aggregate) keySets() [][]int {
	sets := a.node.Sets
	if sets == nil {
		all := make([]int, len(a.node.Keys))
		for i := range all {
			all[i] = i
		}
		sets = [][]int{all}
	}
	return sets
}

func (a *aggregate) makeSet(keys []int) *groupSet {
	s := &groupSet{keys: keys, member: make([]bool, len(a.node.Keys))}
	var oids []types.OID
	for _, k := range keys {
		oids = append(oids, a.node.Keys[k].Type().OID)
		s.member[k] = true
	}
	s.index = newTable(oids)
	return s
}

// groupBatch finds or makes the groups of a batch, and returns how many bytes those take that it made.
func (a *aggregate) groupBatch(batch [][]types.Datum) (bytes int, err error) {
	if a.byRight != nil && a.part.of == nil {
		return a.byRight.find(a, a.sets[0], batch)
	}
	if err := a.evaluateKeys(batch); err != nil {
		return 0, err
	}
	for _, s := range a.sets {
		more := 0
		if s.groups, more, err = a.findGroups(s, batch, s.groups[:0]); err != nil {
			return 0, err
		}
		bytes += more
	}
	return bytes, nil
}

// findGroups appends the groups of rows whose keys have been evaluated.
func (a *aggregate) findGroups(s *groupSet, rows [][]types.Datum, groups []int32) (_ []int32, bytes int, err error) {
	a.seek(s, len(rows))
	for i, row := range rows {
		n, more, err := a.group(s, i, row)
		if err != nil {
			return nil, 0, err
		}
		groups = append(groups, int32(n))
		bytes += more
	}
	return groups, bytes, nil
}

func (a *aggregate) statesOf(s *groupSet, group int) []accumulator {
	w := len(a.calls)
	return s.states[group*w : (group+1)*w]
}

// seek makes ready for finding the groups of a batch.
func (a *aggregate) seek(s *groupSet, rows int) {
	s.batch, s.hashes = s.batch[:0], s.hashes[:0]
	if len(s.keys) == 0 {
		return
	}
	for i := range rows {
		for _, k := range s.keys {
			s.batch = append(s.batch, a.batchKeys[i*len(a.node.Keys)+k])
		}
	}
	a.near.values(s.batch)
	for i := range rows {
		h := s.index.hash(s.batch[i*len(s.keys):])
		s.hashes = append(s.hashes, h)
		a.near.slot(s.index, h)
	}
	a.near.end()
}

// group finds or makes the group of the batch's i-th row; -1: the row has gone to disk.
func (a *aggregate) group(s *groupSet, i int, row []types.Datum) (n, bytes int, err error) {
	if len(s.keys) == 0 {
		if s.count == 0 {
			bytes = a.addGroup(s, row)
		}
		return 0, bytes, nil
	}
	key := s.batch[i*len(s.keys) : (i+1)*len(s.keys)]
	if a.full {
		n, err = a.known(s, key, s.hashes[i], row)
		return n, 0, err
	}
	before := s.index.bytes
	n, added := s.index.putHashed(key, s.hashes[i])
	if added {
		bytes = a.addGroup(s, row) + s.index.bytes - before
	}
	return n, bytes, nil
}

// stateBytes is what one accumulator is reckoned at.
const stateBytes = 96

func (a *aggregate) addGroup(s *groupSet, row []types.Datum) (bytes int) {
	bytes = stateBytes * (1 + len(a.calls))
	for i, c := range a.node.Carry {
		v := types.Null
		if k := a.node.CarryKeys[i]; a.node.Sets == nil || k < 0 || s.member[k] { // what is no key is determined by one
			v = types.Clone(row[c])
		}
		s.carry = append(s.carry, v)
		bytes += types.SizeBytes(v)
	}
	a.newGroup(s)
	return bytes
}

func (a *aggregate) newGroup(s *groupSet) {
	s.count++
	for _, c := range a.calls {
		s.states = append(s.states, c.make())
	}
}

// approach brings near what the batch's groups have seen.
func (a *aggregate) approach(batch [][]types.Datum) {
	for _, s := range a.sets {
		a.near.states(s.states, len(a.calls), s.groups)
	}
	for k, c := range a.calls {
		if c.values == nil {
			continue
		}
		c.values.hash(batch, &a.near)
		for _, s := range a.sets {
			for i, n := range s.groups {
				if n >= 0 {
					a.near.member(a.statesOf(s, int(n))[k].(*distinctly).seen, c.values.hashes[i])
				}
			}
		}
		a.near.end()
	}
}

// grouping is the value of GROUPING(keys): a bit for each that is not grouped by.
func (s *groupSet) grouping(keys []int) types.Datum {
	bits := int64(0)
	for _, k := range keys {
		bits <<= 1
		if !s.member[k] {
			bits |= 1
		}
	}
	return types.Int(bits)
}
