package temptable

import (
	"iter"
	"slices"

	"github.com/projsql/projsql/query/types"
)

// Row is one row's values, in the order of the table's columns. It is immutable
// once it is in a Version.
type Row = []types.Datum

// chunkRows is how many rows share a slice: what a small change copies.
const chunkRows = 256

// Version is the content of a table at one moment. It is immutable and safe for
// concurrent use.
type Version struct {
	chunks [][]Row
	rows   int
	bytes  int64
}

// Len is the number of rows.
func (v *Version) Len() int { return v.rows }

// Bytes is the memory that the rows take.
func (v *Version) Bytes() int64 { return v.bytes }

// All yields every row with its place, in the order of insertion.
func (v *Version) All() iter.Seq2[Place, Row] {
	return func(yield func(Place, Row) bool) {
		for c, rows := range v.chunks {
			for i, r := range rows {
				if !yield(placeOf(c, i), r) {
					return
				}
			}
		}
	}
}

// Place is where a row stands in one Version.
type Place int64

func placeOf(chunk, index int) Place { return Place(chunk)*chunkRows + Place(index) }

func (p Place) chunk() int { return int(p / chunkRows) }
func (p Place) index() int { return int(p % chunkRows) }

func (v *Version) row(p Place) Row { return v.chunks[p.chunk()][p.index()] }

// with returns a version that ends with more rows.
func (v *Version) with(more []Row) *Version {
	made := &Version{chunks: slices.Clone(v.chunks), rows: v.rows + len(more), bytes: v.bytes}
	for _, r := range more {
		made.bytes += rowBytes(r)
	}
	if last := len(made.chunks) - 1; last >= 0 && len(made.chunks[last]) < chunkRows {
		n := min(chunkRows-len(made.chunks[last]), len(more))
		made.chunks[last] = append(slices.Clone(made.chunks[last]), more[:n]...)
		more = more[n:]
	}
	for len(more) > 0 {
		n := min(chunkRows, len(more))
		made.chunks = append(made.chunks, slices.Clone(more[:n]))
		more = more[n:]
	}
	return made
}

// without returns a version that lacks the rows at some places.
func (v *Version) without(places []Place) *Version {
	gone := map[int][]int{}
	for _, p := range places {
		gone[p.chunk()] = append(gone[p.chunk()], p.index())
	}
	made := &Version{bytes: v.bytes}
	for c, rows := range v.chunks {
		kept := rows
		if indexes := gone[c]; indexes != nil {
			kept = nil
			for i, r := range rows {
				if slices.Contains(indexes, i) {
					made.bytes -= rowBytes(r)
				} else {
					kept = append(kept, r)
				}
			}
		}
		if len(kept) > 0 {
			made.chunks = append(made.chunks, kept)
			made.rows += len(kept)
		}
	}
	return made
}

// rowBytes is the memory of a row.
func rowBytes(r Row) int64 {
	n := int64(24)
	for _, d := range r {
		n += int64(types.SizeBytes(d))
	}
	return n
}
