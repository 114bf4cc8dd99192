package exec

import "github.com/projsql/projsql/query/types"

// finishParts puts what did not fit to what is still to be done.
func (a *aggregate) finishParts() error {
	for i, s := range a.sets {
		if s.rest == nil {
			continue
		}
		set := i
		if a.part.of != nil {
			set = a.part.set
		}
		if err := a.parts.push(set, s.rest); err != nil {
			return err
		}
		s.rest = nil
	}
	if len(a.node.Keys) > 0 {
		a.usage.Hashed(1+a.parts.count, int64(a.taken), a.parts.disk)
	}
	return nil
}

// loadPart groups the rows of the next part on disk, if there is one.
func (a *aggregate) loadPart() (bool, error) {
	a.part.read()
	next, ok := a.parts.pop()
	if !ok {
		return false, nil
	}
	a.forget()
	a.part, a.set, a.at = next, 0, 0
	a.sets = []*groupSet{a.makeSet(a.keySets()[next.set])}
	return true, a.read(newTapeRows(next.tapes[0], a.node.Input.Width()).next)
}

// known finds a group, -1: it is another one, whose row is written to disk.
func (a *aggregate) known(s *groupSet, key []types.Datum, h uint64, row []types.Datum) (group int, err error) {
	if n, _ := s.index.probe(key, h); n >= 0 {
		return n, nil
	}
	if s.rest == nil {
		if s.rest, err = a.run.partitions(len(row), a.part.level(), len(a.sets)); err != nil {
			return 0, err
		}
	}
	return -1, s.rest.add(h, row)
}
