package temptable

import (
	"iter"
	"slices"

	"github.com/projsql/projsql/query/types"
)

// Row is one row's values, in the order of the table's columns. It is immutable
// once it is in a Version.
type Row = []types.Datum

// RowID names a row as long as it lives, whatever UPDATE makes of it. It is unique
// in a session and never 0.
type RowID int64

// chunkRows is how many rows share a slice: what a small change copies.
const chunkRows = 256

// chunk is a stretch of rows.
type chunk struct {
	rows []Row
	ids  []rowID
}

// rowID is a row's name, and what tells its forms apart: which of the table's row forms it
// is, from 1, and the transaction that it is of.
type rowID struct {
	row   RowID
	place uint32
	by    uint32
}

// Version is the content of a table at one moment. It is immutable and safe for
// concurrent use.
type Version struct {
	chunks []chunk
	rows   int
	bytes  int64
}

// Len is the number of rows.
func (v *Version) Len() int { return v.rows }

// Bytes is the memory that the rows take.
func (v *Version) Bytes() int64 { return v.bytes }

// All yields every row with its name, in the order of insertion.
func (v *Version) All() iter.Seq2[RowID, Row] {
	return func(yield func(RowID, Row) bool) {
		for _, c := range v.chunks {
			for i, r := range c.rows {
				if !yield(c.ids[i].row, r) {
					return
				}
			}
		}
	}
}

// Stored is All with the system columns of each row.
func (v *Version) Stored() iter.Seq2[System, Row] {
	return func(yield func(System, Row) bool) {
		for _, c := range v.chunks {
			for i, r := range c.rows {
				if !yield(System{Row: c.ids[i].row, Place: c.ids[i].place, By: c.ids[i].by}, r) {
					return
				}
			}
		}
	}
}

// Unchanged returns a function that tells which rows of v stand in now in the same
// form.
func (v *Version) Unchanged(now *Version) func(RowID) bool {
	if v == now {
		return func(RowID) bool { return true }
	}
	then, present := v.forms(), now.forms()
	return func(id RowID) bool {
		place, ok := present[id]
		return ok && place == then[id]
	}
}

func (v *Version) forms() map[RowID]uint32 {
	all := make(map[RowID]uint32, v.rows)
	for _, c := range v.chunks {
		for _, id := range c.ids {
			all[id.row] = id.place
		}
	}
	return all
}

// with returns a version that ends with more rows.
func (v *Version) with(more []Row, ids []rowID) *Version {
	made := &Version{chunks: slices.Clone(v.chunks), rows: v.rows + len(more), bytes: v.bytes}
	for _, r := range more {
		made.bytes += rowBytes(r)
	}
	if last := len(made.chunks) - 1; last >= 0 && len(made.chunks[last].rows) < chunkRows {
		c := &made.chunks[last]
		n := min(chunkRows-len(c.rows), len(more))
		*c = chunk{append(slices.Clone(c.rows), more[:n]...), append(slices.Clone(c.ids), ids[:n]...)}
		more, ids = more[n:], ids[n:]
	}
	for len(more) > 0 {
		n := min(chunkRows, len(more))
		made.chunks = append(made.chunks, chunk{slices.Clone(more[:n]), slices.Clone(ids[:n])})
		more, ids = more[n:], ids[n:]
	}
	return made
}

// without returns a version that lacks some rows, and those rows.
func (v *Version) without(ids []RowID) (*Version, map[RowID]Row) {
	gone := make(map[RowID]Row, len(ids))
	for _, id := range ids {
		gone[id] = nil
	}
	made := &Version{bytes: v.bytes}
	for _, c := range v.chunks {
		kept := c.without(gone)
		if len(kept.rows) > 0 {
			made.chunks = append(made.chunks, kept)
			made.rows += len(kept.rows)
		}
	}
	for _, r := range gone {
		made.bytes -= rowBytes(r)
	}
	return made, gone
}

// without returns the chunk itself if it loses nothing, and puts what it loses into
// gone.
func (c chunk) without(gone map[RowID]Row) chunk {
	kept := chunk{}
	lost := false
	for i, id := range c.ids {
		if _, ok := gone[id.row]; !ok {
			if lost {
				kept.rows, kept.ids = append(kept.rows, c.rows[i]), append(kept.ids, id)
			}
			continue
		}
		if !lost {
			kept, lost = chunk{slices.Clone(c.rows[:i]), slices.Clone(c.ids[:i])}, true
		}
		gone[id.row] = c.rows[i]
	}
	if !lost {
		return c
	}
	return kept
}

// rowBytes is the memory of a row.
func rowBytes(r Row) int64 {
	n := int64(40)
	for _, d := range r {
		n += int64(types.SizeBytes(d))
	}
	return n
}
