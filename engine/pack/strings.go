package pack

import (
	"hash/maphash"
	"slices"
	"strings"
	"unsafe"
)

// Strings are strings of bytes that lie one behind the other; where the same ones come again and
// again, each once. It is immutable; the zero value has none.
type Strings struct {
	text  string
	ends  Ints   // where each begins in the text, and where the last one ends; of none if stride is not 0
	codes []byte // of each string, which one of the text's it is; nil: they are those of the text
	// stride is the length of every string of the text, 0 if they differ.
	stride int
}

// A dictionary has at most so many strings, and each comes so many times at least, on average.
const (
	dictionaryMax    = 256
	dictionaryRepeat = 4
)

// NewDistinct returns a copy of values that are not the same again and again.
func NewDistinct(values []string) (p Strings) {
	p.concatenate(values)
	return p
}

// NewStrings returns a copy of the values.
func NewStrings(values []string) (p Strings) {
	if codes, once, ok := dictionary(values); ok {
		p.codes, values = codes, once
	}
	p.concatenate(values)
	return p
}

// dictionary returns which of the distinct values each one is, if they are few.
func dictionary(values []string) (codes []byte, once []string, ok bool) {
	limit := min(dictionaryMax, len(values)/dictionaryRepeat)
	if limit == 0 {
		return nil, nil, false
	}
	var (
		places   [4 * dictionaryMax]uint16 // of a value's hash and those after it: its code, and one; 0: free
		distinct [dictionaryMax]string
		n        int
	)
	codes = make([]byte, len(values))
	for i, v := range values {
		at := maphash.String(seed, v) % uint64(len(places))
		for places[at] != 0 && distinct[places[at]-1] != v {
			at = (at + 1) % uint64(len(places))
		}
		if places[at] == 0 {
			if n == limit {
				return nil, nil, false
			}
			distinct[n] = v
			n++
			places[at] = uint16(n)
		}
		codes[i] = byte(places[at] - 1)
	}
	return codes, slices.Clone(distinct[:n]), true
}

var seed = maphash.MakeSeed()

func (p *Strings) concatenate(values []string) {
	var text strings.Builder
	total, alike := 0, len(values) > 0
	for _, v := range values {
		total += len(v)
		alike = alike && len(v) == len(values[0])
	}
	text.Grow(total)
	ends := make([]int64, 1, len(values)+1)
	for _, v := range values {
		text.WriteString(v)
		ends = append(ends, int64(text.Len()))
	}
	p.text = text.String()
	if alike && total > 0 {
		p.stride = len(values[0])
		return
	}
	p.ends = NewInts(ends)
}

// At returns string i, which shares memory with the others.
func (p *Strings) At(i int) string {
	if p.codes != nil {
		i = int(p.codes[i])
	}
	if n := p.stride; n > 0 {
		return p.text[i*n : (i+1)*n]
	}
	return p.text[p.ends.At(i):p.ends.At(i+1)]
}

// SizeBytes is the memory that the strings take.
func (p *Strings) SizeBytes() int {
	return int(unsafe.Sizeof(*p)) + len(p.text) + cap(p.ends.bytes) + cap(p.codes)
}
