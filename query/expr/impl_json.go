package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

func orNull(s string, ok bool) (types.Datum, error) {
	if !ok {
		return types.Null, nil
	}
	return types.String(s), nil
}

func doc(s string, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.String(s), nil
}

// strs returns a text array's elements; false if one is NULL.
func strs(d types.Datum) ([]string, bool) {
	items := d.Array().Items
	all := make([]string, 0, len(items))
	for _, i := range items {
		if i.IsNull() {
			return nil, false
		}
		all = append(all, i.Str())
	}
	return all, true
}

func jsons() map[string]any {
	return map[string]any{
		"jsonb_object_field":      Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return orNull(jsonb.Get(a.Str(), b.Str())) }),
		"jsonb_object_field_text": maker(fieldText),
		"jsonb_array_element": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return orNull(jsonb.Index(a.Str(), int(b.Int())))
		}),
		"jsonb_array_element_text": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return orNull(jsonb.IndexText(a.Str(), int(b.Int())))
		}),
		"jsonb_extract_path":      Func2(jsonPath(jsonb.Path)),
		"jsonb_extract_path_text": Func2(jsonPath(jsonb.PathText)),
		"jsonb_contains": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Bool(jsonb.Contains(a.Str(), b.Str())), nil
		}),
		"jsonb_contained": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Bool(jsonb.Contains(b.Str(), a.Str())), nil
		}),
		"jsonb_exists": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Bool(jsonb.Exists(a.Str(), b.Str())), nil
		}),
		"jsonb_exists_any":   existsMany(false),
		"jsonb_exists_all":   existsMany(true),
		"jsonb_concat":       Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return doc(jsonb.Concat(a.Str(), b.Str())) }),
		"jsonb_delete":       Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return doc(jsonb.Delete(a.Str(), b.Str())) }),
		"jsonb_delete_array": Func2(jsonDeleteAll),
		"jsonb_delete_idx": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return doc(jsonb.DeleteIndex(a.Str(), int(b.Int())))
		}),
		"jsonb_delete_path":         Func2(jsonDeletePath),
		"jsonb_set":                 FuncN(jsonSet),
		"jsonb_set_lax":             FuncN(jsonSetLax),
		"jsonb_insert":              FuncN(jsonInsert),
		"jsonb_typeof":              text1(func(s string) string { return jsonb.TypeOf(s).String() }),
		"jsonb_array_length":        Func1(jsonLength),
		"jsonb_strip_nulls":         text1(jsonb.StripNulls),
		"jsonb_pretty":              text1(func(s string) string { return string(jsonb.AppendPretty(nil, s)) }),
		"to_jsonb":                  maker(toJSONB),
		"to_json":                   maker(toJSON),
		"array_to_json":             maker(toJSON),
		"row_to_json":               maker(toJSON),
		"jsonb_build_object":        maker(buildObject),
		"jsonb_build_object_noargs": Func0(func(*Env) (types.Datum, error) { return doc(jsonb.Parse("{}")) }),
		"jsonb_build_array":         maker(buildArray),
		"jsonb_build_array_noargs":  Func0(func(*Env) (types.Datum, error) { return doc(jsonb.Parse("[]")) }),
		"json_build_object":         maker(buildJSONObject),
		"json_build_object_noargs":  Func0(func(*Env) (types.Datum, error) { return text("{}") }),
		"json_build_array":          maker(buildJSONArray),
		"json_build_array_noargs":   Func0(func(*Env) (types.Datum, error) { return text("[]") }),
		"jsonb_object":              jsonObject(pairsObject),
		"jsonb_object_two_arg":      jsonObjectPairs(pairsObject),
		"jsonb_array_elements":      SetFunc(jsonElements(false)),
		"jsonb_array_elements_text": SetFunc(jsonElements(true)),
		"jsonb_each":                SetFunc(jsonEach(false)),
		"jsonb_each_text":           SetFunc(jsonEach(true)),
		"jsonb_object_keys":         SetFunc(jsonKeys),
	}
}

// columnField is column ->> 'key', of a column of the current row: most of what folds compute
// begins with one, and an Eval for each part of it would take longer than finding the key.
type columnField struct {
	column int
	key    string
}

func columnFieldOf(e Expr) (f columnField, ok bool) {
	c, ok := e.(*Call)
	if !ok || c.Proc.Row.Source != "jsonb_object_field_text" {
		return f, false
	}
	col, isColumn := c.Args[0].(*Column)
	key, isConst := c.Args[1].(*Const)
	if !isColumn || col.Level != 0 || !isConst || key.Value.IsNull() {
		return f, false
	}
	return columnField{col.Index, key.Value.Str()}, true
}

// text returns the field's text; false for NULL.
func (f *columnField) text(fr *Frame) (string, bool) {
	return jsonb.GetText(fr.Row[f.column].Str(), f.key)
}

func (f *columnField) eval(fr *Frame) (types.Datum, error) {
	if text, ok := f.text(fr); ok {
		return types.String(text), nil
	}
	return types.Null, nil
}

func fieldText(c *Call) any {
	if f, ok := columnFieldOf(c); ok {
		return Eval(f.eval)
	}
	if key, ok := c.Args[1].(*Const); ok && !key.Value.IsNull() {
		name := key.Value.Str()
		return Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			if text, ok := jsonb.GetText(a.Str(), name); ok {
				return types.String(text), nil
			}
			return types.Null, nil
		})
	}
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return orNull(jsonb.GetText(a.Str(), b.Str())) })
}

func jsonPath(get func(string, []string) (string, bool)) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		path, ok := strs(b)
		if !ok {
			return types.Null, nil
		}
		return orNull(get(a.Str(), path))
	}
}

func existsMany(all bool) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		for _, i := range b.Array().Items {
			if !i.IsNull() && jsonb.Exists(a.Str(), i.Str()) != all {
				return types.Bool(!all), nil
			}
		}
		return types.Bool(all), nil
	}
}

func jsonLength(_ *Env, a types.Datum) (types.Datum, error) {
	v := jsonb.Root(a.Str())
	switch v.Kind() {
	case jsonb.Array:
		return integer(v.Len())
	case jsonb.Object:
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "cannot get array length of a non-array")
	}
	return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "cannot get array length of a scalar")
}
