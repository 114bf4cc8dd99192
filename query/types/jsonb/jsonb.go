package jsonb

import (
	"iter"
	"strings"
)

// The encoding, after the version byte: a value is a tag byte and its payload,
// whose length the container (or the document) knows.
//
//	null, false, true  nothing
//	string             its bytes
//	number             its text, as numeric prints it
//	array              count, count ends, the elements
//	object             count, count key ends, count value ends, the keys, the values
//
// Counts and ends are little-endian integers of 1, 2 or 4 bytes, which the tag
// says; ends count from the start of the area they divide. Keys stand in
// ascending order of (length, bytes), so that a lookup is a binary search that
// mostly compares lengths.
const version = 1

const (
	tagNull   = 0x00
	tagFalse  = 0x01
	tagTrue   = 0x02
	tagString = 0x03
	tagNumber = 0x04
	tagArray  = 0x10 // + width: 0, 1, 2 for 1, 2, 4 bytes
	tagObject = 0x20
)

// BytesMax is the size limit of a document, PostgreSQL's limit of a jsonb container.
const BytesMax = 1<<28 - 1

// DepthMax is the limit of nesting. (PostgreSQL's is its stack's, near this.)
const DepthMax = 6000

// Kind is the kind of a value, ordered as jsonb orders kinds.
type Kind uint8

// Kinds; the zero value is not valid.
const (
	Null Kind = iota + 1
	String
	Number
	Bool
	Array
	Object
)

// String is what jsonb_typeof says.
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case String:
		return "string"
	case Number:
		return "number"
	case Bool:
		return "boolean"
	case Array:
		return "array"
	case Object:
		return "object"
	}
	return ""
}

// Value is a value inside a document, read in place. The zero Value is no value.
type Value struct {
	node string // tag and payload
}

// Root returns the document's value.
func Root(doc string) Value {
	if len(doc) < 2 || doc[0] != version {
		return Value{}
	}
	return Value{doc[1:]}
}

// Doc returns the value as a document of its own (a copy).
func (v Value) Doc() string {
	if v.node == "" {
		return "\x01\x00"
	}
	return "\x01" + v.node
}

// TypeOf returns the kind of the document; 0 if it is not valid.
func TypeOf(doc string) Kind { return Root(doc).Kind() }

// Kind returns its kind, 0 for no value.
func (v Value) Kind() Kind {
	if v.node == "" {
		return 0
	}
	switch tag := v.node[0]; {
	case tag == tagNull:
		return Null
	case tag == tagFalse || tag == tagTrue:
		return Bool
	case tag == tagString:
		return String
	case tag == tagNumber:
		return Number
	case tag>>2 == tagArray>>2 && tag&3 < 3:
		return Array
	case tag>>2 == tagObject>>2 && tag&3 < 3:
		return Object
	}
	return 0
}

// Text is ->>'s text: a string's bytes, else the JSON text. It shares the document
// for strings and numbers. false if v is null or no value.
func (v Value) Text() (string, bool) {
	if v.node != "" && (v.node[0] == tagNumber || v.node[0] == tagString) {
		return v.node[1:], true
	}
	return v.otherText()
}

func (v Value) otherText() (string, bool) {
	switch v.Kind() {
	case 0, Null:
		return "", false
	case Bool:
		if v.Bool() {
			return "true", true
		}
		return "false", true
	}
	return string(v.AppendText(nil)), true
}

// Bool returns a boolean's value.
func (v Value) Bool() bool { return v.node != "" && v.node[0] == tagTrue }

// container is an array's or object's parts. The zero container is empty.
type container struct {
	count  int
	width  int
	keys   string // key ends
	ends   string // value ends
	keyed  string // the keys' bytes
	values string
}

// open reads a container's frame; what does not fit gives an empty one.
func (v Value) open() (c container, ok bool) {
	kind := v.Kind()
	if kind != Array && kind != Object {
		return container{}, false
	}
	c.width = 1 << (v.node[0] & 3)
	body := v.node[1:]
	if len(body) < c.width {
		return container{}, false
	}
	c.count, body = number(body, 0, c.width), body[c.width:]
	table := c.count * c.width
	tables := table
	if kind == Object {
		tables *= 2
	}
	if table < 0 || tables > len(body) {
		return container{}, false
	}
	c.ends, c.values = body[tables-table:tables], body[tables:]
	if kind == Object && c.count > 0 {
		c.keys = body[:table]
		split := number(c.keys, table-c.width, c.width)
		if split < 0 || split > len(c.values) {
			return container{}, false
		}
		c.keyed, c.values = c.values[:split], c.values[split:]
	}
	return c, true
}

func number(s string, at, width int) int {
	switch width {
	case 1:
		return int(s[at])
	case 2:
		return int(s[at]) | int(s[at+1])<<8
	}
	return int(s[at]) | int(s[at+1])<<8 | int(s[at+2])<<16 | int(s[at+3])<<24
}

// part returns the i-th of the parts of area that the table of ends divides.
func (c *container) part(table, area string, i int) string {
	start := 0
	if i > 0 {
		start = number(table, (i-1)*c.width, c.width)
	}
	end := number(table, i*c.width, c.width)
	if start > end || end > len(area) {
		return ""
	}
	return area[start:end]
}

func (c *container) value(i int) Value { return Value{c.part(c.ends, c.values, i)} }

func (c *container) key(i int) string { return c.part(c.keys, c.keyed, i) }

func (c *container) find(key string) (Value, bool) {
	low, high := 0, c.count
	for low < high {
		mid := int(uint(low+high) >> 1)
		switch order := compareKeys(c.key(mid), key); {
		case order == 0:
			return c.value(mid), true
		case order < 0:
			low = mid + 1
		default:
			high = mid
		}
	}
	return Value{}, false
}

func compareKeys(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// Len is the number of elements or pairs, 0 for scalars.
func (v Value) Len() int {
	c, _ := v.open()
	return c.count
}

// Get returns an object's value of a key; false if there is none.
func (v Value) Get(key string) (Value, bool) {
	if v.isSmall() {
		return v.getSmall(key)
	}
	if v.Kind() != Object {
		return Value{}, false
	}
	c, _ := v.open()
	return c.find(key)
}

func (v Value) isSmall() bool {
	return len(v.node) > 1 && v.node[0] == tagObject && v.node[1] <= smallObjectMax
}

// smallObjectMax is the number of keys up to which a look at each is faster than a
// binary search.
const smallObjectMax = 12

// getSmall is Get of an object whose numbers are bytes, without opening it: most
// payloads are such objects.
func (v Value) getSmall(key string) (Value, bool) {
	count := int(v.node[1])
	ends := v.node[2:]
	if len(ends) < 2*count {
		return Value{}, false
	}
	area := ends[2*count:]
	start := 0
	for i := range count {
		end := int(ends[i])
		if size := end - start; size == len(key) && end <= len(area) && area[start:end] == key {
			return smallValue(ends, area, count, i)
		} else if size > len(key) {
			break
		}
		start = end
	}
	return Value{}, false
}

// smallValue is the i-th value of an object as in getSmall. The keys come before the
// values in area.
func smallValue(ends, area string, count, i int) (Value, bool) {
	keys := int(ends[count-1])
	start, end := keys, keys+int(ends[count+i])
	if i > 0 {
		start += int(ends[count+i-1])
	}
	if start > end || end > len(area) {
		return Value{}, false
	}
	return Value{area[start:end]}, true
}

// At returns an array's element, from 0; negative counts from the end.
func (v Value) At(i int) (Value, bool) {
	if v.Kind() != Array {
		return Value{}, false
	}
	c, _ := v.open()
	if i < 0 {
		i += c.count
	}
	if i < 0 || i >= c.count {
		return Value{}, false
	}
	return c.value(i), true
}

// Pair returns an object's pair by its number in key order, from 0; false if there is none.
func (v Value) Pair(i int) (key string, value Value, ok bool) {
	c, _ := v.open()
	if v.Kind() != Object || i >= c.count {
		return "", Value{}, false
	}
	return c.key(i), c.value(i), true
}

// Elements yields an array's elements.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		c, _ := v.open()
		for i := range c.count {
			if !yield(c.value(i)) {
				return
			}
		}
	}
}

// Pairs yields an object's pairs in key order.
func (v Value) Pairs() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.Kind() != Object {
			return
		}
		c, _ := v.open()
		for i := range c.count {
			if !yield(c.key(i), c.value(i)) {
				return
			}
		}
	}
}
