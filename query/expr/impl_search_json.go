package expr

import (
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/textsearch"
	"github.com/projsql/projsql/wire/sqlstate"
)

// jsonParts says which values of a document are looked at.
type jsonParts struct{ keys, strings, numbers, bools bool }

// addJSONSearches adds to_tsvector() of JSON, which goes by strings alone, and json_to_tsvector() and jsonb_to_tsvector().
func addJSONSearches(all map[string]any) {
	for name, each := range map[string]eachPart{"json": eachOfText, "jsonb": eachOfDoc} {
		configured(all, name+"_string_to_tsvector", name+"_string_to_tsvector_byid", func(c *textsearch.Configuration, args []types.Datum) (types.Datum, error) {
			return jsonVector(c, args[0].Str(), jsonParts{strings: true}, each)
		})
		configured(all, name+"_to_tsvector", name+"_to_tsvector_byid", func(c *textsearch.Configuration, args []types.Datum) (types.Datum, error) {
			parts, err := jsonPartsOf(jsonb.Root(args[1].Str()))
			if err != nil {
				return types.Null, err
			}
			return jsonVector(c, args[0].Str(), parts, each)
		})
	}
}

// eachPart calls visit with the texts of some values of a document.
type eachPart func(doc string, parts jsonParts, visit func(string) error) error

func jsonVector(c *textsearch.Configuration, doc string, parts jsonParts, each eachPart) (types.Datum, error) {
	d := textsearch.NewDocument(c)
	if err := each(doc, parts, d.AddApart); err != nil {
		return types.Null, err
	}
	return vectorDatum(d.Vector())
}

// jsonPartsOf reads ["string", "numeric"], or one of them.
func jsonPartsOf(v jsonb.Value) (jsonParts, error) {
	var parts jsonParts
	if v.Kind() == jsonb.Object {
		return parts, sqlstate.New(sqlstate.InvalidParameterValue, "wrong flag type, only arrays and scalars are allowed")
	}
	add := func(v jsonb.Value) error {
		const hint = "Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\"."
		if v.Kind() != jsonb.String {
			return sqlstate.New(sqlstate.InvalidParameterValue, "flag array element is not a string").WithHint(hint)
		}
		name, _ := v.Text()
		switch strings.ToLower(name) {
		case "all":
			parts = jsonParts{true, true, true, true}
		case "key":
			parts.keys = true
		case "string":
			parts.strings = true
		case "numeric":
			parts.numbers = true
		case "boolean":
			parts.bools = true
		default:
			return sqlstate.New(sqlstate.InvalidParameterValue, "wrong flag in flag array: \"%s\"", name).WithHint(hint)
		}
		return nil
	}
	if v.Kind() != jsonb.Array {
		return parts, add(v)
	}
	for element := range v.Elements() {
		if err := add(element); err != nil {
			return parts, err
		}
	}
	return parts, nil
}

func (p jsonParts) has(k jsonb.Kind) bool {
	return k == jsonb.String && p.strings || k == jsonb.Number && p.numbers || k == jsonb.Bool && p.bools
}

func eachOfDoc(doc string, parts jsonParts, visit func(string) error) error {
	return eachOfValue(jsonb.Root(doc), parts, visit)
}

func eachOfValue(v jsonb.Value, parts jsonParts, visit func(string) error) error {
	for key, value := range v.Pairs() {
		if parts.keys {
			if err := visit(key); err != nil {
				return err
			}
		}
		if err := eachOfValue(value, parts, visit); err != nil {
			return err
		}
	}
	for element := range v.Elements() {
		if err := eachOfValue(element, parts, visit); err != nil {
			return err
		}
	}
	if s, ok := v.Text(); ok && parts.has(v.Kind()) {
		return visit(s)
	}
	return nil
}

func eachOfText(doc string, parts jsonParts, visit func(string) error) error {
	n, err := jsonb.ReadText(doc, true)
	if err != nil {
		return err
	}
	return n.EachToken(func(t jsonb.TextToken) error {
		switch {
		case t.Key && parts.keys, t.Kind == jsonb.String && !t.Key && parts.has(t.Kind):
			return visit(t.Str)
		case t.Kind > jsonb.String && parts.has(t.Kind):
			return visit(t.Raw)
		}
		return nil
	})
}

// addHeadlines adds ts_headline() of texts and of the strings of JSON.
func addHeadlines(all map[string]any) {
	headline := func(of func(doc string, mark func(string) (string, error)) (string, error)) searchFunc {
		return func(c *textsearch.Configuration, args []types.Datum) (types.Datum, error) {
			options := ""
			if len(args) > 2 {
				options = args[2].Str()
			}
			o, err := textsearch.ParseHeadlineOptions(options)
			if err != nil {
				return types.Null, err
			}
			q := queryOf(args[1])
			return doc(of(args[0].Str(), func(s string) (string, error) { return c.Headline(s, q, o) }))
		}
	}
	plain := func(s string, mark func(string) (string, error)) (string, error) { return mark(s) }
	for infix, of := range map[string]func(string, func(string) (string, error)) (string, error){"": plain, "_json": markText, "_jsonb": markDoc} {
		for _, opt := range []string{"", "_opt"} {
			configured(all, "ts_headline"+infix+opt, "ts_headline"+infix+"_byid"+opt, headline(of))
		}
	}
}

// markText writes a value without blanks, with its strings marked.
func markText(doc string, mark func(string) (string, error)) (string, error) {
	n, err := jsonb.ReadText(doc, true)
	if err != nil {
		return "", err
	}
	var buf []byte
	err = n.EachToken(func(t jsonb.TextToken) (err error) {
		if t.Kind != jsonb.String {
			buf = append(buf, t.Raw...)
			return nil
		}
		s := t.Str
		if !t.Key {
			s, err = mark(s)
		}
		buf = jsonb.AppendQuoted(buf, s)
		return err
	})
	return string(buf), err
}

func markDoc(doc string, mark func(string) (string, error)) (string, error) {
	var b jsonb.Builder
	if err := buildMarked(&b, jsonb.Root(doc), mark); err != nil {
		return "", err
	}
	return b.Doc()
}

func buildMarked(b *jsonb.Builder, v jsonb.Value, mark func(string) (string, error)) error {
	switch v.Kind() {
	case jsonb.String:
		s, _ := v.Text()
		s, err := mark(s)
		b.String(s)
		return err
	case jsonb.Object:
		b.BeginObject()
		for key, value := range v.Pairs() {
			b.Key(key)
			if err := buildMarked(b, value, mark); err != nil {
				return err
			}
		}
	case jsonb.Array:
		b.BeginArray()
		for element := range v.Elements() {
			if err := buildMarked(b, element, mark); err != nil {
				return err
			}
		}
	default:
		b.Value(v)
		return nil
	}
	b.End()
	return nil
}
