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
	end, err := r.skip()
	n.Raw = r.text[start:end]
	return n, err
}

// skip reads over a value, and returns where it ends.
func (r *textReader) skip() (end int, err error) {
	for depth := 0; ; {
		switch {
		case r.punct('{') || r.punct('['):
			depth++
		case r.punct('}') || r.punct(']'):
			depth--
		}
		end = r.end
		if err := r.next(); err != nil || depth == 0 {
			return end, err
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

// TextToken is a token of a JSON text.
type TextToken struct {
	Kind Kind // of a scalar or a key; 0 is a bracket, a comma or a colon
	Key  bool
	Raw  string
	Str  string // what a string stands for
}

// EachToken visits all tokens of the value in their order, until an error.
func (n *TextNode) EachToken(visit func(TextToken) error) error {
	r := n.reader()
	var objects []bool // of what is open
	key := false       // comes next
	for ; r.tok != tokEnd; r.again() {
		t := TextToken{Raw: r.found()}
		switch {
		case r.punct('{'), r.punct('['):
			key = r.punct('{')
			objects = append(objects, key)
		case r.punct('}'), r.punct(']'):
			objects = objects[:len(objects)-1]
		case r.punct(','):
			key = objects[len(objects)-1]
		case r.tok != tokPunct:
			t.Kind, t.Key, key = kindOf(r.tok), key, false
			if t.Kind == String {
				t.Str = r.str
			}
		}
		if err := visit(t); err != nil {
			return err
		}
	}
	return nil
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
