package spill

import (
	"sort"
	"unsafe"

	"github.com/projsql/projsql/query/types"
)

// Reader reads a tape, also while it is written.
type Reader struct {
	tape  *Tape
	block int    // which the rows are read from; behind the written ones: the tail
	next  int64  // the row that is read next
	end   int64  // behind the last row that is in rest
	whole string // the block
	rest  types.Unpacker
	buf   []byte
}

// Mark is where a row begins.
type Mark struct {
	block, offset int
	row           int64
}

// BeginsBlock reports whether the row is the first of what is read at once.
func (m Mark) BeginsBlock() bool { return m.offset == 0 }

// Row is the number of the row.
func (m Mark) Row() int64 { return m.row }

// Mark is where the row begins that is appended next.
func (t *Tape) Mark() Mark { return Mark{block: len(t.blocks), offset: len(t.tail), row: t.rows} }

// Reader returns a reader at the first row.
func (t *Tape) Reader() *Reader { return &Reader{tape: t, block: -1} }

// Next reads a row into the given slice, which has the tape's width; false at the end. Its
// Datums stay valid. Errors: XX001, 58030.
func (r *Reader) Next(row []types.Datum) (bool, error) {
	if r.next == r.end {
		if r.next == r.tape.rows {
			return false, nil
		}
		if err := r.SeekRow(r.next); err != nil {
			return false, err
		}
	}
	for i := range row {
		row[i] = r.rest.Next()
	}
	r.next++
	return true, nil
}

// SeekMark goes to a row at once. The tape must have been finished.
func (r *Reader) SeekMark(m Mark) error {
	if r.block != m.block {
		if err := r.load(m.block); err != nil {
			return err
		}
	}
	r.next, r.rest = m.row, r.rest.At(r.whole[m.offset:])
	return nil
}

// SeekRow goes to a row, which must be there.
func (r *Reader) SeekRow(row int64) error {
	if r.block < 0 || row < r.next || row >= r.end {
		if err := r.load(r.tape.blockOf(row)); err != nil {
			return err
		}
	}
	for ; r.next < row; r.next++ {
		for range r.tape.width {
			r.rest.Next()
		}
	}
	return nil
}

// blockOf is the block of a row; behind the written ones: the tail.
func (t *Tape) blockOf(row int64) int {
	if row >= t.tailAt {
		return len(t.blocks)
	}
	return sort.Search(len(t.blocks), func(i int) bool { return t.blocks[i].first > row }) - 1
}

// load begins a block. The tail is copied, since it is written over.
func (r *Reader) load(n int) error {
	t := r.tape
	if n == len(t.blocks) {
		r.block, r.next, r.end, r.buf = n, t.tailAt, t.rows, nil
		r.whole = string(t.tail)
		r.rest = types.Unpack(r.whole)
		return nil
	}
	at := t.blocks[n]
	if r.rest.Shared() || cap(r.buf) < int(at.bytes) {
		r.buf = make([]byte, max(at.bytes, BlockBytes))
	}
	b := r.buf[:at.bytes]
	if err := t.file.read(b, at); err != nil {
		return err
	}
	r.block, r.next, r.end = n, at.first, t.tailAt
	if n+1 < len(t.blocks) {
		r.end = t.blocks[n+1].first
	}
	r.whole = unsafe.String(unsafe.SliceData(b), len(b))
	r.rest = types.Unpack(r.whole)
	return nil
}
