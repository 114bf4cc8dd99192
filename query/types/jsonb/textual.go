package jsonb

import "strings"

// TextNode is a value of a JSON text as type json keeps it: white space, the order
// of keys and their duplicates are as they were written.
type TextNode struct {
	Kind Kind
	// Raw is the value's text, from its first token to its last.
	Raw string
	// Str is what a string stands for; empty if escapes were not read.
	Str string
	// Members are the elements of an array or the pairs of an object.
	Members []TextMember
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

func (r *textReader) value() (*TextNode, error) {
	n := &TextNode{}
	start, end := r.start, r.end
	var err error
	switch {
	case r.punct('{'):
		n.Kind = Object
		end, err = r.members(n, '}')
	case r.punct('['):
		n.Kind = Array
		end, err = r.members(n, ']')
	default:
		if n.Kind = kindOf(r.tok); n.Kind == String {
			n.Str = r.str
		}
	}
	if err != nil {
		return nil, err
	}
	n.Raw = strings.Clone(r.text[start:end])
	return n, r.next()
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

// members reads up to the closing bracket and returns where that ends.
func (r *textReader) members(n *TextNode, closing byte) (int, error) {
	if err := r.next(); err != nil {
		return 0, err
	}
	for !r.punct(closing) {
		m := TextMember{Key: r.str}
		if n.Kind == Object { // the key and the colon
			for range 2 {
				if err := r.next(); err != nil {
					return 0, err
				}
			}
		}
		var err error
		if m.Value, err = r.value(); err != nil {
			return 0, err
		}
		n.Members = append(n.Members, m)
		if r.punct(',') {
			if err := r.next(); err != nil {
				return 0, err
			}
		}
	}
	return r.end, nil
}

// Text is the value as ->> gives it; false for null.
func (n *TextNode) Text() (string, bool) {
	switch n.Kind {
	case String:
		return n.Str, true
	case Null:
		return "", false
	}
	return n.Raw, true
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
		for i := len(n.Members) - 1; i >= 0; i-- {
			if m := n.Members[i]; m.Key == path[0] {
				if v := m.Value.At(path[1:]); v != nil {
					return v
				}
			}
		}
	}
	return nil
}

// Index is an array's element, from 0, or from its end if negative; nil without.
func (n *TextNode) Index(at int) *TextNode {
	if n.Kind != Array {
		return nil
	}
	if at < 0 {
		at += len(n.Members)
	}
	if at < 0 || at >= len(n.Members) {
		return nil
	}
	return n.Members[at].Value
}

// AppendStripped writes the value without blanks and without pairs whose value is
// null.
func (n *TextNode) AppendStripped(buf []byte) []byte {
	switch n.Kind {
	case String:
		return AppendQuoted(buf, n.Str)
	case Array:
		buf = append(buf, '[')
		for i, m := range n.Members {
			if i > 0 {
				buf = append(buf, ',')
			}
			buf = m.Value.AppendStripped(buf)
		}
		return append(buf, ']')
	case Object:
		buf = append(buf, '{')
		first := true
		for _, m := range n.Members {
			if m.Value.Kind == Null {
				continue
			}
			if !first {
				buf = append(buf, ',')
			}
			first = false
			buf = append(AppendQuoted(buf, m.Key), ':')
			buf = m.Value.AppendStripped(buf)
		}
		return append(buf, '}')
	}
	return append(buf, n.Raw...)
}
