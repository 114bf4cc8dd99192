package spill

import "github.com/projsql/projsql/query/types"

// List is rows by position. Those that are kept in memory come first; once one is
// written to disk, all that follow are. The zero List has no rows. One goroutine uses it.
type List struct {
	kept [][]types.Datum
	free []types.Datum
	file *File
	tape *Tape
	read *Reader
	seen [seenBlocks]seenBlock
	old  int // of seen, is forgotten next
}

// seenBlock is a block whose rows have been unpacked.
type seenBlock struct {
	first int64
	rows  [][]types.Datum
}

// seenBlocks is how many unpacked blocks a list keeps for Row.
const seenBlocks = 4

const chunkDatums = 2048

// Keep adds a row in memory. The list copies the row, not what its Datums point to.
func (l *List) Keep(row []types.Datum) {
	if len(l.free) < len(row) {
		l.free = make([]types.Datum, max(chunkDatums, len(row)))
	}
	kept := l.free[:len(row):len(row)]
	l.free = l.free[len(row):]
	copy(kept, row)
	l.kept = append(l.kept, kept)
}

// Write adds a row on disk. Errors: 53400, 53100, 58030.
func (l *List) Write(s *Space, row []types.Datum) error {
	if l.tape == nil {
		file, err := s.Create()
		if err != nil {
			return err
		}
		l.file, l.tape = file, file.Tape(len(row))
		l.read = l.tape.Reader()
	}
	return l.tape.Append(row)
}

// Spilled reports whether rows are on disk.
func (l *List) Spilled() bool { return l.tape != nil }

// Len is the number of rows.
func (l *List) Len() int {
	if l.tape == nil {
		return len(l.kept)
	}
	return len(l.kept) + int(l.tape.rows)
}

// Kept are the rows in memory: all, unless Spilled.
func (l *List) Kept() [][]types.Datum { return l.kept }

// DiskBytes is what the list has on disk.
func (l *List) DiskBytes() int64 {
	if l.file == nil {
		return 0
	}
	return l.file.bytes
}

// Row returns a row, which the caller must not change. Rows near those that were asked
// for last come from memory. Errors: XX001, 58030.
func (l *List) Row(i int) ([]types.Datum, error) {
	if i < len(l.kept) {
		return l.kept[i], nil
	}
	at := int64(i - len(l.kept))
	for b := range l.seen {
		s := &l.seen[b]
		if at >= s.first && at < s.first+int64(len(s.rows)) {
			return s.rows[at-s.first], nil
		}
	}
	return l.unpack(at)
}

// unpack remembers the block of a row.
func (l *List) unpack(at int64) ([]types.Datum, error) {
	r := l.read
	if err := r.load(l.tape.blockOf(at)); err != nil {
		return nil, err
	}
	first, n := r.next, int(r.end-r.next)
	rows, values := make([][]types.Datum, n), make([]types.Datum, n*l.tape.width)
	for i := range rows {
		rows[i] = values[i*l.tape.width : (i+1)*l.tape.width : (i+1)*l.tape.width]
		if _, err := r.Next(rows[i]); err != nil {
			return nil, err
		}
	}
	l.seen[l.old] = seenBlock{first: first, rows: rows}
	l.old = (l.old + 1) % seenBlocks
	return rows[at-first], nil
}

// Close gives memory and room back; the list is empty.
func (l *List) Close() {
	l.file.Close()
	*l = List{}
}
