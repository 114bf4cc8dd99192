package expr

import (
	"strings"

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

func jsonDeleteAll(_ *Env, a, b types.Datum) (types.Datum, error) {
	path, err := pathOf(b)
	if err != nil {
		return types.Null, err
	}
	var keys []string
	for _, key := range path {
		if key != nil {
			keys = append(keys, *key)
		}
	}
	return doc(jsonb.Delete(a.Str(), keys...))
}

// pathOf returns the elements of a one-dimensional array, nil for NULL.
func pathOf(d types.Datum) (jsonb.Steps, error) {
	array := d.Array()
	if len(array.Dims) > 1 {
		return nil, sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
	}
	path := make(jsonb.Steps, len(array.Items))
	for i, item := range array.Items {
		if !item.IsNull() {
			key := item.Str()
			path[i] = &key
		}
	}
	return path, nil
}

func jsonDeletePath(_ *Env, a, b types.Datum) (types.Datum, error) {
	path, err := pathOf(b)
	if err != nil {
		return types.Null, err
	}
	return doc(jsonb.DeletePath(a.Str(), path))
}

func jsonSet(_ *Env, args []types.Datum) (types.Datum, error) {
	path, err := pathOf(args[1])
	if err != nil {
		return types.Null, err
	}
	return doc(jsonb.Set(args[0].Str(), path, args[2].Str(), args[3].Bool()))
}

// jsonSetLax is jsonb_set where the new value may be NULL, and what that means is
// an argument.
func jsonSetLax(env *Env, args []types.Datum) (types.Datum, error) {
	const treatments = `null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"`
	switch {
	case args[0].IsNull() || args[1].IsNull() || args[3].IsNull():
		return types.Null, nil
	case args[4].IsNull():
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, treatments)
	case !args[2].IsNull():
		return jsonSet(env, args)
	}
	switch args[4].Str() {
	case "raise_exception":
		return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "JSON value must not be null").
			WithDetail(`Exception was raised because null_value_treatment is "raise_exception".`).
			WithHint("To avoid, either change the null_value_treatment argument or ensure that an SQL NULL is not passed.")
	case "use_json_null":
		null, err := jsonb.Parse("null")
		if err != nil {
			return types.Null, err
		}
		return jsonSet(env, []types.Datum{args[0], args[1], types.String(null), args[3]})
	case "delete_key":
		return jsonDeletePath(env, args[0], args[1])
	case "return_target":
		return args[0], nil
	}
	return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, treatments)
}

func jsonInsert(_ *Env, args []types.Datum) (types.Datum, error) {
	path, err := pathOf(args[1])
	if err != nil {
		return types.Null, err
	}
	return doc(jsonb.Insert(args[0].Str(), path, args[2].Str(), args[3].Bool()))
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

func toJSONB(c *Call) any {
	t := jsonType(c.Proc.Args[0])
	return Func1(func(env *Env, a types.Datum) (types.Datum, error) { return types.ToJSONB(env.Env, t, a) })
}

func toJSON(c *Call) any {
	t := jsonType(c.Proc.Args[0])
	return Func1(func(env *Env, a types.Datum) (types.Datum, error) { return doc(types.ToJSON(env.Env, t, a)) })
}

func jsonType(t types.OID) types.OID {
	if t == types.UnknownOID {
		return types.TextOID
	}
	return t
}

// anyArgs returns the values and types of a VARIADIC "any" call, those of the
// array's elements for VARIADIC array.
func anyArgs(c *Call, args []types.Datum) ([]types.Datum, func(int) types.OID) {
	if !c.Proc.Spread {
		return args, func(i int) types.OID { return jsonType(c.Proc.Args[i]) }
	}
	a := args[0].Array()
	return a.Items, func(int) types.OID { return a.Elem }
}

func errOddArgs(name string) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "argument list must have even number of elements").
		WithHint("The arguments of %s() must consist of alternating keys and values.", name)
}

// ObjectKey is the text of a value as a key of an object. What would be JSON text of its own is
// refused with 22023.
func ObjectKey(env *Env, t types.OID, v types.Datum) (string, error) {
	if types.ElemOf(t) != 0 || types.IsRecord(t) || t == types.JSONOID || t == types.JSONBOID {
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
	}
	switch t {
	case types.BoolOID, types.DateOID, types.TimestampOID, types.TimestamptzOID: // not as SQL writes them
		made, err := types.ToJSON(env.Env, t, v)
		return strings.Trim(made, `"`), err
	}
	return types.Text(env.Env, t, v), nil
}

func buildObject(c *Call) any {
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if c.Proc.Spread && args[0].IsNull() {
			return types.Null, nil
		}
		values, typeOf := anyArgs(c, args)
		if len(values)%2 != 0 {
			return types.Null, errOddArgs("jsonb_build_object")
		}
		var b jsonb.Builder
		b.BeginObject()
		for i := 0; i < len(values); i += 2 {
			if values[i].IsNull() {
				return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "argument %d: key must not be null", i+1)
			}
			key, err := ObjectKey(env, typeOf(i), values[i])
			if err != nil {
				return types.Null, err
			}
			b.Key(key)
			if err := addJSON(env, &b, typeOf(i+1), values[i+1]); err != nil {
				return types.Null, err
			}
		}
		b.End()
		return doc(b.Doc())
	})
}

func addJSON(env *Env, b *jsonb.Builder, t types.OID, v types.Datum) error {
	if v.IsNull() {
		b.Null()
		return nil
	}
	made, err := types.ToJSONB(env.Env, t, v)
	if err != nil {
		return err
	}
	b.Value(jsonb.Root(made.Str()))
	return nil
}

func buildArray(c *Call) any {
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if c.Proc.Spread && args[0].IsNull() {
			return types.Null, nil
		}
		values, typeOf := anyArgs(c, args)
		var b jsonb.Builder
		b.BeginArray()
		for i, v := range values {
			if err := addJSON(env, &b, typeOf(i), v); err != nil {
				return types.Null, err
			}
		}
		b.End()
		return doc(b.Doc())
	})
}

func jsonText(env *Env, t types.OID, v types.Datum) (string, error) {
	if v.IsNull() {
		return "null", nil
	}
	return types.ToJSON(env.Env, t, v)
}

func buildJSONObject(c *Call) any {
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if c.Proc.Spread && args[0].IsNull() {
			return types.Null, nil
		}
		values, typeOf := anyArgs(c, args)
		if len(values)%2 != 0 {
			return types.Null, errOddArgs("json_build_object")
		}
		var pairs []string
		for i := 0; i < len(values); i += 2 {
			if values[i].IsNull() {
				return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "argument %d cannot be null", i+1).
					WithHint("Object keys should be text.")
			}
			key, err := ObjectKey(env, typeOf(i), values[i])
			if err != nil {
				return types.Null, err
			}
			if key, err = jsonText(env, types.TextOID, types.String(key)); err != nil {
				return types.Null, err
			}
			value, err := jsonText(env, typeOf(i+1), values[i+1])
			if err != nil {
				return types.Null, err
			}
			pairs = append(pairs, key+" : "+value)
		}
		return text("{" + strings.Join(pairs, ", ") + "}")
	})
}

func buildJSONArray(c *Call) any {
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if c.Proc.Spread && args[0].IsNull() {
			return types.Null, nil
		}
		values, typeOf := anyArgs(c, args)
		parts := make([]string, len(values))
		for i, v := range values {
			var err error
			if parts[i], err = jsonText(env, typeOf(i), v); err != nil {
				return types.Null, err
			}
		}
		return text("[" + strings.Join(parts, ", ") + "]")
	})
}

// jsonObject makes an object of a text array of pairs.
func jsonObject(make func(keys, values []types.Datum) (types.Datum, error)) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		array := a.Array()
		switch {
		case len(array.Dims) > 2:
			return types.Null, sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
		case len(array.Dims) == 2 && array.Dims[1].Length != 2:
			return types.Null, sqlstate.New(sqlstate.ArraySubscriptError, "array must have two columns")
		case len(array.Items)%2 != 0:
			return types.Null, sqlstate.New(sqlstate.ArraySubscriptError, "array must have even number of elements")
		}
		var keys, values []types.Datum
		for i := 0; i < len(array.Items); i += 2 {
			keys, values = append(keys, array.Items[i]), append(values, array.Items[i+1])
		}
		return make(keys, values)
	}
}

func jsonObjectPairs(make func(keys, values []types.Datum) (types.Datum, error)) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		keys, values := a.Array(), b.Array()
		if len(keys.Dims) > 1 || len(keys.Dims) != len(values.Dims) {
			return types.Null, sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
		}
		if len(keys.Items) != len(values.Items) {
			return types.Null, sqlstate.New(sqlstate.ArraySubscriptError, "mismatched array dimensions")
		}
		return make(keys.Items, values.Items)
	}
}

func pairsObject(keys, values []types.Datum) (types.Datum, error) {
	var b jsonb.Builder
	b.BeginObject()
	for i, k := range keys {
		if k.IsNull() {
			return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "null value not allowed for object key")
		}
		b.Key(k.Str())
		if values[i].IsNull() {
			b.Null()
		} else {
			b.String(values[i].Str())
		}
	}
	b.End()
	return doc(b.Doc())
}

// rowsOf yields given rows.
func rowsOf(rows [][]types.Datum) Rows {
	return func() ([]types.Datum, error) {
		if len(rows) == 0 {
			return nil, nil
		}
		r := rows[0]
		rows = rows[1:]
		return r, nil
	}
}

func jsonItem(v jsonb.Value, asText bool) types.Datum {
	if !asText {
		return types.String(v.Doc())
	}
	s, ok := v.Text()
	if !ok {
		return types.Null
	}
	return types.String(s)
}

func jsonElements(asText bool) SetFunc {
	return func(_ *Env, args []types.Datum) (Rows, error) {
		v := jsonb.Root(args[0].Str())
		switch v.Kind() {
		case jsonb.Object:
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot extract elements from an object")
		case jsonb.Array:
		default:
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot extract elements from a scalar")
		}
		var rows [][]types.Datum
		for e := range v.Elements() {
			rows = append(rows, []types.Datum{jsonItem(e, asText)})
		}
		return rowsOf(rows), nil
	}
}

func jsonEach(asText bool) SetFunc {
	name := "jsonb_each"
	if asText {
		name = "jsonb_each_text"
	}
	return func(_ *Env, args []types.Datum) (Rows, error) {
		v := jsonb.Root(args[0].Str())
		if v.Kind() != jsonb.Object {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot call %s on a non-object", name)
		}
		var rows [][]types.Datum
		for k, e := range v.Pairs() {
			rows = append(rows, []types.Datum{types.String(k), jsonItem(e, asText)})
		}
		return rowsOf(rows), nil
	}
}

func jsonKeys(_ *Env, args []types.Datum) (Rows, error) {
	v := jsonb.Root(args[0].Str())
	switch v.Kind() {
	case jsonb.Array:
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot call jsonb_object_keys on an array")
	case jsonb.Object:
	default:
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot call jsonb_object_keys on a scalar")
	}
	var rows [][]types.Datum
	for k := range v.Pairs() {
		rows = append(rows, []types.Datum{types.String(k)})
	}
	return rowsOf(rows), nil
}
