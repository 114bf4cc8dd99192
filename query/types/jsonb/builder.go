package jsonb

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Builder makes a document. The zero Builder is ready; values are added in order:
// BeginObject, Key, a value, …, End. A misuse panics.
type Builder struct {
	buf     []byte // the values of the open containers, one behind the other
	scratch []byte
	open    []frame
	entries []entry // of the open containers
	keys    []byte  // the keys of the open containers
}

// frame is an open container.
type frame struct {
	object  bool
	start   int // of its values in buf
	entries int // its first in entries
	keys    int // its first byte in keys
}

// entry is one value of an open container.
type entry struct {
	keyStart, keyEnd int
	end              int // of the value in buf
	start            int
}

// elementsMax bounds the values of open containers, where PostgreSQL has no memory for more.
const elementsMax = 1 << 24

func errTooLarge() error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "total size of jsonb object elements exceeds the maximum of %d bytes", BytesMax)
}

// BeginObject begins an object; End ends it.
func (b *Builder) BeginObject() { b.begin(true) }

// BeginArray begins an array; End ends it.
func (b *Builder) BeginArray() { b.begin(false) }

func (b *Builder) begin(object bool) {
	b.enter()
	b.open = append(b.open, frame{object: object, start: len(b.buf), entries: len(b.entries), keys: len(b.keys)})
}

// enter notes that a value begins.
func (b *Builder) enter() {
	switch {
	case len(b.open) == 0:
		if len(b.buf) == 0 {
			b.buf = append(b.buf, version)
		}
	case b.open[len(b.open)-1].object:
		b.entries[len(b.entries)-1].start = len(b.buf)
	default:
		b.entries = append(b.entries, entry{start: len(b.buf)})
	}
}

// leave notes that a value has ended.
func (b *Builder) leave() {
	if len(b.open) > 0 {
		b.entries[len(b.entries)-1].end = len(b.buf)
	}
}

// Key gives the key of the next value; the last of two equal keys wins.
func (b *Builder) Key(k string) {
	start := len(b.keys)
	b.keys = append(b.keys, k...)
	b.entries = append(b.entries, entry{keyStart: start, keyEnd: len(b.keys)})
}

// End ends the innermost array or object.
func (b *Builder) End() {
	f := b.open[len(b.open)-1]
	b.open = b.open[:len(b.open)-1]
	own := b.entries[f.entries:]
	if f.object {
		own = b.sortKeys(own)
	}
	b.scratch = b.appendContainer(b.scratch[:0], f, own)
	b.buf = append(b.buf[:f.start], b.scratch...)
	b.entries, b.keys = b.entries[:f.entries], b.keys[:f.keys]
	b.leave()
}

func (b *Builder) sortKeys(own []entry) []entry {
	order := func(x, y entry) int {
		if c := cmp.Compare(x.keyEnd-x.keyStart, y.keyEnd-y.keyStart); c != 0 {
			return c
		}
		return slices.Compare(b.keys[x.keyStart:x.keyEnd], b.keys[y.keyStart:y.keyEnd])
	}
	slices.SortStableFunc(own, order)
	kept := own[:0]
	for _, e := range own {
		if n := len(kept); n > 0 && order(kept[n-1], e) == 0 {
			kept[n-1] = e
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

func (b *Builder) appendContainer(out []byte, f frame, own []entry) []byte {
	keyBytes, valueBytes := 0, 0
	for _, e := range own {
		keyBytes += e.keyEnd - e.keyStart
		valueBytes += e.end - e.start
	}
	width, code := widthFor(max(len(own), keyBytes, valueBytes))
	tag := byte(tagArray)
	if f.object {
		tag = tagObject
	}
	out = appendNumber(append(out, tag|code), len(own), width)
	if f.object {
		end := 0
		for _, e := range own {
			end += e.keyEnd - e.keyStart
			out = appendNumber(out, end, width)
		}
	}
	end := 0
	for _, e := range own {
		end += e.end - e.start
		out = appendNumber(out, end, width)
	}
	if f.object {
		for _, e := range own {
			out = append(out, b.keys[e.keyStart:e.keyEnd]...)
		}
	}
	for _, e := range own {
		out = append(out, b.buf[e.start:e.end]...)
	}
	return out
}

func widthFor(n int) (width int, code byte) {
	switch {
	case n < 1<<8:
		return 1, 0
	case n < 1<<16:
		return 2, 1
	}
	return 4, 2
}

func appendNumber(out []byte, n, width int) []byte {
	for range width {
		out = append(out, byte(n))
		n >>= 8
	}
	return out
}

func (b *Builder) tag(t byte) {
	b.enter()
	b.buf = append(b.buf, t)
	b.leave()
}

// Null adds null.
func (b *Builder) Null() { b.tag(tagNull) }

// Bool adds a boolean.
func (b *Builder) Bool(v bool) {
	if v {
		b.tag(tagTrue)
		return
	}
	b.tag(tagFalse)
}

// String adds a string (valid UTF-8 without NUL).
func (b *Builder) String(s string) {
	b.enter()
	b.buf = append(append(b.buf, tagString), s...)
	b.leave()
}

// Number adds a number given as numeric prints it: digits, no exponent.
func (b *Builder) Number(text string) {
	b.enter()
	b.buf = append(append(b.buf, tagNumber), text...)
	b.leave()
}

// Int adds an integer.
func (b *Builder) Int(i int64) {
	b.enter()
	b.buf = strconv.AppendInt(append(b.buf, tagNumber), i, 10)
	b.leave()
}

// Value adds a value of a document; no value is added as null.
func (b *Builder) Value(v Value) {
	if v.node == "" {
		b.Null()
		return
	}
	b.enter()
	b.buf = append(b.buf, v.node...)
	b.leave()
}

func (b *Builder) tooLarge() bool { return len(b.buf)+len(b.keys) > BytesMax }

// room is an error where no value may be added.
func (b *Builder) room() error {
	switch {
	case b.tooLarge():
		return errTooLarge()
	case len(b.entries) >= elementsMax:
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "number of jsonb array elements exceeds the maximum allowed (%d)", elementsMax)
	}
	return nil
}

// Doc returns the document and resets the builder. Errors: 54000 (too large).
func (b *Builder) Doc() (string, error) {
	if len(b.open) > 0 || len(b.buf) < 2 {
		panic("jsonb: Doc of an unfinished document")
	}
	large, doc := b.tooLarge(), ""
	if !large {
		doc = string(b.buf)
	}
	b.buf = b.buf[:0]
	if large {
		return "", errTooLarge()
	}
	return doc, nil
}
