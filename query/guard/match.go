package guard

import (
	"cmp"
	"strings"
	"unsafe"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
)

type matcher = func(*event.Event) bool

func (n *node) compile() matcher {
	switch n.op {
	case opAnd, opOr:
		return n.compileJoin()
	case opInteger:
		read, how, number, want := integers[n.column], n.how, n.number, !n.not
		return func(e *event.Event) bool { return how.holds(cmp.Compare(read(e), number)) == want }
	case opContains, opKey:
		return n.compileDocument()
	case opNull:
		return n.compileNull()
	}
	return n.compileText()
}

func (n *node) compileJoin() matcher {
	args := make([]matcher, len(n.args))
	for i, a := range n.args {
		args[i] = a.compile()
	}
	decisive := n.op == opOr
	return func(e *event.Event) bool {
		for _, a := range args {
			if a(e) == decisive {
				return decisive
			}
		}
		return !decisive
	}
}

func (n *node) compileText() matcher {
	read, value, want := n.textReading(), n.value, !n.not
	if n.op == opPrefix {
		return func(e *event.Event) bool {
			s, ok := read(e)
			return ok && strings.HasPrefix(s, value) == want
		}
	}
	how := n.how
	return func(e *event.Event) bool {
		s, ok := read(e)
		return ok && how.holds(strings.Compare(s, value)) == want
	}
}

func (n *node) compileDocument() matcher {
	read, value, want := n.documentReading(), n.value, !n.not
	test := jsonb.Contains
	if n.op == opKey {
		test = jsonb.Exists
	}
	return func(e *event.Event) bool {
		doc, ok := read(e)
		return ok && test(doc, value) == want
	}
}

func (n *node) compileNull() matcher {
	if n.column.isInteger() {
		never := n.not
		return func(*event.Event) bool { return never }
	}
	read, want := n.textReading(), !n.not
	if n.column.isDocument() && len(n.path) == 0 {
		read = n.documentReading()
	}
	return func(e *event.Event) bool {
		_, ok := read(e)
		return !ok == want
	}
}

func (c comparison) holds(order int) bool {
	switch c {
	case equal:
		return order == 0
	case less:
		return order < 0
	case atMost:
		return order <= 0
	case more:
		return order > 0
	}
	return order >= 0
}

// reading gives an operand's value; false for NULL.
type reading = func(*event.Event) (string, bool)

// textReading reads a text column, the bytes of an id, or a path's text.
func (n *node) textReading() reading {
	if !n.column.isDocument() {
		return texts[n.column]
	}
	doc := n.step(len(n.path) - 1)
	key := ""
	if len(n.path) > 0 {
		key = n.path[len(n.path)-1]
	}
	return func(e *event.Event) (string, bool) {
		d, ok := doc(e)
		if !ok {
			return "", false
		}
		return jsonb.GetText(d, key)
	}
}

// documentReading reads a column, or a path's document.
func (n *node) documentReading() reading { return n.step(len(n.path)) }

// step follows the first keys of the path, as -> does.
func (n *node) step(keys int) reading {
	whole := documents[n.column]
	if keys <= 0 {
		return whole
	}
	path := n.path[:keys]
	return func(e *event.Event) (string, bool) {
		d, ok := whole(e)
		for i := 0; ok && i < len(path); i++ {
			d, ok = jsonb.Get(d, path[i])
		}
		return d, ok
	}
}

var texts = map[column]reading{
	colEntity:      func(e *event.Event) (string, bool) { return string(e.Entity), true },
	colKind:        func(e *event.Event) (string, bool) { return string(e.Kind), true },
	colRecordedBy:  func(e *event.Event) (string, bool) { return e.RecordedBy, true },
	colID:          func(e *event.Event) (string, bool) { return idText(&e.ID) },
	colCorrelation: func(e *event.Event) (string, bool) { return idText(&e.Correlation) },
	colCausation:   func(e *event.Event) (string, bool) { return idText(&e.Causation) },
}

var documents = map[column]reading{
	colData:     func(e *event.Event) (string, bool) { return view(e.Data), true },
	colMetadata: func(e *event.Event) (string, bool) { return view(e.Metadata), e.Metadata != nil },
}

var integers = map[column]func(*event.Event) int64{
	colVersion:    func(e *event.Event) int64 { return int64(e.Version) },
	colSequence:   func(e *event.Event) int64 { return int64(e.Sequence) },
	colHLC:        func(e *event.Event) int64 { return int64(e.HLC) },
	colOccurredAt: func(e *event.Event) int64 { return int64(e.OccurredAt) },
	colRecordedAt: func(e *event.Event) int64 { return int64(e.RecordedAt()) },
}

func idText(id *event.ID) (string, bool) { return string(id[:]), *id != event.ID{} }

// view shares b, which does not change while it is looked at.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
