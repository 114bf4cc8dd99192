package types

import "strings"

// rangeBytes is a Range without its bounds' values.
const (
	datumBytes = 24
	rangeBytes = 32
)

// Clone returns d in memory of its own.
func Clone(d Datum) Datum {
	switch v := d.ref.(type) {
	case stringData:
		return String(strings.Clone(d.Str()))
	case *Array:
		c := *v
		c.Items = cloneAll(v.Items)
		return Pointer(&c)
	case *Record:
		c := *v
		c.Fields = cloneAll(v.Fields)
		return Pointer(&c)
	}
	return d // scalars have no memory; the rest, bounds of ranges too, never shares a buffer
}

func cloneAll(items []Datum) []Datum {
	out := make([]Datum, len(items))
	for i, d := range items {
		out[i] = Clone(d)
	}
	return out
}

// SizeBytes is the memory d holds, the Datum itself included.
func SizeBytes(d Datum) int {
	switch v := d.ref.(type) {
	case stringData:
		return datumBytes + int(d.num)
	case *Numeric:
		return datumBytes + 48 + len(v.coeff.Bits())*8
	case *Interval, *TimeTZ:
		return datumBytes + 16
	case *Array:
		return datumBytes + 64 + len(v.Dims)*8 + sizeOfAll(v.Items)
	case *Record:
		return datumBytes + 72 + len(v.Types)*4 + sizeOfAll(v.Fields)
	case *Range:
		return datumBytes + rangeBytes + SizeBytes(v.Lower.Value) + SizeBytes(v.Upper.Value)
	case *Multirange:
		n := datumBytes + 32
		for _, r := range v.Ranges {
			n += 8 + SizeBytes(Pointer(r))
		}
		return n
	}
	return datumBytes
}

func sizeOfAll(items []Datum) int {
	n := 0
	for _, d := range items {
		n += SizeBytes(d)
	}
	return n
}
