package exec

import (
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
)

// rowList is rows that are kept by position, those that there is no memory for on disk.
type rowList struct {
	spill.List
	run   *run
	taken int
}

// add keeps a row.
func (l *rowList) add(row []types.Datum) error {
	if l.Spilled() || l.run.workFull(l.taken) {
		return l.Write(l.run.files(), row)
	}
	bytes := rowBytes(row)
	l.taken += bytes
	l.Keep(row)
	return l.run.memory.take(bytes)
}

// release gives everything back; the list is empty.
func (l *rowList) release() {
	l.run.memory.give(l.taken)
	l.taken = 0
	l.Close()
}
