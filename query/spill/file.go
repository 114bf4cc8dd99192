package spill

import (
	"errors"
	"hash/crc32"
	"io"
	"os"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// File is a temporary file with tapes, whose blocks lie among each other.
type File struct {
	space *Space
	file  *os.File
	bytes int64
}

// Bytes is the size of the file.
func (f *File) Bytes() int64 { return f.bytes }

// Close gives the file's room back. It may be called again; nil is no file.
func (f *File) Close() {
	if f == nil || f.file == nil {
		return
	}
	f.space.free(f.file, f.bytes)
	delete(f.space.open, f)
	f.file, f.bytes = nil, 0
}

// Tape returns a new tape of rows with so many values.
func (f *File) Tape(width int) *Tape { return &Tape{file: f, width: width} }

// write appends a block. Errors: 53400, 53100, 58030.
func (f *File) write(b []byte) (offset int64, err error) {
	if err := f.space.reserve(int64(len(b))); err != nil {
		return 0, err
	}
	offset = f.bytes
	f.bytes += int64(len(b))
	if _, err := f.file.WriteAt(b, offset); err != nil {
		return 0, failure(err, "could not write to file %q", f.file.Name())
	}
	f.space.dir.written.Add(uint64(len(b)))
	return offset, nil
}

// read reads a block again. Errors: XX001 if it is not what was written, 58030.
func (f *File) read(b []byte, at block) error {
	_, err := f.file.ReadAt(b, at.offset)
	switch {
	case errors.Is(err, io.EOF) || err == nil && crc32.Checksum(b, castagnoli) != at.checksum:
		return sqlstate.New(sqlstate.DataCorrupted, "invalid block at offset %d of temporary file %q", at.offset, f.file.Name())
	case err != nil:
		return failure(err, "could not read from file %q", f.file.Name())
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// BlockBytes is what a tape that is written, and a Reader, have in memory, unless one row
// is longer.
const BlockBytes = 16 << 10

// blockRows is the most rows of a block, for those that take no bytes.
const blockRows = BlockBytes

// block is where some rows are.
type block struct {
	offset   int64
	bytes    uint32
	checksum uint32
	first    int64 // its first row
}

// Tape is rows that are written once and then read. It is used by one goroutine.
type Tape struct {
	file   *File
	width  int
	blocks []block
	tail   []byte // rows from tailAt on, not written yet
	tailAt int64
	rows   int64
}

// Rows is how many rows it has.
func (t *Tape) Rows() int64 { return t.rows }

// Append adds a row. Errors: 53400, 53100, 58030.
func (t *Tape) Append(row []types.Datum) error {
	if t.tail == nil {
		t.tail = make([]byte, 0, BlockBytes)
	}
	for _, d := range row {
		t.tail = types.AppendPacked(t.tail, d)
	}
	t.rows++
	if len(t.tail) < BlockBytes-BlockBytes/16 && t.rows-t.tailAt < blockRows {
		return nil
	}
	return t.flush()
}

func (t *Tape) flush() error {
	if t.rows == t.tailAt {
		return nil
	}
	offset, err := t.file.write(t.tail)
	if err != nil {
		return err
	}
	t.blocks = append(t.blocks, block{offset: offset, bytes: uint32(len(t.tail)), checksum: crc32.Checksum(t.tail, castagnoli), first: t.tailAt})
	t.tail, t.tailAt = t.tail[:0], t.rows
	if cap(t.tail) > 2*BlockBytes {
		t.tail = nil
	}
	return nil
}

// Finish writes what is still in memory; nothing may be appended after it.
func (t *Tape) Finish() error {
	err := t.flush()
	t.tail = nil
	return err
}
