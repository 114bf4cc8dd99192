package fold

import (
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/projsql/projsql/engine/pack"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/types"
)

// packed are rows that lie together, column by column. It implements projection.Packed.
type packed struct {
	rows    bits // that are states; nil: all
	columns []vector
}

// bits has one for each row.
type bits []uint8

func newBits(n int) bits { return make(bits, (n+7)/8) }

func (b bits) set(i int)      { b[i/8] |= 1 << (i % 8) }
func (b bits) has(i int) bool { return b[i/8]&(1<<(i%8)) != 0 }

// vector is a column's values of all rows.
type vector struct {
	kind  vectorKind
	nulls bits // nil: there are none
	ints  pack.Ints
	// scales are the numerics', whose coefficients are ints.
	scales  pack.Ints
	strings pack.Strings
	plain   []types.Datum
}

type vectorKind uint8

const (
	plainVector vectorKind = iota
	intVector              // and booleans, and the bits of floats
	numericVector
	stringVector
)

// Pack implements projection.Packer.
func (f *fold) Pack(states []projection.State) projection.Packed {
	p := &packed{columns: make([]vector, len(f.columns))}
	u := unpacks.Get().(*unpacked)
	defer unpacks.Put(u)
	for c := range f.columns {
		u.take(c, states)
		p.columns[c] = u.vector(f.columns[c].form)
	}
	u.clear()
	if slices.Contains(states, nil) {
		p.rows = newBits(len(states))
		for i, s := range states {
			if s != nil {
				p.rows.set(i)
			}
		}
	}
	return p
}

// unpacked are a column's values on their way into a vector, in memory that serves again.
type unpacked struct {
	values  []types.Datum
	ints    []int64
	strings []string
}

var unpacks = sync.Pool{New: func() any { return &unpacked{} }}

// take takes a column's values of the states.
func (u *unpacked) take(column int, states []projection.State) {
	u.values = u.values[:0]
	for _, s := range states {
		v := types.Null
		if s != nil {
			v = s.(*Row).values[column]
		}
		u.values = append(u.values, v)
	}
}

// clear lets go of the values.
func (u *unpacked) clear() {
	clear(u.values)
	clear(u.strings[:cap(u.strings)])
}

// vector makes one of the values.
func (u *unpacked) vector(f form) vector {
	v := vector{kind: kindOf(f, u.values)}
	for i, d := range u.values {
		if !d.IsNull() {
			continue
		}
		if v.nulls == nil {
			v.nulls = newBits(len(u.values))
		}
		v.nulls.set(i)
	}
	switch v.kind {
	case plainVector:
		v.plain = slices.Clone(u.values)
	case stringVector:
		u.strings = each(u.strings[:0], u.values, types.Datum.Str)
		v.strings = pack.NewStrings(u.strings)
	case numericVector:
		u.ints = each(u.ints[:0], u.values, scaleOf)
		v.scales = pack.NewInts(u.ints)
		fallthrough
	case intVector:
		u.ints = each(u.ints[:0], u.values, types.Datum.Int)
		v.ints = pack.NewInts(u.ints)
	}
	return v
}

func scaleOf(d types.Datum) int64 {
	scale, _ := types.NumericScale(d)
	return int64(scale)
}

// each appends what of gives for the values. A NULL is as one beside it, which takes least room.
func each[T any](all []T, values []types.Datum, of func(types.Datum) T) []T {
	var last T
	if first := slices.IndexFunc(values, func(d types.Datum) bool { return !d.IsNull() }); first >= 0 {
		last = of(values[first])
	}
	for _, d := range values {
		if !d.IsNull() {
			last = of(d)
		}
		all = append(all, last)
	}
	return all
}

func kindOf(f form, values []types.Datum) vectorKind {
	switch f {
	case formBool, formInt, formFloat:
		return intVector
	case formBytes, formUUID, formJSON, formAddress, formShape, formBits, formSearch:
		return stringVector
	case formNumeric:
		for _, d := range values {
			if _, long := d.Pointer().(*types.Numeric); long {
				return plainVector
			}
		}
		return numericVector
	}
	return plainVector
}

// at returns the value of a row.
func (v *vector) at(i int) types.Datum {
	if v.nulls != nil && v.nulls.has(i) {
		return types.Null
	}
	switch v.kind {
	case intVector:
		return types.Int(v.ints.At(i))
	case stringVector:
		return types.String(v.strings.At(i))
	case numericVector:
		return types.NumericScaled(v.ints.At(i), int32(v.scales.At(i)))
	}
	return v.plain[i]
}

func (v *vector) sizeBytes() int {
	n := len(v.nulls) + v.ints.SizeBytes() + v.scales.SizeBytes() + v.strings.SizeBytes()
	for _, d := range v.plain {
		n += types.SizeBytes(d)
	}
	return n
}

// Has implements projection.Packed.
func (p *packed) Has(i int) bool { return p.rows == nil || p.rows.has(i) }

// Value returns a declared column's value of state i, which shares memory with the others'.
func (p *packed) Value(column, i int) types.Datum { return p.columns[column].at(i) }

// Fill writes a declared column's values of the states from i on into column at of rows.
func (p *packed) Fill(column, i int, rows [][]types.Datum, at int) {
	v := &p.columns[column]
	switch {
	case v.nulls != nil || v.kind == plainVector:
		for k, row := range rows {
			row[at] = v.at(i + k)
		}
	case v.kind == intVector:
		for k, row := range rows {
			row[at] = types.Int(v.ints.At(i + k))
		}
	case v.kind == stringVector:
		for k, row := range rows {
			row[at] = types.String(v.strings.At(i + k))
		}
	default:
		for k, row := range rows {
			row[at] = types.NumericScaled(v.ints.At(i+k), int32(v.scales.At(i+k)))
		}
	}
}

// State implements projection.Packed.
func (p *packed) State(i int) projection.State {
	if !p.Has(i) {
		return nil
	}
	row := &Row{values: make([]types.Datum, len(p.columns))}
	length := 0
	for c := range p.columns {
		row.values[c] = p.columns[c].at(i)
		if p.columns[c].kind == stringVector {
			length += len(row.values[c].Str())
		}
	}
	row.own(p.columns, length)
	return row
}

// own copies the strings, of so many bytes, that others have.
func (r *Row) own(columns []vector, length int) {
	var text strings.Builder
	text.Grow(length)
	for c := range columns {
		if columns[c].kind == stringVector && !r.values[c].IsNull() {
			from := text.Len()
			text.WriteString(r.values[c].Str())
			r.values[c] = types.String(text.String()[from:])
		}
	}
}

// SizeBytes implements projection.Packed.
func (p *packed) SizeBytes() int {
	n := int(unsafe.Sizeof(*p)) + len(p.rows)
	for c := range p.columns {
		n += int(unsafe.Sizeof(p.columns[c])) + p.columns[c].sizeBytes()
	}
	return n
}
