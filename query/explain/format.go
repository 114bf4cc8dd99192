package explain

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// all is the plan and the summary, as encoding/json reads values.
func (e *Explanation) all(s *Summary) (map[string]any, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	all := map[string]any{}
	if err := decode(text, &all); err != nil {
		return nil, err
	}
	all["Plan"] = e.object()
	if text, err = json.Marshal(all); err != nil {
		return nil, err
	}
	clear(all)
	return all, decode(text, &all)
}

// decode keeps numbers as they are written.
func decode(text []byte, into *map[string]any) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	return d.Decode(into)
}

// JSON returns the form of EXPLAIN (FORMAT JSON): an array of one object, which has the plan
// and the summary.
func (e *Explanation) JSON(s *Summary) (string, error) {
	all, err := e.all(s)
	if err != nil {
		return "", err
	}
	return encoded([]any{all}), nil
}

// encoded is a value as JSON, in which SQL stays as it is.
func encoded(v any) string {
	var w strings.Builder
	e := json.NewEncoder(&w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // of maps, lists, strings and numbers
	return strings.TrimSuffix(w.String(), "\n")
}

// YAML returns the same as EXPLAIN (FORMAT YAML) does.
func (e *Explanation) YAML(s *Summary) (string, error) {
	all, err := e.all(s)
	if err != nil {
		return "", err
	}
	var w strings.Builder
	yamlObject(&w, all, "- ", "  ")
	return strings.TrimSuffix(w.String(), "\n"), nil
}

// yamlObject writes an object, whose first line begins otherwise than the rest.
func yamlObject(w *strings.Builder, o map[string]any, first, rest string) {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		w.WriteString(first + name + ":")
		first = rest
		switch v := o[name].(type) {
		case map[string]any:
			w.WriteString("\n")
			yamlObject(w, v, rest+"  ", rest+"  ")
		case []any:
			w.WriteString("\n")
			for _, item := range v {
				if of, ok := item.(map[string]any); ok {
					yamlObject(w, of, rest+"  - ", rest+"    ")
					continue
				}
				w.WriteString(rest + "  - " + yamlScalar(item) + "\n")
			}
		default:
			w.WriteString(" " + yamlScalar(v) + "\n")
		}
	}
}

// yamlScalar is a scalar as JSON, which YAML reads.
func yamlScalar(v any) string {
	return encoded(v)
}

// XML returns the same as EXPLAIN (FORMAT XML) does.
func (e *Explanation) XML(s *Summary) (string, error) {
	all, err := e.all(s)
	if err != nil {
		return "", err
	}
	var w strings.Builder
	w.WriteString("<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n")
	xmlFields(&w, all, "    ")
	w.WriteString("  </Query>\n</explain>")
	return w.String(), nil
}

func xmlFields(w *strings.Builder, o map[string]any, indent string) {
	for _, name := range slices.Sorted(maps.Keys(o)) {
		xmlElement(w, strings.ReplaceAll(name, " ", "-"), o[name], indent)
	}
}

// xmlElement writes a value; the items of a list are elements of their own.
func xmlElement(w *strings.Builder, name string, v any, indent string) {
	switch v := v.(type) {
	case map[string]any:
		fmt.Fprintf(w, "%s<%s>\n", indent, name)
		xmlFields(w, v, indent+"  ")
		fmt.Fprintf(w, "%s</%s>\n", indent, name)
	case []any:
		fmt.Fprintf(w, "%s<%s>\n", indent, name)
		for _, item := range v {
			xmlElement(w, map[bool]string{true: "Plan", false: "Item"}[name == "Plans"], item, indent+"  ")
		}
		fmt.Fprintf(w, "%s</%s>\n", indent, name)
	default:
		fmt.Fprintf(w, "%s<%s>", indent, name)
		_ = xml.EscapeText(w, []byte(fmt.Sprint(v)))
		fmt.Fprintf(w, "</%s>\n", name)
	}
}
