package exec

import (
	"sort"

	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
)

// keySet is a set of keys that are looked for: in memory, or, where that does not fit, rows
// on disk in the order of their hashes.
type keySet struct {
	run   *run
	keys  *seen  // nil: they are on disk
	types *table // for hashing and comparing
	taken int

	order  *order
	rows   []sorted // that are not written yet: the hash, then the key
	runs   *runs
	tape   *spill.Tape
	read   *spill.Reader
	row    []types.Datum // that was read last
	near   approach
	hashes []uint64  // of the keys being added
	index  []keyMark // of every indexEvery-th row, and where blocks begin
}

// keyMark is where a row with a hash begins.
type keyMark struct {
	hash int64
	mark spill.Mark
}

const keyMarkBytes = 32

// indexEvery is how many rows of a keySet are looked through one by one at most.
const indexEvery = 64

func newKeySet(r *run, oids []types.OID) *keySet {
	return &keySet{run: r, keys: newSeen(oids), types: newTable(oids)}
}

// addAll adds keys that are one behind the other.
func (s *keySet) addAll(keys []types.Datum) error {
	w := len(s.types.types)
	s.near.values(keys)
	s.hashes = s.hashes[:0]
	for at := 0; at < len(keys); at += w {
		h := s.types.hash(keys[at:])
		s.hashes = append(s.hashes, h)
		if s.keys != nil {
			s.near.member(s.keys, h)
		}
	}
	s.near.end()
	for i, h := range s.hashes {
		if err := s.add(keys[i*w:(i+1)*w], h); err != nil {
			return err
		}
	}
	return nil
}

func (s *keySet) add(key []types.Datum, h uint64) error {
	if s.keys == nil {
		return s.keep(key)
	}
	s.keys.put(key, h)
	more := s.keys.bytes - s.taken
	s.taken += more
	if err := s.run.memory.take(more); err != nil {
		return err
	}
	if s.run.hashFull(s.taken) {
		return s.spill()
	}
	return nil
}

// move makes the keys of a worker, which are in memory, those of another run.
func (s *keySet) move(r *run) error {
	s.run = r
	return r.memory.take(s.taken)
}

// unite adds the keys of another set. Where that is too much, the caller drops this one.
func (s *keySet) unite(other *keySet) error {
	err := s.keys.unite(other.keys, s.run.check, func(shortKey, []types.Datum) {})
	more := s.keys.bytes - s.taken
	s.taken += more
	if full := s.run.memory.take(more); full != nil {
		return full
	}
	if s.run.hashFull(s.taken) {
		return errApart
	}
	return err
}

// drop gives back what keys in memory take.
func (s *keySet) drop() {
	s.run.memory.give(s.taken)
	s.keys, s.taken = nil, 0
}

// spill goes over to disk, with the keys in memory first.
func (s *keySet) spill() error {
	s.order = &order{
		types: []types.OID{types.Int8OID}, desc: []bool{false}, first: []bool{false}, columns: []int{0},
		stop: func() bool { return s.run.check() != nil },
		over: func() bool { return s.run.ctx.Err() != nil },
	}
	s.runs = s.run.runs(s.order, 1+len(s.types.types))
	s.keys.all(func(key []types.Datum) { s.rows = append(s.rows, s.hashed(key)) })
	s.keys = nil
	return s.write()
}

// hashed is a key behind its hash.
func (s *keySet) hashed(key []types.Datum) sorted {
	row := make([]types.Datum, 0, 1+len(key))
	row = append(append(row, types.Int(int64(s.types.hash(key)))), key...)
	return sorted{keys: row[:1:1], row: row}
}

func (s *keySet) keep(key []types.Datum) error {
	kept := s.hashed(key)
	cloneAll(kept.row)
	s.rows = append(s.rows, kept)
	bytes := rowBytes(kept.row) + sortedBytes + abbreviatedBytes
	s.taken += bytes
	if err := s.run.memory.take(bytes); err != nil {
		return err
	}
	if s.run.workFull(s.taken) {
		return s.write()
	}
	return nil
}

// write makes a run of what is in memory.
func (s *keySet) write() error {
	sortRows(s.rows, s.order)
	if err := s.runs.write(s.rows); err != nil {
		return err
	}
	s.run.memory.give(s.taken)
	s.taken, s.rows = 0, nil
	return nil
}

// finish ends the adding.
func (s *keySet) finish() error {
	if s.keys != nil {
		return nil
	}
	if err := s.write(); err != nil {
		return err
	}
	defer s.runs.close()
	if err := s.runs.merge(); err != nil {
		return err
	}
	file, err := s.run.files().Create()
	if err != nil {
		return err
	}
	s.tape = file.Tape(1 + len(s.types.types))
	s.read, s.row = s.tape.Reader(), make([]types.Datum, 1+len(s.types.types))
	for n := 0; ; n++ {
		row, _, ok := s.runs.first()
		if !ok {
			break
		}
		if m := s.tape.Mark(); n%indexEvery == 0 || m.BeginsBlock() {
			s.index = append(s.index, keyMark{row[0].Int(), m})
			if err := s.run.check(); err != nil {
				return err
			}
		}
		if err := s.tape.Append(row); err != nil {
			return err
		}
		if err := s.runs.advance(); err != nil {
			return err
		}
	}
	if err := s.tape.Finish(); err != nil {
		return err
	}
	return s.run.memory.take(keyMarkBytes * len(s.index))
}

// has looks for a key.
func (s *keySet) has(key []types.Datum) (bool, error) {
	if s.keys != nil {
		return s.keys.has(key, s.keys.hash(key)), nil
	}
	if len(s.index) == 0 {
		return false, nil
	}
	h := int64(s.types.hash(key))
	stretch := sort.Search(len(s.index), func(i int) bool { return s.index[i].hash >= h }) - 1
	if err := s.read.SeekMark(s.index[max(stretch, 0)].mark); err != nil {
		return false, err
	}
	for {
		ok, err := s.read.Next(s.row)
		switch {
		case err != nil || !ok || s.row[0].Int() > h:
			return false, err
		case s.row[0].Int() == h && s.types.equal(s.row[1:], key):
			return true, nil
		}
	}
}
