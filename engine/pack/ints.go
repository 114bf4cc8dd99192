// Package pack holds many values in little memory and without pointers, so that who walks them
// walks memory in its order, and the garbage collector passes by.
package pack

import (
	"encoding/binary"
	"unsafe"
)

// Ints are integers, each as its difference from the least, in as many bytes as the greatest
// difference needs. It is immutable; the zero value has none.
type Ints struct {
	least int64
	width uint8 // bytes of each: 0, 1, 2, 4 or 8
	bytes []byte
}

// NewInts returns a copy of the values.
func NewInts(values []int64) Ints {
	if len(values) == 0 {
		return Ints{}
	}
	least, most := values[0], values[0]
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	p := Ints{least: least, width: widthOf(uint64(most) - uint64(least))}
	p.bytes = make([]byte, len(values)*int(p.width))
	switch p.width {
	case 1:
		for i, v := range values {
			p.bytes[i] = byte(v - least)
		}
	case 2:
		for i, v := range values {
			binary.LittleEndian.PutUint16(p.bytes[2*i:], uint16(v-least))
		}
	case 4:
		for i, v := range values {
			binary.LittleEndian.PutUint32(p.bytes[4*i:], uint32(v-least))
		}
	case 8:
		for i, v := range values {
			binary.LittleEndian.PutUint64(p.bytes[8*i:], uint64(v-least))
		}
	}
	return p
}

func widthOf(difference uint64) uint8 {
	switch {
	case difference == 0:
		return 0
	case difference < 1<<8:
		return 1
	case difference < 1<<16:
		return 2
	case difference < 1<<32:
		return 4
	}
	return 8
}

// At returns value i.
func (p *Ints) At(i int) int64 {
	switch p.width {
	case 0:
		return p.least
	case 1:
		return p.least + int64(p.bytes[i])
	case 2:
		return p.least + int64(binary.LittleEndian.Uint16(p.bytes[2*i:]))
	case 4:
		return p.least + int64(binary.LittleEndian.Uint32(p.bytes[4*i:]))
	}
	return p.least + int64(binary.LittleEndian.Uint64(p.bytes[8*i:]))
}

// SizeBytes is the memory that the values take.
func (p *Ints) SizeBytes() int { return int(unsafe.Sizeof(*p)) + cap(p.bytes) }
