package expr

import (
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

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
