package expr

import (
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

// member is the value of a key, the last of several; false if there is none.
func (n jsonSource) member(key string) (found jsonSource, ok bool) {
	if n.text == nil {
		v, ok := n.value.Get(key)
		return jsonSource{value: v}, ok
	}
	for _, m := range n.text.Members {
		if m.Key == key {
			found, ok = jsonSource{text: m.Value}, true
		}
	}
	return found, ok
}

func (n jsonSource) elements() []jsonSource {
	var all []jsonSource
	if n.text != nil {
		for _, m := range n.text.Members {
			all = append(all, jsonSource{text: m.Value})
		}
		return all
	}
	for e := range n.value.Elements() {
		all = append(all, jsonSource{value: e})
	}
	return all
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
