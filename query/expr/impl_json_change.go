package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

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
