package exec

import (
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Limits bound one statement.
type Limits struct {
	// BytesMax is the memory that operators may keep (53200 beyond); 0 = BytesMaxDefault.
	BytesMax int64
	// WorkBytes is the memory that one operator keeps before it writes rows to temporary
	// files, HashBytes that of a hash table; 0 = BytesMax. They write sooner where
	// the operators together are near BytesMax.
	WorkBytes, HashBytes int64
	// TempBytesMax bounds the temporary files (53400 beyond); 0 = the node's bound alone.
	TempBytesMax int64
}

// BytesMaxDefault is Limits.BytesMax where nothing is said.
const BytesMaxDefault = 256 << 20

// memory accounts what operators keep.
type memory struct {
	bytes, bytesMax int64
	work, hash      int64 // of one operator
	tempMax         int64
}

func newMemory(l *Limits) memory {
	m := memory{bytesMax: l.BytesMax, work: l.WorkBytes, hash: l.HashBytes, tempMax: l.TempBytesMax}
	if m.bytesMax <= 0 {
		m.bytesMax = BytesMaxDefault
	}
	if m.work <= 0 {
		m.work = m.bytesMax
	}
	if m.hash <= 0 {
		m.hash = m.bytesMax
	}
	if m.tempMax <= 0 {
		m.tempMax = -1
	}
	return m
}

// take accounts n more bytes; 53200 if there are too many.
func (m *memory) take(n int) error {
	m.bytes += int64(n)
	if m.bytes > m.bytesMax {
		return OutOfMemory(m.bytesMax)
	}
	return nil
}

// OutOfMemory refuses a statement that must keep more than so many bytes.
func OutOfMemory(bytesMax int64) error {
	return sqlstate.New(sqlstate.OutOfMemory, "out of memory").
		WithDetail("The statement needs more than %d bytes.", bytesMax).
		WithHint("The values that an aggregate collects of one group, and what RETURNING gives, do not go to temporary files. A node's --query-memory is the bound.")
}

func (m *memory) give(n int) { m.bytes -= int64(n) }

// spillMin is the least that an operator keeps: writing less would not help.
const spillMin = 64 << 10

// groupShare is how many groups may have files before they have taken their own bound: as
// many as share the statement's memory.
const groupShare = 64

// full reports whether who has taken so many bytes must write rows to disk: beyond its
// own bound, or where the statement comes near its limit.
func (m *memory) full(taken int, bound int64, least int) bool {
	return int64(taken) > bound || m.bytes > m.bytesMax-m.bytesMax/4 && taken > least
}

// workFull is full for an operator that may have work_mem.
func (r *run) workFull(taken int) bool {
	return r.memory.full(taken, r.memory.work, spillMin) && r.temp != nil
}

// hashFull is full for a hash table.
func (r *run) hashFull(taken int) bool {
	return r.memory.full(taken, r.memory.hash, spillMin) && r.temp != nil
}

// groupFull is full for what an aggregate keeps of one group.
func (r *run) groupFull(taken int) bool {
	least := max(spillMin, int(r.memory.bytesMax/groupShare))
	return r.memory.full(taken, r.memory.work, least) && r.temp != nil
}

// files is where the statement's temporary files are.
func (r *run) files() *spill.Space {
	if r.space == nil {
		r.space = r.temp.Space(r.memory.tempMax)
	}
	return r.space
}

// usage is where an operator tells what memory it used; nil: nobody asks.
func (r *run) usage(n plan.Node) *plan.Usage {
	if a := r.actual[n]; a != nil {
		return &a.Usage
	}
	return nil
}
