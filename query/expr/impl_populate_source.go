package expr

import (
	"slices"

	"github.com/projsql/projsql/query/types/jsonb"
)

// jsonSource is a value of either type of JSON.
type jsonSource struct {
	text  *jsonb.TextNode // of type json
	value jsonb.Value     // of type jsonb
}

func (n jsonSource) kind() jsonb.Kind {
	if n.text != nil {
		return n.text.Kind
	}
	return n.value.Kind()
}

// members are the values of columns, of several the last.
func (n jsonSource) members(columns []RecordColumn) map[string]jsonSource {
	found := make(map[string]jsonSource, len(columns))
	if n.text == nil {
		for _, c := range columns {
			if v, ok := n.value.Get(c.Name); ok {
				found[c.Name] = jsonSource{value: v}
			}
		}
		return found
	}
	wanted := func(key string) bool {
		return slices.ContainsFunc(columns, func(c RecordColumn) bool { return c.Name == key })
	}
	for m := range n.text.All() {
		if wanted(m.Key) {
			found[m.Key] = jsonSource{text: m.Value}
		}
	}
	return found
}

// elements returns an array's elements, one a call; false behind the last.
func (n jsonSource) elements() func() (jsonSource, bool) {
	if n.text == nil {
		at := -1
		return func() (jsonSource, bool) {
			at++
			v, ok := n.value.At(at)
			return jsonSource{value: v}, ok
		}
	}
	next := n.text.Members()
	return func() (jsonSource, bool) {
		m, ok := next()
		return jsonSource{text: m.Value}, ok
	}
}

// input is what a type's input function gets: a string's characters, else JSON.
func (n jsonSource) input() string {
	if n.text == nil {
		s, _ := n.value.Text()
		return s
	}
	if n.text.Kind == jsonb.String {
		return n.text.Str
	}
	return n.text.Raw
}

// json is the value as text of type json.
func (n jsonSource) json() string {
	switch {
	case n.text == nil:
		return string(n.value.AppendText(nil))
	case n.text.Kind == jsonb.String:
		return string(jsonb.AppendQuoted(nil, n.text.Str))
	}
	return n.text.Raw
}
