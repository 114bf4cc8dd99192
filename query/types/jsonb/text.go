package jsonb

// nestMax bounds recursion over documents that nobody validated. It is above
// DepthMax, since || and jsonb_set may nest further than a text.
const nestMax = 4 * DepthMax

// AppendText appends the document as PostgreSQL prints it: {"a": 1, "b": [1, 2]}.
func AppendText(buf []byte, doc string) []byte { return Root(doc).AppendText(buf) }

// AppendPretty is jsonb_pretty.
func AppendPretty(buf []byte, doc string) []byte {
	w := writer{buf: buf, pretty: true}
	w.value(Root(doc), 0)
	return w.buf
}

// AppendText appends v as AppendText does.
func (v Value) AppendText(buf []byte) []byte {
	w := writer{buf: buf}
	w.value(v, 0)
	return w.buf
}

type writer struct {
	buf    []byte
	pretty bool
}

func (w *writer) value(v Value, depth int) {
	kind := v.Kind()
	if depth > nestMax {
		kind = Null
	}
	switch kind {
	case String:
		w.buf = AppendQuoted(w.buf, v.node[1:])
	case Number:
		w.buf = append(w.buf, v.node[1:]...)
	case Bool:
		t, _ := v.Text()
		w.buf = append(w.buf, t...)
	case Array:
		w.array(v, depth)
	case Object:
		w.object(v, depth)
	default:
		w.buf = append(w.buf, "null"...)
	}
}

func (w *writer) array(v Value, depth int) {
	w.buf = append(w.buf, '[')
	first := true
	for e := range v.Elements() {
		w.separate(first, depth+1)
		first = false
		w.value(e, depth+1)
	}
	w.close(']', depth)
}

func (w *writer) object(v Value, depth int) {
	w.buf = append(w.buf, '{')
	first := true
	for k, e := range v.Pairs() {
		w.separate(first, depth+1)
		first = false
		w.buf = append(AppendQuoted(w.buf, k), ':', ' ')
		w.value(e, depth+1)
	}
	w.close('}', depth)
}

func (w *writer) separate(first bool, depth int) {
	switch {
	case w.pretty && !first:
		w.buf = append(w.buf, ',')
		w.indent(depth)
	case w.pretty:
		w.indent(depth)
	case !first:
		w.buf = append(w.buf, ',', ' ')
	}
}

func (w *writer) indent(depth int) {
	w.buf = append(w.buf, '\n')
	for range depth {
		w.buf = append(w.buf, "    "...)
	}
}

func (w *writer) close(b byte, depth int) {
	if w.pretty {
		w.indent(depth)
	}
	w.buf = append(w.buf, b)
}

// QuotedLen is how many bytes AppendQuoted writes.
func QuotedLen(s string) int {
	n := len(s) + 2
	for i := range len(s) {
		switch b := s[i]; {
		case b >= ' ' && b != '"' && b != '\\':
		case b >= ' ' || b == '\b' || b == '\f' || b == '\n' || b == '\r' || b == '\t':
			n++
		default:
			n += 5
		}
	}
	return n
}

// AppendQuoted appends s as a JSON string, escaped as PostgreSQL does.
func AppendQuoted(buf []byte, s string) []byte {
	buf = append(buf, '"')
	from := 0
	for i := range len(s) {
		b := s[i]
		if b >= ' ' && b != '"' && b != '\\' {
			continue
		}
		buf = append(buf, s[from:i]...)
		buf = appendEscape(buf, b)
		from = i + 1
	}
	return append(append(buf, s[from:]...), '"')
}

func appendEscape(buf []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(buf, '\\', b)
	case '\b':
		return append(buf, '\\', 'b')
	case '\f':
		return append(buf, '\\', 'f')
	case '\n':
		return append(buf, '\\', 'n')
	case '\r':
		return append(buf, '\\', 'r')
	case '\t':
		return append(buf, '\\', 't')
	}
	const hex = "0123456789abcdef"
	return append(buf, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
}
