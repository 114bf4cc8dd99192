package exec

import (
	"slices"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// take begins the next left row.
func (j *join) take() (bool, error) {
	for j.at == len(j.batch) {
		if j.unseekable != nil {
			return false, j.unseekable
		}
		var err error
		j.at = 0
		if j.batch, err = j.nextLeft(); err != nil || len(j.batch) == 0 {
			j.batch = nil
			return false, err
		}
		if j.index != nil {
			j.seek()
		}
	}
	j.row, j.busy, j.some = j.batch[j.at], true, j.disk.paired()
	if j.index != nil {
		j.candidate, j.last = int(j.rings[j.at][0]), int(j.rings[j.at][1])
	}
	j.at++
	if j.node.Lateral {
		j.leftFrame.Row = j.row
		if err := j.runLateral(); err != nil {
			return false, err
		}
	}
	if j.index == nil {
		j.candidate, j.last = 0, j.rightRows()-1
	}
	return true, nil
}

// seek looks for the partners of the batch. A row whose keys cannot be computed ends it: the
// error is of those who ask for that row.
func (j *join) seek() {
	w := len(j.node.LeftKeys)
	j.keys = slices.Grow(j.keys[:0], w*len(j.batch))[:w*len(j.batch)]
	for i, row := range j.batch {
		j.leftFrame.Row = row
		if j.unseekable = j.leftKeys.fill(&j.leftFrame, j.keys[i*w:(i+1)*w]); j.unseekable != nil {
			j.batch = j.batch[:i]
			break
		}
	}
	j.rings = slices.Grow(j.rings[:0], len(j.batch))[:len(j.batch)]
	j.index.find(j.keys[:w*len(j.batch)], j.rings)
}

// pass goes on to the next candidate.
func (j *join) pass() {
	switch {
	case j.candidate == j.last:
		j.candidate = -1
	case j.index != nil:
		j.candidate = int(j.index.next[j.candidate])
	default:
		j.candidate++
	}
}

// runLateral keeps the right rows of one left row.
func (j *join) runLateral() error {
	j.over.Close()
	j.run.memory.give(j.taken)
	j.taken = 0
	j.kept.reset()
	up := j.leftFrame
	if err := j.right.open(&up); err != nil {
		return err
	}
	for {
		batch, err := j.right.next()
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			return nil
		}
		for _, row := range batch {
			if err := j.keepAny(row); err != nil {
				return err
			}
		}
	}
}

// step pairs the left row with its next candidate, or ends it.
func (j *join) step() error {
	if j.candidate < 0 || j.candidate > j.last {
		if j.disk.ended(j.some) && (j.node.Kind == plan.LeftJoin || j.node.Kind == plan.FullJoin) {
			row := j.out.add()
			copy(row, j.row)
			clear(row[j.leftWidth:])
			j.given(-1)
		}
		j.busy = false
		return nil
	}
	n := j.candidate
	if j.tried++; j.tried%dropRows == 0 {
		if err := j.run.check(); err != nil {
			return err
		}
	}
	right, err := j.rightRow(n)
	if err != nil {
		return err
	}
	j.pass()
	pair := j.out.add()
	copy(pair, j.row)
	if !j.leavesRight || j.disk != nil {
		copy(pair[j.leftWidth:], right)
	}
	if j.condition != nil {
		j.frame.Row = pair
		if ok, err := isTrue(j.condition, &j.frame); err != nil || !ok {
			j.out.drop()
			return err
		}
	}
	j.given(n)
	j.some = true
	if j.matched != nil {
		j.matched[n] = true
	}
	return nil
}

// bring puts a right row into a pair that was given without it.
func (j *join) bring(pair []types.Datum, right int32) {
	if j.leavesRight && right >= 0 {
		copy(pair[j.leftWidth:], j.kept.row(int(right)))
	}
}

// mark makes ready for noting which right rows find a partner.
func (j *join) mark() {
	if j.keepsRight() {
		j.matched = make([]bool, j.rightRows())
	}
}

func (j *join) keepsRight() bool {
	return j.node.Kind == plan.RightJoin || j.node.Kind == plan.FullJoin
}

// givesNullKeys reports whether right rows are given of which the keys have a NULL: several are of one group.
func (j *join) givesNullKeys() bool { return j.keepsRight() && j.index.found < j.kept.count }

// emitUnmatched gives the right rows that found no partner.
func (j *join) emitUnmatched() error {
	if !j.keepsRight() {
		j.rest = j.rightRows()
		return nil
	}
	for ; j.rest < j.rightRows() && !j.out.full(); j.rest++ {
		if j.matched[j.rest] {
			continue
		}
		right, err := j.rightRow(j.rest)
		if err != nil {
			return err
		}
		row := j.out.add()
		clear(row[:j.leftWidth])
		copy(row[j.leftWidth:], right)
		j.given(j.rest)
	}
	return nil
}

// given notes which right row is in the output's last row.
func (j *join) given(right int) {
	if !j.tellRights {
		return
	}
	if j.disk != nil {
		right = -1
	}
	j.rights = append(j.rights, int32(right))
}
