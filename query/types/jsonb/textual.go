package jsonb

import (
	"iter"
	"strings"
)

// TextNode is a value of a JSON text as type json keeps it: white space, the order
// of keys and their duplicates are as they were written. What is in it is read when it is asked for.
type TextNode struct {
	Kind Kind
	// Raw is the value's text, from its first token to its last.
	Raw string
	// Str is what a string stands for; empty if escapes were not read.
	Str     string
	escapes bool
}

// TextMember is an element of an array, or a pair of an object.
type TextMember struct {
	Key   string
	Value *TextNode
}

// ReadText reads a JSON text that CheckText has passed. With escapes what strings
// stand for is read, which fails with 22P05 for \u0000.
func ReadText(text string, escapes bool) (*TextNode, error) {
	r := textReader{lexer: lexer{text: text, line: 1, unescape: escapes}}
	if err := r.next(); err != nil {
		return nil, err
	}
	return r.value()
}

type textReader struct{ lexer }

// value reads over a value and what is in it.
func (r *textReader) value() (*TextNode, error) {
	n := &TextNode{Kind: r.kind(), escapes: r.unescape}
	if n.Kind == String {
		n.Str = r.str
	}
	start := r.start
	for depth := 0; ; {
		switch {
		case r.punct('{') || r.punct('['):
			depth++
		case r.punct('}') || r.punct(']'):
			depth--
		}
		end := r.end
		if err := r.next(); err != nil {
			return nil, err
		}
		if depth == 0 {
			n.Raw = r.text[start:end]
			return n, nil
		}
	}
}

func (r *textReader) kind() Kind {
	switch {
	case r.punct('{'):
		return Object
	case r.punct('['):
		return Array
	}
	return kindOf(r.tok)
}

func kindOf(t token) Kind {
	switch t {
	case tokString:
		return String
	case tokNumber:
		return Number
	case tokNull:
		return Null
	}
	return Bool
}

// Members returns the elements of an array or the pairs of an object, one a call; false behind the last.
func (n *TextNode) Members() func() (TextMember, bool) {
	r := n.reader()
	r.again()
	return func() (m TextMember, ok bool) {
		if n.Kind < Array || r.punct('}') || r.punct(']') {
			return TextMember{}, false
		}
		if n.Kind == Object {
			m.Key = r.str
			r.again()
			r.again() // the colon
		}
		m.Value, _ = r.value()
		r.pass(',')
		return m, true
	}
}

// reader reads a value that was read before.
func (n *TextNode) reader() *textReader {
	r := &textReader{lexer: lexer{text: n.Raw, line: 1, unescape: n.escapes}}
	r.again()
	return r
}

// again is next of a text that was read before, which has no error.
func (r *textReader) again() {
	if err := r.next(); err != nil {
		panic("jsonb: a text that was read fails: " + err.Error())
	}
}

func (r *textReader) pass(b byte) {
	if r.punct(b) {
		r.again()
	}
}

// All yields Members.
func (n *TextNode) All() iter.Seq[TextMember] {
	return func(yield func(TextMember) bool) {
		next := n.Members()
		for m, ok := next(); ok && yield(m); m, ok = next() {
		}
	}
}

// Len is the number of Members.
func (n *TextNode) Len() (count int) {
	for range n.All() {
		count++
	}
	return count
}

// Text is the value as ->> gives it; false for null.
func (n *TextNode) Text() (string, bool) {
	switch n.Kind {
	case String:
		return n.Str, true
	case Null:
		return "", false
	}
	return strings.Clone(n.Raw), true // the whole is not kept with it
}

// At finds what a path leads to, nil if nothing. Of pairs with the same key the
// last one that leads on counts.
func (n *TextNode) At(path []string) *TextNode {
	if len(path) == 0 {
		return n
	}
	switch n.Kind {
	case Array:
		if at, ok := pathIndex(path[0]); ok {
			if v := n.Index(at); v != nil {
				return v.At(path[1:])
			}
		}
	case Object:
		var found *TextNode
		for m := range n.All() {
			if m.Key == path[0] {
				if v := m.Value.At(path[1:]); v != nil {
					found = v
				}
			}
		}
		return found
	}
	return nil
}

// Index is an array's element, from 0, or from its end if negative; nil without.
func (n *TextNode) Index(at int) *TextNode {
	if n.Kind != Array {
		return nil
	}
	if at < 0 {
		at += n.Len()
	}
	for m := range n.All() {
		if at == 0 {
			return m.Value
		}
		at--
	}
	return nil
}

// AppendStripped writes the value without blanks and without pairs whose value is
// null.
func (n *TextNode) AppendStripped(buf []byte) []byte {
	r := n.reader()
	return r.strip(buf)
}

func (r *textReader) strip(buf []byte) []byte {
	kind := r.kind()
	switch kind {
	case String:
		buf = AppendQuoted(buf, r.str)
		r.again()
		return buf
	case Object, Array:
	default:
		buf = append(buf, r.found()...)
		r.again()
		return buf
	}
	buf = append(buf, r.found()...)
	r.again()
	for first := true; !r.punct('}') && !r.punct(']'); r.pass(',') {
		key := r.str
		if kind == Object {
			r.again()
			if r.again(); r.tok == tokNull {
				r.again()
				continue
			}
		}
		if !first {
			buf = append(buf, ',')
		}
		if first = false; kind == Object {
			buf = append(AppendQuoted(buf, key), ':')
		}
		buf = r.strip(buf)
	}
	buf = append(buf, r.found()...)
	r.again()
	return buf
}
