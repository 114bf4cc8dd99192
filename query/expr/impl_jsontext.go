package expr

import (
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// jsonTexts are the functions of type json, whose values keep their text.
func jsonTexts() map[string]any {
	all := map[string]any{
		"json_object_field": jsonGet(false, jsonField), "json_object_field_text": jsonGet(true, jsonField),
		"json_array_element": jsonGet(false, jsonElement), "json_array_element_text": jsonGet(true, jsonElement),
		"json_extract_path": Func2(jsonExtract(false)), "json_extract_path_text": Func2(jsonExtract(true)),
		"json_array_length": Func1(jsonTextLength),
		"json_typeof":       Func1(jsonTextType),
		"json_strip_nulls":  Func1(jsonTextStrip),
		"json_object":       jsonObject(pairsText), "json_object_two_arg": jsonObjectPairs(pairsText),
		"json_array_elements": jsonTextElements(false), "json_array_elements_text": jsonTextElements(true),
		"json_each": jsonTextEach(false), "json_each_text": jsonTextEach(true),
		"json_object_keys": SetFunc(jsonTextKeys),
	}
	for _, name := range []string{"array_to_json_pretty", "row_to_json_pretty"} {
		all[name] = maker(toJSONLines)
	}
	return all
}

func toJSONLines(c *Call) any {
	t := jsonType(c.Proc.Args[0])
	return Func2(func(env *Env, a, lines types.Datum) (types.Datum, error) {
		if lines.Bool() {
			return text(types.ToJSONLines(env.Env, t, a))
		}
		return doc(types.ToJSON(env.Env, t, a))
	})
}

// jsonNode is a part of a json value, or the text that ->> makes of it; NULL if
// there is none.
func jsonNode(n *jsonb.TextNode, asText bool) (types.Datum, error) {
	switch {
	case n == nil:
		return types.Null, nil
	case asText:
		return orNull(n.Text())
	}
	return text(strings.Clone(n.Raw)) // the whole is not kept with it
}

func jsonGet(asText bool, find func(n *jsonb.TextNode, at types.Datum) *jsonb.TextNode) Func2 {
	return func(_ *Env, a, at types.Datum) (types.Datum, error) {
		n, err := jsonb.ReadText(a.Str(), true)
		if err != nil {
			return types.Null, err
		}
		return jsonNode(find(n, at), asText)
	}
}

func jsonField(n *jsonb.TextNode, key types.Datum) *jsonb.TextNode {
	if n.Kind != jsonb.Object {
		return nil
	}
	return n.At([]string{key.Str()})
}

func jsonElement(n *jsonb.TextNode, at types.Datum) *jsonb.TextNode { return n.Index(int(at.Int())) }

func jsonExtract(asText bool) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		path, ok := strs(b)
		if !ok {
			return types.Null, nil
		}
		n, err := jsonb.ReadText(a.Str(), true)
		if err != nil {
			return types.Null, err
		}
		if len(path) == 0 && n.Kind < jsonb.Array && (!asText || n.Kind != jsonb.String && n.Kind != jsonb.Null) {
			// As PostgreSQL: a scalar as a whole keeps the blanks before it.
			return text(a.Str()[:strings.Index(a.Str(), n.Raw)+len(n.Raw)])
		}
		return jsonNode(n.At(path), asText)
	}
}

func wrongJSON(format string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, format, args...)
}

func jsonTextLength(_ *Env, a types.Datum) (types.Datum, error) {
	n, err := jsonb.ReadText(a.Str(), false)
	switch {
	case err != nil:
		return types.Null, err
	case n.Kind == jsonb.Array:
		return integer(n.Len())
	case n.Kind == jsonb.Object:
		return types.Null, wrongJSON("cannot get array length of a non-array")
	}
	return types.Null, wrongJSON("cannot get array length of a scalar")
}

func jsonTextType(_ *Env, a types.Datum) (types.Datum, error) {
	n, err := jsonb.ReadText(a.Str(), false)
	if err != nil {
		return types.Null, err
	}
	return text(n.Kind.String())
}

func jsonTextStrip(_ *Env, a types.Datum) (types.Datum, error) {
	n, err := jsonb.ReadText(a.Str(), true)
	if err != nil {
		return types.Null, err
	}
	return text(string(n.AppendStripped(nil)))
}

func pairsText(keys, values []types.Datum) (types.Datum, error) {
	pairs := make([]string, len(keys))
	for i, k := range keys {
		if k.IsNull() {
			return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "null value not allowed for object key")
		}
		value := []byte("null")
		if !values[i].IsNull() {
			value = jsonb.AppendQuoted(nil, values[i].Str())
		}
		pairs[i] = string(jsonb.AppendQuoted(nil, k.Str())) + " : " + string(value)
	}
	return text("{" + strings.Join(pairs, ", ") + "}")
}

func jsonTextElements(asText bool) SetFunc {
	name := "json_array_elements"
	if asText {
		name += "_text"
	}
	return func(_ *Env, args []types.Datum) (Rows, error) {
		n, err := jsonb.ReadText(args[0].Str(), asText)
		switch {
		case err != nil:
			return nil, err
		case n.Kind == jsonb.Object:
			return nil, wrongJSON("cannot call %s on a non-array", name)
		case n.Kind != jsonb.Array:
			return nil, wrongJSON("cannot call %s on a scalar", name)
		}
		return memberRows(n, func(m jsonb.TextMember) ([]types.Datum, error) {
			v, err := jsonNode(m.Value, asText)
			return []types.Datum{v}, err
		}), nil
	}
}

func jsonTextEach(asText bool) SetFunc {
	return func(_ *Env, args []types.Datum) (Rows, error) {
		n, err := jsonb.ReadText(args[0].Str(), true)
		switch {
		case err != nil:
			return nil, err
		case n.Kind == jsonb.Array:
			return nil, wrongJSON("cannot deconstruct an array as an object")
		case n.Kind != jsonb.Object:
			return nil, wrongJSON("cannot deconstruct a scalar")
		}
		return memberRows(n, func(m jsonb.TextMember) ([]types.Datum, error) {
			v, err := jsonNode(m.Value, asText)
			return []types.Datum{types.String(m.Key), v}, err
		}), nil
	}
}

func jsonTextKeys(_ *Env, args []types.Datum) (Rows, error) {
	n, err := jsonb.ReadText(args[0].Str(), true)
	switch {
	case err != nil:
		return nil, err
	case n.Kind == jsonb.Array:
		return nil, wrongJSON("cannot call json_object_keys on an array")
	case n.Kind != jsonb.Object:
		return nil, wrongJSON("cannot call json_object_keys on a scalar")
	}
	return memberRows(n, func(m jsonb.TextMember) ([]types.Datum, error) {
		return []types.Datum{types.String(m.Key)}, nil
	}), nil
}

// memberRows yields a row of each member.
func memberRows(n *jsonb.TextNode, row func(jsonb.TextMember) ([]types.Datum, error)) Rows {
	next := n.Members()
	return func() ([]types.Datum, error) {
		m, ok := next()
		if !ok {
			return nil, nil
		}
		return row(m)
	}
}
